"""Records in are rows out, whatever the schema: randomly, a thousand and more of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from tests.loader.conftest import Warehouse, record, schema
from tests.loader.generating import (
    Schema,
    expected,
    expected_nested,
    read,
    stream_schema,
    value_of,
)

# Times the 22 seeds below: 1,056 schemas.
STREAMS = 48


@pytest.mark.parametrize("seed", range(18))
def test_json(warehouse: Warehouse, seed: int) -> None:
    assert_round_trip(warehouse, seed, expected)


@pytest.mark.parametrize("seed", range(4))
def test_struct(warehouse: Warehouse, seed: int) -> None:
    assert_round_trip(warehouse, seed, expected_nested, nested_type="STRUCT")


def assert_round_trip(
    warehouse: Warehouse, seed: int, expect: Callable[[Any, Schema], Any], **config: Any
) -> None:
    """Load random streams; each value must read as ``expect`` says."""
    chance = random.Random(seed)
    streams = {f"s{number}": stream_schema(chance) for number in range(STREAMS)}
    rows = {name: records(chance, properties) for name, properties in streams.items()}
    load(warehouse, chance, streams, rows, **config)
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        for name, properties in streams.items():
            stored = table(connection, name, list(properties))
            assert stored == [
                {prop: expect(row.get(prop), properties[prop]) for prop in properties}
                for row in rows[name].values()
            ], properties


def records(chance: random.Random, properties: dict[str, Any]) -> dict[int, dict[str, Any]]:
    found = {}
    for number in range(chance.randrange(1, 6)):
        values = {name: value_of(chance, prop) for name, prop in properties.items()}
        present = {name: value for name, value in values.items() if value or chance.random() < 0.9}
        found[number] = {**present, "id": number}
    return found


def load(
    warehouse: Warehouse,
    chance: random.Random,
    streams: dict[str, Any],
    rows: dict[str, Any],
    **config: Any,
) -> None:
    messages = [schema(name, ["id"], **properties) for name, properties in streams.items()]
    sent = [record(name, **row) for name, each in rows.items() for row in each.values()]
    older = [record(name, id=0) for name in streams]
    chance.shuffle(sent)
    warehouse.load(*messages, *older, *sent, batch_size_rows=chance.choice([1, 3, 1000]), **config)


def table(
    connection: duckdb.DuckDBPyConnection, name: str, properties: list[str]
) -> list[dict[str, Any]]:
    """Return a table's rows; its columns stand as the properties do."""
    cursor = connection.execute(f"SELECT * FROM vendor.{name} ORDER BY id")
    kinds = [str(kind) for _, kind, *_ in cursor.description]
    return [
        {
            prop: nested(value, kind)
            for prop, value, kind in zip(properties, row, kinds, strict=True)
        }
        for row in cursor.fetchall()
    ]


def nested(value: Any, kind: str) -> Any:
    """Return a value of DuckDB with the JSON that is in it read."""
    known = duckdb.sqltype(kind)
    if value is None or known.id not in {"struct", "list"}:
        return read(value, kind)
    if known.id == "list":
        return [nested(item, str(known.children[0][1])) for item in value]
    return {name: nested(value[name], str(member)) for name, member in known.children}
