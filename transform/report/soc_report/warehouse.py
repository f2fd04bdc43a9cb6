"""The warehouse that dbt is configured for, asked through dbt's own adapter."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner
from dbt_common.exceptions import DbtBaseException

Row = dict[str, Any]


class WarehouseError(Exception):
    """The project cannot be read, or the warehouse refused a query."""


class Warehouse:
    """A connection; a context manager."""

    def __init__(self) -> None:
        done = dbtRunner().invoke(["--quiet", "parse"])
        if not done.success:
            raise WarehouseError(
                f"dbt cannot read its project: {done.exception or 'see its log'}. "
                "DBT_PROJECT_DIR and DBT_PROFILES_DIR name its folders."
            )
        self.relations = {
            node.name: node.relation_name
            for node in done.result.nodes.values()
            if node.resource_type == "model"
        }
        (self._adapter,) = FACTORY.adapters.values()

    def __enter__(self) -> Self:
        self._connection = self._adapter.connection_named("soc-report")
        self._connection.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.__exit__(kind, error, trace)
        self._adapter.cleanup_connections()

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query; ``{name}`` in it stands for the table of a model.

        Times are ISO 8601 in UTC, names of columns in lower case.
        """
        try:
            _, table = self._adapter.execute(sql.format(**self.relations), fetch=True)
        except DbtBaseException as error:
            raise WarehouseError(
                f"the warehouse refused a query ({error}). Has `dbt build` been run there?"
            ) from None
        names = [name.lower() for name in table.column_names]
        return [
            {name: _plain(value) for name, value in zip(names, row, strict=True)}
            for row in table.rows
        ]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value
