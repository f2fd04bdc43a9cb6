"""Opening the database file, which one process may have open at a time."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from target_duckdb_edr.errors import LoaderError
from target_duckdb_edr.types import quoted

_logger = logging.getLogger("target-duckdb-edr.file")
_SECONDS_BETWEEN_TRIES = 1.0
# Files that DuckDB 1.2 and later read.
_STORAGE_VERSION = "v1.2.0"
# Bytes of a block. DuckDB holds one or two for each column that it appends to: with its usual
# 256 KiB, a table of a thousand columns takes more than the memory limit.
_BLOCK_SIZE = 65_536
# Rows of a row group. A group that is not full is written anew by each checkpoint, and a full one
# goes into the file without passing through the log. It is the smallest that DuckDB permits.
ROW_GROUP_SIZE = 2048
# The file's name would be ambiguous beside a schema that is called like it.
_CATALOG = "the DuckDB file"


def attach(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    *,
    wait_seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> str:
    """Open the file, wait while another process has it open, and return its catalog's name.

    Args:
        connection: What opens it.
        path: The file.
        wait_seconds: How long to wait at most.
        clock: Shows seconds.
        sleep: Sleeps for so many seconds; returns something true to end the wait.

    Raises:
        LoaderError: When it stays locked for so many seconds, or until the wait is ended, or is no
            usable database.
    """
    deadline = clock() + wait_seconds
    waiting = False
    while True:
        try:
            return _attach(connection, path)
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise LoaderError(f"The DuckDB file {path} cannot be opened: {error}") from error
            holder = _holder(str(error))
        except duckdb.Error as error:
            raise LoaderError(f"The DuckDB file {path} cannot be opened: {error}") from error
        if clock() >= deadline:
            raise LoaderError(
                f"The DuckDB file {path} was in use by {holder} for {wait_seconds:g} s. "
                "One process can have it open while it is written: close the other one and run "
                "again, or raise lock_wait_seconds."
            )
        if not waiting:
            waiting = True
            _logger.warning(
                "The DuckDB file %s is in use by %s; waiting for up to %g s.",
                path,
                holder,
                wait_seconds,
            )
        if sleep(min(_SECONDS_BETWEEN_TRIES, max(0.0, deadline - clock()))):
            raise LoaderError(
                f"Told to stop while {holder} had the DuckDB file {path} open: what waited for it "
                "is not committed, and is sent again by the next run."
            )


def _attach(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LoaderError(f"The folder of the DuckDB file cannot be made: {error}") from error
    options = [f"ROW_GROUP_SIZE {ROW_GROUP_SIZE}"]
    if not file.exists():
        options += [f"STORAGE_VERSION '{_STORAGE_VERSION}'", f"BLOCK_SIZE {_BLOCK_SIZE}"]
    escaped = str(file).replace("'", "''")
    connection.execute(f"ATTACH '{escaped}' AS {quoted(_CATALOG)} ({', '.join(options)})")
    return _CATALOG


def _holder(message: str) -> str:
    found = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    return f"{found[1]} (process {found[2]})" if found else "another process"
