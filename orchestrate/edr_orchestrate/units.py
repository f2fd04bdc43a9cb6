"""Units of work: one tenant of one product, live or for one window of the past."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.project import Plugin, Project
from edr_orchestrate.secret_sources import SecretSource, source_of
from edr_orchestrate.tenants import Product, Region, Tenant, Tenants
from edr_orchestrate.windows import Window, windows

# What a vendor's request budget belongs to: GravityZone counts by key, Cortex XDR by tenant.
_BUDGET_SETTINGS = {"gravityzone": ("api_key",), "cortex-xdr": ("api_url", "fqdn")}
_ONE_WRITER = "target-duckdb"  # its file takes one at a time


@dataclass(frozen=True)
class Unit:
    """What one run of Meltano reads, and where it goes.

    Attributes:
        tenant: The tenant's name, which every row carries as ``_tenant``.
        product: ``gravityzone`` or ``cortex-xdr``.
        region: The name of the region.
        window: The window of the past, or None for a live unit.
        environment: The Meltano environment.
        tap: The extractor.
        loader: The loader.
        select: Patterns of streams and columns.
        settings: Settings of the tap and the loader by environment variable, secrets by source.
        pools: Names of what only one unit may use at a time: the vendor's request budget, and a
            DuckDB file.
        foreign: Environment variables that hold secrets of the tenants file; a run gets none of
            them under these names.
    """

    tenant: str
    product: str
    region: str
    window: Window | None
    environment: str
    tap: Plugin
    loader: Plugin
    select: tuple[str, ...]
    settings: dict[str, str | SecretSource]
    pools: tuple[str, ...]
    foreign: frozenset[str]

    @property
    def name(self) -> str:
        """``acme/gravityzone``, or ``acme/gravityzone/2026-01-01.2026-02-01``."""
        return "/".join([self.tenant, self.product, *([str(self.window)] if self.window else [])])

    @property
    def state_suffix(self) -> str:
        """What tells the states of units apart; a dot is in no tenant's name."""
        return f"{self.tenant}.{self.window}" if self.window else self.tenant

    @property
    def state_id(self) -> str:
        """The state id that Meltano makes of it."""
        pair = f"{self.tap.name}-to-{self.loader.name}"
        return f"{self.environment}:{pair}:{self.state_suffix}"

    def arguments(self) -> list[str]:
        """Return the arguments of ``meltano``; none of them is a secret."""
        return [
            f"--environment={self.environment}",
            "--log-format=json",
            "run",
            "--no-install",
            f"--state-id-suffix={self.state_suffix}",
            self.tap.name,
            self.loader.name,
        ]

    def variables(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a run, secrets fetched; ``inherited`` without others' secrets.

        Raises :class:`OrchestrationError` when a secret cannot be fetched.
        """
        kept = {name: value for name, value in inherited.items() if name not in self.foreign}
        return kept | {name: self._value(name) for name in self.settings}

    def _value(self, variable: str) -> str:
        setting = self.settings[variable]
        if isinstance(setting, str):
            return setting
        try:
            return setting.fetch()
        except OrchestrationError as error:
            raise OrchestrationError(f"{variable}: {error}") from None


def live_units(tenants: Tenants, project: Project) -> list[Unit]:
    """Return the unit of every tenant and product, in the order of the file."""
    return [_unit(tenants, project, name, product) for name, product, _ in tenants.entries()]


def backfill_units(tenants: Tenants, project: Project) -> list[Unit]:
    """Return the units of all windows of the past, the newest first for each tenant and product."""
    return [
        _unit(tenants, project, name, product, window)
        for name, product, entry in tenants.entries()
        for window in reversed(list(backfill_windows(tenants, entry)))
    ]


def backfill_windows(tenants: Tenants, product: Product) -> Iterator[Window]:
    """Yield the windows of a product's backfill; none without ``backfill_from``."""
    if product.backfill_from and product.live_from:
        yield from windows(product.backfill_from, product.live_from, tenants.backfill_window)


def warehouse_variables(tenants: Tenants, project: Project, region: str) -> dict[str, str]:
    """Return the loader's settings of a region by environment variable, secrets fetched."""
    entry = tenants.regions[region]
    settings = _settings(project.plugins[entry.loader], _loading(project.root, entry, region))
    return {
        name: value if isinstance(value, str) else value.fetch() for name, value in settings.items()
    }


def window_within(product: Product, window: Window) -> Window | None:
    """Return the part of a window that belongs to a product's backfill, or None."""
    start = max(window.start, product.backfill_from or date.max)
    end = min(window.end, product.live_from or date.min)
    return Window(start, end) if start < end else None


def find_tenant(tenants: Tenants, name: str) -> Tenant:
    """Return a tenant; raises :class:`OrchestrationError` when there is none of that name."""
    if name not in tenants.tenants:
        raise OrchestrationError(f"there is no tenant {name!r} in the tenants file")
    return tenants.tenants[name]


def find_unit(
    tenants: Tenants, project: Project, tenant: str, product: str, window: Window | None = None
) -> Unit:
    """Return one unit; raises :class:`OrchestrationError` for a tenant that does not have it."""
    products = find_tenant(tenants, tenant).products
    if product not in products:
        raise OrchestrationError(
            f"tenant {tenant!r} has no product {product!r}; it has {', '.join(products)}"
        )
    return _unit(tenants, project, tenant, product, window)


def named_units(tenants: Tenants, project: Project, names: Sequence[str]) -> list[Unit]:
    """Return units by their names; raises :class:`OrchestrationError` for one that is not there."""
    units = live_units(tenants, project) + backfill_units(tenants, project)
    by_name = {unit.name: unit for unit in units}
    if unknown := [name for name in names if name not in by_name]:
        raise OrchestrationError(f"there is no unit {unknown[0]!r}; `units` lists them")
    return [by_name[name] for name in names]


def schedule_of(tenants: Tenants, unit: Unit) -> str | None:
    """Return when live runs of a unit's tenant and product start: a cron expression in UTC."""
    return tenants.tenants[unit.tenant].products[unit.product].schedule


def _unit(
    tenants: Tenants, project: Project, name: str, product: str, window: Window | None = None
) -> Unit:
    tenant = tenants.tenants[name]
    entry, region = tenant.products[product], tenants.regions[tenant.region]
    tap, loader = project.plugins[f"tap-{product}"], project.plugins[region.loader]
    reading = entry.settings | {"tenant": name} | _range(entry, window)
    loading = _loading(project.root, region, name)
    settings = _settings(tap, reading) | _settings(loader, loading)
    return Unit(
        name,
        product,
        tenant.region,
        window,
        tenants.environment,
        tap,
        loader,
        tap.select if entry.select is None else entry.select,
        settings,
        _pools(product, entry, loading if region.loader == _ONE_WRITER else {}),
        tenants.secret_variables,
    )


def _range(entry: Product, window: Window | None) -> dict[str, str]:
    if window is not None:
        return {
            "start_date": f"{window.start}T00:00:00Z", "end_date": f"{window.end}T00:00:00Z",
        }  # fmt: skip
    return {"start_date": f"{entry.live_from}T00:00:00Z"} if entry.live_from else {}


def _loading(root: Path, region: Region, tenant: str) -> dict[str, Any]:
    """Return the loader's settings for a tenant; a DuckDB file is an absolute path."""
    settings = {
        name: value.replace("{tenant}", tenant) if isinstance(value, str) else value
        for name, value in region.settings.items()
    }
    if region.loader == _ONE_WRITER and isinstance(settings.get("filepath", ""), str):
        settings["filepath"] = str(root / settings.get("filepath", f"output/{tenant}.duckdb"))
    return settings


def _settings(plugin: Plugin, settings: dict[str, Any]) -> dict[str, str | SecretSource]:
    return {
        plugin.variable(name): source_of(value) or _text(value) for name, value in settings.items()
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _pools(product: str, entry: Product, file: dict[str, Any]) -> tuple[str, ...]:
    place = next(
        (
            entry.settings[name]
            for name in _BUDGET_SETTINGS.get(product, ("api_key",))
            if name in entry.settings
        ),
        "",
    )
    pools = [f"{product} {source_of(place) or _text(place).lower().rstrip('/')}"]
    if file:
        pools.append(f"file {file['filepath']}")
    return tuple(pools)
