"""Manifests of Kubernetes: a CronJob for each group of units that share a request budget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.groups import common_schedule, groups
from edr_orchestrate.secret_sources import SecretSource
from edr_orchestrate.tenants import Tenants
from edr_orchestrate.units import Unit

Manifest = dict[str, Any]


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as such."""


_Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)

# Where the image has them: deploy/project/Containerfile.
_USER = 10001
_TENANTS_FILE = "/etc/edr-orchestrate/tenants.yml"
_SCRATCH = {"work": "/var/lib/edr-taps", "tmp": "/tmp"}  # noqa: S108 (the container's own)
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_NAME_LENGTH = 52  # of a CronJob; its jobs' names are eleven longer
# Of the whole deployment: Meltano's system database, and its state backend if that is another one.
_MELTANO = "edr-meltano"
_DATABASE = "MELTANO_DATABASE_URI"


@dataclass
class _Secrets:
    """What a pod takes out of Secrets, as its variables and its mounted files."""

    variables: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, secret: str, source: SecretSource) -> None:
        """Add the place of one secret; the first tenant's Secret holds a key that others share."""
        if source.env is not None:
            self.variables.setdefault(source.env, (secret, source.env))
        elif source.file is not None:
            path = PurePosixPath(source.file)
            if not path.is_absolute() or not _KEY.fullmatch(path.name):
                raise OrchestrationError(
                    f"the secret of {source} needs an absolute path in a pod, whose last part is "
                    "made of letters, digits, '-', '_' and '.'"
                )
            self.files.setdefault(str(path), (secret, path.name))


def render(tenants: Tenants, units: list[Unit], file: Path, image: str) -> str:
    """Return the manifests as YAML: CronJobs for live units, Jobs for windows of the past.

    Raises :class:`OrchestrationError` for what cannot run in pods, or not on time.
    """
    _check(units)
    manifests: list[Manifest] = [_tenants_file(file)]
    needed: dict[str, set[str]] = {_MELTANO: {_DATABASE}}
    unscheduled = []
    for group in groups(units):
        live = group[0].window is None
        schedule = common_schedule(tenants, group) if live else None
        if live and schedule is None:
            unscheduled += [unit.name for unit in group]
            continue
        secrets = _secrets(group)
        for secret, key in [*secrets.variables.values(), *secrets.files.values()]:
            needed.setdefault(secret, set()).add(key)
        job = _job(group, secrets, image)
        manifests.append(_cron_job(group, job, schedule) if schedule else _once(group, job))
    content = yaml.dump_all(manifests, Dumper=_Readable, sort_keys=False)
    return "".join([*_header(needed, unscheduled), content])


def _check(units: list[Unit]) -> None:
    for unit in units:
        if unit.loader.name == "target-duckdb":
            raise OrchestrationError(
                f"{unit.name} goes into a DuckDB file, which a pod loses; give region "
                f"{unit.region!r} the loader target-postgres"
            )


def _header(needed: dict[str, set[str]], unscheduled: list[str]) -> Iterator[str]:
    yield "# Made by `edr-orchestrate render kubernetes`. Secrets to create, and their keys:\n"
    for secret, keys in sorted(needed.items()):
        yield f"#   {secret}: {', '.join(sorted(keys))}\n"
    for name in unscheduled:
        yield f"# Without a schedule, and so left out: {name}\n"


def _tenants_file(file: Path) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "edr-tenants", "labels": _labels()},
        "data": {"tenants.yml": file.read_text(encoding="utf-8")},
    }


def _secrets(group: list[Unit]) -> _Secrets:
    secrets = _Secrets()
    for unit in group:
        for variable, setting in unit.settings.items():
            if isinstance(setting, SecretSource):
                of_tap = variable.startswith(unit.tap.variable(""))
                secrets.add(
                    f"edr-tenant-{unit.tenant}" if of_tap else f"edr-region-{unit.region}", setting
                )
    return secrets


def _cron_job(group: list[Unit], job: Manifest, schedule: str) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": _name(group), "labels": _labels()},
        "spec": {
            "schedule": schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 300,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": job},
        },
    }


def _once(group: list[Unit], job: Manifest) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"{_name(group)}-past", "labels": _labels()},
        "spec": job,
    }


def _job(group: list[Unit], secrets: _Secrets, image: str) -> Manifest:
    return {
        # The command repeats a unit that failed; only a pod that the cluster took away comes again.
        "backoffLimit": 0,
        "podFailurePolicy": {
            "rules": [
                {
                    "action": "Ignore",
                    "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                }
            ]
        },
        "template": {
            "metadata": {"labels": _labels()},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": 60,
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": _USER,
                    "runAsGroup": _USER,
                    "fsGroup": _USER,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [_container(group, secrets, image)],
                "volumes": _volumes(secrets),
            },
        },
    }


def _container(group: list[Unit], secrets: _Secrets, image: str) -> Manifest:
    variables = {_DATABASE: (_MELTANO, _DATABASE), **secrets.variables}
    return {
        "name": "edr-orchestrate",
        "image": image,
        "args": [
            f"--tenants={_TENANTS_FILE}",
            "run",
            *(f"--unit={unit.name}" for unit in group),
            "--attempts=3",
            "--log",
        ],
        # Whatever else Meltano is told, such as a state backend.
        "envFrom": [{"secretRef": {"name": _MELTANO}}],
        "env": [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
            for name, (secret, key) in variables.items()
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": "250m", "memory": "384Mi"},
            "limits": {"memory": "1Gi"},
        },
        "volumeMounts": [
            {
                "name": "tenants",
                "mountPath": _TENANTS_FILE,
                "subPath": "tenants.yml",
                "readOnly": True,
            },
            *({"name": name, "mountPath": path} for name, path in _SCRATCH.items()),
            *(
                {"name": secret, "mountPath": path, "subPath": key, "readOnly": True}
                for path, (secret, key) in secrets.files.items()
            ),
        ],
    }


def _volumes(secrets: _Secrets) -> list[Manifest]:
    mounted = dict.fromkeys(secret for secret, _ in secrets.files.values())
    return [
        {"name": "tenants", "configMap": {"name": "edr-tenants"}},
        *({"name": name, "emptyDir": {"sizeLimit": "1Gi"}} for name in _SCRATCH),
        *(
            {"name": secret, "secret": {"secretName": secret, "defaultMode": 0o440}}
            for secret in mounted
        ),
    ]


def _name(group: list[Unit]) -> str:
    """Return a name that stays as long as the group begins with the same unit."""
    name = f"edr-{group[0].tenant}-{group[0].product}"
    if len(name) <= _NAME_LENGTH:
        return name
    return f"{name[: _NAME_LENGTH - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def _labels() -> dict[str, str]:
    """Return labels of their own to each place: YAML writes what is shared as an alias."""
    return {"app.kubernetes.io/name": "edr-orchestrate"}
