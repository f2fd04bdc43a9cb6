"""Write the staging models of the dbt project from the taps' schema files.

For each stream a model and its documentation in transform/models/staging/<product>/, the sources of
each product, and the model that counts what was loaded. With --check nothing is written; the exit
status is 1 when anything is stale or left over.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STAGING = ROOT / "transform" / "models" / "staging"
PRODUCTS = {"gravityzone": "tap-gravityzone", "cortex_xdr": "tap-cortex-xdr"}
TITLES = {"gravityzone": "Bitdefender GravityZone", "cortex_xdr": "Palo Alto Networks Cortex XDR"}
MARK = "Written by scripts/generate_staging.py; do not edit."

# Words that at least one of the warehouses takes for its own.
RESERVED = {
    "count", "date", "group", "groups", "hash", "language", "permissions", "range", "timestamp",
    "user",
}  # fmt: skip
# Columns whose name in snake case would be that of another column with another meaning.
RENAMED = {
    ("gravityzone", "events", "productId"): "device_product_id",
    ("gravityzone", "events", "vendorId"): "device_vendor_id",
    ("gravityzone", "alerts", "extra"): "findings",
}
# The newest row of these says how fresh the load is; the others are read as a whole each time.
FRESHNESS = {
    ("gravityzone", "incidents"): "_changed_at",
    ("gravityzone", "events"): "_received_at",
    ("cortex_xdr", "incidents"): "modification_time",
    ("cortex_xdr", "alerts"): "local_insert_ts",
}


@dataclass(frozen=True)
class Column:
    """A column of a staging model: its name, its type, and the vendor's names for it."""

    name: str
    kind: str
    raw: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Stream:
    """A stream as its schema file describes it."""

    product: str
    name: str
    about: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def model(self) -> str:
        """The name of the stream's staging model."""
        return f"stg_{self.product}__{self.name}"

    @property
    def newest(self) -> str:
        """The column that orders the rows in time; empty where the stream has none."""
        times = [column.name for column in self.columns if column.kind == "timestamp"]
        first = FRESHNESS.get((self.product, self.name), "").lstrip("_")
        return first or (times[0] if times else "")


# Reading the schemas


def streams() -> Iterator[Stream]:
    """Yield all streams, product by product, in the order of their names."""
    for product, tap in PRODUCTS.items():
        folder = ROOT / tap / tap.replace("-", "_") / "schemas"
        for file in sorted(folder.glob("*.json")):
            yield stream(product, file.stem, json.loads(file.read_text(encoding="utf-8")))


def stream(product: str, name: str, schema: dict[str, Any]) -> Stream:
    """Return a stream; two spellings of one member become one column."""
    columns: dict[str, Column] = {}
    for raw, member in schema["properties"].items():
        kind = kind_of(member)
        column = RENAMED.get((product, name, raw)) or column_name(raw)
        about = str(member["description"])
        if column in columns:
            first = columns[column]
            if first.kind != kind:
                raise SystemExit(f"{product}.{name}: {raw} needs a name of its own in RENAMED.")
            columns[column] = Column(column, kind, (*first.raw, raw), first.about)
        else:
            columns[column] = Column(column, kind, (raw,), about)
    keys = tuple(column_name(key) for key in schema["required"])
    return Stream(product, name, str(schema["description"]), keys, tuple(columns.values()))


def kind_of(member: dict[str, Any]) -> str:
    """Return the staging type of a member of a schema."""
    kinds = member["type"] if isinstance(member["type"], list) else [member["type"]]
    (kind,) = [kind for kind in kinds if kind != "null"]
    if kind == "string" and member.get("format") == "date-time":
        return "timestamp"
    return {"object": "json", "array": "json"}.get(kind, str(kind))


def column_name(raw: str) -> str:
    """Return the vendor's name in snake case."""
    if raw == "_extra":
        return "unknown_fields"
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", raw.strip("_")).lower()
    return f"vendor_{name}" if name in RESERVED else name


# Writing the models


def files() -> dict[Path, str]:
    """Return all files with their content."""
    found = list(streams())
    made: dict[Path, str] = {}
    for product in PRODUCTS:
        of_product = [stream for stream in found if stream.product == product]
        made[STAGING / product / f"_{product}__sources.yml"] = sources(product, of_product)
        for stream in of_product:
            made[STAGING / product / f"{stream.model}.sql"] = model(stream)
            made[STAGING / product / f"{stream.model}.yml"] = documentation(stream)
    made[STAGING / "stg_loaded_streams.sql"] = loaded_streams(found)
    return made


def model(stream: Stream) -> str:
    """Return the SQL of a staging model."""
    rows = []
    for column in stream.columns:
        raw = ", ".join(f"'{name}'" for name in column.raw)
        rows.append(f"        ['{column.name}', '{column.kind}', {raw}],")
    return "\n".join([
        f"-- {MARK}",
        "{{ staging(",
        f"    '{stream.product}', '{stream.name}',",
        "    columns=[",
        *rows,
        "    ],",
        ") }}",
        "",
    ])  # fmt: skip


def documentation(stream: Stream) -> str:
    """Return the properties of a staging model: its grain, and a word on each column."""
    keys = ", ".join(("tenant", *stream.keys))
    lines = [
        f"# {MARK}",
        "version: 2",
        "models:",
        f"- name: {stream.model}",
        f"  description: {quoted(stream.about)}",
        "  data_tests:",
        f"  - unique_key: {{arguments: {{columns: [{keys}]}}}}",
        "  columns:",
        "  - {name: tenant, description: '{{ doc(\"tenant\") }}'}",
    ]
    for column in stream.columns:
        lines.append(f"  - name: {column.name}")
        lines.append(f"    description: {quoted(column.about)}")
        if column.name in stream.keys:
            lines.append("    data_tests: [not_null]")
    lines += [
        "  - {name: loaded_at, description: '{{ doc(\"loaded_at\") }}'}",
        "  - {name: deleted_at, description: '{{ doc(\"deleted_at\") }}'}",
        "",
    ]
    return "\n".join(lines)


def sources(product: str, found: list[Stream]) -> str:
    """Return the sources of a product."""
    lines = [
        f"# {MARK}",
        "version: 2",
        "sources:",
        f"- name: {product}",
        f"  description: Tables that {PRODUCTS[product]} fills, one for each stream.",
        f"  schema: \"{{{{ var('{product}_sources')[0]['schema'] }}}}\"",
        f"  config: {{meta: {{vendor: {quoted(TITLES[product])}}}}}",
        "  tables:",
    ]
    for stream in found:
        lines.append(f"  - name: {stream.name}")
        lines.append(f"    description: {quoted(stream.about)}")
        if newest := FRESHNESS.get((product, stream.name)):
            lines += [
                "    config:",
                f"      loaded_at_field: {newest}",
                "      freshness:",
                "        warn_after: {count: 72, period: hour}",
                "        error_after: {count: 168, period: hour}",
            ]
    return "\n".join([*lines, ""])


def loaded_streams(found: list[Stream]) -> str:
    """Return the SQL of the model that counts the rows of every stream."""
    rows = [
        f"    ['{stream.product}', '{stream.name}', '{stream.newest}', ref('{stream.model}')],"
        for stream in found
    ]
    return "\n".join([
        f"-- {MARK}", "{{ loaded_streams([", *rows, "]) }}", "",
    ])  # fmt: skip


def quoted(text: str) -> str:
    """Return a text as a YAML scalar."""
    return json.dumps(text, ensure_ascii=False)


def main() -> None:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if stale")
    check = parser.parse_args().check
    made = files()
    written = [path for path, text in made.items() if current(path) != text]
    left_over = [path for path in STAGING.glob("*/stg_*") if path not in made]
    for path in (*written, *left_over):
        print(path.relative_to(ROOT))
    if check:
        sys.exit(bool(written or left_over))
    for path in left_over:
        path.unlink()
    for path in written:
        path.write_text(made[path], encoding="utf-8")


def current(path: Path) -> str | None:
    """Return what a file holds now."""
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
