"""The model of a provider: it agrees with what can be worked out by hand."""

from __future__ import annotations

import pytest

from benchmarks.fleet import model
from benchmarks.fleet.__main__ import table
from tests.orchestrate.conftest import ROOT


def test_tenants_have_the_alerts_and_the_products_that_were_planned() -> None:
    units = model.fleet(model.Plan(tenants=1000, alerts=1_000_000))
    assert len(units) == 1600
    assert sum(unit.alerts for unit in units) == pytest.approx(1_000_000)


def test_a_quiet_fleet_needs_the_slots_of_littles_law() -> None:
    figures, plan = model.Figures(), model.Plan(15, 60, tenants=200, alerts=0)
    taken = [model.load(unit, plan, figures) for unit in model.fleet(plan)]
    busy = sum(each.wall_s for each in taken) / (15 * 60)
    day = model.enough_slots(plan, figures)
    assert day.runs == len(taken) * 96
    assert busy <= day.slots <= busy * 1.3 + 1
    assert day.cores == pytest.approx(sum(each.cpu_s for each in taken) * 96 / 86_400)


def test_a_budget_of_three_a_minute_makes_a_large_tenant_late() -> None:
    figures, plan = model.Figures(), model.Plan(15, 60)
    # 3 a minute are 45 in 15 minutes, of which two list: 43 changes of incidents, 8 alerts each
    # and 3 changes: about 115 alerts in the interval, 11,000 a day.
    limit = 43 / 3 * 8 * 96
    small, large = (
        model.load(model.Unit("gravityzone", limit * part), plan, figures) for part in (0.9, 1.2)
    )
    assert small.wall_s < 15 * 60 < large.wall_s


def test_alerts_that_are_read_again_are_what_a_run_reads() -> None:
    unit, figures = model.Unit("cortex-xdr", 2400), model.Figures(events_per_alert=0)
    hour, day = (model.load(unit, model.Plan(15, again), figures) for again in (60, 24 * 60))
    assert hour.rows == pytest.approx(125)  # those of an hour and a quarter
    assert day.rows == pytest.approx(2425)
    assert day.requests - hour.requests == 23  # pages of a hundred


def test_the_page_shows_what_the_model_prints(capsys: pytest.CaptureFixture[str]) -> None:
    plans = {"every 15 min, alerts of an hour again": model.Plan(15, 60)}
    table("How often", plans, model.Figures())
    page = (ROOT / "docs" / "operations" / "fleet-model.md").read_text(encoding="utf-8")
    head, _, row = capsys.readouterr().out.strip().splitlines()[2:]
    assert head in page
    assert row in page
