"""Log lines show what vendors and attackers wrote as text, and say whose they are."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from edr_sandbox.serving import Fault
from edr_tap_kit import logs
from singer_sdk.logging import ConsoleFormatter, StructuredFormatter

from tests.kit.cli import CommandLine
from tests.kit.quick import TAPS, quick

# A forged line, colours, a title of the terminal, reversed writing, what C1 and Unicode add.
HOSTILE = "ok\nERROR forged\r\x1b[2J\x1b]0;title\x07\u202etxt\x9b31m\u2028\x00\ud800"
ESCAPED = (
    r"ok\nERROR forged\r\x1b[2J\x1b]0;title\x07\u202etxt\x9b31m\u2028\x00\ud800"
)  # fmt: skip


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What a logger of the plugin ``tap`` writes in the SDK's console format."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(ConsoleFormatter(fmt="{name} {message}"))
    logger = logging.getLogger("tap")
    logger.addHandler(handler)
    factory = logging.getLogRecordFactory()
    yield written
    logging.setLogRecordFactory(factory)
    logger.removeHandler(handler)


@pytest.mark.parametrize("arguments", [(HOSTILE,), ("%s", HOSTILE), ("%s %d", HOSTILE, 5)])
def test_a_message_is_one_printable_line(logged: io.StringIO, arguments: tuple[object]) -> None:
    logs.install("tap")
    logging.getLogger("tap").error(*arguments)
    assert logged.getvalue().startswith(f"tap {ESCAPED}")
    assert logged.getvalue().count("\n") == 1


def test_letters_of_all_languages_stay(logged: io.StringIO) -> None:
    logs.install("tap")
    logging.getLogger("tap").error("Zürich 東京 العربية 😀")
    assert logged.getvalue() == "tap Zürich 東京 العربية 😀\n"


def test_structured_lines_carry_stream_and_labels(logged: io.StringIO) -> None:
    logs.install("tap", tenant="acme")
    (handler,) = logging.getLogger("tap").handlers
    handler.setFormatter(StructuredFormatter())
    logging.getLogger("tap.incidents").error(HOSTILE)
    line = json.loads(logged.getvalue())
    assert line["message"] == ESCAPED
    assert line["stream_name"] == "incidents"
    assert line["extra"]["tenant"] == "acme"


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.parametrize("arguments", [(), ("--test",)], ids=["run", "test"])
def test_no_text_of_a_vendor_reaches_the_terminal_raw(
    forked: CommandLine, tmp_path: Path, tap: str, arguments: tuple[str, ...]
) -> None:
    refusals = {
        "tap-gravityzone": {"error": {"code": -32601, "message": HOSTILE}, "id": "1"},
        "tap-cortex-xdr": {"reply": {"err_code": 403, "err_msg": HOSTILE}},
    }
    with quick(tap, forked, tmp_path) as bench:
        status = 200 if tap == "tap-gravityzone" else 403
        bench.server.faults.append(Fault(status=status, body=refusals[tap], times=10**6))
        (tmp_path / "settings.json").write_text(json.dumps(bench.config))
        said = forked(tap, "--config", "settings.json", *arguments, folder=tmp_path)
    text = said.stdout + said.stderr
    assert ESCAPED[:30] in text
    assert all(line.isprintable() for line in text.split("\n"))
    assert not any(line.startswith("ERROR forged") for line in text.split("\n"))
