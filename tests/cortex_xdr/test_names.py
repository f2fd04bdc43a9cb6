"""Names of members for SQL: dots and spaces become underscores, and nothing is lost by it."""

from __future__ import annotations

from typing import Any

import pytest
from edr_tap_kit.naming import sql_names


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"status.progress": "New"}, {"status_progress": "New"}),
        ({"date created": 1}, {"date_created": 1}),
        ({"a-b": 1, "c/d": 2, "e": 3}, {"a_b": 1, "c_d": 2, "e": 3}),
        ({"größe": 1}, {"gr__e": 1}),
        ({"_insert_time": 1, "AUDIT_ID": 2}, {"_insert_time": 1, "AUDIT_ID": 2}),
        ([{"a.b": [{"c.d": {"e.f": 1}}]}, "x.y", None], [
            {"a_b": [{"c_d": {"e_f": 1}}]}, "x.y", None,
        ]),
        ("a.b", "a.b"),
        (7, 7),
        ({}, {}),
        # Where two names become one.
        ({"a.b": 1, "a_b": 2}, {"a_b": 2, "a.b": 1}),
        ({"a_b": None, "a.b": 1}, {"a_b": 1}),
        ({"a.b": 1, "a_b": None}, {"a_b": 1}),
        ({"a.b": None, "a_b": 2}, {"a_b": 2, "a.b": None}),
        ({"a.b": 1, "a-b": 2}, {"a_b": 1, "a-b": 2}),
        ({"a.b": None, "a-b": 2}, {"a_b": 2}),
        ({"a.b": 0, "a_b": False}, {"a_b": False, "a.b": 0}),
        ({"date created": 1, "date_created": 1}, {"date_created": 1, "date created": 1}),
    ],
)  # fmt: skip
def test_names(value: Any, named: Any) -> None:
    assert sql_names(value) == named
    assert sql_names(named) == named, "naming twice changes nothing"
