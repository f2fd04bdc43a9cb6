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
_ROOT = Path(__file__).resolve().parents[2]
_SCHEMA = _ROOT / "tap-cortex-xdr" / "tap_cortex_xdr" / "schemas" / "alerts.json"
_KEYS = {
    "alerts": "alert_id", "incidents": "incident_id", "gravityzone-incidents": "incidentId",
}  # fmt: skip
# Fewer columns: what an overview of alerts needs.
FEW_COLUMNS = ("alert_id", "local_insert_ts", "name", "severity", "host_name", "action")

Record = dict[str, Any]
Prepare = Callable[[str, Path], Command]


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
    that folder. ``behaviour`` is how the vendor is to behave for it, and ``floor`` what it is
    compared to: the same rows, read by the floor.
    """

    name: str
    prepare: Prepare
    records: Callable[[Path, Path], Iterator[Record]] = singer_records
    stream: str = "alerts"
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    floor: Contender | None = None

    def ids(self, output: Path, folder: Path) -> list[str]:
        """Return the keys of the records that were written, in their order."""
        return [record[_KEYS[self.stream]] for record in self.records(output, folder)]


def airbyte_records(output: Path, folder: Path) -> Iterator[Record]:
    """Yield the records of an Airbyte source's output; they lie a level deeper than Singer's."""
    for record in singer_records(output, folder):
        yield record["data"]


def dlt_records(_: Path, folder: Path) -> Iterator[Record]:
    """Yield the records of the files that dlt loaded."""
    for path in folder.glob("loaded/*/alerts/*.jsonl"):
        with path.open("rb") as lines:
            yield from map(json.loads, lines)


def _floor(stream: str) -> Prepare:
    def prepare(url: str, folder: Path) -> Command:
        return Command([python_of("floor"), str(CLIENTS / "floor.py"), url, stream], folder)

    return prepare


def _plain_sdk(url: str, folder: Path) -> Command:
    config = _written(folder / "config.json", {"url": url})
    script = str(CLIENTS / "plain_sdk.py")
    return Command([python_of("plain_sdk"), script, str(_SCHEMA), "--config", config], folder)


def _airbyte_cdk(url: str, folder: Path) -> Command:
    stream = {"name": "alerts", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    configured = {
        "stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append",
    }  # fmt: skip
    python = python_of("airbyte_cdk")
    arguments = [
        python, str(Path(python).parent / "source-declarative-manifest"), "read",
        "--manifest-path", str(CLIENTS / "airbyte_cdk.yaml"),
        "--config", _written(folder / "config.json", {"url": url}),
        "--catalog", _written(folder / "catalog.json", {"streams": [configured]}),
    ]  # fmt: skip
    return Command(arguments, folder)


def _dlt(url: str, folder: Path) -> Command:
    script = str(CLIENTS / "dlt_client.py")
    return Command([python_of("dlt_client"), script, url, str(folder)], folder)


@dataclass(frozen=True)
class CortexTap:
    """The installed tap, reading one stream; ``columns`` are those selected, all by default."""

    stream: str = "alerts"
    columns: Collection[str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, url: str, folder: Path) -> Command:
        """Write settings and catalog; return the command."""
        settings = {"api_url": url, "api_key_id": "1", **self.settings}
        return _tap("tap-cortex-xdr", folder, settings, self.stream, self.columns)


@dataclass(frozen=True)
class GravityZoneTap:
    """The installed tap, reading one stream."""

    stream: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, url: str, folder: Path) -> Command:
        """Write settings and catalog; return the command."""
        settings = {"api_url": url, "max_incident_requests_per_minute": 0, **self.settings}
        return _tap("tap-gravityzone", folder, settings, self.stream)


def _tap(
    tap: str,
    folder: Path,
    settings: Mapping[str, Any],
    stream: str,
    columns: Collection[str] | None = None,
) -> Command:
    unlimited = {"api_key": "benchmark", "requests_per_second": 1_000_000, **settings}
    arguments = [
        sys.executable, str(_BIN / tap),
        "--config", _written(folder / "config.json", unlimited),
        "--catalog", _written(folder / "catalog.json", _selecting(tap, stream, columns)),
    ]  # fmt: skip
    return Command(arguments, folder)


def _selecting(tap: str, stream: str, columns: Collection[str] | None) -> dict[str, Any]:
    """Return a catalog of one stream."""
    catalog = json.loads(_discovered(tap))
    entry: dict[str, Any] = next(each for each in catalog["streams"] if each["stream"] == stream)
    for each in entry["metadata"]:
        name = each["breadcrumb"][-1] if each["breadcrumb"] else None
        each["metadata"]["selected"] = columns is None or name is None or name in columns
    return {"streams": [entry]}


def _written(path: Path, content: Any) -> str:
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


@cache
def _discovered(tap: str) -> bytes:
    return subprocess.run([_BIN / tap, "--discover"], capture_output=True, check=True).stdout


FLOOR = Contender("floor: urllib3 and orjson", _floor("alerts"))
TAP = Contender("tap-cortex-xdr", CortexTap(), floor=FLOOR)
TAP_FAR = Contender(
    "tap-cortex-xdr, answers after 20 ms", CortexTap(), behaviour={"latency_ms": 20}, floor=FLOOR
)
TAP_FEW_COLUMNS = Contender(
    "tap-cortex-xdr, 6 columns", CortexTap(columns=FEW_COLUMNS), floor=FLOOR
)
TAP_DRIFT = Contender(
    "tap-cortex-xdr, each page with an unknown field",
    CortexTap(),
    behaviour={"drift_every": 100},
    floor=FLOOR,
)
TAP_MAPPED = Contender(
    "tap-cortex-xdr, a stream map",
    CortexTap(settings={"stream_maps": {"alerts": {"description": "__NULL__"}}}),
    floor=FLOOR,
)
PLAIN_SDK = Contender("plain singer-sdk tap", _plain_sdk, floor=FLOOR)
AIRBYTE_CDK = Contender("airbyte-cdk, declarative", _airbyte_cdk, airbyte_records, floor=FLOOR)
DLT = Contender("dlt, REST source to JSON lines", _dlt, dlt_records, floor=FLOOR)
_HOISTED = {"hoisted": True}
FLOOR_HOISTED = Contender("floor, hoisted alerts", _floor("alerts"), behaviour=_HOISTED)
TAP_HOISTED = Contender(
    "tap-cortex-xdr, hoisted alerts", CortexTap(), behaviour=_HOISTED, floor=FLOOR_HOISTED
)
_COMPRESSED = {"gzip": True}
FLOOR_COMPRESSED = Contender("floor, compressed", _floor("alerts"), behaviour=_COMPRESSED)
TAP_COMPRESSED = Contender(
    "tap-cortex-xdr, compressed", CortexTap(), behaviour=_COMPRESSED, floor=FLOOR_COMPRESSED
)
FLOOR_INCIDENTS = Contender("floor, incidents", _floor("incidents"), stream="incidents")
TAP_INCIDENTS = Contender(
    "tap-cortex-xdr, incidents",
    CortexTap("incidents"),
    stream="incidents",
    floor=FLOOR_INCIDENTS,
)
_GRAVITYZONE = "gravityzone-incidents"
FLOOR_GRAVITYZONE = Contender(
    "floor, GravityZone's incidents", _floor(_GRAVITYZONE), stream=_GRAVITYZONE
)
TAP_GRAVITYZONE = Contender(
    "tap-gravityzone, incidents",
    GravityZoneTap("incidents"),
    stream=_GRAVITYZONE,
    floor=FLOOR_GRAVITYZONE,
)

ALL = (
    FLOOR, TAP, TAP_FAR, TAP_FEW_COLUMNS, TAP_DRIFT, TAP_MAPPED, PLAIN_SDK, AIRBYTE_CDK, DLT,
    FLOOR_HOISTED, TAP_HOISTED, FLOOR_COMPRESSED, TAP_COMPRESSED, FLOOR_INCIDENTS, TAP_INCIDENTS,
    FLOOR_GRAVITYZONE, TAP_GRAVITYZONE,
)  # fmt: skip
