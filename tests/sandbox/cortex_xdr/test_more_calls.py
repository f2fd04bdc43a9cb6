"""What all list calls beside the first ones share: shape, cap, wrapper, filters, rights."""

import json

import pytest

from tests.sandbox.cortex_xdr.client import exchange, page
from tests.sandbox.cortex_xdr.more import (
    LISTS,
    ROOT,
    WHOLE,
    ask,
    between,
    post,
    read,
    rows_of,
    window,
)

_PATHS = [spec.path for spec in LISTS] + [each.path for each in WHOLE]
EVERY_LIST = pytest.mark.parametrize("spec", LISTS, ids=[spec.path for spec in LISTS])
EVERY_WHOLE = pytest.mark.parametrize("whole", WHOLE, ids=[each.path for each in WHOLE])
SORTED = [spec for spec in LISTS if spec.sort_by]
FILTERED = [spec for spec in LISTS if spec.time_filter]
OPTIONAL = {"normalized_fields", "custom_fields", "evidences", "actions"}
COUNTS = {
    "cases": 30, "issues": 120, "agent_reports": 350, "device_violations": 130,
    "distributions": 12, "legacy_exceptions": 130, "disable_prevention": 8,
    "disable_injection_prevention": 8, "iocs": 130, "biocs": 20, "correlation_rules": 110,
    "external_services": 620, "internet_exposures": 40, "external_ip_ranges": 30, "assets": 150,
    "compliance_results": 110, "users": 9, "roles": 4, "user_groups": 3, "risky_users": 20,
    "risky_hosts": 20, "alert_exclusions": 12, "datasets": 25,
}  # fmt: skip


def in_order(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def as_listed(rows, table):
    if table != "issues":
        return rows
    return [{name: row[name] for name in row if name not in OPTIONAL} for row in rows]


@EVERY_LIST
def test_a_plain_client_reads_the_truth_in_pages(server, spec):
    truth = as_listed(server.simulator.world.truth(spec.table), spec.table)
    assert len(truth) == COUNTS[spec.table]
    for size in (None, 7):
        assert in_order(read(server, spec, size)) == in_order(truth)
    assert not any(name.startswith("_row") for row in truth for name in row)


@EVERY_LIST
def test_a_page_above_the_cap_is_refused(server, spec):
    status, body = ask(server, spec.path, window(0, spec.cap + 1))
    assert status == spec.refused
    assert f"0 < search_size <= {spec.cap}" in json.dumps(body)
    assert ask(server, spec.path, window(0, spec.cap))[0] == 200
    assert ask(server, spec.path, window(3, 0))[0] == spec.refused
    assert ask(server, spec.path, {"limit": 5})[0] == 500


@EVERY_LIST
@pytest.mark.parametrize("body", [{}, {"request": {}}, {"request_data": {}, "more": 1}])
def test_a_wrong_wrapper_is_refused(server, spec, body):
    status, answer = post(server, spec.path, body)
    assert status == 500
    assert "request_data" in json.dumps(answer)


@pytest.mark.parametrize("spec", FILTERED, ids=[spec.path for spec in FILTERED])
def test_times_filter_between_inclusive_bounds(server, spec):
    world = server.simulator.world
    times = sorted(row[spec.column] for row in world.truth(spec.table))
    inner = [each for each in times if isinstance(each, int)]
    low, high = inner[2], inner[-2]
    found = rows_of(ask(server, spec.path, between(spec, low, high))[1], spec)
    wanted = [each for each in times if low <= each <= high][:100]
    assert len(found) == len(wanted) < len(times)
    assert all(low <= row[spec.column] <= high for row in found)
    upper = spec.operators[0].lower() if spec.operators[0].isupper() else "GTE"
    wrong = between(spec, low, high)
    wrong["filters"][0]["operator"] = upper
    assert ask(server, spec.path, wrong)[0] == 500


@pytest.mark.parametrize("spec", SORTED, ids=[spec.path for spec in SORTED])
@pytest.mark.parametrize("keyword", ["asc", "desc"])
def test_sorts(server, spec, keyword):
    body = ask(server, spec.path, page(0, 100, spec.sort_by, keyword))[1]
    order = [row[spec.order] for row in rows_of(body, spec)]
    assert len(set(order)) > 4
    assert order == sorted(order, reverse=keyword == "desc")
    assert ask(server, spec.path, page(0, 9, "nonsense"))[0] == 500
    assert ask(server, spec.path, page(0, 9, spec.sort_by, "ASC"))[0] == 500


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("v1/issue/search", "last_modified"),
        ("v1/issue/search", "_insert_time"),
        ("v1/case/search", "last_update_time"),
        ("v1/audits/agents_reports", "TIMESTAMP"),
        ("v1/distributions/get_distributions", "creation_time"),
        ("v1/indicators/get", "rule_id"),
        ("v1/assets/get_external_services", "service_id"),
        ("v1/compliance/get_assessment_results", "TYPE"),
    ],
)
def test_sorts_that_are_not_documented(server, path, field):
    status, body = ask(server, path, page(0, 9, field))
    assert status == 500
    assert "sort" in json.dumps(body)


@pytest.mark.parametrize("path", _PATHS)
def test_rights_licences_and_absence(server, simulator, path):
    body = next((each.body for each in WHOLE if each.path == path), {"request_data": {}})
    assert post(server, path, body)[0] == 200
    for switch, status in (("role_missing", 403), ("licence_missing", 402), ("calls_missing", 404)):
        simulator.switches.set(**{switch: [path]})
        found, _, _ = exchange(server, ROOT + path, body)
        assert found == status
        simulator.switches.set(**{switch: []})
    assert exchange(server, ROOT + path, body, headers={"x-none": ""})[0] == 401
    assert exchange(server, ROOT + path, None, method="GET")[0] == 405


@EVERY_WHOLE
def test_calls_without_pages_answer_a_bare_list(server, whole):
    status, body = post(server, whole.path, whole.body)
    assert status == 200, body
    assert body == {"reply": server.simulator.world.truth(whole.table)}
    assert len(body["reply"]) == COUNTS[whole.table]
    status, body = post(server, whole.path, whole.wrong)
    assert status == 500
    assert body["reply"]["err_extra"]


@pytest.mark.parametrize("table", sorted(COUNTS))
def test_rows_come_change_and_go(simulator, table):
    world = simulator.world
    before = world.keys(table)
    key = world.add_row(table)
    assert world.keys(table) == [*before, key]
    world.change_row(table, key, zz_note="seen")
    assert [row for row in world.truth(table) if row.get("zz_note")] == world.truth(table)[-1:]
    world.remove_row(table, before[0])
    world.remove_row(table, key)
    assert world.keys(table) == before[1:]
    world.reset()
    assert world.keys(table) == before


def test_changes_arrive_between_two_pages(server, simulator):
    world = simulator.world
    spec = LISTS[0]
    read(server, spec)
    at = world.now() + 5
    world.change_row("cases", "95", at=at, status_progress="Resolved")
    new = world.add_row("cases", at=at + 1)
    (first, second) = rows_of(ask(server, spec.path, between(spec, at, at + 1))[1], spec)[::-1]
    assert {first["case_id"], second["case_id"]} == {95, int(new)}
    world.drift("cases", add={"zz_new": 1}, every=1)
    assert all(row["zz_new"] == 1 for row in read(server, spec))
    world.restrict("cases", [new])
    assert int(new) not in {row["case_id"] for row in read(server, spec)}
