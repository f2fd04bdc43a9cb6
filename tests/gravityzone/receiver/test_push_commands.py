"""The commands that set up, show and test the vendor's push service."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from edr_sandbox.gravityzone.push_delivery import SERVICE_TYPES

from tests.conftest import Bench
from tests.gravityzone.receiver.process import COMMAND, SECRET, ReceiverProcess, environment

OLD_URL = "https://receiver.corp.example/push"


class Operator:
    """Somebody at the command line, with the tap's settings in the environment."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.switches.rate_limits = False
        self._variables = {
            "TAP_GRAVITYZONE_API_URL": bench.config["api_url"],
            "TAP_GRAVITYZONE_API_KEY": bench.config["api_key"],
        }

    def runs(self, *arguments: str, status: int = 0, **more: str) -> str:
        """Run a command and return what it prints; no secret is in it."""
        done = subprocess.run(
            [COMMAND, *arguments], env=environment(**{**self._variables, **more}),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        for secret in (SECRET, self.bench.config["api_key"], *self.bench.world.secrets()):
            assert secret not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    @property
    def settings(self) -> dict[str, Any]:
        """What the vendor has been told."""
        (row,) = self.bench.world.tables.table("push_settings").values()
        return row.values

    @property
    def stats(self) -> dict[str, Any]:
        """What the vendor counts."""
        (row,) = self.bench.world.tables.table("push_stats").values()
        return row.values


@pytest.fixture
def operator(small: Bench) -> Operator:
    return Operator(small)


@pytest.mark.parametrize("form", SERVICE_TYPES)
def test_a_push_that_is_set_up_arrives(
    operator: Operator, spool: Path, certificate: tuple[Path, Path], form: str
) -> None:
    operator.bench.switches.push_never_configured = True
    options = ("--certfile", str(certificate[0]), "--keyfile", str(certificate[1]))
    key = operator.bench.config["api_key"]
    with ReceiverProcess(spool, *options, TAP_GRAVITYZONE_RECEIVER_API_KEY=key) as receiver:
        url = f"https://127.0.0.1:{receiver.port}/"
        shown = operator.runs("configure", "--url", url, "--format", form, "--any-certificate")
        assert "Push of events: on" in shown
        assert all(operator.settings["subscribeToEventTypes"].values())
        assert "has arrived" in operator.runs("test", "--spool", str(spool), "--wait", "20")
        operator.bench.world.push_events(25)
    operator.bench.switches.enabled_apis = ()
    rows = operator.bench.run().records["events"]
    assert [row["_event_type"] for row in rows if not row["_is_test"]] == [
        event["module"] for event in operator.bench.world.push.pushed if "_testEvent_" not in event
    ]
    assert [row["_is_test"] for row in rows].count(True) == 1


def test_a_new_key_is_told_all_event_types(operator: Operator) -> None:
    operator.bench.switches.push_never_configured = True
    assert "Never set up" in operator.runs("status", status=1)
    operator.runs("configure", "--url", "https://receiver.example/")
    assert operator.settings["serviceSettings"]["authorization"] == SECRET
    assert operator.settings["subscribeToCompanies"] is None
    assert "new-incident" in operator.settings["subscribeToEventTypes"]


def test_event_types_and_companies_can_be_chosen(operator: Operator) -> None:
    root = operator.bench.world.inventory.root.id
    operator.runs(
        "configure", "--url", OLD_URL, "--event", "av", "--event", "fw", "--company", root
    )
    chosen = operator.settings["subscribeToEventTypes"]
    assert {name for name, on in chosen.items() if on} == {"av", "fw"}
    assert operator.settings["subscribeToCompanies"] == [root]
    assert "Not subscribed: " in operator.runs("status")


def test_another_receiver_is_not_taken_over_by_chance(operator: Operator) -> None:
    url = "https://ours.example/"
    assert "--replace" in operator.runs("configure", "--url", url, status=1)
    assert operator.settings["serviceSettings"]["url"] == OLD_URL
    operator.runs("configure", "--url", url, "--replace")
    assert operator.settings["serviceSettings"]["url"] == url


def test_a_push_that_was_switched_off_is_said_with_its_cause(operator: Operator) -> None:
    """A hundred bodies in a row cannot be delivered: nobody listens there."""
    operator.runs("configure", "--url", "https://127.0.0.1:9/", "--replace")
    for _ in range(100):
        operator.bench.world.push_events(1)
    shown = operator.runs("status", status=1)
    assert "Push of events: off" in shown
    assert "Switched off" in shown
    assert "100 errors: no connection" in shown
    told = json.loads(operator.runs("status", "--format", "json", status=1))
    assert told["on"] is False
    assert told["settings"]["serviceSettings"]["authorization"] == "(set)"
    assert told["stats"]["error"]["connectionError"] == 100


def test_a_test_event_that_does_not_arrive_is_said(operator: Operator, spool: Path) -> None:
    operator.runs("configure", "--url", "https://127.0.0.1:9/", "--replace")
    shown = operator.runs("test", "--spool", str(spool), "--wait", "0.1", status=1)
    assert "No test event" in shown
    assert "1 errors: no connection" in shown


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("configure", "--url", "http://plain.example/"), {}, "https://"),
        (("configure", "--url", OLD_URL), {"TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION": ""},
         "TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION"),
        (("configure", "--url", OLD_URL, "--event", "no-such"), {}, "no-such"),
        (("status",), {"TAP_GRAVITYZONE_API_KEY": "wrong"}, "does not accept the key"),
        (("status",), {"TAP_GRAVITYZONE_API_KEY": ""}, "api_key"),
        (("status", "--config", "/nowhere.json"), {}, "nowhere.json"),
    ],
)  # fmt: skip
def test_unusable_settings_are_said(
    operator: Operator, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    shown = operator.runs(*arguments, status=2 if said.startswith(("https", "TAP")) else 1,
                          **variables)  # fmt: skip
    assert said in shown


def test_the_tap_itself_never_changes_the_push(operator: Operator) -> None:
    before = json.dumps(operator.settings)
    operator.bench.run()
    assert json.dumps(operator.settings) == before
    calls = {entry.call for entry in operator.bench.server.log}
    assert not calls & {"push.setPushEventSettings", "push.sendTestPushEvent"}
