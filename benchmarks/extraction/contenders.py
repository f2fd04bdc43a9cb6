"""The programs that are measured: how each is started, and where the records are that it wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from environments import CLIENTS, python_of
from measure import Command

_BIN = Path(sys.executable).parent
_KEYS = {"alerts": "alert_id", "incidents": "incident_id"}
# Fewer columns: what an overview of alerts needs.
FEW_COLUMNS = ("alert_id", "local_insert_ts", "name", "severity", "host_name", "action")

Record = dict[str, Any]


def singer_records(output: Path, _: Path) -> Iterator[Record]:
    """Yield the records of a Singer tap's output."""
    with output.open("rb") as lines:
        for message in map(json.loads, lines):
            if message["type"] == "RECORD":
                yield message["record"]


@dataclass(frozen=True)
class Contender:
    """A program that reads one stream.

    ``prepare`` takes a URL and an empty folder to write to; ``records`` the program's output and
    that folder.
    """

    name: str
    prepare: Callable[[str, Path], Command]
    records: Callable[[Path, Path], Iterator[Record]] = singer_records
    stream: str = "alerts"

    def ids(self, output: Path, folder: Path) -> list[str]:
        """Return the keys of the records that were written, in their order."""
        return [record[_KEYS[self.stream]] for record in self.records(output, folder)]


def _client(script: str, *arguments: str) -> Callable[[str, Path], Command]:
    """Return how one of the small programs in ``clients`` is started."""

    def prepare(url: str, folder: Path) -> Command:
        path = str((CLIENTS / f"{script}.py").resolve())
        return Command([python_of(script), path, url, *arguments], folder)

    return prepare


@dataclass(frozen=True)
class CortexTap:
    """The installed tap, reading one stream; ``columns`` are those selected, all by default."""

    stream: str = "alerts"
    columns: Collection[str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, url: str, folder: Path) -> Command:
        """Write settings and catalog; return the command."""
        config, catalog = folder / "config.json", folder / "catalog.json"
        settings = {
            "api_url": url, "api_key": "benchmark", "api_key_id": "1",
            "requests_per_second": 1_000_000, **self.settings,
        }  # fmt: skip
        config.write_text(json.dumps(settings))
        catalog.write_text(json.dumps(_selecting("tap-cortex-xdr", self.stream, self.columns)))
        tap = str(_BIN / "tap-cortex-xdr")
        return Command([tap, "--config", str(config), "--catalog", str(catalog)], folder)


def _selecting(tap: str, stream: str, columns: Collection[str] | None) -> dict[str, Any]:
    """Return a catalog of one stream."""
    catalog = json.loads(_discovered(tap))
    entry: dict[str, Any] = next(each for each in catalog["streams"] if each["stream"] == stream)
    for each in entry["metadata"]:
        name = each["breadcrumb"][-1] if each["breadcrumb"] else None
        each["metadata"]["selected"] = columns is None or name is None or name in columns
    return {"streams": [entry]}


@cache
def _discovered(tap: str) -> bytes:
    return subprocess.run([_BIN / tap, "--discover"], capture_output=True, check=True).stdout


FLOOR = Contender("floor: urllib3 and orjson", _client("floor"))
TAP = Contender("tap-cortex-xdr", CortexTap())
TAP_FEW_COLUMNS = Contender("tap-cortex-xdr, 6 columns", CortexTap(columns=FEW_COLUMNS))
FLOOR_INCIDENTS = Contender("floor, incidents", _client("floor", "incidents"), stream="incidents")
TAP_INCIDENTS = Contender("tap-cortex-xdr, incidents", CortexTap("incidents"), stream="incidents")
