"""How one batch of records gets into its table."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_duckdb.db_sync import DbSync  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

# DuckDB reads a line of any length when it is told the length; this is its own default.
_USUAL_LINE_BYTES = 2 * 1024 * 1024

# Nothing is left to be guessed. A value is quoted, NULL is the empty unquoted cell.
_COPY = """COPY {table} FROM '{file}' (
    FORMAT csv, AUTO_DETECT false, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', COMMENT '',
    NULLSTR '', ALLOW_QUOTED_NULLS false, STRICT_MODE true, PARALLEL false, NEW_LINE '\\n',
    MAX_LINE_SIZE {line_bytes}
)"""


class LosslessDbSync(DbSync):  # type: ignore[misc]
    """The loader's table, with batches written, copied and merged in our own way."""

    conn: Any
    flatten_schema: dict[str, Any]
    stream_schema_message: dict[str, Any]

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        connection_config: dict[str, Any],
        message: dict[str, Any],
    ) -> None:
        super().__init__(connection, connection_config, message)
        self._columns = list(zip(self.flatten_schema, self.column_types(), strict=True))

    def record_primary_key_string(self, record: dict[str, Any]) -> str | None:
        """Return the record's key as text that no other key shares."""
        keys = self.stream_schema_message["key_properties"]
        return json.dumps([record[key] for key in keys]) if keys else None

    def record_to_flattened(self, record: dict[str, Any]) -> list[str | None]:
        """Return the record as one text, or None for NULL, per column."""
        return [as_text(record.get(name), column_type) for name, column_type in self._columns]

    def load_rows(self, records: Iterable[dict[str, Any]], count: int, temp_dir: str) -> None:
        """Merge the records into the table in one transaction: all of them, or an error."""
        table = self.table_name(self.stream_schema_message["stream"])
        self.logger.info("Loading %d rows into %s", count, table)
        # The folder is readable by this user alone, and gone afterwards whatever happens.
        with tempfile.TemporaryDirectory(prefix="target-duckdb-", dir=temp_dir) as folder:
            file = Path(folder, "batch.csv")
            longest = self._write(file, records)
            self.conn.execute("BEGIN TRANSACTION")
            try:
                self._merge(file, count, longest)
            except BaseException:
                self.conn.execute("ROLLBACK")
                raise
            self.conn.execute("COMMIT")

    def _write(self, file: Path, records: Iterable[dict[str, Any]]) -> int:
        """Write the batch and return the length of its longest line in bytes."""
        longest = 0
        with file.open("wb") as output:
            for record in records:
                cells = self.record_to_flattened(record)
                line = ",".join(map(quoted, cells)).encode(errors="replace") + b"\n"
                output.write(line)
                longest = max(longest, len(line))
        return longest

    def _merge(self, file: Path, count: int, longest: int) -> None:
        stage = self.table_name(None, is_temporary=True)
        columns = ", ".join(f'"{name.lower()}" {kind}' for name, kind in self._columns)
        self.conn.execute(f"CREATE TEMP TABLE {stage} ({columns})")
        statement = _COPY.format(
            table=stage,
            file=str(file).replace("'", "''"),
            line_bytes=max(longest + 1, _USUAL_LINE_BYTES),
        )
        (copied,) = self.conn.execute(statement).fetchone()
        if copied != count:
            raise RuntimeError(f"DuckDB took {copied} of {count} rows; the batch is rolled back")
        has_keys = bool(self.stream_schema_message["key_properties"])
        if has_keys and (update := self.update_from_temp_table(stage)):
            self.conn.execute(update)
        self.conn.execute(self.insert_from_temp_table(stage))
        self.conn.execute(f"DROP TABLE {stage}")


def as_text(value: object, column_type: str) -> str | None:
    """Return the text that DuckDB casts to ``column_type`` without loss; None for NULL."""
    if value is None:
        return None
    if not isinstance(value, str) or column_type == "json":
        return json.dumps(value, ensure_ascii=False)
    if column_type == "timestamp" and not value.endswith("Z"):
        return _in_utc(value)
    return value


def _in_utc(value: str) -> str:
    """Return the time in UTC: DuckDB ignores offsets when it casts to TIMESTAMP."""
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return value  # DuckDB decides
    return value if parsed.tzinfo is None else parsed.astimezone(UTC).isoformat()


def quoted(text: str | None) -> str:
    """Return the text as a CSV cell."""
    return "" if text is None else '"' + text.replace('"', '""') + '"'
