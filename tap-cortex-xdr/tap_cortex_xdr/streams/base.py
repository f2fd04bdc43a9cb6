"""What all Cortex streams share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from edr_tap_kit.naming import sql_names
from edr_tap_kit.pages import Row
from edr_tap_kit.records import Record
from edr_tap_kit.stream import EdrStream
from edr_tap_kit.tenancy import TenantAwareSchema
from singer_sdk.schema.source import SchemaDirectory
from typing_extensions import override

from tap_cortex_xdr import schemas
from tap_cortex_xdr.client import PAGE_LIMIT, CortexClient, PageRequest

if TYPE_CHECKING:
    from tap_cortex_xdr.tap import TapCortexXDR

SCHEMAS: SchemaDirectory = SchemaDirectory(schemas)


class CortexStream(EdrStream):
    """Base of the streams: one call, one list in its reply.

    ``other_paths`` are further calls whose answers decide which rows there are.
    """

    schema = TenantAwareSchema(SCHEMAS)
    tap: TapCortexXDR
    path: ClassVar[str]
    other_paths: ClassVar[tuple[str, ...]] = ()
    list_key: ClassVar[str]
    sort_keyword: ClassVar[str] = "asc"

    @property
    def client(self) -> CortexClient:
        """The client of this run."""
        return self.tap.client

    @property
    def limit(self) -> int:
        """Rows a request; two at least, so that pages can overlap."""
        return max(2, min(PAGE_LIMIT, self.tap.settings.page_size or PAGE_LIMIT))

    def prepared(self, row: Row) -> Row:
        """Return a row with what the tap adds to it, and with names for SQL."""
        return row

    def shaped(self, rows: Iterable[Row]) -> Iterator[Record]:
        """Yield the records of rows as the vendor sends them."""
        return self.records(map(self.prepared, rows))

    @override
    def activate_version(self, *, whole: bool) -> None:
        if self._stream_version is not None and not self.client.told_rows(
            self.path, *self.other_paths
        ):
            self.partial("an answer without its list does not tell that a table is empty.")
        super().activate_version(whole=whole and self.whole)

    @override
    def probe(self) -> None:
        self.client.page(PageRequest(self.path, self.list_key, limit=1))


class NamedForSql(CortexStream):
    """A stream whose rows bear names that SQL does not take: dots, blanks."""

    @override
    def prepared(self, row: Row) -> Row:
        named: Row = sql_names(row)
        return named
