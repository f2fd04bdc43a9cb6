"""How the simulated Cortex XDR is asked: signatures, validation, filters, order."""

import time

import pytest
from edr_sandbox.cortex_xdr import DEMO_API_KEY, CortexXDR, World
from edr_sandbox.serving import Server

from tests.sandbox.cortex_xdr.client import (
    ALERTS_V1,
    ALERTS_V2,
    AUDITS,
    ENDPOINTS,
    ENDPOINTS_LIGHT,
    INCIDENTS,
    UNAUTHORIZED,
    call,
    condition,
    exchange,
    page,
    read_all,
    signed,
)


class TestSigning:
    def test_a_signed_request_passes_with_and_without_slash_and_prefix(self, server):
        for path in (INCIDENTS, INCIDENTS.rstrip("/"), "/tenant/a" + INCIDENTS):
            assert call(server, path)[0] == 200

    @pytest.mark.parametrize("ago", [310, -310])
    def test_a_wrong_clock_is_refused_unless_switched_off(self, server, simulator, ago):
        assert call(server, INCIDENTS, headers=signed(ago=ago)) == (401, UNAUTHORIZED)
        assert call(server, INCIDENTS, headers=signed(ago=ago / 2))[0] == 200
        simulator.switches.set(clock_skew_check=False)
        assert call(server, INCIDENTS, headers=signed(ago=ago))[0] == 200

    def test_a_replay_is_refused(self, server):
        headers = signed()
        assert call(server, INCIDENTS, headers=headers)[0] == 200
        assert call(server, INCIDENTS, headers=headers) == (401, UNAUTHORIZED)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": DEMO_API_KEY, "x-xdr-auth-id": "7"},
            signed(key=DEMO_API_KEY[:-1] + "?"),
            signed(key_id="8"),
            signed(nonce="a" * 63),
            {**signed(), "x-xdr-timestamp": str(int(time.time()))},
            {"x-none": ""},
        ],
        ids=["raw key", "other key", "other id", "short nonce", "other time", "nothing"],
    )
    def test_a_wrong_signature_is_refused(self, server, headers):
        assert call(server, INCIDENTS, headers=headers) == (401, UNAUTHORIZED)

    def test_an_upper_case_signature_is_refused(self, server):
        headers = signed()
        headers["Authorization"] = headers["Authorization"].upper()
        assert call(server, INCIDENTS, headers=headers)[0] == 401

    def test_a_standard_key_is_sent_as_it_is(self):
        with Server(CortexXDR(World(seed=1), level="standard")) as server:
            raw = {"Authorization": DEMO_API_KEY, "x-xdr-auth-id": "7"}
            assert call(server, INCIDENTS, headers=raw)[0] == 200
            assert call(server, INCIDENTS, headers=signed() | raw)[0] == 200
            assert call(server, INCIDENTS, headers=signed()) == (401, UNAUTHORIZED)

    def test_an_expired_key_is_refused(self, server, simulator):
        simulator.world.key_expiration = simulator.world.now() - 1
        assert call(server, INCIDENTS) == (401, UNAUTHORIZED)


class TestValidation:
    @pytest.mark.parametrize(
        ("path", "data", "text"),
        [
            (INCIDENTS, page(0, 101), "0 < search_size <= 100"),
            (INCIDENTS, page(5, 0), "0 < search_size <= 100"),
            (ENDPOINTS, page(0, 101), "0 < search_size <= 100"),
            (INCIDENTS, {"sort": {"field": "creation_time"}}, "sort"),
            (INCIDENTS, page(0, 9, "severity"), "Unsupported sort field"),
            (INCIDENTS, page(0, 9, "creation_time", "ASC"), "keyword"),
            (ENDPOINTS, page(0, 9, "endpoint_id", "asc"), "keyword"),
            (INCIDENTS, {"filters": [condition("creation_time", "gt", 1)]}, "operator"),
            (INCIDENTS, {"filters": [condition("creation_time", "gte", "1")]}, "value"),
            (INCIDENTS, {"filters": [condition("creation_time", "gte", 1.5)]}, "value"),
            (INCIDENTS, {"filters": [condition("incident_id_list", "in", [70])]}, "value"),
            (INCIDENTS, {"filters": [condition("status", "eq", "open")]}, "value"),
            (AUDITS, {"filters": [condition("AUDIT_INSERT_TIME", "gte", 1)]}, "filter field"),
            (ALERTS_V2, {"filters": [condition("alert_id_list", "in", ["970"])]}, "value"),
            (ALERTS_V1, {"filters": [condition("external_id_list", "in", ["a"])]}, "field"),
            (ALERTS_V1, {"filters": [condition("last_modified_ts", "gte", 1)]}, "field"),
            (INCIDENTS, {"limit": 5}, "parameter"),
        ],
    )
    def test_a_wrong_request_is_http_500_with_a_text(self, server, path, data, text):
        status, body = call(server, path, data)
        assert status == 500
        assert body["reply"]["err_code"] == 500
        assert body["reply"]["err_msg"] == "An error occurred while processing XDR public API"
        assert text in body["reply"]["err_extra"]

    def test_validation_errors_may_be_objects(self, server, simulator):
        simulator.switches.set(validation_errors="objects")
        (entry,) = call(server, INCIDENTS, page(0, 101))[1]["reply"]["err_extra"]
        assert set(entry) == {"type", "loc", "msg", "ctx", "input"}

    def test_the_wrapper_is_required(self, server):
        assert exchange(server, INCIDENTS, {})[0] == 500
        assert exchange(server, INCIDENTS, {"request_data": {}, "limit": 1})[0] == 500
        assert exchange(server, ENDPOINTS_LIGHT, {})[0] == 200

    def test_methods_and_paths(self, server, simulator):
        assert exchange(server, INCIDENTS, None, method="GET")[0] == 405
        assert exchange(server, "/public_api/v1/healthcheck", None, method="GET")[0] == 200
        assert call(server, "/public_api/v1/incidents/nothing")[0] == 404
        simulator.switches.set(unknown_path=500)
        assert call(server, "/XDR/public/v1/incidents/get_incidents")[0] == 500


class TestSelection:
    def test_both_bounds_are_inclusive(self, server, simulator):
        times = sorted({row["modification_time"] for row in simulator.world.truth("incidents")})
        low, high = times[3], times[9]
        filters = [
            condition("modification_time", "gte", low),
            condition("modification_time", "lte", high),
        ]
        data = page(0, 100, "modification_time", filters=filters)
        found = [
            row["modification_time"]
            for row in call(server, INCIDENTS, data)[1]["reply"]["incidents"]
        ]
        assert sorted(set(found)) == times[3:10]
        assert found == sorted(found)

    def test_a_filter_on_another_field_than_the_sort(self, server, simulator):
        alerts = simulator.world.truth("alerts")
        border = sorted(row["local_insert_ts"] for row in alerts)[200]
        filters = [
            condition("server_creation_time", "gte", border),
            condition("severity", "in", ["high"]),
        ]
        data = page(0, 100, "creation_time", "desc", filters)
        found = call(server, ALERTS_V2, data)[1]["reply"]["alerts"]
        wanted = [
            row for row in alerts if row["local_insert_ts"] >= border and row["severity"] == "high"
        ]
        assert len(wanted) > 3
        assert sorted(row["alert_id"] for row in found) == sorted(row["alert_id"] for row in wanted)
        order = [row["detection_timestamp"] for row in found]
        assert order == sorted(order, reverse=True)

    def test_alert_times_may_be_in_seconds(self, server, simulator):
        at = simulator.world.now() + 5_000
        simulator.world.add_alert(at=at // 1000 * 1000)
        filters = [condition("server_creation_time", "gte", at // 1000)]
        assert len(call(server, ALERTS_V2, page(0, 9, filters=filters))[1]["reply"]["alerts"]) == 1

    def test_the_default_order_is_descending(self, server):
        for path, name, field in (
            (INCIDENTS, "incidents", "creation_time"),
            (ALERTS_V2, "alerts", "detection_timestamp"),
            (ENDPOINTS, "endpoints", "first_seen"),
            (AUDITS, "data", "AUDIT_INSERT_TIME"),
        ):
            order = [row[field] for row in call(server, path)[1]["reply"][name]]
            assert len(set(order)) > 20
            assert order == sorted(order, reverse=True)

    def test_the_order_of_equals_depends_on_the_page_size(self, server, simulator):
        at = simulator.world.now()
        tied = {simulator.world.add_alert(local_insert_ts=at) for _ in range(40)}
        filters = [condition("server_creation_time", "gte", at)]
        orders = set()
        for size in (7, 11, 50):
            ids = []
            for start in range(0, 50, size):
                data = page(start, size, "server_creation_time", filters=filters)
                reply = call(server, ALERTS_V2, data)[1]["reply"]
                ids += [row["alert_id"] for row in reply["alerts"]]
            assert set(ids) == tied
            assert len(ids) == 40
            orders.add(tuple(ids))
        assert len(orders) == 3

    def test_incident_ids_sort_as_numbers_or_as_text(self, server, simulator):
        ids = [
            row["incident_id"] for row in read_all(server, INCIDENTS, "incidents", "incident_id")
        ]
        assert ids == sorted(ids, key=int) != sorted(ids)
        simulator.switches.set(incident_id_order="text")
        ids = [
            row["incident_id"] for row in read_all(server, INCIDENTS, "incidents", "incident_id")
        ]
        assert ids == sorted(ids)

    def test_an_undocumented_sort_is_refused_or_ignored(self, server, simulator):
        data = page(0, 50, "server_creation_time")
        simulator.switches.set(server_sort="refused")
        assert "sort field" in call(server, ALERTS_V2, data)[1]["reply"]["err_extra"]
        simulator.switches.set(server_sort="ignored")
        rows = call(server, ALERTS_V2, data)[1]["reply"]["alerts"]
        assert (
            rows
            == call(server, ALERTS_V2, page(0, 50, "creation_time", "desc"))[1]["reply"]["alerts"]
        )
