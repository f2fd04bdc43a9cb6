"""The tenants file as the processes of Dagster find it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from edr_orchestrate.dagster.fleet import read_fleet
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.project import PROJECT, TENANTS

from tests.orchestrate.conftest import ROOT
from tests.orchestrate.dagster.conftest import FILE


def test_a_change_of_the_file_is_seen_and_else_it_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tenants.yml"
    monkeypatch.setenv(PROJECT, str(ROOT))
    monkeypatch.setenv(TENANTS, str(file))
    with pytest.raises(OrchestrationError, match=r"tenants\.yml does not exist"):
        read_fleet()
    file.write_text(FILE)
    os.utime(file, (1, 1))
    fleet = read_fleet()
    assert read_fleet() is fleet
    file.write_text(FILE.replace("  other:", "  renamed:"))
    os.utime(file, (2, 2))
    assert "renamed" in read_fleet().tenants.tenants
