"""Random schedules of change, kill and fault against the GravityZone tap.

``SCHEDULES=5000 .venv/bin/python -m pytest tests/schedules`` runs that many, with a seed that is
printed and that ``SCHEDULES_SEED`` takes; without it the same 200 run each time.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.schedules.gravityzone import SWITCHES, GravityZoneStage, possible
from tests.schedules.machine import Scene, machine, run_schedules
from tests.schedules.naive import NaiveGravityZone
from tests.schedules.plans import settings_of_tenants
from tests.schedules.stage import Setting


def naive(setting: Setting) -> NaiveGravityZone:
    """Return the naive reader of a twin tenant."""
    return NaiveGravityZone(GravityZoneStage(setting))


def test_no_schedule_loses_a_row(scene: Scene) -> None:
    # Ten incidents a page are the least that the vendor takes; endpoints come in smaller ones.
    pages = st.sampled_from((3, 4, 7, 10))
    setting = settings_of_tenants(SWITCHES, pages, possible)
    run_schedules(machine(GravityZoneStage, naive, setting, scene))
    assert scene.tally.lost_by_the_naive_reader, "the schedules are too easy to show anything"
