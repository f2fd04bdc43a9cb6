"""Random schedules of change, kill and fault against the Cortex XDR tap.

``SCHEDULES=5000 .venv/bin/python -m pytest tests/schedules`` runs that many, with a seed that is
printed and that ``SCHEDULES_SEED`` takes; without it the same 200 run each time.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.schedules.cortex_xdr import SWITCHES, CortexStage
from tests.schedules.machine import Scene, machine, run_schedules
from tests.schedules.naive import NaiveCortex
from tests.schedules.plans import settings_of_tenants
from tests.schedules.stage import Setting


def naive(setting: Setting) -> NaiveCortex:
    """Return the naive reader of a twin tenant, whose key needs no signature."""
    return NaiveCortex(CortexStage(setting, level="standard"))


def test_no_schedule_loses_a_row(scene: Scene) -> None:
    setting = settings_of_tenants(SWITCHES, pages=st.integers(2, 7))
    run_schedules(machine(CortexStage, naive, setting, scene))
    assert scene.tally.lost_by_the_naive_reader, "the schedules are too easy to show anything"
