"""What all GravityZone streams share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from edr_tap_kit import times
from edr_tap_kit.stream import EdrStream
from edr_tap_kit.tenancy import TenantAwareSchema
from singer_sdk.schema.source import SchemaDirectory

from tap_gravityzone import schemas
from tap_gravityzone.client import GravityZoneClient

if TYPE_CHECKING:
    from tap_gravityzone.tap import TapGravityZone

SCHEMAS: SchemaDirectory = SchemaDirectory(schemas)


class GravityZoneStream(EdrStream):
    """Base of the streams."""

    schema = TenantAwareSchema(SCHEMAS)
    tap: TapGravityZone
    # The vendor method by which the stream is read, and its version.
    method: ClassVar[str] = ""
    version: ClassVar[str] = "v1.0"

    @property
    def area(self) -> str:
        """Name of the API that the key must have enabled; empty where none is asked."""
        return self.method.partition(".")[0].partition("/")[0]

    @property
    def client(self) -> GravityZoneClient:
        """The client of this run."""
        return self.tap.client

    def per_page(self, most: int) -> int:
        """Return the rows a request, of which a method allows so many."""
        return min(most, self.tap.settings.page_size or most)

    def utc(self, value: Any) -> str | None:
        """Return a vendor time as UTC text, or ``None`` when it is none."""
        try:
            return times.to_utc_text(value, self.tap.naive_zone)
        except ValueError:
            return None
