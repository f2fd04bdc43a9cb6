"""``--discover`` and ``--test`` with the settings at hand: what the key may read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from edr_sandbox.gravityzone.switches import API_AREAS

from tests.conftest import Bench
from tests.gravityzone.tables import ALL, CORE, INCIDENT_PARTS, choosing, read
from tests.support.running import assert_no_secret, command, discovered

OF_INCIDENTS = {"incidents", "alerts", "blocklist_items", "custom_rules", *INCIDENT_PARTS}


def asked(bench: Bench, what: str, **config: Any) -> CompletedProcess[str]:
    path: Path = bench.folder / "config.json"
    settings = {**bench.config, **config}
    path.write_text(json.dumps(settings))
    done = command("tap-gravityzone", "--config", str(path), what)
    assert_no_secret(settings, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def root(entry: dict[str, Any]) -> dict[str, Any]:
    return next(each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == [])


def entries(done: CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return {entry["stream"]: root(entry) for entry in json.loads(done.stdout)["streams"]}


def test_a_key_without_areas(small: Bench) -> None:
    small.switches.enabled_apis = tuple(
        each for each in API_AREAS if each not in {"incidents", "reports"}
    )
    done = asked(small, "--discover")
    found = entries(done)
    assert found.keys() == set(ALL)
    unreadable = {name for name, entry in found.items() if entry.get("unreadable")}
    assert unreadable == {*OF_INCIDENTS, "reports"}
    for name in unreadable:
        assert found[name]["selected"] is False
        assert "My Account" in found[name]["unreadable"]
        assert f"'{name}' is not selected" in done.stderr
    assert len(small.server.log) == 1
    # The catalog that it printed is one to run with.
    run = read(small, catalog=json.loads(done.stdout))
    assert set(run.keys) == {"endpoints", "events"}
    assert not run.warnings


def test_a_key_that_may_read_everything(small: Bench) -> None:
    done = asked(small, "--discover")
    assert not any(entry.get("unreadable") for entry in entries(done).values())
    assert "WARNING" not in done.stderr
    defaults = {n for n, each in entries(done).items() if each.get("selected-by-default", True)}
    assert defaults == set(CORE)


@pytest.mark.parametrize(
    "config",
    [
        {"api_key": "0123456789abcdef" * 4},
        {"api_url": "http://127.0.0.1:9"},
        {"api_url": "http://unknown.invalid"},
    ],
    ids=["dead key", "nobody there", "unknown host"],
)
def test_settings_that_do_not_connect_list_everything(small: Bench, config: dict[str, Any]) -> None:
    begun = time.monotonic()
    done = asked(small, "--discover", **config, backoff_seconds=30)
    assert time.monotonic() - begun < 20
    assert entries(done).keys() == set(ALL)
    assert not any(entry.get("unreadable") for entry in entries(done).values())
    assert sum("| WARNING" in line for line in done.stderr.splitlines()) == 1


def test_a_key_that_may_not_describe_itself_lists_everything(small: Bench) -> None:
    small.switches.general_denied = True
    done = asked(small, "--discover")
    assert entries(done).keys() == set(ALL)
    assert "WARNING" in done.stderr


def test_without_settings() -> None:
    assert {entry["stream"] for entry in discovered("tap-gravityzone")["streams"]} == set(ALL)


def test_the_verdict_names_each_stream(small: Bench) -> None:
    """A customer's monthly licence is enough for usage, and a push service unset is no refusal."""
    small.switches.enabled_apis = tuple(
        each for each in API_AREAS if each not in {"quarantine", "phasr"}
    )
    small.switches.push_never_configured = True
    done = asked(small, "--test")
    assert done.returncode == 0
    unreadable = {"quarantine_items", "phasr_recommendations"}
    for stream in ALL:
        said = "NOT readable" if stream in unreadable else "readable"
        assert f"  {stream}: {said}" in done.stdout, stream
    assert f"{len(ALL) - 2} of {len(ALL)} streams are readable" in done.stdout
    assert len(small.server.log) < 50


@pytest.mark.parametrize("code", [-32000, -32001, -32002, -32602])
def test_a_push_service_that_was_never_configured_is_a_table_without_rows(
    small: Bench, code: int
) -> None:
    small.switches.push_never_configured = True
    small.switches.push_unset_code = code
    run = read(small, "push_settings", catalog=choosing("push_settings"))
    assert not run.records["push_settings"]
    assert not run.warnings
    assert len(small.server.log) == 1


def test_a_refusal_of_rights_is_no_dead_key_once_the_vendor_knew_it(small: Bench) -> None:
    """The first answers name areas; only then comes one without a hint at what it is about."""
    small.switches.customer_key = True
    small.switches.enabled_apis = tuple(each for each in API_AREAS if each != "companies")
    run = read(small, "quarantine_items")
    own = small.world.view.key_company.id
    assert len(run.records["quarantine_items"]) == len(small.world.truth("quarantine_items"))
    assert {row["companyId"] for row in run.records["quarantine_items"]} == {own}
