"""Singer messages, and a database file that they are loaded into."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import duckdb
import pytest
from target_duckdb_edr.target import TargetDuckDB

TEXT = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
FLAG = {"type": ["null", "boolean"]}
TIME = {"type": ["null", "string"], "format": "date-time"}
DATE = {"type": ["null", "string"], "format": "date"}
JSON = {"type": ["null", "object"]}

COMMAND = [sys.executable, "-m", "target_duckdb_edr"]
SECONDS = 120

Message = dict[str, Any]


def schema(stream: str, keys: list[str], **properties: dict[str, Any]) -> Message:
    body = {"type": "object", "properties": properties}
    return {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": keys}


def record(stream: str, **values: object) -> Message:
    return {"type": "RECORD", "stream": stream, "record": values}


def versioned(message: Message, version: int) -> Message:
    return {**message, "version": version}


def activate(stream: str, version: int) -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def state(**bookmarks: object) -> Message:
    return {"type": "STATE", "value": {"bookmarks": bookmarks}}


def lines(messages: Iterable[Message | str]) -> bytes:
    """Return messages as they come through a pipe; a text is a line of its own."""
    return b"".join(
        (each if isinstance(each, str) else json.dumps(each)).encode() + b"\n" for each in messages
    )


def command(
    *arguments: str, messages: Iterable[Message | str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the loader from the command line."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input=lines(messages).decode(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


class Warehouse:
    """A database file; each ``load`` is one run of the loader."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config: dict[str, Any] = {
            "filepath": str(path),
            "default_target_schema": "vendor",
        }

    def load(self, *messages: Message | str, **config: object) -> list[Any]:
        """Load the messages and return the states that came out."""
        target = TargetDuckDB(config={**self.config, **config})
        output = io.StringIO()
        with redirect_stdout(output), closing(target.connector):
            target.listen(io.BytesIO(lines(messages)))  # type: ignore[arg-type] # its reader takes bytes
        return [json.loads(line) for line in output.getvalue().splitlines()]

    def run(self, *messages: Message | str, **config: object) -> subprocess.CompletedProcess[str]:
        """Load the messages in a process of its own."""
        return command("--config", str(self.settings(**config)), messages=messages)

    def settings(self, **config: object) -> Path:
        """Write a settings file and return its path."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.parent / "settings.json"
        file.write_text(json.dumps({**self.config, **config}))
        return file

    def rows(self, query: str) -> list[Any]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def types(self, table: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.rows(f"DESCRIBE vendor.{table}")}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "not there yet" / "ware.house v2.duckdb")


@pytest.fixture(autouse=True)
def _signal_handlers() -> Iterator[None]:
    """Give the test run its signal handlers back: a target takes them."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
