"""Cases, issues, reports and settings: what these calls do alone."""

import pytest

from tests.sandbox.cortex_xdr.client import API_KEYS, call, page
from tests.sandbox.cortex_xdr.more import LISTS, ROLES, ask, between, filtered, post, read, window

CASES, ISSUES, REPORTS, VIOLATIONS = LISTS[:4]
SCRIPTS = "v1/scripts/get_scripts"


class TestCasesAndIssues:
    def test_errors_have_no_envelope(self, server, simulator):
        for path in (CASES.path, ISSUES.path):
            status, body = ask(server, path, window(0, 101))
            assert (status, set(body)) == (500, {"error"})
            assert "0 < search_size <= 100" in body["error"]
            assert ask(server, path, headers={"x-none": ""}) == (
                401,
                {"error": "Public API request unauthorized"},
            )
            simulator.switches.set(role_missing=[path])
            assert "reply" in ask(server, path)[1]

    @pytest.mark.parametrize(("how", "status"), [("404_json", 404), ("500", 500)])
    def test_they_may_be_missing(self, server, simulator, how, status):
        simulator.switches.set(cases_missing=how)
        found, body = ask(server, CASES.path)
        assert (found, set(body)) == (status, {"reply"})
        assert ask(server, ISSUES.path)[0] == 200
        simulator.switches.set(cases_missing="no", issues_missing=how)
        assert ask(server, CASES.path)[0] == 200
        assert ask(server, ISSUES.path)[0] == status

    def test_counts_may_be_swapped(self, server, simulator):
        data = filtered(("severity", "in", ["HIGH"]))
        reply = ask(server, ISSUES.path, data)[1]["reply"]
        assert len(reply["DATA"]) == reply["FILTER_COUNT"] < reply["TOTAL_COUNT"] == 120
        simulator.switches.set(counts_swapped=True)
        reply = ask(server, ISSUES.path, data)[1]["reply"]
        assert reply["TOTAL_COUNT"] < reply["FILTER_COUNT"] == 120

    def test_issues_tell_more_when_asked(self, server, simulator):
        (issue,) = [row for row in simulator.world.truth("issues") if row["id"] == 960]
        data = filtered(("id", "in", [960]))
        (row,) = ask(server, ISSUES.path, data)[1]["reply"]["DATA"]
        hidden = {"normalized_fields", "custom_fields", "evidences", "actions"}
        assert issue.keys() - row.keys() == hidden
        assert "status.progress" in row
        more = {"include_fields": ["normalized_fields", "custom_fields"]}
        flags = {"include_evidences": True, "include_actions": True}
        (row,) = ask(server, ISSUES.path, data | more | flags)[1]["reply"]["DATA"]
        assert row == issue
        assert ask(server, ISSUES.path, {"include_fields": ["all"]})[0] == 500

    def test_issues_and_cases_name_each_other(self, simulator):
        cases = {row["case_id"]: row for row in simulator.world.truth("cases")}
        issues = simulator.world.truth("issues")
        named = [(key, row["id"]) for row in issues for key in row["case_ids"]]
        assert len(named) > 100
        assert all(number in cases[key]["issue_ids"] for key, number in named)
        assert sum(row["issue_count"] for row in cases.values()) == len(named)
        changed = [row["modification_time"] for row in cases.values()]
        assert len(set(changed)) < len(changed)
        assert max(changed) < simulator.world.now()

    @pytest.mark.parametrize(
        ("path", "filters", "good"),
        [
            (CASES.path, ("case_id", "in", [95, 96]), 2),
            (CASES.path, ("case_id", "nin", [95, 96]), 28),
            (CASES.path, ("case_id", "eq", 95), None),
            (CASES.path, ("severity", "in", ["HIGH"]), None),
            (CASES.path, ("asset_ids", "contains", "asset-0001"), 1),
            (CASES.path, ("asset_ids", "not_contains", "asset-0001"), 29),
            (CASES.path, ("modification_time", "gt", 1), None),
            (ISSUES.path, ("id", "in", [941]), 1),
            (ISSUES.path, ("id", "in", ["941"]), None),
            (ISSUES.path, ("last_update_timestamp", "gte", 1), None),
            (ISSUES.path, ("severity", "in", ["high"]), None),
            (ISSUES.path, ("last_modified", "eq", 1), None),
        ],
    )
    def test_filters_are_strict(self, server, path, filters, good):
        status, body = ask(server, path, filtered(filters))
        assert status == (500 if good is None else 200)
        assert good is None or len(body["reply"]["DATA"]) == good


class TestReportsAndViolations:
    def test_reports_have_fractions_and_come_late(self, server, simulator):
        rows = read(server, REPORTS)
        assert {type(row["TIMESTAMP"]) for row in rows} == {int, float}
        lags = [row["RECEIVEDTIME"] - row["TIMESTAMP"] for row in rows]
        assert min(lags) > 0
        assert max(lags) > 86_400_000
        names = {name for row in rows for name in row if "ID" in name}
        assert names == {"ENDPOINTID"}
        simulator.switches.set(report_version_field="XDRVERSION")
        assert all("TRAPSVERSION" not in row and row["XDRVERSION"] for row in read(server, REPORTS))

    def test_a_fraction_lies_between_two_whole_bounds(self, server, simulator):
        world = simulator.world
        at = world.now()
        world.add_row("agent_reports", at=at + 9, TIMESTAMP=at + 0.7)
        found = [
            len(ask(server, REPORTS.path, between(REPORTS, *bounds))[1]["reply"]["data"])
            for bounds in ((at - 1, at), (at, at + 1), (at + 1, at + 2))
        ]
        assert found == [0, 1, 0]
        simulator.switches.set(report_bounds="whole_ms")
        data = between(REPORTS, at - 1, at)
        assert len(ask(server, REPORTS.path, data)[1]["reply"]["data"]) == 1

    def test_values_are_spelt_in_lower_case(self, server):
        data = filtered(("category", "in", ["audit"]))
        rows = ask(server, REPORTS.path, data)[1]["reply"]["data"]
        assert {row["CATEGORY"] for row in rows} == {"Audit"}
        assert ask(server, REPORTS.path, filtered(("category", "in", ["Audit"])))[0] == 500
        data = filtered(("type", "in", ["disk drive"]))
        rows = ask(server, VIOLATIONS.path, data)[1]["reply"]["violations"]
        assert {row["type"] for row in rows} == {"Disk Drive"}

    def test_the_sort_of_violations_may_have_another_word(self, server, simulator):
        assert ask(server, VIOLATIONS.path, page(0, 9, "timestamp"))[0] == 200
        simulator.switches.set(violation_sort="value")
        assert ask(server, VIOLATIONS.path, page(0, 9, "timestamp"))[0] == 500
        data = window(0, 9) | {"sort": {"field": "timestamp", "value": "asc"}}
        assert ask(server, VIOLATIONS.path, data)[0] == 200

    def test_counts_are_null_when_nothing_matches(self, server):
        data = filtered(("timestamp", "gte", 4_000_000_000_000))
        wanted = {"total_count": None, "result_count": None, "data": []}
        assert ask(server, REPORTS.path, data)[1]["reply"] == wanted


class TestSettings:
    def test_scripts_need_filters_and_take_no_pages(self, server):
        assert ask(server, SCRIPTS)[0] == 500
        assert ask(server, SCRIPTS, {"filters": [], **window(0, 5)})[0] == 500
        reply = ask(server, SCRIPTS, {"filters": []})[1]["reply"]
        truth = server.simulator.world.truth("scripts")
        assert {str(row) for row in reply["scripts"]} == {str(row) for row in truth}
        assert len(reply["scripts"]) == 15
        reply = ask(server, SCRIPTS, filtered(("is_high_risk", "in", ["true"])))[1]["reply"]
        assert (reply["total_count"], reply["result_count"]) == (15, 3)
        assert all(row["is_high_risk"] for row in reply["scripts"])

    def test_versions_by_platform(self, server, simulator):
        reply = ask(server, "v1/distributions/get_versions")[1]["reply"]
        rows = simulator.world.truth("agent_versions")
        assert rows == simulator.world.truth("agent_versions")
        told = {(name, version) for name, each in reply.items() for version in each}
        assert told == {(row["platform"], row["version"]) for row in rows}
        assert set(reply) == {"windows", "linux", "macos"}
        assert ask(server, "v1/distributions/get_versions", window(0, 5))[0] == 500

    def test_what_two_counts_mean(self, server):
        data = filtered(("platform", "eq", "linux"), search_from=0, search_to=2)
        reply = ask(server, "v1/distributions/get_distributions", data)[1]["reply"]
        assert len(reply["data"]) == 2 < reply["filter_count"] < reply["total_count"] == 12
        reply = ask(server, "v1/legacy_exceptions/fetch", data)[1]["reply"]
        assert len(reply["DATA"]) == reply["FILTER_COUNT"] == 2 < reply["TOTAL_COUNT"] < 130
        reply = ask(server, "v1/disable_prevention/fetch", data)[1]["reply"]
        assert len(reply["data"]) == reply["filter_count"] == 2 < reply["total_count"] < 8

    @pytest.mark.parametrize(
        ("path", "wrong"),
        [
            ("v1/distributions/get_distributions", ("status", "contains", "completed")),
            ("v1/distributions/get_distributions", ("creation_time", "gte", 1)),
            ("v1/legacy_exceptions/fetch", ("rule_name", "contains", "a")),
            ("v1/legacy_exceptions/fetch", ("module", "in", ["1"])),
            ("v1/disable_prevention/fetch", ("status", "eq", "enabled")),
            ("v1/indicators/get", ("rule_id", "in", [1])),
            ("v1/correlations/get", ("rule_id", "IN", [1])),
        ],
    )
    def test_wrong_filters(self, server, path, wrong):
        assert ask(server, path, filtered(wrong))[0] == 500

    def test_roles_by_name_alone(self, server, simulator):
        path = "v1/rbac/get_roles"
        assert ask(server, path, {"role_names": []})[0] == 500
        reply = ask(server, path, {"role_names": ["Viewer", "Nobody"]})[1]["reply"]
        assert [row["pretty_name"] for row in reply] == ["Viewer"]
        simulator.switches.set(roles_nested=True)
        reply = ask(server, path, {"role_names": ROLES})[1]["reply"]
        assert [[row["pretty_name"] for row in each] for each in reply] == [[n] for n in ROLES]

    @pytest.mark.parametrize("path", ["v1/rbac/get_users", "v1/get_risky_users"])
    def test_some_tenants_take_a_bare_body_alone(self, server, simulator, path):
        assert post(server, path, {})[0] == 200
        simulator.switches.set(bare_only=True)
        assert post(server, path, {})[0] == 200
        status, body = ask(server, path)
        assert (status, body["reply"]["err_code"]) == (500, 500)
        assert call(server, API_KEYS)[0] == 200

    def test_risk_needs_a_licence(self, server, simulator):
        simulator.switches.set(identity_threat_missing=True)
        for path in ("v1/get_risky_users", "v1/get_risky_hosts"):
            status, body = ask(server, path)
            assert status == 500
            assert "No identity threat" in body["reply"]["err_extra"]

    def test_reasons_have_a_key_with_a_space(self, server):
        rows = ask(server, "v1/get_risky_users")[1]["reply"]
        assert {name for row in rows for each in row["reasons"] for name in each} == {
            *("date created", "description", "severity", "status", "points")
        }

    def test_tenants_one_or_all(self, server, simulator):
        path = "v1/system/get_tenant_info"
        truth = simulator.world.truth("tenant_info")
        assert ask(server, path)[1]["reply"] == truth[0]
        simulator.switches.set(tenant_form="list")
        assert ask(server, path)[1]["reply"] == truth
        assert truth[0].keys() < truth[1].keys()

    def test_exclusions_come_whole(self, server):
        reply = ask(server, "v1/alerts_exclusion/", {"filter": {}, "limit": 5})[1]["reply"]
        assert len(reply) == 12
        assert isinstance(reply[0]["ALERT_WHITELIST_INDICATOR_TEXT"], list)
