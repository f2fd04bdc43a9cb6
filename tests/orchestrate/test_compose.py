"""The compose file: valid by the specification, hardened, and in agreement with the image."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import yaml
from compose_spec import PyCompose

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "compose.yml").read_text("utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]


def test_the_specification_knows_every_member() -> None:
    PyCompose.from_yaml(TEXT).validate()


def test_the_project_runs_hardened_and_reads_its_tenants_where_the_image_looks() -> None:
    edr = SERVICES["edr"]
    assert edr["read_only"] is True
    assert edr["cap_drop"] == ["ALL"]
    assert edr["security_opt"] == ["no-new-privileges:true"]
    containerfile = (DEPLOY / "project" / "Containerfile").read_text("utf-8")
    (place,) = re.findall(r"EDR_ORCHESTRATE_TENANTS=(\S+)", containerfile)
    assert f"./tenants.yml:{place}:ro" in edr["volumes"]
    assert "work:/var/lib/edr-taps" in edr["volumes"]


def test_no_secret_stands_in_the_file_and_those_beside_it_are_ignored() -> None:
    assert "PASSWORD:" not in TEXT
    ignored = (DEPLOY.parent / ".gitignore").read_text("utf-8").splitlines()
    kept_out = (DEPLOY.parent / ".dockerignore").read_text("utf-8").splitlines()
    for name in ("compose.env", "postgres-password", "tenants.yml"):
        assert f"deploy/{name}" in ignored
        assert f"deploy/{name}" in kept_out


def test_the_system_database_is_made_beside_the_warehouse(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        for script in sorted((DEPLOY / "postgres").glob("*.sql")):
            connection.execute(script.read_bytes())
        databases = {name for (name,) in connection.execute("select datname from pg_database")}
    (named,) = re.findall(r"--dbname=(\w+)", TEXT)
    assert named in databases
    example = (DEPLOY / "compose.env.example").read_text("utf-8")
    assert f"@postgres:5432/{named}\n" in example
    assert f"@postgres:5432/{SERVICES['postgres']['environment']['POSTGRES_DB']}\n" in example
