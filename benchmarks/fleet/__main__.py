"""Print the tables of docs/operations/fleet-model.md: ``python -m benchmarks.fleet``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.fleet.model import Day, Figures, Plan, enough_slots, simulate


@dataclass(frozen=True)
class Prices:
    """What the machines cost, in a currency of yours; the defaults are round numbers.

    Attributes:
        core_hour: A processor for an hour, with four GB of memory.
        gb_hour: Another GB of memory for an hour.
        warehouse_month: A PostgreSQL server with its disk.
    """

    core_hour: float = 0.05
    gb_hour: float = 0.005
    warehouse_month: float = 400.0

    def of_tenant(self, day: Day, plan: Plan, figures: Figures) -> float:
        """Return the price of a month by tenant, at processors that are busy for two thirds."""
        cores = day.cores * 1.5
        memory = max(0.0, day.slots * figures.run_mb / 1000 - cores * 4)
        hours = cores * self.core_hour + memory * self.gb_hour
        return (hours * 730 + self.warehouse_month) / plan.tenants


def table(title: str, plans: dict[str, Plan], figures: Figures, slots: int = 0) -> None:
    """Print what plans take, a plan a row, on so many slots or as many as it needs."""
    print(f"\n### {title}\n")
    print(
        "| plan | runs a day | slots | cores busy | GB | connections | rows read a day | "
        "GravityZone requests | Cortex requests | age of a row, p50 | p99 | units too slow | "
        "a tenant's month |"
    )
    print("|---|" + "---:|" * 12)
    for name, plan in plans.items():
        day = simulate(plan, figures, slots) if slots else enough_slots(plan, figures)
        print(
            f"| {name} | {day.runs:,} | {day.slots} | {day.cores:.1f} | "
            f"{day.slots * figures.run_mb / 1000:.0f} | {day.slots * figures.run_connections} | "
            f"{day.rows / 1e6:.1f} M | {day.gravityzone_requests / 1e6:.1f} M | "
            f"{day.cortex_requests / 1e6:.1f} M | {day.age_s[0] / 60:.0f} min | "
            f"{day.age_s[1] / 60:.0f} min | {day.late_units} | "
            f"{Prices().of_tenant(day, plan, figures):.2f} |"
        )


def main() -> None:
    """Print all tables of the page."""
    figures = Figures()
    short = 60
    table(
        "How often",
        {
            f"every {minutes} min, alerts of an hour again": Plan(minutes, short)
            for minutes in (5, 10, 15, 30, 60)
        },
        figures,
    )
    table(
        "What is read again",
        {
            "every 15 min, alerts of a day again (the default)": Plan(15),
            "every 15 min, of six hours": Plan(15, 360),
            "every 15 min, of an hour": Plan(15, short),
        },
        figures,
    )
    table(
        "All at once, or spread",
        {
            "every 15 min, spread": Plan(15, short),
            "every 15 min, all at once": Plan(15, short, spread=False),
        },
        figures,
    )
    table(
        "All at once, on the slots of those that are spread",
        {"every 15 min, all at once": Plan(15, short, spread=False)},
        figures,
        enough_slots(Plan(15, short), figures).slots,
    )
    table(
        "GravityZone's budget for incidents",
        {"every 15 min, 30 a minute instead of 3": Plan(15, short)},
        replace(figures, incidents_per_minute=30),
    )
    table(
        "Without Dagster: `edr-orchestrate run --all`",
        {"every 15 min": Plan(15, short)},
        replace(figures, engine_cpu_s=0.0),
    )
    table(
        "More tenants",
        {
            f"{count:,} tenants, every 15 min": Plan(15, short, tenants=count, alerts=count * 1000)
            for count in (100, 1000, 3000)
        },
        figures,
    )


if __name__ == "__main__":
    main()
