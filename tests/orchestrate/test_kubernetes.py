"""The manifests for Kubernetes: valid, hardened, without a secret, and one run for each budget."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.kubernetes import render
from edr_orchestrate.project import Project
from edr_orchestrate.tenants import Tenants
from edr_orchestrate.units import backfill_units, live_units

from tests.orchestrate.conftest import EDR_ORCHESTRATE, ROOT

IMAGE = "registry.example/edr:1"
# podFailurePolicy is stable from 1.31 on.
VERSIONS = ("1.31", "1.37")
LONG = "a-tenant-with-a-name-of-forty-characters"
FILE = f"""
regions:
  eu: {{loader: target-postgres, settings: {{sqlalchemy_url: {{env: EU_WAREHOUSE_URL}}}}}}
products:
  gravityzone:
    schedule: "*/15 * * * *"
    settings: {{api_url: https://one.example, api_key: {{env: PARTNER_KEY}}}}
  cortex-xdr: {{schedule: "*/10 * * * *"}}
tenants:
  acme:
    products:
      gravityzone: {{settings: {{company_ids: [a]}}}}
      cortex-xdr:
        live_from: 2026-03-10
        backfill_from: 2026-01-20
        settings: {{fqdn: acme.example, api_key_id: 7, api_key: {{file: /run/secrets/acme-key}}}}
  {LONG}:
    products:
      gravityzone: {{settings: {{api_key: {{command: [vault, read, gz]}}}}}}
  other:
    products:
      gravityzone: {{settings: {{company_ids: [b]}}}}
"""
Read = Callable[[str], Tenants]
Manifest = dict[str, Any]


@pytest.fixture
def rendered(read: Read, project: Project, tmp_path: Path) -> Callable[..., list[Manifest]]:
    """Render a tenants file and read the manifests back."""

    def rendered(content: str = FILE, *, backfill: bool = False) -> list[Manifest]:
        tenants = read(content)
        units = (backfill_units if backfill else live_units)(tenants, project)
        text = render(tenants, units, tmp_path / "tenants.yml", IMAGE)
        return list(yaml.safe_load_all(text))

    return rendered


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("backfill", [False, True])
def test_kubernetes_knows_every_member(
    rendered: Callable[..., list[Manifest]], version: str, *, backfill: bool
) -> None:
    manifests = rendered(backfill=backfill)
    assert len(manifests) == 1 + (1 if backfill else 3)
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_receivers_manifests_are_valid_too() -> None:
    text = (ROOT / "deploy" / "receiver" / "kubernetes.yaml").read_text("utf-8")
    for manifest in yaml.safe_load_all(text):
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


def test_units_of_one_budget_are_one_cron_job_that_never_overlaps_itself(
    rendered: Callable[..., list[Manifest]],
) -> None:
    jobs = {each["metadata"]["name"]: each["spec"] for each in rendered()[1:]}
    assert units_of(jobs["edr-acme-gravityzone"]) == ["acme/gravityzone", "other/gravityzone"]
    assert units_of(jobs["edr-acme-cortex-xdr"]) == ["acme/cortex-xdr"]
    assert jobs["edr-acme-cortex-xdr"]["schedule"] == "*/10 * * * *"
    assert all(spec["concurrencyPolicy"] == "Forbid" for spec in jobs.values())
    assert all(spec["timeZone"] == "Etc/UTC" for spec in jobs.values())
    (long,) = [name for name in jobs if name.startswith("edr-a-tenant")]
    assert len(long) <= 52


def test_the_windows_of_one_budget_are_one_job(
    rendered: Callable[..., list[Manifest]],
) -> None:
    _, job = rendered(backfill=True)
    assert job["kind"] == "Job"
    assert units_of({"jobTemplate": job}) == [
        "acme/cortex-xdr/2026-03-01.2026-03-10",
        "acme/cortex-xdr/2026-02-01.2026-03-01",
        "acme/cortex-xdr/2026-01-20.2026-02-01",
    ]


def test_pods_are_hardened(rendered: Callable[..., list[Manifest]]) -> None:
    for spec in (pod_of(each["spec"]) for each in rendered()[1:]):
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        writable = {
            mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")
        }
        assert writable == {"/var/lib/edr-taps", "/tmp"}
        assert container["resources"]["limits"]["memory"]


def test_a_pod_gets_its_own_tenants_secrets_by_reference(
    rendered: Callable[..., list[Manifest]],
) -> None:
    jobs = {each["metadata"]["name"]: pod_of(each["spec"]) for each in rendered()[1:]}
    gravityzone, cortex = jobs["edr-acme-gravityzone"], jobs["edr-acme-cortex-xdr"]
    assert references(gravityzone) == {
        "MELTANO_DATABASE_URI": ("edr-meltano", "MELTANO_DATABASE_URI"),
        "PARTNER_KEY": ("edr-tenant-acme", "PARTNER_KEY"),
        "EU_WAREHOUSE_URL": ("edr-region-eu", "EU_WAREHOUSE_URL"),
    }
    assert "PARTNER_KEY" not in references(cortex)
    assert {
        "name": "edr-tenant-acme", "mountPath": "/run/secrets/acme-key", "subPath": "acme-key",
        "readOnly": True,
    } in cortex["containers"][0]["volumeMounts"]  # fmt: skip
    assert not any("edr-tenant-acme" in str(volume) for volume in gravityzone["volumes"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "loader: target-postgres, ",
            "loader: target-duckdb, ",
            "a DuckDB file, which a pod loses",
        ),
        ("/run/secrets/acme-key", "secrets/acme-key", "needs an absolute path in a pod"),
        ("{company_ids: [b]}", "{company_ids: [b]}, schedule: 0 * * * *", "need one schedule"),
    ],
    ids=["DuckDB", "relative", "schedules"],
)
def test_what_pods_cannot_do_is_said(
    rendered: Callable[..., list[Manifest]], old: str, new: str, said: str
) -> None:
    content = FILE.replace(old, new)
    if "duckdb" in new:
        content = content.replace("{sqlalchemy_url: {env: EU_WAREHOUSE_URL}}", "{}")
    assert content != FILE
    with pytest.raises(OrchestrationError, match=said):
        rendered(content)


def test_the_command_prints_what_a_pod_runs(
    rendered: Callable[..., list[Manifest]], tmp_path: Path
) -> None:
    rendered()  # writes the file
    file = tmp_path / "tenants.yml"
    printed = orchestrate(file, "render", "kubernetes", f"--image={IMAGE}").stdout
    assert "#   edr-tenant-acme: PARTNER_KEY, acme-key\n" in printed
    manifests = list(yaml.safe_load_all(printed))
    arguments = pod_of(manifests[1]["spec"])["containers"][0]["args"][1:]
    done = orchestrate(file, *arguments, "--attempts=1")
    assert "acme/gravityzone: not run: TAP_GRAVITYZONE_API_KEY: the secret of env" in done.stdout
    assert "other/gravityzone: not run" in done.stdout
    assert done.returncode == 1


def orchestrate(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(
        [EDR_ORCHESTRATE, f"--tenants={file}", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def pod_of(spec: Manifest) -> Manifest:
    """Return the specification of the pod of a CronJob or a Job."""
    template: Manifest = spec.get("jobTemplate", {}).get("spec", spec)["template"]["spec"]
    return template


def units_of(spec: Manifest) -> list[str]:
    """Return the units that a pod runs, in their order."""
    arguments = pod_of(spec)["containers"][0]["args"]
    return [each.removeprefix("--unit=") for each in arguments if each.startswith("--unit=")]


def references(pod: Manifest) -> dict[str, tuple[str, str]]:
    """Return the Secret and the key of each variable of a pod."""
    return {
        entry["name"]: (
            entry["valueFrom"]["secretKeyRef"]["name"],
            entry["valueFrom"]["secretKeyRef"]["key"],
        )
        for entry in pod["containers"][0]["env"]
    }
