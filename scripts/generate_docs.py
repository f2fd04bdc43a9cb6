"""Write the parts of the documentation that the code knows best.

The settings and stream tables in each tap's README, between their markers, and one page per stream
in docs/streams. With --check nothing is written; the exit status is 1 when anything is stale.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edr_tap_kit.stream import EdrStream
from edr_tap_kit.tap import EdrTap
from facts import Facts
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone.tap import TapGravityZone

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "streams"
TAPS: tuple[type[EdrTap], ...] = (TapGravityZone, TapCortexXDR)
VENDORS = {"tap-gravityzone": "Bitdefender GravityZone", "tap-cortex-xdr": "Cortex XDR"}

_NO_CALL = "none; files of `events_spool`"


@dataclass(frozen=True)
class StreamDoc:
    """What is said about a stream."""

    tap: str
    name: str
    about: str
    row: str
    call: str
    cost: str
    needs: str
    selection: str
    keys: str
    method: str
    replication_key: str
    lookback: str
    lead: str
    columns: list[tuple[str, str, str]]

    @property
    def page(self) -> Path:
        """The stream's page."""
        return PAGES / self.tap / f"{self.name}.md"


# Reading the code


def asked(tap: type[EdrTap], *arguments: str) -> Any:
    """Return what a tap prints as JSON."""
    module = tap.__module__.partition(".")[0]
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{module} {' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def streams_of(tap: type[EdrTap]) -> list[StreamDoc]:
    """Return what is said about each stream of a tap, in the tap's own order."""
    catalog = asked(tap, "--discover")["streams"]
    entries = {entry["tap_stream_id"]: entry for entry in catalog}
    streams = tap(validate_config=False).discover_streams()
    names: dict[object, str] = {type(stream): stream.name for stream in streams}
    facts = Facts(tap.name)
    docs = []
    for stream in streams:
        assert isinstance(stream, EdrStream)  # noqa: S101 (discover_streams makes no others)
        lead = names.get(stream.parent_stream_type, "")
        docs.append(stream_doc(tap.name, stream, entries[stream.name], lead, facts))
    return docs


def stream_doc(
    tap: str, stream: EdrStream, entry: dict[str, Any], lead: str, facts: Facts
) -> StreamDoc:
    """Return what is said about a stream."""
    schema = entry["schema"]
    about = schema.get("description") or (stream.__doc__ or "").partition("\n")[0]
    incremental = entry["replication_method"] == "INCREMENTAL"
    minutes = stream.default_lookback_minutes
    return StreamDoc(
        tap=tap,
        name=stream.name,
        about=about,
        row=about.partition(": ")[0].partition(". ")[0].removeprefix("One row per ").strip("."),
        call=facts.calls(stream.name) or _NO_CALL,
        cost=facts.cost(stream.name),
        needs=facts.needs(stream.name),
        selection=facts.selection(stream.name),
        keys=", ".join(f"`{key}`" for key in entry["key_properties"]) or "none",
        method="incremental" if incremental else "full table",
        replication_key=f"`{entry['replication_key']}`" if incremental else "",
        lookback=duration(minutes) if incremental else "",
        lead=lead,
        columns=list(columns_of(schema)),
    )


def duration(minutes: int) -> str:
    """Return minutes as a person says them."""
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{minutes} minutes"


def columns_of(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield name, type and description of each column and of each declared member within."""
    for name, column in schema["properties"].items():
        yield prefix + name, type_of(column), column.get("description", "")
        inner = column.get("items", column)
        if inner.get("properties"):
            yield from columns_of(inner, f"{prefix}{name}{'[]' if 'items' in column else ''}.")


def type_of(schema: dict[str, Any]) -> str:
    """Return a JSON schema's type in words."""
    declared = schema.get("type") or "any"
    types = [declared] if isinstance(declared, str) else list(declared)
    words = [kind for kind in types if kind != "null"]
    if words == ["string"] and schema.get("format"):
        return str(schema["format"])
    if words == ["array"] and "items" in schema:
        return f"array of {type_of(schema['items'])}"
    return " or ".join(words)


# Writing


def cell(text: str) -> str:
    """Return a text as the cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *([cell(each) for each in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def settings_table(tap: type[EdrTap]) -> str:
    """Return the table of a tap's settings."""
    schema = asked(tap, "--about", "--format", "json")["settings"]
    required = set(schema.get("required", ()))
    rows = []
    for name, setting in schema["properties"].items():
        marks = [
            *(["required"] if name in required else []),
            *(["secret"] if setting.get("secret") else []),
        ]
        default = setting.get("default")
        choices = ", ".join(f"`{each}`" for each in setting.get("enum", ()))
        about = f"{setting.get('description', '')}{f' One of {choices}.' if choices else ''}"
        shown = "" if default is None else f"`{json.dumps(default)}`"
        rows.append([f"`{name}`", type_of(setting), shown, ", ".join(marks), about])
    return table(["Setting", "Type", "Default", "", "Meaning"], rows)


def streams_table(streams: list[StreamDoc], link: str) -> str:
    """Return the table of streams; ``link`` is the folder of the pages as seen from there."""
    rows = [
        [
            f"[`{one.name}`]({link}/{one.name}.md)",
            one.row,
            one.keys,
            f"{one.method}{f', {one.replication_key}' if one.replication_key else ''}",
            one.lookback,
            one.selection,
        ]
        for one in streams
    ]
    header = ["Stream", "One row is", "Primary key", "Replication", "Look-back", ""]
    return table(header, rows)


def costs_table(streams: list[StreamDoc]) -> str:
    """Return the table of what streams need and cost."""
    rows = [[f"`{one.name}`", one.selection, one.needs, one.cost] for one in streams]
    return table(["Stream", "", "Needs", "Cost in requests"], rows)


def coverage_table(tap: str) -> str:
    """Return the table of the vendor's methods that read."""
    rows = [
        [
            f"`{method}`",
            version,
            "yes" if streams or note.startswith("the streams of") else "no",
            ", ".join(f"`{each}`" for each in streams),
            note,
        ]
        for method, version, streams, note in Facts(tap).methods
    ]
    return table(["Method", "Version", "Supported", "Stream", "Note"], rows)


def page(one: StreamDoc) -> str:
    """Return the page of a stream."""
    facts = [
        ["Primary key", one.keys],
        ["Replication", one.method],
        *([["Replication key", one.replication_key]] if one.replication_key else []),
        *([["Default look-back", one.lookback]] if one.lookback else []),
        ["Vendor's call", one.call],
        *([["Read together with", f"`{one.lead}`"]] if one.lead else []),
        ["Needs", one.needs],
        ["Cost in requests", one.cost],
        ["Selected by the shipped project", "yes" if one.selection == "shipped" else "no"],
    ]
    columns = [[f"`{name}`", kind, about] for name, kind, about in one.columns]
    return f"""\
<!-- Written by scripts/generate_docs.py: change the schema or the stream, not this page. -->
# {one.tap}: {one.name}

{one.about}

{table(["", ""], facts)}

## Columns

{table(["Column", "Type", "Meaning"], columns)}

[All streams](../README.md) · [{one.tap}](../../../{one.tap}/README.md)
"""


def index(by_tap: dict[str, list[StreamDoc]]) -> str:
    """Return the index of all pages."""
    sections = "\n\n".join(
        f"## {VENDORS[tap]}: [{tap}](../../{tap}/README.md)\n\n{streams_table(streams, tap)}"
        for tap, streams in by_tap.items()
    )
    return f"""\
<!-- Written by scripts/generate_docs.py: change the schemas or the streams, not this page. -->
# Streams

Column names are the vendor's own. Names that begin with `_` are the tap's. Every time is UTC, as
`2026-01-31T12:00:00Z`, with the sub-second digits that the vendor gave. Every column but the
primary key may be null. What a schema does not know is in `_extra`. When the setting `tenant` is
given, every table begins with `_tenant`, which is then the first part of the primary key.

{sections}
"""


def between(text: str, name: str, content: str) -> str:
    """Return the text with new content between the markers of a name."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    head, found, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not (found and found_end):
        sys.exit(f"The markers {begin} and {end} are missing.")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def generated() -> dict[Path, str]:
    """Return the content of every file that is written here, in whole or in part."""
    files: dict[Path, str] = {}
    by_tap: dict[str, list[StreamDoc]] = {}
    for tap in TAPS:
        streams = by_tap[tap.name] = streams_of(tap)
        readme = ROOT / tap.name / "README.md"
        text = between(readme.read_text(encoding="utf-8"), "settings", settings_table(tap))
        text = between(text, "streams", streams_table(streams, f"../docs/streams/{tap.name}"))
        text = between(text, "costs", costs_table(streams))
        files[readme] = between(text, "coverage", coverage_table(tap.name))
        files |= {one.page: page(one) for one in streams}
    files[PAGES / "README.md"] = index(by_tap)
    return files


def main() -> None:
    """Write all that is stale, or name it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    check = parser.parse_args().check
    files = generated()
    stale = [
        path
        for path, text in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    orphans = [path for path in PAGES.rglob("*.md") if path not in files]
    for path in (*stale, *orphans):
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
    if check:
        sys.exit(1 if stale or orphans else 0)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    for path in orphans:
        path.unlink()


if __name__ == "__main__":
    main()
