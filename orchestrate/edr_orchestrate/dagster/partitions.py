"""Assets of a product and their partitions: tenants for live runs, tenants by windows for the past.

The keys of assets and partitions are all that Dagster hands to schedules, coordinator and sensors;
this module writes and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta

from dagster import (
    AssetKey,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
)

from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.tenants import Product
from edr_orchestrate.units import Unit
from edr_orchestrate.windows import Length, beginning, window_from

LIVE, PAST, PUSH = "live", "past", "push"
_PARTITION = "dagster/partition"
_STARTS: dict[Length, str] = {"day": "0 0 * * *", "week": "0 0 * * 1", "month": "0 0 1 * *"}


def asset_key(product: str, kind: str) -> AssetKey:
    """Return the key of a product's asset: its schema in the warehouse, and the kind."""
    return AssetKey([product.replace("-", "_"), kind])


def job_name(product: str, kind: str) -> str:
    """Return the name of the job that materializes an asset alone."""
    return "_".join(asset_key(product, kind).path)


def tenants_of(fleet: Fleet, product: str) -> StaticPartitionsDefinition:
    """Return the tenants that have a product."""
    return StaticPartitionsDefinition(list(fleet.of(product)))


def windows_of(fleet: Fleet, product: str) -> MultiPartitionsDefinition | None:
    """Return tenants by windows of the past; None when no tenant of the product has any."""
    having = {name: entry for name, entry in fleet.of(product).items() if entry.backfill_from}
    if not having:
        return None
    return MultiPartitionsDefinition(
        {
            "tenant": StaticPartitionsDefinition(list(having)),
            "window": _calendar(having, fleet.tenants.backfill_window),
        }
    )


def _calendar(entries: Mapping[str, Product], length: Length) -> TimeWindowPartitionsDefinition:
    """Return the whole windows that hold every backfill."""
    first = min(entry.backfill_from or date.max for entry in entries.values())
    last = max(entry.live_from or date.min for entry in entries.values())
    whole = window_from(beginning(last - timedelta(days=1), length), length)
    start, end = (datetime.combine(day, time()) for day in (beginning(first, length), whole.end))
    return TimeWindowPartitionsDefinition(
        cron_schedule=_STARTS[length],
        fmt="%Y-%m-%d",
        start=start,
        end=end,
        end_offset=1,  # the window that holds live_from may not be over
    )


def partition_of(tags: Mapping[str, str]) -> str:
    """Return the partition that the tags of a run name; empty when they name none."""
    return tags.get(_PARTITION, "")


def units_of_run(
    fleet: Fleet, job: str, assets: AbstractSet[AssetKey], tags: Mapping[str, str]
) -> list[Unit]:
    """Return the units that a run of Dagster holds.

    Args:
        fleet: All tenants.
        job: The run's job, which says what it materializes unless ``assets`` do.
        assets: The assets that were chosen, as in a backfill.
        tags: The run's tags, which name its partition.
    """
    tenant = tags.get(f"{_PARTITION}/tenant") or partition_of(tags)
    start = tags.get(f"{_PARTITION}/window")
    units = []
    for product in fleet.products:
        if tenant not in fleet.of(product):
            continue
        kinds = {
            kind
            for kind in (LIVE, PAST, PUSH)
            if job == job_name(product, kind) or asset_key(product, kind) in assets
        }
        if kinds & {LIVE, PUSH}:
            units.append(fleet.live(product, tenant))
        if start and PAST in kinds:
            past = fleet.past(product, tenant, start)
            units += [past] if past else []
    return units
