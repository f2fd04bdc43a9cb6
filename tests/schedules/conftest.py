"""Fixtures of the schedules, and the sum of them at the end of the session."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Reply, Server
from jsonschema import Draft202012Validator

from tests.schedules.forking import WarmTaps
from tests.schedules.machine import Scene
from tests.schedules.tally import Tally
from tests.support import consumer

_TALLY = "tally of schedules"


class _Remembering:
    """A validator that does not look at the same schema or record twice: schedules repeat them."""

    _good: set[int] = set()  # noqa: RUF012 (shared on purpose)

    def __init__(self, schema: Any, **options: Any) -> None:
        self._text = json.dumps(schema)
        self._validator = Draft202012Validator(schema, **options)

    @classmethod
    def check_schema(cls, schema: Any) -> None:
        cls._once(json.dumps(schema), lambda: Draft202012Validator.check_schema(schema))

    def validate(self, record: Any) -> None:
        text = f"{self._text} {json.dumps(record)}"
        self._once(text, lambda: self._validator.validate(record))

    @classmethod
    def _once(cls, text: str, check: Callable[[], None]) -> None:
        if hash(text) not in cls._good:
            check()
            cls._good.add(hash(text))


class _NoVendor:
    """Stands where the first schedule puts its simulator."""

    def handle(self, _: Any) -> Reply:
        return Reply()


@pytest.fixture
def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[..., None]
) -> Iterator[Scene]:
    """A warm process, a server and counts that go into the report of the test."""
    monkeypatch.setattr(consumer, "Draft202012Validator", _Remembering)
    tally = Tally()
    with WarmTaps(tmp_path) as warm, Server(_NoVendor()) as server:
        yield Scene(warm, server, tally, consumer.Consumer)
    record_property(_TALLY, asdict(tally))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [each for found in terminalreporter.stats.values() for each in found]
    counts = {
        report.nodeid: value
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _TALLY
    }
    if counts:
        total = sum(map(Tally.from_counts, counts.values()), Tally())
        terminalreporter.section("schedules")
        for nodeid, each in counts.items():
            terminalreporter.line(f"{nodeid.rpartition('/')[2]}: {Tally.from_counts(each)}")
        terminalreporter.line(f"together: {total}")
