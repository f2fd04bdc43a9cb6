"""What each stream beyond the core must hold: its key, and the vendor's rows as the tap owes them.

Written from the interface and the simulator's truth, not from the streams.
"""

from __future__ import annotations

import copy
import io
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from edr_tap_kit.budget import Budget
from edr_tap_kit.errors import RunError
from tap_gravityzone import client as client_module
from tap_gravityzone.tap import TapGravityZone

from tests.conftest import Bench
from tests.gravityzone.checking import upserted
from tests.support.comparing import assert_same_table
from tests.support.running import Run, assert_no_secret, discovered, selecting

Row = dict[str, Any]
INCIDENT_PARTS = ("incident_details", "incident_nodes", "incident_notes", "incident_mitre")
KEYS: dict[str, tuple[str, ...]] = {
    "incident_details": ("incidentId",),
    "incident_nodes": ("incidentId", "id"),
    "incident_notes": ("incidentId", "id"),
    "incident_mitre": ("incidentId", "category", "id"),
    "quarantine_items": ("id", "_service"),
    "custom_rules": ("id", "_rule_type"),
    "scan_task_subtasks": ("taskId", "endpointId"),
    "missing_patches": ("endpointId", "name", "releaseDate", "severity", "type"),
    "installed_patches": ("endpointId", "name", "releaseDate", "severity", "type"),
    "licenses": ("companyId", "_position"),
    "monthly_usage": ("companyId", "_month_id"),
    "monthly_usage_per_product_type": ("companyId", "_month_id", "productType"),
    **dict.fromkeys(("api_key_details", "push_settings", "push_stats"), ("_source",)),
    **dict.fromkeys(
        (
            "companies", "custom_groups", "endpoint_details", "accounts", "policies",
            "policy_details", "packages", "package_details", "reports", "scan_tasks",
            "scan_task_details", "blocklist_items", "maintenance_windows",
            "phasr_recommendations",
        ),
        ("id",),
    ),
}  # fmt: skip
CORE = ("incidents", "alerts", "endpoints", "events")
ALL = (*CORE, *KEYS)
# Streams whose rows the vendor tells by company, so that another company's can be left out.
_PATCHES = ("missing_patches", "installed_patches")
_BY_COMPANY = ("blocklist_items", "custom_rules", "maintenance_windows", "phasr_recommendations")
_DETAILS = {"policy_details": "policies", "package_details": "packages"}
_ENDPOINT_OPTIONS = dict.fromkeys(
    ("includeScanLogs", "returnProductOutdated", "includeLastLoggedUsers"), True
)
_catalogs: list[Any] = []


def choosing(*streams: str) -> Any:
    """Return a catalog with just these streams selected, as ``--discover`` gives it."""
    if not _catalogs:
        _catalogs.append(discovered("tap-gravityzone"))
    return selecting(copy.deepcopy(_catalogs[0]), *streams)


@contextmanager
def _hurried() -> Iterator[None]:
    """Let no request wait for a budget, which other tests are about."""
    slept = partial(Budget, sleep=lambda _: None)
    before = client_module.Budget
    client_module.Budget = slept  # type: ignore[assignment, misc]
    try:
        yield
    finally:
        client_module.Budget = before  # type: ignore[misc]


def read(bench: Bench, *streams: str, config: Any = None, **options: Any) -> Run:
    """Run the tap in this process for some streams and take its messages strictly.

    ``state`` and ``catalog`` are the tap's; ``succeeds`` says how the run should end.
    """
    state, succeeds = options.get("state"), options.get("succeeds", True)
    settings = {"backoff_seconds": 0.01, **bench.config, **(config or {})}
    catalog = options.get("catalog") or choosing(*streams)
    written, said = io.BytesIO(), io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.Formatter("| %(levelname)s | %(message)s"))
    with _hurried(), redirect_stdout(io.TextIOWrapper(written, write_through=True)) as out:
        tap = TapGravityZone(config=settings, state=copy.deepcopy(state), catalog=catalog)
        tap.logger.addHandler(handler)
        logging.getLogger("tap-gravityzone").addHandler(handler)
        try:
            well = tap.run()
        except RunError as error:
            well = False
            said.write(f"| ERROR | {error}\n")
        finally:
            tap.logger.removeHandler(handler)
            logging.getLogger("tap-gravityzone").removeHandler(handler)
            out.flush()
            lines = written.getvalue().decode().splitlines()
    run = Run(exit_code=0 if well else 1, stderr=said.getvalue(), initial=state or {})
    assert_no_secret(settings, *lines, run.stderr)
    run.take_all(lines)
    assert well == succeeds, run.stderr
    return run


def expected(bench: Bench, stream: str) -> list[Row]:
    """Return all rows that the key can see, with the columns that the tap adds to tell them."""
    world = bench.world
    if stream in INCIDENT_PARTS:
        return _incident_parts(bench, stream)
    if stream in _DETAILS:
        return [_PARTS[stream](world, row) for row in _rows(bench, _DETAILS[stream])]
    if stream == "scan_task_details":
        return [world.view.table_details("scan_tasks", row) for row in _rows(bench, "scan_tasks")]
    if stream == "endpoint_details":
        found = [one for one in world.inventory.endpoints.values() if one.managed]
        reach = world.view.family()
        options = _ENDPOINT_OPTIONS
        return [world.view.managed_endpoint(e, options) for e in found if e.company in reach]
    if stream == "api_key_details":
        created = world.view.key_company.created + 3600
        return [{"enabledApis": list(bench.switches.enabled_apis), "createdAt": created}]
    rows = [_owed(stream, row) for row in world.truth(stream)]
    if stream == "reports":  # those that occur once are never listed
        rows = [row for row in rows if row["occurrence"] != 1]
    return _numbered(rows, stream)


def assert_table(bench: Bench, stream: str, *runs: Run, present_only: bool = False) -> None:
    """Assert that runs, upserted, equal the truth; ``present_only``: rows may have gone since."""
    names = KEYS[stream]
    rows = expected(bench, stream)
    if names == ("_source",):
        rows = [{**row, "_source": urlsplit(bench.server.url).netloc} for row in rows]

    def key(row: Row) -> tuple[str, ...]:
        extra = row.get("_extra") or {}
        return tuple(str(row.get(name, extra.get(name))) for name in names)

    table = {key(row): row for row in upserted(stream, *runs).values()}
    if present_only:
        known = {key(row) for row in rows}
        table = {each: row for each, row in table.items() if each in known}
    assert_same_table(table, rows, key)


def assert_tables(bench: Bench, streams: Iterable[str], *runs: Run, **options: bool) -> None:
    """Assert several tables, each by its name."""
    for stream in streams:
        try:
            assert_table(bench, stream, *runs, **options)
        except AssertionError as error:
            raise AssertionError(f"{stream}: {error}") from error


def _rows(bench: Bench, table: str) -> list[Any]:
    return bench.world.tables.of_company(table, *bench.world.view.family())


def _incident_parts(bench: Bench, stream: str) -> list[Row]:
    rows: list[Row] = []
    reach = bench.world.view.family()
    for incident in bench.world.incidents.by_id.values():
        if incident.company not in reach:
            continue
        whole = bench.world.view.incident_details(incident)
        inner, notes = whole["details"], whole.pop("notes")
        parts = {
            "incident_nodes": inner.pop("nodes"),
            "incident_notes": notes,
            "incident_mitre": [
                {**technique, "category": tag["category"]}
                for tag in inner.pop("mitreTags")
                for technique in tag["techniques"]
            ],
        }
        del inner["alerts"]
        parts["incident_details"] = [whole]
        rows += [{**row, "incidentId": incident.id} for row in parts[stream]]
    return rows


def _policy(world: Any, row: Any) -> Row:
    known = world.view.table_details("policies", row)
    return {name: each for name, each in known.items() if name not in {"companyId", "companyName"}}


def _package(world: Any, row: Any) -> Row:
    known = world.view.table_details("packages", row)
    options = known["deploymentOptions"]
    del options["proxyUsername"], options["proxyPassword"], known["type"]
    return {"packageName": known.pop("name"), **known}


_PARTS: dict[str, Callable[[Any, Any], Row]] = {
    "policy_details": _policy, "package_details": _package,
}  # fmt: skip


def _owed(stream: str, row: Row) -> Row:
    """Return a row of the simulator's truth without what it hides and with the tap's columns."""
    shown = {name: value for name, value in row.items() if not name.startswith("_")}
    company = row.get("_company")
    if stream in {*_PATCHES, *_BY_COMPANY, "licenses"}:
        shown.setdefault("companyId", company)
    match stream:
        case "custom_groups":
            shown |= {"companyId": company}
        case "quarantine_items":
            shown["_service"] = row["_service"]
        case "custom_rules":
            shown["_rule_type"] = {1: "detection", 2: "exclusion"}[row["_type"]]
        case "scan_task_subtasks":
            shown["taskId"] = row["_task"]
            unset = {name: None for name in ("startDate", "endDate") if shown[name] == ""}
            shown |= unset
        case "licenses":
            del shown["licenseKey"]
        case "push_settings":
            del shown["serviceSettings"]["authorization"]
        case "monthly_usage" | "monthly_usage_per_product_type":
            month, _, year = row["_month"].partition("/")
            shown |= {"companyId": company, "_month_id": f"{year}-{month}"}
    return shown


def _numbered(rows: list[Row], stream: str) -> list[Row]:
    if stream == "licenses":
        met: dict[Any, int] = {}
        for row in rows:
            row["_position"] = met[row["companyId"]] = met.get(row["companyId"], -1) + 1
    return rows
