"""A fleet of tenants, an instance of Dagster, and a stand-in for Meltano's command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, RetryPolicy
from edr_orchestrate.dagster import assets
from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.project import MELTANO, Project
from edr_orchestrate.tenants import Tenants

FILE = """
environment: dev
backfill_window: month
regions:
  eu: {settings: {filepath: output/eu.duckdb}, transform: "5 * * * *"}
  us: {}
products:
  gravityzone: {schedule: "*/15 * * * *", settings: {api_url: https://eu.example}}
  cortex-xdr: {schedule: "*/15 * * * *"}
tenants:
  acme:
    region: eu
    products:
      gravityzone: {settings: {api_key: {env: KEY}, events_spool: /spool}}
      cortex-xdr:
        live_from: 2026-03-10
        backfill_from: 2026-01-20
        settings: {fqdn: acme.example, api_key_id: 7, api_key: {env: KEY}}
  other:
    region: us
    products:
      gravityzone: {schedule: "0 6 * * 1-5", settings: {api_key: {env: KEY}}}
  third:
    region: us
    products:
      cortex-xdr: {settings: {fqdn: third.example, api_key_id: 7, api_key: {env: KEY}}}
"""
STAND_IN = """#!/bin/sh
case "$*" in
*--dump=catalog*) echo '{"streams": []}'; exit 0 ;;
esac
tenant="$TAP_GRAVITYZONE_TENANT$TAP_CORTEX_XDR_TENANT"
echo "$tenant $* DBT_TARGET=$DBT_TARGET FILE=$TARGET_DUCKDB_FILEPATH" >> "$FOLDER/calls"
cat "$FOLDER/log-$tenant" 2> /dev/null
read status < "$FOLDER/status-$tenant" 2> /dev/null
exit ${status:-0}
"""


@dataclass
class StandIn:
    """A command in the place of ``meltano``, which notes its calls and does what it is told."""

    folder: Path

    def calls(self, tenant: str = "") -> list[str]:
        """Return the command lines, the tenant first."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line for line in lines if line.startswith(tenant)]

    def says(self, tenant: str, *entries: dict[str, Any], status: int = 0) -> None:
        """Have the runs of a tenant log these lines and end so."""
        lines = "".join(json.dumps(entry) + "\n" for entry in entries)
        (self.folder / f"log-{tenant}").write_text(lines)
        (self.folder / f"status-{tenant}").write_text(f"{status}\n")


@pytest.fixture
def meltano(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in, named as the project's command."""
    command = tmp_path / "meltano"
    command.write_text(STAND_IN)
    command.chmod(0o755)
    for name, value in {MELTANO: str(command), "FOLDER": str(tmp_path), "KEY": "k"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(assets, "_RETRIES", RetryPolicy(max_retries=2))
    return StandIn(tmp_path)


@pytest.fixture
def fleet(read: Callable[[str], Tenants], project: Project) -> Fleet:
    """The tenants of this file."""
    return Fleet(read(FILE), project)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """An instance of Dagster of this test."""
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def stored_instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    """An instance that other parts of Dagster can open by themselves, as schedules do."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    with DagsterInstance.local_temp(str(folder)) as instance:
        yield instance
