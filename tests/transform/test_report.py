"""The report: what attackers wrote stays text in a real browser; warehouses give the same page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.transform import planted
from tests.transform.warehouses import TRANSFORM, UNTESTED, DuckDB, PostgreSQL, Warehouse

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = [
    "<script>window.owned = 1</script>",
    "</script><script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    '"><svg onload=window.owned=1>',
    "<!--<script>",
    "javascript:window.owned=1",
    "\u2028window.owned = 1",
    "{{window.owned = 1}} ${window.owned = 1}",
    "-->",
    "'; drop table fct_incidents; --",
]


def report(warehouse: Warehouse) -> Path:
    """Write the report of a warehouse."""
    page = warehouse.folder / "report.html"
    done = subprocess.run(
        [str(TRANSFORM / ".venv" / "bin" / "soc-report"), "html", "--output", str(page)],
        env={
            **os.environ,
            **warehouse.environment,
            "DBT_SCHEMA": warehouse.schema,
            "DBT_PROJECT_DIR": str(TRANSFORM),
            "DBT_PROFILES_DIR": str(TRANSFORM),
            "DBT_TARGET_PATH": str(warehouse.folder / "dbt"),
            "DBT_LOG_PATH": str(warehouse.folder / "dbt"),
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == f"The report: {page}"
    return page


def panels(page: Path) -> dict[str, Any]:
    """Return the data inside a report, by panel."""
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL
    )
    assert found is not None
    return {panel["name"]: panel["rows"] for panel in json.loads(found[1])["panels"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser without network."""
    paths = filter(None, map(shutil.which, BROWSERS))
    path = os.environ.get("BROWSER_PATH") or next(paths, None)
    assert path, "Chromium is needed: apt install chromium, or name one in BROWSER_PATH"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a world in which attackers chose every text."""
    folder = tmp_path_factory.mktemp("hostile")
    warehouse = DuckDB(folder)
    records = planted.write(
        folder,
        {
            "tap-cortex-xdr": {
                "incidents": [
                    planted.cortex_incident(
                        str(number), "high", "2026-01-30T00:00:00Z",
                        incident_name=text, assigned_user_pretty_name=text,
                        assigned_user_mail=text, hosts=[text], xdr_url=text, _tenant=text,
                    )
                    for number, text in enumerate(HOSTILE)
                ],
                "alerts": [
                    planted.cortex_alert(
                        str(number), number, "2026-01-30T00:00:00Z", text,
                        category=text, host_name=text, source=text, _tenant=text,
                        mitre_tactic_id_and_name=[text], user_name=[text],
                    )
                    for number, text in enumerate(HOSTILE)
                ],
                "endpoints": [
                    planted.cortex_endpoint(
                        f"x{number}", text, "02", users=[text], _tenant=text,
                        operational_status="UNPROTECTED",
                    )
                    for number, text in enumerate(HOSTILE)
                ],
            }
        },
    )  # fmt: skip
    warehouse.load(records)
    warehouse.dbt("build", *UNTESTED, as_of=planted.AS_OF)
    return report(warehouse)


def opened(browser: Browser, page: Path, **options: Any) -> tuple[Page, list[str]]:
    """Open a page without network; returns it when it is drawn, and what went wrong in it."""
    context = browser.new_context(offline=True, **options)
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: wrong.append(dialog.message))
    tab.on("request", lambda request: wrong.append(request.url) if _remote(request.url) else None)
    tab.goto(page.as_uri())
    tab.wait_for_selector("body[data-ready=yes]", timeout=60_000)
    return tab, wrong


def _remote(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))


def test_hostile_values_stay_text(browser: Browser, hostile: Path) -> None:
    tab, wrong = opened(browser, hostile)
    assert not wrong
    assert tab.evaluate("window.owned") is None
    assert tab.locator("#panels img, #panels script, #panels svg[onload]").count() == 0
    assert tab.locator("a[href^='javascript']").count() == 0
    text = tab.locator("#open_incidents").text_content() or ""
    for value in HOSTILE:
        assert value in text
    tab.context.close()


def test_hostile_tenants_can_be_chosen(browser: Browser, hostile: Path) -> None:
    tab, wrong = opened(browser, hostile)
    tab.select_option("#tenant", HOSTILE[2])
    cells = tab.locator("#open_incidents tbody tr")
    assert cells.count() == 1
    assert not wrong
    assert tab.evaluate("window.owned") is None
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_have_their_figures_in_a_table(
    browser: Browser, on_duckdb: DuckDB, scheme: str
) -> None:
    page = on_duckdb.folder / "report.html"
    tab, wrong = opened(browser, page if page.exists() else report(on_duckdb), color_scheme=scheme)
    assert not wrong
    charts = tab.locator(".chart")
    assert charts.count() >= 5
    assert tab.locator(".chart svg").count() == charts.count()
    assert tab.locator(".chart + details table").count() == charts.count()
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") == (scheme == "light")
    tab.context.close()


def test_both_warehouses_give_the_same_report(on_duckdb: DuckDB, on_postgres: PostgreSQL) -> None:
    one, other = panels(report(on_duckdb)), panels(report(on_postgres))
    assert one.keys() == other.keys()
    for name, rows in one.items():
        assert rows, name
        assert _comparable(rows) == _comparable(other[name]), name


def _comparable(rows: list[dict[str, Any]]) -> list[str]:
    """Return rows as text, in an order that does not depend on a warehouse's collation."""
    return sorted(
        json.dumps(
            {
                # The loaders ran one after the other.
                name: round(value, 6) if isinstance(value, int | float) else value
                for name, value in row.items()
                if name != "last_loaded_at"
            }
        )
        for row in rows
    )


def test_a_warehouse_that_was_not_built_is_one_clear_message(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path)
    warehouse.execute("create schema nothing")
    with pytest.raises(AssertionError, match="Has `dbt build` been run there"):
        report(warehouse)
