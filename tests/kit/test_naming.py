"""Names of members as SQL takes them."""

from __future__ import annotations

from typing import Any

import pytest
from edr_tap_kit.naming import sql_names


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"status.progress": 1}, {"status_progress": 1}),
        ({"date created": 1}, {"date_created": 1}),
        ({"xdm.a.b": {"c-d": [{"e f": 1}]}}, {"xdm_a_b": {"c_d": [{"e_f": 1}]}}),
        ({"größe": 1}, {"gr__e": 1}),
        ({"plain_1": None}, {"plain_1": None}),
        ([{"a.b": 1}, 2, None], [{"a_b": 1}, 2, None]),
        ("text.with.dots", "text.with.dots"),
        ({}, {}),
    ],
)
def test_names(given: Any, named: Any) -> None:
    assert sql_names(given) == named


@pytest.mark.parametrize("turn", [1, -1], ids=["in order", "reversed"])
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"a.b": 1, "a_b": 2}, {"a_b": 2, "a.b": 1}),
        ({"a.b": 1, "a_b": None}, {"a_b": 1}),
        ({"a.b": None, "a_b": 2}, {"a_b": 2, "a.b": None}),
    ],
)
def test_two_names_that_become_one_lose_no_value(given: Any, named: Any, turn: int) -> None:
    assert sql_names(dict(list(given.items())[::turn])) == named


def test_of_two_that_are_renamed_alike_one_keeps_its_name() -> None:
    named = sql_names({"a.b": 1, "a b": 2})
    assert sorted(named.values()) == [1, 2]
    assert "a_b" in named
