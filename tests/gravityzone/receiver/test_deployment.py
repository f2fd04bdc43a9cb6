"""The files that deploy the receiver name what it has: options, paths, ports."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from tap_gravityzone.receiver.app import HEALTH, METRICS
from tap_gravityzone.receiver.cli import main

from tests.gravityzone.receiver.process import environment

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy" / "receiver"
PREFIX = "TAP_GRAVITYZONE_RECEIVER_"
VARIABLES = {
    f"{PREFIX}{option.name}".upper() for option in main.params if isinstance(option, click.Option)
} | {f"{PREFIX}AUTHORIZATION", f"{PREFIX}API_KEY"}


def kubernetes() -> dict[str, dict[str, Any]]:
    text = (DEPLOY / "kubernetes.yaml").read_text("utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


@pytest.mark.parametrize("path", [*DEPLOY.iterdir(), ROOT / "docs" / "receiver.md"], ids=str)
def test_variables_are_those_of_the_receiver(path: Path) -> None:
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", path.read_text("utf-8")))
    assert named
    assert named <= VARIABLES


def test_options_of_the_page_exist() -> None:
    context = click.Context(main)
    commands = [main.get_command(context, name) for name in main.list_commands(context)]
    known = {flag for one in (main, *commands) if one for each in one.params for flag in each.opts}
    text = (ROOT / "docs" / "receiver.md").read_text("utf-8")
    assert set(re.findall(r"(?<!-)--[a-z][a-z-]+", text)) <= known


def test_the_plugin_offers_what_the_command_line_does() -> None:
    whole = yaml.safe_load((ROOT / "tap-gravityzone" / "receiver.yml").read_text("utf-8"))
    (plugin,) = whole["plugins"]["utilities"]
    assert {f"{PREFIX}{setting['name']}".upper() for setting in plugin["settings"]} <= VARIABLES
    assert plugin["commands"].keys() == set(main.list_commands(click.Context(main)))
    secrets = {setting["name"] for setting in plugin["settings"] if setting.get("sensitive")}
    assert secrets == {"authorization", "api_key"}


def test_meltano_hands_over_settings_and_commands(tmp_path: Path) -> None:
    """Through Meltano the command finds the tap's credentials and its own secret."""
    variables = {
        "TAP_GRAVITYZONE_API_URL": "http://127.0.0.1:9/api",
        "TAP_GRAVITYZONE_API_KEY": "some-key",
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
    }
    command = [ROOT / ".venv" / "bin" / "meltano", "invoke", "gravityzone-receiver:status"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(**variables), capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr + done.stdout, done.stderr


def test_probes_and_ports_fit() -> None:
    parts = kubernetes()
    pod = parts["StatefulSet"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    values = {entry["name"]: entry["value"] for entry in container["env"]}
    port = container["ports"][0]["containerPort"]
    assert str(port) == values[f"{PREFIX}PORT"]
    assert parts["Service"]["spec"]["ports"][0]["port"] == port
    assert container["readinessProbe"]["httpGet"]["path"] == HEALTH
    annotations = pod["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] == METRICS
    assert annotations["prometheus.io/port"] == str(port)
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert values[f"{PREFIX}WRITE_AHEAD"] in mounts
    (rule,) = parts["Ingress"]["spec"]["rules"]
    assert [path["pathType"] for path in rule["http"]["paths"]] == ["Exact"]


def test_graceful_ends_have_the_time_they_take() -> None:
    unit = (DEPLOY / "gravityzone-receiver.service").read_text("utf-8")
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, flags=re.MULTILINE)
    grace = kubernetes()["StatefulSet"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert min(int(stop), grace) > 10 + 20, "requests in flight, then the last uploads"
