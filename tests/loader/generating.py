"""Random schemas, records that are of them, and what a row of them must read as."""

from __future__ import annotations

import json
import random
import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

ALPHABET = string.ascii_letters + string.digits + " _-.,;'\"\\/\n\r\t\0éß東🔒\u2028\x7f"
SCALARS = ["string", "integer", "number", "boolean", "date-time", "date"]
UNIONS = [["string", "integer"], ["boolean", "number"], ["integer", "number"], ["object", "string"]]

Schema = dict[str, Any]


def types_of(schema: Schema) -> set[str]:
    """Return the types other than null that a schema names."""
    types = schema.get("type") or [each["type"] for each in schema.get("anyOf", ())]
    return ({types} if isinstance(types, str) else set(types)) - {"null"}


def text(chance: random.Random, longest: int = 12) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randrange(longest)))


def property_schema(chance: random.Random, depth: int = 0) -> Schema:
    kinds = [*SCALARS, "any", "union", *(["object", "array", "free"] if depth < 3 else [])]
    kind = chance.choice(kinds)
    if kind in {"date-time", "date"}:
        return {"type": ["null", "string"], "format": kind}
    if kind == "any":
        return {}
    if kind == "union":
        types = chance.choice(UNIONS)
        if chance.random() < 0.5:
            return {"type": ["null", *types]}
        return {"anyOf": [{"type": each} for each in ["null", *types]]}
    if kind == "free":
        return {"type": ["null", "object"]}
    if kind == "object":
        names = {f"m{number}" for number in range(chance.randrange(4))}
        members = {name: property_schema(chance, depth + 1) for name in sorted(names)}
        return {"type": ["null", "object"], "properties": members}
    if kind == "array":
        return {"type": ["null", "array"], "items": property_schema(chance, depth + 1)}
    return {"type": ["null", kind]}


def stream_schema(chance: random.Random) -> Schema:
    names = {text(chance).replace("\0", "") or "x" for _ in range(chance.randrange(1, 9))}
    properties = {name: property_schema(chance) for name in sorted(names - {"id"})}
    return {"id": {"type": "integer"}, **properties}


def value_of(chance: random.Random, schema: Schema) -> Any:
    """Return a value that the schema covers."""
    if chance.random() < 0.15:
        return None
    types = types_of(schema)
    if not types:
        return chance.choice([text(chance), 5, 0.5, True, [1, None], {"a": {"b": [text(chance)]}}])
    return _value(chance, schema, chance.choice(sorted(types)))


def _value(chance: random.Random, schema: Schema, kind: str) -> Any:
    moment = datetime.fromisoformat("1970-01-01") + timedelta(
        microseconds=chance.randrange(-(10**15), 10**16)
    )
    match kind:
        case "string" if schema.get("format") == "date-time":
            offset = chance.choice(["Z", "+00:00", "+05:30", "-11:00", ""])
            return moment.isoformat() + offset
        case "string" if schema.get("format") == "date":
            return moment.date().isoformat()
        case "string":
            return text(chance, chance.choice([3, 12, 500]))
        case "integer":
            # Beside fractions, what a double holds: a larger one makes the column a text.
            digits = [1, 3, 15] if "number" in types_of(schema) else [1, 3, 18]
            limit = 10 ** chance.choice(digits)
            return chance.randrange(-limit, limit)
        case "number":
            return chance.choice([chance.random(), chance.randrange(-9, 9), chance.gauss(0, 1e200)])
        case "boolean":
            return chance.random() < 0.5
        case "array":
            return [value_of(chance, schema["items"]) for _ in range(chance.randrange(4))]
        case _ if schema.get("properties"):
            members = schema["properties"].items()
            return {name: value_of(chance, member) for name, member in members}
        case _:
            return {text(chance): chance.choice([text(chance), 10**19, 1e-7, None, [True]])}


def expected(value: Any, schema: Schema) -> Any:
    """Return what a column that holds JSON, or a scalar, must read as."""
    if value is None:
        return None
    types = types_of(schema)
    if schema.get("format") == "date-time":
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if schema.get("format") == "date":
        return date.fromisoformat(value)
    if len(types) > 1 and not types & {"object", "array"} and types != {"integer", "number"}:
        return value if isinstance(value, str) else json.dumps(value)
    return value


def expected_nested(value: Any, schema: Schema) -> Any:
    """Return what a column of STRUCT or LIST must read as."""
    types = types_of(schema)
    if value is None:
        return None
    if types == {"object"} and schema.get("properties"):
        members = schema["properties"].items()
        return {name: expected_nested(value[name], member) for name, member in members}
    if types == {"array"} and schema.get("items"):
        return [expected_nested(item, schema["items"]) for item in value]
    return expected(value, schema)


def read(value: Any, kind: str) -> Any:
    """Return a value of DuckDB as the record had it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if kind == "JSON" and value is not None:
        return json.loads(value)
    return value
