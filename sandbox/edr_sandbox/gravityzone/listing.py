"""What methods that list the rows of a table share: scope, filters and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone import records
from edr_sandbox.gravityzone.account_methods import company_in_reach
from edr_sandbox.gravityzone.calls import Call, page_of
from edr_sandbox.gravityzone.checks import Check, RpcError, integer, refuse
from edr_sandbox.gravityzone.dates import parse_request_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from edr_sandbox.gravityzone.tables import Row

PAGING: dict[str, Check] = {"page": integer(1), "perPage": integer(1, 100)}


def rows_in_reach(call: Call, table: str) -> list[Row]:
    """Return the rows of all companies that the key can see."""
    return call.world.tables.of_company(table, *call.world.view.family())


def rows_of_company(call: Call, table: str) -> list[Row]:
    """Return the rows of the company that ``companyId`` names.

    Without it, those of the key's own company; of those below it too where the switch says so.
    """
    if "companyId" not in call.params and call.switches.lists_span_children:
        return rows_in_reach(call, table)
    return call.world.tables.of_company(table, named_company(call).id)


def named_company(call: Call) -> records.Company:
    """Return the company that ``companyId`` names, by default the key's own."""
    partner = call.world.view.key_company.type == records.PARTNER
    if "companyId" in call.params and call.switches.company_id_refused and not partner:
        raise refuse("Unexpected parameter 'companyId'.")
    return company_in_reach(call, "companyId")


def row_in_reach(call: Call, table: str, row_id: str) -> Row:
    """Return the row of an id, or refuse one that the key cannot see."""
    row = call.world.tables.table(table).get(row_id)
    if row is None or row.company not in call.world.view.family():
        raise vanished(call, "item")
    return row


def vanished(call: Call, what: str) -> RpcError:
    """Return the error for something that is not there, or not for this key."""
    return RpcError(
        call.switches.vanished_code,
        f"Invalid params: the {what} does not exists or the user has not enough rights"
        " to access it",
    )


def kept(call: Call, rows: Iterable[Row], *tests: Callable[[Row], bool]) -> list[Row]:
    """Return the rows that pass all tests; all rows where filters are ignored."""
    if call.switches.filters_ignored:
        return list(rows)
    return [row for row in rows if all(test(row) for test in tests)]


def equal(call: Call, name: str, *path: str) -> Callable[[Row], bool]:
    """Test whether a value is the one that a parameter asks for, if any is asked for."""
    wanted = call.option(*path) if path else call.option(name)
    return lambda row: wanted is None or row.values.get(name) == wanted


def page_of_table(call: Call, table: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the asked page of a table's rows."""
    return page_of(call, rows, lambda row: call.world.view.table_item(table, row), 30)


def loose_date(name: str, value: object) -> float:
    """Take an ISO 8601 date; without an offset it is UTC."""
    text = value if isinstance(value, str) else ""
    for candidate in (text, f"{text}Z"):
        try:
            return parse_request_date(candidate)
        except ValueError:
            continue
    raise refuse(f"The value of '{name}' should be an ISO 8601 date.")
