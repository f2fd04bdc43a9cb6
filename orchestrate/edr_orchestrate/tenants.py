"""The tenants file: who is read, where from, where to and when. It holds no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cronsim import CronSim, CronSimError

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.project import Plugin, Project
from edr_orchestrate.secret_sources import KINDS, source_of
from edr_orchestrate.strict_yaml import read_yaml
from edr_orchestrate.windows import Length

_T = TypeVar("_T")
# Good as a file, a state id, a partition and a name in Kubernetes alike.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
# What units set themselves, and where to say it instead.
_OWN = {
    "tenant": "it is the tenant's name",
    "start_date": "say live_from",
    "end_date": "windows have one of their own",
}


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one product of a tenant is read.

    Attributes:
        schedule: When live runs start: a cron expression in UTC.
        live_from: Where the first live run begins; None for all that the vendor still holds.
        backfill_from: Where windows of the past begin; they end at ``live_from``.
        alert_lag_minutes: How old the last complete live run may be before it is an alert.
        select: Patterns of streams and columns, in place of the project's.
        settings: Settings of the tap; a secret is a mapping that names its place.
    """

    schedule: str | None = None
    live_from: date | None = None
    backfill_from: date | None = None
    alert_lag_minutes: int | None = None
    select: tuple[str, ...] | None = None
    settings: dict[str, Any] = {}


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the rows of tenants go.

    Attributes:
        loader: The loader's name in ``meltano.yml``.
        settings: Its settings; ``{tenant}`` in a text becomes the tenant's name.
        transform: When dbt builds the analysts' tables there: a cron expression in UTC. It needs
            one warehouse for all tenants of the region.
    """

    loader: str = "target-duckdb"
    settings: dict[str, Any] = {}
    transform: str | None = None


class Tenant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One customer: the region its rows go to, and its products by name."""

    region: str = "default"
    products: dict[str, Product]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    environment: str = "prod"
    backfill_window: Length = "month"
    regions: dict[str, Any] = {}
    products: dict[str, Any] = {}
    tenants: dict[str, Any]


class Tenants(msgspec.Struct, frozen=True):
    """The whole file, checked; the defaults of its products are in every tenant.

    Attributes:
        environment: The Meltano environment of all runs.
        backfill_window: How long windows of the past are.
        regions: Every region by name.
        tenants: Every tenant by name.
        secret_variables: The environment variables that hold secrets of anybody.
    """

    environment: str
    backfill_window: Length
    regions: dict[str, Region]
    tenants: dict[str, Tenant]
    secret_variables: frozenset[str]

    def entries(self) -> Iterator[tuple[str, str, Product]]:
        """Yield tenant, product and entry, in the order of the file."""
        for name, tenant in self.tenants.items():
            for product, entry in tenant.products.items():
                yield name, product, entry


def read_tenants(path: Path, project: Project) -> Tenants:
    """Read and check a tenants file; raises :class:`OrchestrationError` with all that is wrong."""
    content = read_yaml(path)
    try:
        file = msgspec.convert(content, _File)
    except msgspec.ValidationError as error:
        raise OrchestrationError(f"{path}: {_readable(error)}") from None
    reading = _Reading(project)
    regions = {
        name: region
        for name, entry in (file.regions or {"default": {}}).items()
        if (region := reading.region(name, entry))
    }
    tenants = {
        name: tenant
        for name, entry in file.tenants.items()
        if (tenant := reading.tenant(name, entry, file.products, regions))
    }
    reading.defaults(file.products)
    if not file.tenants:
        reading.complaints.append("tenants: there is none; add an entry")
    if reading.complaints:
        raise OrchestrationError("\n".join(f"{path}: {text}" for text in reading.complaints))
    return Tenants(
        file.environment,
        file.backfill_window,
        regions,
        tenants,
        frozenset(_secret_variables(regions, tenants)),
    )


def _secret_variables(
    regions: Mapping[str, Region], tenants: Mapping[str, Tenant]
) -> Iterator[str]:
    products = [product for tenant in tenants.values() for product in tenant.products.values()]
    entries: list[Region | Product] = [*regions.values(), *products]
    for settings in [entry.settings for entry in entries]:
        for source in map(source_of, settings.values()):
            if source is not None and source.env is not None:
                yield source.env


def one_warehouse(region: Region) -> bool:
    """Whether all tenants of a region are in one warehouse."""
    texts = [value for value in region.settings.values() if isinstance(value, str)]
    apart = any("{tenant}" in text for text in texts)
    return not apart and (region.loader != "target-duckdb" or "filepath" in region.settings)


def _given(product: Product) -> dict[str, Any]:
    """Return the members that an entry says, without its settings."""
    members = msgspec.structs.asdict(product)
    return {
        name: value for name, value in members.items() if value is not None and name != "settings"
    }


def _readable(error: msgspec.ValidationError) -> str:
    """Return a complaint of msgspec with the place in front, as in ``products.x: Expected ...``."""
    text, _, place = str(error).partition(" - at `$.")
    return f"{place.removesuffix('`')}: {text}" if place else text


class _Reading:
    """Collects what is wrong, so that all of it can be mended at once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.complaints: list[str] = []

    def region(self, name: str, entry: Any) -> Region | None:
        place = f"region {name!r}"
        self._name(place, name)
        region = self._convert(place, entry or {}, Region)
        if region is None:
            return None
        loader = self._project.plugins.get(region.loader)
        if loader is None or not region.loader.startswith("target-"):
            loaders = [name for name in self._project.plugins if name.startswith("target-")]
            self._unknown(place, "loader", region.loader, loaders)
            return None
        self._settings(place, region.settings, loader)
        self._schedule(f"{place}, transform", region.transform)
        if region.transform is not None and not one_warehouse(region):
            self._complain(place, "transform needs a warehouse that all tenants share")
        return region

    def tenant(
        self, name: str, entry: Any, defaults: dict[str, Any], regions: dict[str, Region]
    ) -> Tenant | None:
        place = f"tenant {name!r}"
        self._name(place, name)
        if not isinstance(entry, Mapping) or not isinstance(entry.get("products"), Mapping):
            self._complain(place, "needs `products:` with an entry for each product")
            return None
        if not entry["products"]:
            self._complain(place, "products: there is none; add gravityzone or cortex-xdr")
        products = {
            product: read
            for product, own in entry["products"].items()
            if (read := self._product(place, product, own, defaults.get(product)))
        }
        region = entry.get("region", next(iter(regions)) if len(regions) == 1 else None)
        if region is None:
            self._complain(place, f"region is missing; it is one of {', '.join(regions)}")
        elif region not in regions:
            self._unknown(place, "region", str(region), list(regions))
        rest = {key: value for key, value in entry.items() if key != "products"}
        return self._convert(place, rest | {"region": region, "products": products}, Tenant)

    def defaults(self, products: dict[str, Any]) -> None:
        """Complain of defaults for products that nobody could have."""
        for name in products.keys() - set(self._products):
            self._unknown("products", "product", name, self._products)

    def _product(self, tenant: str, name: str, own: Any, default: Any) -> Product | None:
        place = f"{tenant}, {name}"
        tap = self._project.plugins.get(f"tap-{name}")
        if tap is None:
            self._unknown(tenant, "product", name, self._products)
            return None
        product = self._convert(place, own or {}, Product)
        base = self._convert(f"products, {name}", default or {}, Product)
        if product is None or base is None:
            return None
        product = msgspec.structs.replace(
            base, **_given(product), settings=base.settings | product.settings
        )
        self._settings(place, product.settings, tap)
        self._schedule(place, product.schedule)
        if "api_key" not in product.settings:
            self._complain(place, "settings.api_key is missing; say `api_key: {env: NAME}`")
        if product.backfill_from is not None:
            if product.live_from is None:
                self._complain(place, "backfill_from needs live_from, the end of the backfill")
            elif product.backfill_from >= product.live_from:
                self._complain(place, "backfill_from has to be before live_from")
        return product

    def _settings(self, place: str, settings: dict[str, Any], plugin: Plugin) -> None:
        for name, value in settings.items():
            where = f"{place}, settings.{name}"
            if name in _OWN and plugin.name.startswith("tap-"):
                self._complain(where, f"is not set here: {_OWN[name]}")
            elif name not in plugin.settings:
                self._unknown(place, "setting", name, list(plugin.settings))
                continue
            try:
                source = source_of(value)
            except msgspec.ValidationError as error:
                self._complain(where, _readable(error))
                continue
            if name in plugin.secrets and source is None:
                self._complain(
                    where,
                    f"is a secret, which does not belong into this file; name its place: "
                    f"{{{KINDS[0]}: NAME}}, {{{KINDS[1]}: PATH}} or {{{KINDS[2]}: [PROGRAM, ...]}}",
                )

    def _schedule(self, place: str, schedule: str | None) -> None:
        if schedule is None:
            return
        try:
            CronSim(schedule, _ANY_TIME)
        except CronSimError:
            self._complain(
                place,
                f"schedule {schedule!r} is no cron expression of five fields, as */15 * * * *",
            )

    def _name(self, place: str, name: str) -> None:
        if not _NAME.fullmatch(name):
            self._complain(
                place, "the name has to be 1 to 40 of a-z, 0-9 and -, with no - at either end"
            )

    @property
    def _products(self) -> list[str]:
        """The products that the project has a tap for."""
        taps = [name for name in self._project.plugins if name.startswith("tap-")]
        return [name.removeprefix("tap-") for name in taps]

    def _convert(self, place: str, entry: Any, kind: type[_T]) -> _T | None:
        try:
            return msgspec.convert(entry, kind)
        except msgspec.ValidationError as error:
            self._complain(place, _readable(error))
            return None

    def _unknown(self, place: str, what: str, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
        self._complain(place, f"unknown {what} {name!r}; {hint}")

    def _complain(self, place: str, text: str) -> None:
        self.complaints.append(f"{place}: {text}")
