"""What the Meltano project says about its taps and loaders, and where it and its command are."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edr_orchestrate.errors import OrchestrationError

MELTANO = "EDR_ORCHESTRATE_MELTANO"
WORK = "EDR_ORCHESTRATE_WORK"
PROJECT = "EDR_ORCHESTRATE_PROJECT"
TENANTS = "EDR_ORCHESTRATE_TENANTS"


@dataclass(frozen=True)
class Plugin:
    """A tap or loader: its settings by name, whether each is sensitive, and selected streams."""

    name: str
    settings: dict[str, bool]
    select: tuple[str, ...]

    def variable(self, setting: str) -> str:
        """Return the environment variable that Meltano takes a setting from."""
        return f"{self.name}_{setting}".replace("-", "_").upper()

    @property
    def secrets(self) -> set[str]:
        """The settings that are sensitive."""
        return {name for name, sensitive in self.settings.items() if sensitive}


@dataclass(frozen=True)
class Project:
    """A Meltano project.

    Attributes:
        root: The folder of ``meltano.yml``.
        plugins: Its taps and loaders by name.
    """

    root: Path
    plugins: dict[str, Plugin]

    @property
    def meltano(self) -> str:
        """The command: ``EDR_ORCHESTRATE_MELTANO``, beside this Python, or on the path."""
        beside = Path(sys.executable).parent / "meltano"
        found = os.environ.get(MELTANO) or (str(beside) if beside.exists() else None)
        found = found or shutil.which("meltano")
        if not found:
            raise OrchestrationError(
                f"the command meltano was not found; install it, or name it in {MELTANO}"
            )
        return found

    @property
    def installed(self) -> Path:
        """The folder in which ``meltano install`` has put the plugins."""
        return self.root / ".meltano"

    @property
    def work(self) -> Path:
        """Where units keep their files: ``EDR_ORCHESTRATE_WORK``, or a folder of the project."""
        return Path(os.environ.get(WORK) or self.installed / "units").absolute()


def places() -> tuple[Path, Path]:
    """Return the folder of the project and the tenants file, as engines are told of them.

    What ``EDR_ORCHESTRATE_PROJECT`` and ``EDR_ORCHESTRATE_TENANTS`` name, or else the working
    folder and the project's ``tenants.yml``.
    """
    root = Path(os.environ.get(PROJECT) or ".").absolute()
    return root, Path(os.environ.get(TENANTS) or root / "tenants.yml").absolute()


def read_project(root: Path) -> Project:
    """Read ``meltano.yml`` and what it includes; raises :class:`OrchestrationError`."""
    main = _mapping(root / "meltano.yml")
    files = [main]
    for pattern in main.get("include_paths") or []:
        files += [_mapping(path) for path in sorted(root.glob(pattern.removeprefix("./")))]
    plugins = {}
    for content in files:
        sections = content.get("plugins") or {}
        for entry in [*(sections.get("extractors") or []), *(sections.get("loaders") or [])]:
            plugins[entry["name"]] = _plugin(entry)
    return Project(root.absolute(), plugins)


def _plugin(entry: dict[str, Any]) -> Plugin:
    settings = {each["name"]: bool(each.get("sensitive")) for each in entry.get("settings") or []}
    return Plugin(
        entry["name"],
        settings,
        tuple(entry.get("select") or ["*.*"]),
    )


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OrchestrationError(
            f"{path} does not exist; name the folder of the Meltano project with --project"
        ) from None
    except yaml.YAMLError as error:
        raise OrchestrationError(f"{path} is no YAML: {error}") from None
    if not isinstance(content, dict):
        raise OrchestrationError(f"{path} holds no mapping")
    return content
