"""Dashboard and alerts ask for what is written, and alerts lead to a runbook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from edr_orchestrate.exporting import as_text
from edr_orchestrate.metrics import RunMetrics
from prometheus_client.parser import text_string_to_metric_families
from tap_gravityzone.bodies import Format
from tap_gravityzone.receiver.metrics import Metrics as ReceiverMetrics

from tests.docs.test_generated import anchors

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "orchestrate" / "monitoring"
SCRAPED = {"instance", "job"}  # what Prometheus adds to every series
NOW = datetime(2026, 1, 31, tzinfo=UTC)
EVERYTHING = RunMetrics(
    succeeded=True, ended_at=NOW, duration_s=1.0, rows={"s": 1}, requests={"e": 1}, retries=1,
    waits={"retries": 1.0}, read_until={"s": NOW}, newest={"s": NOW}, failed=("f",),
    skipped=("k",), unfinished=("u",), drift={"s": 1}, keyless={"s": 1}, clock_skew_s=1.0,
)  # fmt: skip


def written() -> dict[str, set[str]]:
    """Return the labels of every series that the exporter and the receiver write, by its name."""
    receiver = ReceiverMetrics()
    receiver.stored(Format.JSON_RPC, 1, 1, 0.1)
    receiver.refused(503)
    found: dict[str, set[str]] = {}
    texts = (as_text(EVERYTHING, tenant="t", product="p"), receiver.text().decode())
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels, SCRAPED)
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "prometheus-rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    return loaded


def queries() -> list[tuple[str, str]]:
    """Return every query with what it is for."""
    of_panels = [
        (panel["title"], target["expr"])
        for panel in dashboard()["panels"] for target in panel["targets"]
    ]  # fmt: skip
    return [(rule["alert"], rule["expr"]) for rule in rules()] + of_panels


def nodes(expression: Any) -> Iterator[Any]:
    """Yield a parsed query and all its parts."""
    yield expression
    for name in ("lhs", "rhs", "expr", "args", "param", "vector_selector", "vs"):
        parts = getattr(expression, name, None)
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, promql.Expr):
                yield from nodes(part)


@pytest.mark.parametrize(("purpose", "query"), queries())
def test_a_query_asks_for_what_is_written(purpose: str, query: str) -> None:
    known = written()
    parts = list(nodes(promql.parse(query)))
    selectors = [part for part in parts if isinstance(part, promql.VectorSelector)]
    assert selectors, purpose
    assert {selector.name for selector in selectors} <= known.keys()
    for selector in selectors:
        assert {matcher.name for matcher in selector.matchers.matchers} <= known[selector.name]
    common = set.intersection(*(known[selector.name] for selector in selectors))
    grouped = re.findall(r"\b(?:by|on|without|ignoring) \(([^)]*)\)", query)
    for label in {name.strip() for names in grouped for name in names.split(",")}:
        assert label in common, f"{purpose}: {label}"


def test_every_series_is_looked_at() -> None:
    """What nobody looks at need not be written; ``edr_runs`` is for whoever asks for more."""
    asked = " ".join(query for _, query in queries())
    unseen = {name for name in written() if name.startswith("edr_") and name not in asked}
    assert unseen == {"edr_runs_total"}


def test_counters_are_asked_for_their_increase_alone() -> None:
    for purpose, query in queries():
        counters = set(re.findall(r"\w+_total\b", query))
        within = set(re.findall(r"increase\((\w+_total)\b", query))
        assert counters == within, purpose


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_a_runbook_and_names_its_labels(rule: dict[str, Any]) -> None:
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors((ROOT / path).read_text("utf-8"))
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    aggregated = re.search(r"^sum by \(([^)]*)\)", rule["expr"])
    left = (
        set(re.split(r", *", aggregated[1]))
        if aggregated
        else written()[re.findall(r"(?:edr|gravityzone)_\w+", rule["expr"])[0]]
    )
    assert used <= left


def test_every_alert_is_tested_by_promtool() -> None:
    cases = yaml.safe_load((MONITORING / "prometheus-rules.test.yml").read_text())["tests"]
    fired = {
        case["alertname"]
        for test in cases for case in test["alert_rule_test"] if case.get("exp_alerts")
    }  # fmt: skip
    assert fired == {rule["alert"] for rule in rules()}


def test_panels_do_not_overlap_and_use_the_chosen_source() -> None:
    taken: set[tuple[int, int]] = set()
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["datasource"]["uid"] == "${datasource}"
