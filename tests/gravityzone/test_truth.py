"""After a run, an upserting consumer holds exactly what the tenant holds."""

from __future__ import annotations

import pytest

from tests.conftest import Bench
from tests.support.comparing import assert_same_table

KEYS = {"incidents": ("incidentId",), "alerts": ("incidentId", "id"), "endpoints": ("id",)}


@pytest.mark.parametrize("stream", KEYS)
def test_a_run_equals_the_tenant(gravityzone: Bench, stream: str) -> None:
    run = gravityzone.run()
    keys = KEYS[stream]
    truth = gravityzone.world.truth(stream)
    assert_same_table(run.table(stream), truth, lambda row: tuple(row[key] for key in keys))
