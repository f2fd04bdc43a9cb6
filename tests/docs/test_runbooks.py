"""The lines that the runbooks quote are those that are printed when it happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.serving import Fault

from tests.conftest import Bench
from tests.gravityzone.receiver.test_push_commands import Operator
from tests.kit.cli import CommandLine
from tests.kit.quick import CALLS, TAPS, Quick, quick, rewrite

ROOT = Path(__file__).parents[2]
RUNBOOKS = (ROOT / "docs" / "operations" / "runbooks.md").read_text("utf-8")
ALWAYS = 10**6
KEYS = {"tap-gravityzone": "id", "tap-cortex-xdr": "endpoint_id"}


def sections() -> dict[str, list[str]]:
    """Return the quoted lines by section."""
    found = {}
    for section in RUNBOOKS.split("\n## ")[1:]:
        blocks = re.findall(r"^```text\n(.*?)^```", section, flags=re.DOTALL | re.MULTILINE)
        if lines := [line for block in blocks for line in block.splitlines()]:
            found[section.partition("\n")[0]] = lines
    return found


def dead_key(bench: Quick) -> str:
    bench.server.faults.append(Fault(status=401, times=ALWAYS))
    return bench.run(succeeds=False).stderr


def lagging(bench: Quick) -> str:
    call = CALLS[bench.tap]["endpoints"]
    bench.server.faults.append(Fault(call=call, status=503, times=ALWAYS))
    return bench.run(config={"max_retries": 6}, succeeds=False).stderr


def rate_limited(bench: Quick) -> str:
    call = CALLS[bench.tap]["incidents"]
    bench.server.faults.append(
        Fault(call=call, status=429, times=2, headers={"Retry-After": "0.1"})
    )
    said = bench.run().stderr
    bench.server.faults.append(
        Fault(call=call, status=429, times=ALWAYS, headers={"Retry-After": "3600"})
    )
    return said + bench.run(succeeds=False).stderr


def drifted(bench: Quick) -> str:
    def change(_: Any, rows: list[Any]) -> None:
        for row in rows:
            row["brand_new"] = 1
        rows[0][KEYS[bench.tap]] = None

    rewrite(bench, "endpoints", change)
    return bench.run().stderr


def lost(bench: Quick) -> str:
    if bench.tap == "tap-cortex-xdr":
        bench.switches.licence_missing = ("get_endpoint",)
        said = bench.run().stderr
        bench.switches.licence_missing, bench.switches.role_missing = (), ("get_endpoint",)
        return said + bench.run().stderr
    said = ""
    for code, text in (
        (-32001, "Your license does not include this feature"),
        (-32600, "The API key is not allowed to access the selected api: Incidents"),
    ):
        body = {"id": "1", "jsonrpc": "2.0", "error": {"code": code, "message": text}}
        fault = Fault(call="incidents.", status=200, times=ALWAYS, body=body)
        bench.server.faults.append(fault)
        said += bench.run().stderr
        bench.server.faults.remove(fault)
    return said


def skewed(bench: Quick) -> str:
    bookmark = {"replication_key": "x", "replication_key_value": "2099-01-01T00:00:00Z"}
    said = bench.run({"bookmarks": {"incidents": bookmark}}).stderr
    return said + dead_key(bench)


SCENES = {
    "Key expired": dead_key,
    "A stream lags": lagging,
    "Rate limited": rate_limited,
    "Schema drift": drifted,
    "Licence or right lost": lost,
    "Clock skew": skewed,
}


def test_every_section_that_quotes_has_a_scene() -> None:
    assert sections().keys() == {*SCENES, "Push off"}


@pytest.mark.parametrize("section", SCENES)
def test_the_quoted_lines_are_printed(forked: CommandLine, tmp_path: Path, section: str) -> None:
    said = []
    for tap in TAPS:
        folder = tmp_path / tap
        folder.mkdir()
        with quick(tap, forked, folder) as bench:
            said += SCENES[section](bench).splitlines()
    printed = [re.sub(r"^.{23} \| (\w+) +\| \S+ +\| ", r"\1 ", line) for line in said]
    assert_quoted(sections()[section], printed)


def test_what_is_printed_of_a_push_that_is_off(gravityzone: Bench) -> None:
    operator = Operator(gravityzone)
    operator.runs("configure", "--url", "https://127.0.0.1:9/", "--replace")
    for _ in range(100):
        gravityzone.world.push_events(1)
    printed = operator.runs("status", status=1).splitlines()
    assert_quoted(sections()["Push off"], [line.strip() for line in printed])


def assert_quoted(quoted: list[str], printed: list[str]) -> None:
    """Assert that each quoted line is a printed one, ``...`` standing for anything."""
    for line in quoted:
        pattern = ".*".join(re.escape(part) for part in line.split("..."))
        assert any(re.fullmatch(pattern, each) for each in printed), (line, printed)
