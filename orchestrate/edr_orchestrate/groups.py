"""Units that must not run at the same time, grouped for engines that know one lock a task."""

from __future__ import annotations

from collections.abc import Iterable

from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.tenants import Tenants
from edr_orchestrate.units import Unit, schedule_of


def groups(units: Iterable[Unit]) -> list[list[Unit]]:
    """Return the units that share a pool, directly or through others, together."""
    of_pool: dict[str, list[Unit]] = {}
    for unit in units:
        joined = {id(of_pool[pool]): of_pool[pool] for pool in unit.pools if pool in of_pool}
        group = [*(each for group in joined.values() for each in group), unit]
        of_pool |= dict.fromkeys((pool for each in group for pool in each.pools), group)
    return list({id(group): group for group in of_pool.values()}.values())


def group_name(group: list[Unit]) -> str:
    """Return what names the pools of a group as one: the first of them."""
    return min(pool for unit in group for pool in unit.pools)


def common_schedule(tenants: Tenants, group: list[Unit]) -> str | None:
    """Return the schedule that the units of a group have in common; None when they have none.

    Raises :class:`OrchestrationError` when they differ.
    """
    schedules = {unit.name: schedule_of(tenants, unit) for unit in group}
    if len(set(schedules.values())) > 1:
        each = ", ".join(f"{name} {schedule or 'none'}" for name, schedule in schedules.items())
        raise OrchestrationError(
            f"units that share {group_name(group)!r} need one schedule, since they run one after "
            f"the other: {each}"
        )
    return next(iter(schedules.values()))
