"""The columns that the SDK calls record metadata, and the versions of full readings.

https://sdk.meltano.com/en/latest/implementation/record_metadata.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa

EXTRACTED_AT = "_sdc_extracted_at"
RECEIVED_AT = "_sdc_received_at"
BATCHED_AT = "_sdc_batched_at"
DELETED_AT = "_sdc_deleted_at"
SEQUENCE = "_sdc_sequence"
VERSION = "_sdc_table_version"
SYNC_STARTED_AT = "_sdc_sync_started_at"

_TIME = {"type": ["string", "null"], "format": "date-time"}
_INTEGER = {"type": ["integer", "null"]}
DESCRIPTIONS = {
    EXTRACTED_AT: _TIME | {"description": "When the tap read the record (UTC)."},
    RECEIVED_AT: _TIME | {"description": "When the loader received the record (UTC)."},
    BATCHED_AT: _TIME | {"description": "When the record's batch was written (UTC)."},
    DELETED_AT: _TIME | {"description": "When the row was found to be gone (UTC)."},
    SEQUENCE: _INTEGER | {"description": "When the record was received, in ms since 1970 (UTC)."},
    VERSION: _INTEGER | {"description": "The full reading that returned the row last."},
    SYNC_STARTED_AT: _INTEGER | {"description": "When the run began, in ms since 1970 (UTC)."},
}
# What a record may carry itself; the others are made here.
IN_RECORDS = frozenset({DELETED_AT})
NAMES = frozenset(DESCRIPTIONS)


class Metadata:
    """Keeps what a batch's metadata columns are made of, one entry a row.

    Args:
        sync_started_at: The start of the run, in ms since 1970 (UTC).
    """

    def __init__(self, sync_started_at: int) -> None:
        self._sync_started_at = sync_started_at
        self._received: list[int] = []
        self._extracted: list[str | None] = []
        self._versions: list[int | None] = []

    def note(self, extracted_at: str | None, version: int | None, rows: int = 1) -> None:
        """Keep what is known of the next rows."""
        received = time.time_ns() // 1000
        self._received += [received] * rows
        self._extracted += [extracted_at] * rows
        self._versions += [version] * rows

    def arrays(self) -> Mapping[str, pa.Array]:
        """Return the values of all rows since the last call, by the columns' names."""
        received, self._received = self._received, []
        extracted, self._extracted = self._extracted, []
        versions, self._versions = self._versions, []
        now = datetime.now(UTC).isoformat()
        return {
            EXTRACTED_AT: pa.array(extracted, pa.string()),
            RECEIVED_AT: pa.array(received, pa.timestamp("us", tz="UTC")),
            BATCHED_AT: pa.array([now] * len(received), pa.string()),
            SEQUENCE: pa.array([each // 1000 for each in received], pa.int64()),
            VERSION: pa.array(versions, pa.int64()),
            SYNC_STARTED_AT: pa.array([self._sync_started_at] * len(received), pa.int64()),
        }
