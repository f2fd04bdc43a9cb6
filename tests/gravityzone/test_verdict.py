"""``--test``: whether the settings connect, and which streams the key may read."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from edr_sandbox.gravityzone.switches import API_AREAS

from tests.conftest import Bench
from tests.support.running import assert_no_secret, command

STREAMS = ("incidents", "alerts", "endpoints", "events")


def verdict(bench: Bench, **config: Any) -> CompletedProcess[str]:
    path: Path = bench.folder / "config.json"
    settings = {**bench.config, **config}
    path.write_text(json.dumps(settings))
    done = command("tap-gravityzone", "--config", str(path), "--test")
    assert_no_secret(settings, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def readable(done: CompletedProcess[str]) -> set[str]:
    return {name for name in STREAMS if f"  {name}: readable" in done.stdout}


def test_a_key_that_may_read_everything(small: Bench) -> None:
    done = verdict(small)
    assert done.returncode == 0
    assert readable(done) == set(STREAMS)
    assert f"{small.server.url}/api" in done.stdout
    assert "network" in done.stdout


@pytest.mark.parametrize(
    ("area", "left"),
    [("incidents", {"endpoints", "events"}), ("network", {"incidents", "alerts", "events"})],
)
def test_a_key_without_an_area(small: Bench, area: str, left: set[str]) -> None:
    apis = small.switches.enabled_apis
    small.switches.enabled_apis = tuple(each for each in apis if each != area)
    done = verdict(small)
    assert done.returncode == 0
    assert readable(done) == left
    assert f"Enable the API '{area.title()}'" in done.stdout


def test_a_key_that_may_not_describe_itself(small: Bench) -> None:
    small.switches.general_denied = True
    done = verdict(small)
    assert done.returncode == 0
    assert readable(done) == set(STREAMS)


def test_a_key_whose_account_lacks_the_right_to_describe_it(small: Bench) -> None:
    small.switches.right_missing = ("general", "network")
    done = verdict(small)
    assert done.returncode == 0
    assert readable(done) == {"incidents", "alerts", "events"}


def test_a_key_that_is_dead_without_a_word(small: Bench) -> None:
    small.switches.right_missing = (*API_AREAS, "general")
    done = verdict(small)
    assert done.returncode == 1
    assert "does not accept the key" in done.stderr
    assert "readable" not in done.stdout
    assert len(small.server.log) < 12


def test_no_spool(small: Bench) -> None:
    del small.config["events_spool"]
    done = verdict(small)
    assert done.returncode == 0
    assert readable(done) == {"incidents", "alerts", "endpoints"}
    assert "events_spool" in done.stdout


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"api_key": "0123456789abcdef" * 4}, "api_key"),
        ({"api_url": "{}/elsewhere"}, "api_url"),
        ({"api_url": "http://127.0.0.1:9", "max_retries": 0}, "127.0.0.1:9"),
    ],
    ids=["dead key", "wrong address", "nobody there"],
)
def test_settings_that_do_not_connect(small: Bench, config: dict[str, Any], word: str) -> None:
    if "api_url" in config:
        config = {**config, "api_url": config["api_url"].format(small.server.url)}
    done = verdict(small, **config)
    assert done.returncode != 0
    assert not readable(done)
    said = [line for line in done.stderr.splitlines() if "| ERROR" in line]
    assert len(said) == 1
    assert word in said[0]
