"""The console script: Singer messages from stdin into DuckDB, states to stdout."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import target_duckdb  # type: ignore[import-untyped]

from target_duckdb_pinned.loading import LosslessDbSync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class LastState:
    """Lines on their way to the loader; keeps the newest STATE among them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.value: Any = None

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if '"STATE"' in line:  # cheap; most lines need no second parsing
                message = json.loads(line)
                if message.get("type") == "STATE":
                    self.value = message["value"]
            yield line


def load(
    connection: duckdb.DuckDBPyConnection, config: dict[str, Any], lines: Iterable[str]
) -> None:
    """Load every message; a state is emitted only when all rows before it are committed."""
    target_duckdb.DbSync = LosslessDbSync
    messages = LastState(lines)
    target_duckdb.persist_lines(connection, config, messages)
    # The loader forgets a state that follows the last full batch. Now all is committed.
    target_duckdb.emit_state(messages.value)


def prepare(config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """Open the database and complete the settings that depend on it."""
    if config.get("data_flattening_max_level"):
        sys.exit(
            "data_flattening_max_level loses objects without declared properties: "
            "flatten in the tap instead (flattening_enabled, flattening_max_depth)."
        )
    # Without it, the state of a full batch may cover rows of other streams not yet written.
    config["flush_all_streams"] = True
    path = config.get("path", config.get("filepath", ""))
    if path and "://" not in path and not path.startswith((":", "md:")):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = target_duckdb.duckdb_connect(config)
    except duckdb.IOException as error:
        sys.exit(f"Cannot open the DuckDB file: {error}")
    # DuckDB derives its name from the file's; asking is safer than deriving it likewise.
    (config["database"],) = connection.execute("SELECT current_database()").fetchone()
    return connection  # type: ignore[no-any-return]


def main() -> None:
    """Run the target."""
    parser = argparse.ArgumentParser(prog="target-duckdb-pinned", description=__doc__)
    parser.add_argument("-c", "--config", type=Path, required=True, help="JSON file of settings")
    config = json.loads(parser.parse_args().config.read_text(encoding="utf-8"))
    with prepare(config) as connection:
        load(connection, config, io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8"))
