"""JSON that vendors and attackers write is read, kept and written again."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

import msgspec
import pytest
from edr_tap_kit import codec
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
HUGE = "7" * 5000
# Far beyond any recursion limit, and within it.
TOO_DEEP, DEEP = 200_000, 400


def concatenated(body: bytes) -> list[object]:
    return [value for _, value in codec.decode_concatenated(body)]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud800x"}', {"a": "\\ud800x"}),
        (b'{"\\udfff": 1}', {"\\udfff": 1}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        (b"[NaN, Infinity, -Infinity]", ["NaN", "Infinity", "-Infinity"]),
        (b"[1e400, -1e400]", ["1e400", "-1e400"]),
        (b'{"a": "\xff\xfeb"}', {"a": "\\udcff\\udcfeb"}),
        (b'{"a": "caf\xe9"}', {"a": "caf\\udce9"}),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (f'{{"a": {HUGE}}}'.encode(), {"a": HUGE}),
        (f"[-{HUGE}]".encode(), [f"-{HUGE}"]),
        (b'{"a": "line\nbreak"}', {"a": "line\nbreak"}),
        (b"0.1", 0.1),
    ],
    ids=range(13),
)
def test_decode_drops_nothing(body: bytes, value: object) -> None:
    decoded = codec.decode(body)
    assert decoded == value
    assert concatenated(body) == [value]
    msgspec.json.encode(decoded).decode()  # what was read can be written
    codec.fingerprint(decoded)


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"<html>", b'{"a": 1} {', b"\xff", b'{"a":',
        b"[" * TOO_DEEP, b"[" * TOO_DEEP + b"]" * TOO_DEEP, b'{"a":' * TOO_DEEP,
        b"[NaN," * TOO_DEEP, b'["\\ud800",' + b"[" * TOO_DEEP,
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the texts are those of two libraries)
        codec.decode(body)


def test_deep_nesting_is_read() -> None:
    value = codec.decode(b"[" * DEEP + b"NaN" + b"]" * DEEP)
    for _ in range(DEEP):
        (value,) = value
    assert value == "NaN"


@given(JSON)
def test_decode_reads_what_json_writes(value: object) -> None:
    assert codec.decode(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_a_value_error(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        msgspec.json.encode(codec.decode(body))
    msgspec.json.encode([each for each in concatenated(body) if each is not codec.NO_DOCUMENT])


@given(st.lists(JSON.filter(lambda value: not isinstance(value, int | float)), max_size=4))
def test_concatenated_documents(values: list[object]) -> None:
    for separator in (" ", "\n", "\r\n\t", "\ufeff\n"):
        body = separator.join(json.dumps(value, ensure_ascii=False) for value in values)
        body_bytes = body.encode("utf-8", "surrogatepass")
        assert concatenated(body_bytes) == [
            codec.decode(json.dumps(value).encode()) for value in values
        ]


def test_concatenated_without_a_separator_and_with_a_torn_end() -> None:
    assert concatenated(b'{"a":1}{"b":2}[3]') == [{"a": 1}, {"b": 2}, [3]]
    assert concatenated(b'{"a":1}\n{"b":') == [{"a": 1}, codec.NO_DOCUMENT]
    assert concatenated(b"1 " + b"[" * TOO_DEEP) == [1, codec.NO_DOCUMENT]


def test_concatenated_documents_around_damage_and_their_lines() -> None:
    damaged = (
        b'\n{"a":1} x\ny\n\n{"b": "\n{"c":3}\r\n{"d":\n {"e":5}\n}{"f":6}\n[' + b"[" * TOO_DEEP
    )
    assert list(codec.decode_concatenated(damaged + b"\n{}")) == [
        (2, {"a": 1}), (2, codec.NO_DOCUMENT), (5, codec.NO_DOCUMENT), (6, {"c": 3}),
        (7, {"d": {"e": 5}}), (9, {"f": 6}), (10, codec.NO_DOCUMENT), (11, {}),
    ]  # fmt: skip


@given(st.dictionaries(st.text(), JSON, min_size=2, max_size=5))
def test_fingerprint_does_not_depend_on_order(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert codec.fingerprint(value) == codec.fingerprint(turned)
    assert len(codec.fingerprint(value)) == 32


def test_fingerprint_tells_apart_and_stays_the_same_between_processes() -> None:
    assert codec.fingerprint("a", "b") != codec.fingerprint("ab")
    assert codec.fingerprint({"a": 1}) != codec.fingerprint({"a": "1"})
    assert codec.fingerprint([1, 2]) != codec.fingerprint([2, 1])
    program = "from edr_tap_kit import codec; print(codec.fingerprint({'b': [1, None], 'a': 2.5}))"
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == codec.fingerprint({"a": 2.5, "b": [1, None]})
