"""A secret leaves no trace in a text, and nothing else is touched."""

from __future__ import annotations

import pytest
from edr_tap_kit.redaction import redactor

KEY = "f3ab" * 16 + "/+=$"
OTHER = "ZjNhYmYzYWJmM2Fi=="


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {KEY}.", "key (key)."),
        (f"'{KEY}' and '{KEY}'", "'(key)' and '(key)'"),
        (f"cut: {KEY[:40]}", "cut: (key)"),
        (f"cut: {KEY[:40]}...", "cut: (key)..."),
        (f"in capitals: {KEY.upper()}!", "in capitals: (key)!"),
        (f"Basic {OTHER}", "Basic (key)"),
        ("f3ab is four letters of it", "f3ab is four letters of it"),
    ],
)
def test_secrets_are_taken_out(text: str, shown: str) -> None:
    assert redactor(KEY, OTHER)(text) == shown


def test_a_short_secret_is_taken_out_where_it_is_whole() -> None:
    assert redactor("hunter2")("hunter2, hunter and HUNTER22") == "(key), hunter and (key)2"
