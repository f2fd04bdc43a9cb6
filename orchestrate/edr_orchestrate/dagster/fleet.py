"""The tenants file and the project, as Dagster's processes find them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from edr_orchestrate.project import Project, places, read_project
from edr_orchestrate.tenants import Product, Tenants, read_tenants
from edr_orchestrate.units import Unit, find_unit, window_within
from edr_orchestrate.windows import window_from


@dataclass(frozen=True)
class Fleet:
    """All tenants, and the project that reads them."""

    tenants: Tenants
    project: Project

    @property
    def products(self) -> list[str]:
        """The products that any tenant has."""
        return sorted({product for _, product, _ in self.tenants.entries()})

    def of(self, product: str) -> dict[str, Product]:
        """Return the tenants that have a product, with their entries."""
        return {name: entry for name, each, entry in self.tenants.entries() if each == product}

    def pushed(self) -> list[str]:
        """Return the tenants whose events GravityZone pushes: they are read from a spool."""
        return [
            name
            for name, entry in self.of("gravityzone").items()
            if "events_spool" in entry.settings
        ]

    def live(self, product: str, tenant: str) -> Unit:
        """Return a live unit."""
        return find_unit(self.tenants, self.project, tenant, product)

    def past(self, product: str, tenant: str, start: str) -> Unit | None:
        """Return the unit of a window by its first day; None when the tenant has no part of it."""
        whole = window_from(date.fromisoformat(start), self.tenants.backfill_window)
        window = window_within(self.of(product)[tenant], whole)
        return window and find_unit(self.tenants, self.project, tenant, product, window)


def read_fleet() -> Fleet:
    """Read the project and the tenants file that the environment names.

    They are read anew only when a file changed, since a queue asks at every run.
    """
    root, file = places()
    return _read(root, file, _changed(root / "meltano.yml"), _changed(file))


@lru_cache(maxsize=1)
def _read(root: Path, file: Path, *_: int) -> Fleet:
    project = read_project(root)
    return Fleet(read_tenants(file, project), project)


def _changed(file: Path) -> int:
    """Return when a file was changed; 0 when it is not there, which its reader tells."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
