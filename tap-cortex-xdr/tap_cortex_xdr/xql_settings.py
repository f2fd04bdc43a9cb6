"""The setting ``xql_queries``: its form, its checks, and the schema that an entry asks for.

As all messages about settings, those here name the place and never repeat a value.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from edr_tap_kit.shaping import EXTRA, Shaper
from edr_tap_kit.tenancy import TENANT
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from singer_sdk import typing as th

EVENT_TIME = "_time"  # the column that a query's time frame applies to
_WINDOW_MINUTES = 1440
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_REQUIRED = ("name", "query", "primary_keys")
_OPTIONAL_MEMBERS = {
    "replication_key": {"type": ["string", "null"]},
    "schema": {"type": ["object", "null"]},
    "lookback_minutes": {"type": ["integer", "null"], "minimum": 0},
    "window_minutes": {"type": ["integer", "null"], "minimum": 1},
}
_ENTRY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "query": {"type": "string"},
        "primary_keys": {"type": "array", "items": {"type": "string"}},
        **_OPTIONAL_MEMBERS,
    },
}
XQL_QUERIES: th.Property[Any] = th.Property(
    "xql_queries", th.CustomType({"type": "array", "items": _ENTRY}), title="XQL queries",
    description="Streams of your own: objects with name (of the stream), query (XQL, without a "
    "time frame of its own), primary_keys (columns that the query yields) and optionally "
    "replication_key (a time; without it the whole range is read each run), schema (JSON schema "
    "of the columns; without it, those that rows of the last 24 hours show to --discover, the rest "
    "is in _extra), lookback_minutes "
    "(default 60), window_minutes (time range of one query, 1440 by default: a window's rows are "
    "held in memory and must be fewer than 1,000,000). Each window costs XQL quota. Without "
    "start_date the first run reads the last 24 hours.",
)  # fmt: skip

_TIME = {"type": ["string", "null"], "format": "date-time"}
_EXTRA_SCHEMA = {
    "type": ["object", "null"],
    "description": "Columns that this schema does not know, and values whose type it did not "
    "expect, under their own names.",
}


@dataclass(frozen=True)
class XqlQuery:
    """One entry; durations in minutes, ``lookback_minutes`` ``None`` where it does not say."""

    name: str
    query: str
    primary_keys: tuple[str, ...]
    replication_key: str | None
    schema: Mapping[str, Any] | None
    lookback_minutes: int | None
    window_minutes: int

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> Self:
        """Build from an entry in which :func:`query_problems` found nothing."""
        return cls(
            name=entry["name"],
            query=entry["query"],
            primary_keys=tuple(entry["primary_keys"]),
            replication_key=entry.get("replication_key"),
            schema=entry.get("schema"),
            lookback_minutes=entry.get("lookback_minutes"),
            window_minutes=entry.get("window_minutes") or _WINDOW_MINUTES,
        )

    def with_columns(self, columns: Mapping[str, Any]) -> Self:
        """Return the query with the schema that its stream has without one, and more columns."""
        base = self.stream_schema
        return replace(self, schema={**base, "properties": {**columns, **base["properties"]}})

    @property
    def stream_schema(self) -> dict[str, Any]:
        """The JSON schema of the stream: keys are never null, all other columns may be."""
        given = self.schema
        if given is None:
            columns: dict[str, Any] = {EVENT_TIME: _TIME}
            columns |= {key: {"type": ["string", "null"]} for key in self.primary_keys}
            columns |= {name: _TIME for name in (EVENT_TIME, self.replication_key) if name}
            given = {
                "description": "One row per result row of a query of the setting xql_queries. The "
                "setting gives no schema: columns that its rows did not show are in _extra. Read "
                "from xql/start_xql_query.",
                "properties": columns,
            }
        # Through JSON: the SDK reads the fractions of a settings file as Decimal.
        copied = json.loads(json.dumps(given, default=float))
        columns = {name: _nullable(each) for name, each in copied["properties"].items()}
        for key in self.primary_keys:
            columns[key] = _not_null(columns[key])
        columns.pop(EXTRA, None)
        columns[EXTRA] = _EXTRA_SCHEMA
        keys = list(self.primary_keys)
        return {**copied, "type": "object", "properties": columns, "required": keys}


def query_problems(entries: Any, built_in: Iterable[str]) -> list[str]:
    """Return what is wrong with the setting, one sentence each; ``built_in`` streams are taken."""
    if not Draft202012Validator({"type": "array", "items": _ENTRY}).is_valid(entries):
        return ["Setting 'xql_queries' does not have the expected form."]
    # Without regard to case: warehouses do not tell tables apart by it.
    taken = {name.lower() for name in built_in}
    found = []
    for index, entry in enumerate(entries):
        where = f"xql_queries.{index}"
        found += _form_problems(where, entry) or [
            *_name_problems(where, entry["name"], taken),
            *_column_problems(where, XqlQuery.from_entry(entry)),
        ]
        taken.add(str(entry.get("name")).lower())
    return found


def _form_problems(where: str, entry: Mapping[str, Any]) -> list[str]:
    members = _ENTRY["properties"]
    unknown = [
        f"Unknown setting '{where}.{name}'. Did you mean "
        f"'{difflib.get_close_matches(name, members, n=1, cutoff=0.0)[0]}'?"
        for name in entry
        if name not in members
    ]
    missing = [
        f"Setting '{where}.{name}' is required."
        for name in _REQUIRED
        if not (entry[name].strip() if isinstance(entry.get(name), str) else entry.get(name))
    ]
    return unknown + missing


def _name_problems(where: str, name: str, taken: set[str]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield (
            f"Setting '{where}.name' must be letters, digits and underscores, and not begin with "
            "a digit: it becomes the name of a table."
        )
    if name.lower() in taken:
        yield f"Setting '{where}.name' is the name of another stream."


def _column_problems(where: str, query: XqlQuery) -> Iterator[str]:
    keys, replication_key = query.primary_keys, query.replication_key
    if len(set(keys)) < len(keys) or not all(keys) or {EXTRA, TENANT} & set(keys):
        yield (
            f"Setting '{where}.primary_keys' must name columns of the query, each once, and "
            f"neither {EXTRA} nor {TENANT}."
        )
        return
    if replication_key in ("", EXTRA, TENANT):
        yield f"Setting '{where}.replication_key' must name a column of the query."
        return
    if query.schema is None:
        return
    columns: Any = query.schema.get("properties")
    if not _is_usable(query.schema, columns):
        yield (
            f"Setting '{where}.schema' must be a JSON schema of an object, with a schema for each "
            "column in its properties."
        )
    elif not set(keys) <= columns.keys():
        yield f"Setting '{where}.schema' must declare all primary_keys in its properties."
    elif replication_key and not _is_time(columns.get(replication_key, {})):
        yield (
            f"Setting '{where}.schema' must declare the replication_key as a string with the "
            "format date-time."
        )


def _is_usable(schema: Mapping[str, Any], columns: Any) -> bool:
    if not isinstance(columns, dict) or not all(isinstance(e, dict) for e in columns.values()):
        return False
    try:
        Draft202012Validator.check_schema(schema)
        Shaper(schema, ())
    except (SchemaError, AttributeError, KeyError, TypeError):
        return False
    return True


def _is_time(column: Mapping[str, Any]) -> bool:
    declared = column.get("type", ())
    types = {declared} if isinstance(declared, str) else set(declared)
    return types - {"null"} == {"string"} and column.get("format") == "date-time"


def _nullable(schema: Any) -> Any:
    """Return the schema with null allowed in it and in all that it describes.

    The vendor may leave any value out, and loaders refuse records that break their schema.
    """
    if not isinstance(schema, dict):
        return schema
    out = dict(schema)
    if declared := out.get("type"):
        types = [declared] if isinstance(declared, str) else list(declared)
        out["type"] = [*types, *(["null"] if "null" not in types else [])]
    if "enum" in out:
        out["enum"] = [*out["enum"], *([None] if None not in out["enum"] else [])]
    if "items" in out:
        out["items"] = _nullable(out["items"])
    if isinstance(out.get("properties"), dict):
        out["properties"] = {name: _nullable(each) for name, each in out["properties"].items()}
        out.pop("required", None)
    return out


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    types = [name for name in schema.get("type", ()) if name != "null"]
    return {**schema, "type": types[0] if len(types) == 1 else types} if types else schema
