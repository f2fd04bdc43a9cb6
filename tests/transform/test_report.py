"""The report in a real browser: what attackers wrote stays text."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.transform import hostile
from tests.transform.programs import Program
from tests.transform.reporting import report
from tests.transform.warehouses import DuckDB

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser without network."""
    paths = filter(None, map(shutil.which, BROWSERS))
    path = os.environ.get("BROWSER_PATH") or next(paths, None)
    assert path, (
        "The report's tests need Chromium: apt install chromium, or name one in BROWSER_PATH"
    )
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(on_duckdb: DuckDB) -> Path:
    """The report of the world."""
    return report(on_duckdb)


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


def test_hostile_values_stay_text(browser: Browser, page: Path) -> None:
    tab, wrong = opened(browser, page)
    assert not wrong
    assert tab.evaluate("window.owned") is None
    assert tab.locator("#panels img, #panels script, #panels svg[onload]").count() == 0
    assert tab.locator("a[href^='javascript']").count() == 0
    text = tab.locator("#open_incidents").text_content() or ""
    for value in hostile.TEXTS:
        assert value in text
    tab.context.close()


def test_hostile_tenants_can_be_chosen(browser: Browser, page: Path) -> None:
    tab, wrong = opened(browser, page)
    tab.select_option("#tenant", hostile.TEXTS[2])
    cells = tab.locator("#open_incidents tbody tr")
    assert cells.count() == 2  # one of each product
    assert not wrong
    assert tab.evaluate("window.owned") is None
    tab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_have_their_figures_in_a_table(browser: Browser, page: Path, scheme: str) -> None:
    tab, wrong = opened(browser, page, color_scheme=scheme)
    assert not wrong
    charts = tab.locator(".chart")
    assert charts.count() >= 5
    assert tab.locator(".chart svg").count() == charts.count()
    assert tab.locator(".chart + details table").count() == charts.count()
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") == (scheme == "light")
    tab.context.close()


def test_a_warehouse_that_was_not_built_is_one_clear_message(dbt: Program, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path, dbt)
    warehouse.execute("create schema nothing")
    with pytest.raises(AssertionError, match="Has `dbt build` been run there"):
        report(warehouse)
