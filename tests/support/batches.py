"""Read the files of a BATCH message back as the records that they hold."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_AS_THEY_ARE = {"string", "integer", "number", "boolean"}


def records_of(message: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the records of all files; Arrow has no columns that are missing, only empty ones."""
    encoding = message["encoding"]
    for url in message["manifest"]:
        content = Path(urlsplit(url).path).read_bytes()
        if encoding["format"] == "arrow":
            yield from _arrow(content, schema)
            continue
        lines = gzip.decompress(content) if encoding.get("compression") == "gzip" else content
        yield from map(json.loads, lines.splitlines())


def _arrow(content: bytes, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    import pyarrow as pa  # noqa: PLC0415 (by these tests alone)

    with pa.ipc.open_file(pa.py_buffer(content)) as file:
        rows = file.read_all().to_pylist()
    for row in rows:
        yield {
            name: value if set(_types(schema["properties"][name])) <= _AS_THEY_ARE
            else json.loads(value)
            for name, value in row.items() if value is not None
        }  # fmt: skip


def _types(column: dict[str, Any]) -> list[str]:
    declared = column.get("type") or ["object"]
    types = [declared] if isinstance(declared, str) else declared
    named = [name for name in types if name != "null"]
    return named if len(named) == 1 else ["object"]
