"""What the vendors do not tell is learned from run to run: when incidents were taken and closed."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.transform import planted
from tests.transform.programs import Program
from tests.transform.warehouses import UNTESTED, DuckDB, Row

FIRST, SECOND, THIRD, FOURTH = (f"2026-01-{day}T00:00:00" for day in ("20", "21", "22", "23"))


@pytest.fixture(scope="module")
def history(dbt: Program, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """Three incidents of GravityZone after four runs, by their id."""
    folder = tmp_path_factory.mktemp("history")
    warehouse = DuckDB(folder, dbt)
    incidents = [planted.gravityzone_incident(key, 50, "2026-01-19T12:00:00Z") for key in "abc"]
    incidents[2]["status"] = "closed"
    messages = planted.write(folder, {"tap-gravityzone": {"incidents": incidents}})
    warehouse.load(messages["tap-gravityzone"], "gravityzone")

    def run(now: str, **statuses: str) -> None:
        for key, status in statuses.items():
            warehouse.execute(
                f"update gravityzone.incidents set status = '{status}' where incidentId = '{key}'"
            )
        warehouse.dbt("build", "-s", "+fct_incidents", *UNTESTED, as_of=now)

    run(FIRST)
    run(SECOND, a="in_progress", b="closed")
    run(THIRD, a="closed", b="open")
    run(FOURTH, b="closed")
    return {str(row["incident_uid"]): row for row in warehouse.rows("marts.fct_incidents")}


def test_the_first_run_that_saw_an_incident_taken_is_its_acknowledgement(
    history: dict[str, Row],
) -> None:
    assert history["a"]["acknowledged_at"] == datetime.fromisoformat(SECOND)
    assert history["a"]["minutes_to_acknowledge"] == 36 * 60


def test_the_first_run_that_saw_an_incident_closed_is_its_end(history: dict[str, Row]) -> None:
    assert history["a"]["closed_at"] == datetime.fromisoformat(THIRD)
    assert history["a"]["minutes_to_resolve"] == 60 * 60
    assert history["a"]["closed_at_is_approximate"]


def test_an_incident_that_was_opened_again_ends_with_its_last_closing(
    history: dict[str, Row],
) -> None:
    assert history["b"]["closed_at"] == datetime.fromisoformat(FOURTH)
    assert history["b"]["times_reopened"] == 1


def test_what_was_closed_before_the_first_run_has_no_duration(history: dict[str, Row]) -> None:
    assert history["c"]["is_closed"]
    assert history["c"]["minutes_to_resolve"] is None
    assert history["c"]["acknowledged_at"] is None
