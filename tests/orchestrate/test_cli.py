"""The command line: what it says of a tenants file, and what it hands to Meltano."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from edr_orchestrate.cli import main
from edr_orchestrate.project import MELTANO, WORK

from tests.orchestrate.conftest import ROOT

FILE = """
environment: dev
tenants:
  acme:
    products:
      gravityzone: {settings: {api_url: https://one, api_key: {env: ACME_GRAVITYZONE}}}
      cortex-xdr:
        schedule: "*/10 * * * *"
        live_from: 2026-03-10
        backfill_from: 2026-01-20
        settings: {fqdn: acme.example, api_key_id: 7, api_key: {env: ACME_CORTEX}}
  queries:
    products:
      cortex-xdr:
        settings:
          fqdn: queries.example
          api_key_id: 7
          api_key: {env: ACME_CORTEX}
          xql_queries: [{name: logins, query: dataset = xdr_data, primary_keys: [_id]}]
"""
# Answers discovery with two streams, and notes the environment of runs.
STAND_IN = """#!/bin/sh
case "$*" in
*--dump=catalog*)
  echo '{"streams": [{"tap_stream_id": "endpoints", "replication_method": "FULL_TABLE"},
                     {"tap_stream_id": "incidents", "replication_method": "INCREMENTAL"}]}' ;;
*) env | grep "^TAP_\\|^MELTANO_\\|^ACME_" > "$SEEN"; echo "$*" >> "$SEEN" ;;
esac
"""
Call = Callable[..., int | str]


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in for Meltano noted."""
    command = tmp_path / "meltano"
    command.write_text(STAND_IN)
    command.chmod(0o755)
    file = tmp_path / "seen"
    for name, value in {MELTANO: command, WORK: tmp_path / "units", "SEEN": file}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("ACME_CORTEX", "c-secret")
    monkeypatch.delenv("ACME_GRAVITYZONE", raising=False)
    return file


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run the command with a tenants file; returns the exit status, or the last words."""
    file = tmp_path / "tenants.yml"
    file.write_text(FILE)

    def call(*arguments: str) -> int | str:
        with pytest.raises(SystemExit) as ended:
            main(["--project", str(ROOT), "--tenants", str(file), *arguments])
        return ended.value.code or 0

    return call


def test_check_counts_units_budgets_and_windows(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check") == 0
    assert capsys.readouterr().out == (
        "2 tenants, 3 live units of 3 request budgets, 3 windows of the past.\n"
    )


def test_check_fetches_secrets_when_asked(call: Call, seen: Path) -> None:
    assert call("check", "--secrets") == (
        "acme/gravityzone: TAP_GRAVITYZONE_API_KEY: the secret of env ACME_GRAVITYZONE is empty or "
        "missing"
    )
    assert not seen.exists()


def test_units_are_printed_for_other_schedulers(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("units") == 0
    live = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [unit["unit"] for unit in live] == [
        "acme/gravityzone", "acme/cortex-xdr", "queries/cortex-xdr",
    ]  # fmt: skip
    assert live[1]["schedule"] == "*/10 * * * *"
    assert call("units", "--backfill") == 0
    past = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [unit["state_id"].rpartition(":")[2] for unit in past] == [
        "acme.2026-03-01.2026-03-10", "acme.2026-02-01.2026-03-01", "acme.2026-01-20.2026-02-01",
    ]  # fmt: skip


def test_a_window_leaves_out_inventories_and_gets_its_dates(call: Call, seen: Path) -> None:
    assert call("run", "acme", "cortex-xdr", "--window", "2026-02-01", "2026-03-01") == 0
    given = seen.read_text()
    assert 'TAP_CORTEX_XDR__SELECT_FILTER=["!endpoints"]\n' in given
    assert "TAP_CORTEX_XDR_START_DATE=2026-02-01T00:00:00Z\n" in given
    assert "TAP_CORTEX_XDR_END_DATE=2026-03-01T00:00:00Z\n" in given
    assert "--state-id-suffix=acme.2026-02-01.2026-03-01 " in given
    assert "ACME_CORTEX=" not in given
    assert "c-secret" not in given.splitlines()[-1]


def test_a_tenant_shares_a_catalog_unless_its_streams_are_its_own(call: Call, seen: Path) -> None:
    assert call("run", "acme", "cortex-xdr") == 0
    assert "TAP_CORTEX_XDR__CATALOG=" in seen.read_text()
    assert call("run", "queries") == 0
    assert "TAP_CORTEX_XDR__CATALOG=" not in seen.read_text()
    assert "TAP_CORTEX_XDR__SELECT=" in seen.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "name a tenant, or units by --unit, or say --all"),
        (["run", "acme", "--all"], "name a tenant, or units by --unit, or say --all"),
        (["run", "nobody"], "there is no tenant 'nobody' in the tenants file"),
        (["run", "queries", "gravityzone"], "tenant 'queries' has no product 'gravityzone'"),
        (["run", "acme", "--window", "2026-01-01", "2026-02-01"], "--window needs a tenant and a"),
        (["run", "acme", "cortex-xdr", "--window", "2026-02-01", "2026-01-01"], "START has to be"),
    ],
)
def test_a_wrong_request_is_told(call: Call, arguments: list[str], said: str) -> None:
    assert said in str(call(*arguments))


@pytest.mark.usefixtures("seen")
def test_a_command_that_is_not_there_is_told(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("prepare") == 0
    monkeypatch.setenv(MELTANO, "/no/such/meltano")
    assert call("run", "acme", "cortex-xdr") == 1
    assert "not run: /no/such/meltano cannot be started: No such file" in capsys.readouterr().out
