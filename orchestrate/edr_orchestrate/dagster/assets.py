"""What Dagster materializes: units of live runs and of the past, dbt behind them, and the push.

Dagster looks at the annotations of these functions, so they are not postponed here.
"""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    AssetsDefinition,
    Backoff,
    Failure,
    Jitter,
    MaterializeResult,
    MetadataValue,
    MultiPartitionKey,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
)

from edr_orchestrate import commands
from edr_orchestrate.dagster.fleet import Fleet
from edr_orchestrate.dagster.partitions import (
    LIVE,
    PAST,
    PUSH,
    asset_key,
    tenants_of,
    windows_of,
)
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.folders import system_folder
from edr_orchestrate.running import Runner, UnitResult
from edr_orchestrate.transforming import dbt_build
from edr_orchestrate.units import Unit

# A refused request is repeated by the tap itself; this is for what outlasts its patience.
_RETRIES = RetryPolicy(
    max_retries=3, delay=60, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS
)
_RECEIVER_STATUS = "gravityzone-receiver:status"


def live_asset(fleet: Fleet, product: str) -> AssetsDefinition:
    """Return the asset whose partitions are the tenants of a product."""

    @asset(
        key=asset_key(product, LIVE),
        partitions_def=tenants_of(fleet, product),
        group_name=product.replace("-", "_"),
        retry_policy=_RETRIES,
        description=f"What {product} holds, read from the bookmark on; one partition a tenant.",
    )
    def live(context: AssetExecutionContext) -> MaterializeResult[Any]:
        return _materialize(fleet, fleet.live(product, context.partition_key))

    return live


def past_asset(fleet: Fleet, product: str) -> AssetsDefinition | None:
    """Return the asset whose partitions are tenants by windows of the past, if there are any."""
    partitions = windows_of(fleet, product)
    if partitions is None:
        return None

    @asset(
        key=asset_key(product, PAST),
        partitions_def=partitions,
        group_name=product.replace("-", "_"),
        retry_policy=_RETRIES,
        description=f"What {product} held before live_from; one partition a tenant and window.",
    )
    def past(context: AssetExecutionContext) -> MaterializeResult[Any]:
        key = context.partition_key
        assert isinstance(key, MultiPartitionKey)  # noqa: S101 (for the type checker)
        parts = key.keys_by_dimension
        unit = fleet.past(product, parts["tenant"], parts["window"])
        if unit is None:
            return MaterializeResult(metadata={"outside": "not a part of this tenant's backfill"})
        return _materialize(fleet, unit)

    return past


def push_asset(fleet: Fleet) -> AssetsDefinition | None:
    """Return the asset that fails when GravityZone does not push a tenant's events any more.

    Its partitions are the tenants whose events are read from a spool.
    """
    product = "gravityzone"
    having = fleet.pushed()
    if not having:
        return None

    @asset(
        key=asset_key(product, PUSH),
        partitions_def=StaticPartitionsDefinition(having),
        group_name=product,
        description="Whether GravityZone pushes events; one partition a tenant with events_spool.",
    )
    def push(context: AssetExecutionContext) -> MaterializeResult[Any]:
        unit = fleet.live(product, context.partition_key)
        variables = _variables(unit)
        variables["MELTANO_SYS_DIR_ROOT"] = str(system_folder(fleet.project, PUSH, unit.tenant))
        said = _meltano(fleet, ["invoke", "--no-install", _RECEIVER_STATUS], variables)
        return MaterializeResult(metadata={"status": MetadataValue.text(said)})

    return push


def transform_asset(fleet: Fleet) -> AssetsDefinition | None:
    """Return the asset in which dbt builds the analysts' tables of a region, if any does."""
    having = [name for name, region in fleet.tenants.regions.items() if region.transform]
    if not having:
        return None

    @asset(
        key="analytics",
        partitions_def=StaticPartitionsDefinition(having),
        deps=[
            AssetDep(asset_key(product, LIVE), partition_mapping=AllPartitionMapping())
            for product in fleet.products
        ],
        retry_policy=_RETRIES,
        description="The analysts' tables, built by dbt; one partition a region.",
    )
    def analytics(context: AssetExecutionContext) -> MaterializeResult[Any]:
        try:
            command = dbt_build(fleet.tenants, fleet.project, context.partition_key)
        except OrchestrationError as error:
            raise Failure(str(error)) from None
        _meltano(fleet, *command)
        return MaterializeResult()

    return analytics


def assets_of(fleet: Fleet) -> list[AssetsDefinition]:
    """Return all assets of a fleet."""
    found = [
        maker(fleet, product) for product in fleet.products for maker in (live_asset, past_asset)
    ]
    return [each for each in [*found, push_asset(fleet), transform_asset(fleet)] if each]


def _materialize(fleet: Fleet, unit: Unit) -> MaterializeResult[Any]:
    """Run a unit; raises ``Failure``, which is tried again unless that would be in vain."""
    try:
        result = Runner(fleet.project, _show).run(unit)
    except OrchestrationError as error:
        raise Failure(f"{unit.name}: {error}") from None
    metadata = _metadata(unit, result)
    if result.succeeded:
        return MaterializeResult(metadata=metadata)
    raise Failure(
        f"{unit.name}: {result.reason}",
        metadata=metadata,
        allow_retries=not result.metrics.key_refused,
    )


def _metadata(unit: Unit, result: UnitResult) -> dict[str, Any]:
    metrics = result.metrics
    found: dict[str, Any] = {
        "rows": sum(metrics.rows.values()),
        "rows by stream": MetadataValue.json(metrics.rows),
        "requests": sum(metrics.requests.values()),
        "requests by call": MetadataValue.json(metrics.requests),
        "repeated requests": metrics.retries,
        "waited (s)": round(metrics.waited_s, 1),
        "skipped streams": MetadataValue.json(list(metrics.skipped)),
        "drifted streams": MetadataValue.json(list(metrics.drifted)),
        "bookmarks": MetadataValue.json(_texts(metrics.newest)),
        "read until": MetadataValue.json(_texts(metrics.read_until)),
        "state id": unit.state_id,
        "log": MetadataValue.path(str(result.log)),
    }
    if metrics.read_until:
        oldest = min(metrics.read_until.values())
        ended = metrics.ended_at or result.started
        found["lag (s)"] = round((ended - oldest).total_seconds(), 1)
    return found


def _texts(moments: Mapping[str, datetime]) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in moments.items()}


def _variables(unit: Unit) -> dict[str, str]:
    try:
        return unit.variables(os.environ)
    except OrchestrationError as error:
        raise Failure(f"{unit.name}: {error}") from None


def _meltano(fleet: Fleet, arguments: list[str], variables: dict[str, str]) -> str:
    """Run another command of Meltano; return what it said, or raise ``Failure`` with the end."""
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        _show(line)

    status = commands.run(fleet.project, arguments, variables, hear)
    if status:
        raise Failure(f"meltano {arguments[-1]} ended with status {status}: {''.join(said[-3:])}")
    return "".join(said)


def _show(line: str) -> None:
    """Hand a line of Meltano's log to Dagster's log of the step."""
    sys.stderr.write(line)
