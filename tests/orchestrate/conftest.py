"""A tenants file of the test's own, and the shipped Meltano project."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from edr_orchestrate.project import WORK, Project, read_project
from edr_orchestrate.tenants import Tenants, read_tenants

ROOT = Path(__file__).parents[2]
EDR_ORCHESTRATE = str(Path(sys.executable).with_name("edr-orchestrate"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The shipped project; units keep their files in a folder of the test."""
    monkeypatch.setenv(WORK, str(tmp_path / "units"))
    return read_project(ROOT)


@pytest.fixture
def read(tmp_path: Path, project: Project) -> Callable[[str], Tenants]:
    """Read a tenants file of this content."""

    def read(content: str) -> Tenants:
        file = tmp_path / "tenants.yml"
        file.write_text(content, encoding="utf-8")
        return read_tenants(file, project)

    return read
