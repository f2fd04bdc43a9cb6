"""Rules, tokens, the inventory, compliance and details: what these calls do alone."""

import pytest

from tests.sandbox.cortex_xdr.client import DETAILS, call, condition
from tests.sandbox.cortex_xdr.more import LISTS, ask, filtered, window

CASES, REPORTS, VIOLATIONS = LISTS[0], LISTS[2], LISTS[3]
VULNERABILITIES = "uvem/v1/get_vulnerabilities"
SERVICES = "v1/assets/get_external_services"
COMPLIANCE = "v1/compliance/get_assessment_results"


class TestRules:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [("v1/indicators/get", "ioc"), ("v1/bioc/get", "bioc"), ("v1/correlations/get", "corr")],
    )
    def test_the_envelope_and_its_count(self, server, simulator, path, kind):
        data = {"extended_view": True, **window(0, 15)}
        body = ask(server, path, data)[1]
        assert set(body) == {"objects_count", "objects", "objects_type"}
        assert body["objects_count"] == len(body["objects"]) == 15
        assert body["objects_type"].startswith(kind)
        simulator.switches.set(objects_count="matching")
        assert ask(server, path, data)[1]["objects_count"] > 15
        assert ask(server, path, {"extended_view": "yes"})[0] == 500

    def test_errors_may_be_http_599(self, server, simulator):
        simulator.switches.set(rules_599=True)
        status, body = ask(server, "v1/bioc/get", window(0, 101))
        assert (status, body["reply"]["err_code"]) == (599, 599)
        assert ask(server, CASES.path, window(0, 101))[0] == 500
        assert ask(server, "v1/bioc/get", headers={"x-none": ""})[0] == 401

    def test_operators_in_upper_case(self, server):
        data = filtered(("rule_id", "IN", [96, 97]), ("type", "NEQ", "IP"))
        rows = ask(server, "v1/indicators/get", data)[1]["objects"]
        assert [row["rule_id"] for row in rows] == [96]


class TestTokens:
    def test_services_page_by_token_until_it_is_null(self, server, simulator):
        rows, data = [], {"use_page_token": True, **window(0, 250)}
        sizes = []
        while True:
            reply = ask(server, SERVICES, data)[1]["reply"]
            rows += reply["external_services"]
            sizes.append(reply["result_count"])
            if reply["next_page_token"] is None:
                break
            data["next_page_token"] = reply["next_page_token"]
        assert sizes == [250, 250, 120]
        assert {row["service_id"] for row in rows} == set(simulator.world.keys("external_services"))
        assert "next_page_token" not in ask(server, SERVICES)[1]["reply"]
        assert ask(server, SERVICES, data | {"next_page_token": "nonsense"})[0] == 500
        assert ask(server, SERVICES, {"next_page_token": ""})[0] == 500

    @pytest.mark.parametrize("ending", ["empty", "repeated"])
    def test_vulnerabilities_take_tokens_alone(self, server, simulator, ending):
        simulator.switches.set(vulnerability_end=ending)
        rows, token = [], ""
        while True:
            data = {"use_page_token": True, "next_page_token": token, "search_to": 25}
            reply = ask(server, VULNERABILITIES, data)[1]["reply"]
            rows += reply["data"]
            if reply["next_page_token"] in {"", token}:
                break
            token = reply["next_page_token"]
        assert (reply["next_page_token"] == "") == (ending == "empty")
        assert rows == simulator.world.truth("vulnerabilities")

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"use_page_token": True},
            {"next_page_token": ""},
            {"use_page_token": False, "next_page_token": ""},
            {"use_page_token": True, "next_page_token": None},
            {"use_page_token": True, "next_page_token": "", "search_to": 501},
        ],
    )
    def test_vulnerabilities_refuse_anything_else(self, server, data):
        assert ask(server, VULNERABILITIES, data)[0] == 500

    def test_vulnerabilities_filter_and_sort(self, server, simulator):
        token = {"use_page_token": True, "next_page_token": ""}
        data = filtered(("cvss_score", "gte", 7.0), ("package_names", "contains", ["package1"]))
        data["sort"] = {"field": "cvss_score", "keyword": "desc"}
        rows = ask(server, VULNERABILITIES, data | token)[1]["reply"]["data"]
        order = [row["cvss_score"] for row in rows]
        assert order == sorted(order, reverse=True)
        assert len(order) == sum(
            (row["cvss_score"] or 0) >= 7 and row["package_names"] == ["package1"]
            for row in simulator.world.truth("vulnerabilities")
        )
        times = sorted(row["last_modified"] for row in simulator.world.truth("vulnerabilities"))
        data = filtered(("last_modified", "range", {"from": times[0], "to": times[4]}))
        assert len(ask(server, VULNERABILITIES, data | token)[1]["reply"]["data"]) == 5
        simulator.switches.set(vulnerabilities_key="vulnerabilities")
        assert len(ask(server, VULNERABILITIES, token)[1]["reply"]["vulnerabilities"]) == 60


class TestInventory:
    PATH = "v1/assets"

    def clause(self, field, kind, value):
        return {
            "SEARCH_FIELD": f"xdm.asset.{field}",
            "SEARCH_TYPE": kind,
            "SEARCH_VALUE": value,
        }

    def test_groups_and_sorts(self, server):
        both = [self.clause("provider", "EQ", "AWS"), self.clause("type.name", "EQ", "Host")]
        counts = [
            ask(server, self.PATH, {"filters": {word: both}})[1]["reply"]["metadata"]
            for word in ("AND", "OR")
        ]
        assert [each["filter_count"] for each in counts] == [0, 150]
        assert {each["total_count"] for each in counts} == {150}
        sort = [{"FIELD": "xdm.asset.provider", "ORDER": "DESC"}]
        sort.append({"FIELD": "xdm.asset.last_observed", "ORDER": "ASC"})
        rows = ask(server, self.PATH, {"sort": sort})[1]["reply"]["data"]
        order = [(row["xdm.asset.provider"], row["xdm.asset.last_observed"]) for row in rows]
        assert order == sorted(order, key=lambda each: (each[0] == "AWS", each[1]))

    def test_upper_case_answers(self, server, simulator):
        simulator.switches.set(assets_form="upper")
        reply = ask(server, self.PATH, window(0, 5))[1]["reply"]
        assert (len(reply["DATA"]), reply["FILTER_COUNT"], reply["TOTAL_COUNT"]) == (5, 150, 150)

    @pytest.mark.parametrize(
        "data",
        [
            {"filters": [condition("a", "eq", 1)]},
            {"filters": {"AND": [condition("a", "eq", 1)]}},
            {"filters": {"AND": [], "OR": []}},
            {
                "filters": {
                    "AND": [{"SEARCH_FIELD": "name", "SEARCH_TYPE": "EQ", "SEARCH_VALUE": 1}]
                }
            },
            {"sort": {"field": "xdm.asset.id", "keyword": "asc"}},
            {"sort": [{"FIELD": "xdm.asset.id", "ORDER": "asc"}]},
        ],
    )
    def test_wrong_questions(self, server, data):
        assert ask(server, self.PATH, data)[0] == 500


class TestCompliance:
    @pytest.mark.parametrize(
        ("mode", "status", "rows"),
        [("honoured", 200, 40), ("ignored", 200, 110), ("refused", 500, None)],
    )
    def test_pages(self, server, simulator, mode, status, rows):
        simulator.switches.set(compliance_paging=mode)
        found, body = ask(server, COMPLIANCE, window(0, 40))
        assert found == status
        assert rows is None or len(body["reply"]["data"]) == rows
        whole = ask(server, COMPLIANCE, {"filters": []})[1]["reply"]["data"]
        assert len(whole) == (100 if mode == "honoured" else 110)

    def test_the_list_may_be_in_upper_case(self, server, simulator):
        simulator.switches.set(compliance_key="DATA")
        rows = ask(server, COMPLIANCE)[1]["reply"]["DATA"]
        assert all(name.isupper() for row in rows for name in row)


class TestDetails:
    def test_artifacts_in_both_spellings(self, server, simulator):
        world = simulator.world
        keys = [row["incident_id"] for row in world.truth("incidents")]
        replies = [call(server, DETAILS, {"incident_id": key})[1]["reply"] for key in keys]
        files = [row for reply in replies for row in reply["file_artifacts"]["data"]]
        networks = [row for reply in replies for row in reply["network_artifacts"]["data"]]
        assert {row["type"] for row in networks} == {"IP", "DOMAIN"}
        assert all("is_malicous" in row and "File_sha256" in row for row in files)
        simulator.switches.set(artifact_spelling="recorded")
        again = [call(server, DETAILS, {"incident_id": key})[1]["reply"] for key in keys]
        other = [row for reply in again for row in reply["file_artifacts"]["data"]]
        assert [row["file_sha256"] for row in other] == [row["File_sha256"] for row in files]
        assert len(files) > 20
        for reply in replies:
            for part in ("alerts", "network_artifacts", "file_artifacts"):
                assert reply[part]["total_count"] == len(reply[part]["data"])

    def test_the_limit_of_alerts(self, server, simulator):
        key = next(r["incident_id"] for r in simulator.world.truth("incidents") if r["alert_count"])
        data = {"incident_id": key, "alerts_limit": 2}
        alerts = call(server, DETAILS, data)[1]["reply"]["alerts"]
        assert len(alerts["data"]) == 2 < alerts["total_count"]
        assert isinstance(alerts["data"][0]["case_id"], int)
        simulator.switches.set(missing_incident=404)
        status, body = call(server, DETAILS, {"incident_id": "1"})
        assert status == 404
        assert "Incident not found" in body["reply"]["err_extra"]


def test_totals_may_be_wrong_everywhere(server, simulator):
    simulator.switches.set(total="null")
    assert ask(server, CASES.path)[1]["reply"]["FILTER_COUNT"] is None
    assert ask(server, REPORTS.path)[1]["reply"]["total_count"] is None
    assert ask(server, "v1/assets")[1]["reply"]["metadata"]["filter_count"] is None
    simulator.switches.set(times="floats")
    (row,) = ask(server, VIOLATIONS.path, window(0, 1))[1]["reply"]["violations"]
    assert isinstance(row["timestamp"], float)
