"""Units: their states, windows, pools, and what reaches Meltano's process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.project import Project
from edr_orchestrate.tenants import Tenants
from edr_orchestrate.units import Unit, backfill_units, find_unit, live_units, window_within
from edr_orchestrate.windows import Window, window_from, windows

Read = Callable[[str], Tenants]
FILE = """
environment: dev
regions:
  shared: {settings: {filepath: output/all.duckdb}}
  own: {settings: {filepath: "/data/{tenant}.duckdb", batch_size_rows: 100}}
tenants:
  acme:
    region: own
    products:
      gravityzone: {settings: {api_url: https://one, api_key: {env: PARTNER_KEY}, company_ids: [a]}}
      cortex-xdr:
        live_from: 2026-03-10
        backfill_from: 2026-01-20
        settings: {fqdn: Acme.example, api_key_id: 7, api_key: {env: ACME_CORTEX}}
  other:
    region: shared
    products:
      gravityzone: {settings: {api_url: https://one, api_key: {env: PARTNER_KEY}, company_ids: [b]}}
  third:
    region: shared
    products:
      gravityzone: {settings: {api_url: https://one, api_key: {file: /third}}}
"""


@pytest.fixture
def units(read: Read, project: Project) -> dict[str, Unit]:
    """All units by name."""
    tenants = read(FILE)
    all_units = live_units(tenants, project) + backfill_units(tenants, project)
    return {unit.name: unit for unit in all_units}


def test_every_unit_has_a_state_of_its_own(units: dict[str, Unit]) -> None:
    states = [unit.state_id for unit in units.values()]
    assert len(set(states)) == len(states) == 7
    assert units["acme/cortex-xdr"].state_id == "dev:tap-cortex-xdr-to-target-duckdb:acme"
    past = units["acme/cortex-xdr/2026-02-01.2026-03-01"]
    assert past.state_id.endswith(":acme.2026-02-01.2026-03-01")


def test_windows_and_the_live_run_cover_the_past_without_gap_or_overlap(
    units: dict[str, Unit],
) -> None:
    past = [unit for unit in units.values() if unit.window]
    ranges = [
        (unit.settings["TAP_CORTEX_XDR_START_DATE"], unit.settings["TAP_CORTEX_XDR_END_DATE"])
        for unit in past
    ]
    assert ranges == [  # the newest first
        ("2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z"),
        ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-01-20T00:00:00Z", "2026-02-01T00:00:00Z"),
    ]
    live = units["acme/cortex-xdr"].settings
    assert live["TAP_CORTEX_XDR_START_DATE"] == "2026-03-10T00:00:00Z"
    assert "TAP_CORTEX_XDR_END_DATE" not in live


def test_those_that_share_a_key_or_a_file_share_a_pool(units: dict[str, Unit]) -> None:
    def together(one: str, two: str) -> bool:
        return not set(units[one].pools).isdisjoint(units[two].pools)

    assert together("acme/gravityzone", "other/gravityzone")  # one key
    assert together("other/gravityzone", "third/gravityzone")  # one DuckDB file
    assert together("acme/gravityzone", "acme/cortex-xdr")  # one DuckDB file
    assert together("acme/cortex-xdr", "acme/cortex-xdr/2026-02-01.2026-03-01")
    assert not together("acme/cortex-xdr", "third/gravityzone")


def test_a_run_gets_its_own_secrets_and_no_others(
    units: dict[str, Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"PARTNER_KEY": "p-secret", "ACME_CORTEX": "c-secret", "PATH": "/bin"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    unit = units["acme/cortex-xdr"]
    variables = unit.variables(environment)
    assert variables["TAP_CORTEX_XDR_API_KEY"] == "c-secret"
    assert variables["TAP_CORTEX_XDR_TENANT"] == "acme"
    assert variables["TARGET_DUCKDB_FILEPATH"] == "/data/acme.duckdb"
    assert variables["TARGET_DUCKDB_BATCH_SIZE_ROWS"] == "100"
    assert variables["PATH"] == "/bin"
    assert "p-secret" not in variables.values()
    assert "ACME_CORTEX" not in variables
    assert not any("secret" in argument for argument in unit.arguments())
    assert units["acme/gravityzone"].variables({})["TAP_GRAVITYZONE_COMPANY_IDS"] == '["a"]'


def test_what_a_tenant_lacks_is_said(read: Read, project: Project) -> None:
    tenants = read(FILE)
    with pytest.raises(OrchestrationError, match="no tenant 'nobody'"):
        find_unit(tenants, project, "nobody", "gravityzone")
    with pytest.raises(
        OrchestrationError, match="'third' has no product 'cortex-xdr'; it has grav"
    ):
        find_unit(tenants, project, "third", "cortex-xdr")


def test_windows_are_cut_along_the_calendar() -> None:
    first, end = date(2025, 12, 30), date(2026, 1, 6)
    assert list(windows(first, end, "month")) == [
        Window(first, date(2026, 1, 1)),
        Window(date(2026, 1, 1), end),
    ]
    assert list(windows(first, end, "week")) == [
        Window(first, date(2026, 1, 5)),  # a Monday
        Window(date(2026, 1, 5), end),
    ]
    assert len(list(windows(first, end, "day"))) == 7
    assert window_from(date(2024, 2, 1), "month") == Window(date(2024, 2, 1), date(2024, 3, 1))


def test_a_window_is_cut_to_what_belongs_to_the_backfill(read: Read) -> None:
    product = read(FILE).tenants["acme"].products["cortex-xdr"]
    month = Window(date(2026, 3, 1), date(2026, 4, 1))
    assert window_within(product, month) == Window(date(2026, 3, 1), date(2026, 3, 10))
    assert window_within(product, Window(date(2025, 3, 1), date(2025, 4, 1))) is None
