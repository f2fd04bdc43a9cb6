"""Folders that are Meltano's own for one unit, so that many may run in one project."""

from __future__ import annotations

from pathlib import Path

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.project import Project

_PLUGINS = ("extractors", "loaders", "utilities")


def system_folder(project: Project, *names: str) -> Path:
    """Make a system folder of Meltano in which the project's installed plugins are.

    Two runs of one plugin would overwrite each other's catalog in a folder that they share. Unless
    the project or the environment names a system database, Meltano makes one in the folder.

    Raises :class:`OrchestrationError` when the plugins are not installed, or it cannot be written.
    """
    folder = project.work.joinpath(*names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PLUGINS:
            link = folder / name
            if not link.is_symlink():
                link.symlink_to(project.installed / name)
    except FileExistsError:
        pass  # another process was quicker
    except OSError as error:
        raise OrchestrationError(f"{error.filename}: {error.strerror}") from None
    return folder
