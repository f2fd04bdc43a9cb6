"""Where fakesnow is not as Snowflake is documented: what the tests go around, and only that.

Each of these fails when fakesnow is mended; then what goes around it can leave.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.transform.programs import Program


@pytest.fixture(scope="module")
def emulator() -> Iterator[Program]:
    """An emulated Snowflake without tables."""
    with Program("emulated_snowflake") as program:
        program.answer()  # its port
        yield program


def test_null_members_of_inner_objects_stay(emulator: Program) -> None:
    """OBJECT_CONSTRUCT leaves out members whose value is null; ``without_null_members`` does so."""
    query = (
        "select object_construct('inner', object_construct('a', a)) "
        "from (select cast(null as varchar) as a) as one"
    )
    assert emulator.ask(ask=query) == '{"inner":{"a":null}}'


def test_a_moment_that_is_null_arrives_as_1970(emulator: Program) -> None:
    """It is null on Snowflake; the tests read the rows from the emulator's storage."""
    assert emulator.ask(ask="select cast(null as timestamp_ntz)") == "1970-01-01 00:00:00"


def test_temporary_tables_cannot_be_in_a_schema(emulator: Program) -> None:
    """Snowflake's can; dbt makes them for unit tests, snapshots and incremental models.

    So that those run on Snowflake only as far as a first build goes.
    """
    emulator.ask(ask="create schema if not exists edr.somewhere")
    answer = emulator.ask(ask="create temporary table edr.somewhere.some as select 1 as one")
    assert "TEMPORARY table names" in answer
