"""The Cortex XDR simulator, read by a client that knows nothing of a tap."""

import hashlib
import json
import secrets
import time
import urllib.error
import urllib.request

import pytest
from edr_sandbox.cortex_xdr import DEMO_API_KEY, CortexXDR, Switches, World
from edr_sandbox.serving import Server

INCIDENTS = "/public_api/v1/incidents/get_incidents/"
DETAILS = "/public_api/v1/incidents/get_incident_extra_data"
ALERTS_V1 = "/public_api/v1/alerts/get_alerts"
ALERTS_V1_MULTI = "/public_api/v1/alerts/get_alerts_multi_events/"
ALERTS_V2 = "/public_api/v2/alerts/get_alerts_multi_events"
ENDPOINTS = "/public_api/v1/endpoints/get_endpoint/"
ENDPOINTS_LIGHT = "/public_api/v1/endpoints/get_endpoints"
AUDITS = "/public_api/v1/audits/management_logs"
API_KEYS = "/public_api/v1/api_keys/get_api_keys"
UNAUTHORIZED = {
    "reply": {"err_code": 401, "err_msg": "Public API request unauthorized", "err_extra": None}
}


def signed(*, ago=0.0, key=DEMO_API_KEY, key_id="7", nonce=None):
    nonce = nonce or secrets.token_hex(32)
    stamp = str(int((time.time() - ago) * 1000))
    signature = hashlib.sha256((key + nonce + stamp).encode()).hexdigest()
    return {
        "Authorization": signature,
        "x-xdr-auth-id": key_id,
        "x-xdr-nonce": nonce,
        "x-xdr-timestamp": stamp,
    }


def exchange(server, path, body, headers=None, method="POST"):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or signed())}
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def call(server, path, data=None, **options):
    status, _, raw = exchange(server, path, {"request_data": data or {}}, **options)
    return status, json.loads(raw)


def condition(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


def page(start, size, field=None, keyword="asc", filters=()):
    data = {"filters": list(filters), "search_from": start, "search_to": start + size}
    return data | ({"sort": {"field": field, "keyword": keyword}} if field else {})


def read_all(server, path, name, field, keyword="asc"):
    rows, size = [], 37
    while True:
        status, body = call(server, path, page(len(rows), size, field, keyword))
        assert status == 200, body
        found = body["reply"][name]
        rows += found
        if len(found) < size:
            return rows


@pytest.fixture
def simulator():
    return CortexXDR(World(seed=1))


@pytest.fixture
def server(simulator):
    with Server(simulator) as server:
        yield server


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


class TestCounts:
    def test_the_total_of_alerts_is_pinned(self):
        world = World(seed=1, alerts=9_999, incidents=3, endpoints=5)
        with Server(CortexXDR(world)) as server:
            assert call(server, ALERTS_V2, page(0, 1))[1]["reply"]["total_count"] == 9_999
            for _ in range(6):
                world.add_alert()
            assert call(server, ALERTS_V2, page(0, 1))[1]["reply"]["total_count"] == 9_999
            deep = call(server, ALERTS_V2, page(10_000, 10))[1]["reply"]
            assert len(deep["alerts"]) == deep["result_count"] == 5

    def test_the_total_of_incidents_ends_at_ten_thousand(self):
        with Server(CortexXDR(World(seed=1, alerts=0, incidents=10_050))) as server:
            assert call(server, INCIDENTS, page(0, 1))[1]["reply"]["total_count"] == 10_000

    @pytest.mark.parametrize(("mode", "rows"), [("served", 10), ("empty", 5), ("refused", None)])
    def test_deep_offsets(self, mode, rows):
        world = World(seed=1, alerts=10_100, incidents=3, endpoints=5)
        with Server(CortexXDR(world, switches=Switches(deep_offsets=mode))) as server:
            status, body = call(server, ALERTS_V2, page(9_995, 10))
            assert status == (500 if rows is None else 200)
            assert rows is None or len(body["reply"]["alerts"]) == rows

    def test_counts_are_null_when_nothing_matches(self, server, simulator):
        data = page(0, 10, filters=[condition("creation_time", "gte", 4_000_000_000_000)])
        wanted = {"total_count": None, "result_count": None, "alerts": []}
        assert call(server, ALERTS_V1, data)[1]["reply"] == wanted
        simulator.switches.set(empty_counts="zero", empty_list="null")
        wanted = {"total_count": 0, "result_count": 0, "alerts": None}
        assert call(server, ALERTS_V1, data)[1]["reply"] == wanted
        simulator.switches.set(empty_counts="missing", empty_list="missing")
        assert call(server, ALERTS_V1, data)[1]["reply"] == {}


class TestShapes:
    def one(self, server, path, alert_id):
        data = page(0, 1, filters=[condition("alert_id_list", "in", [int(alert_id)])])
        (row,) = call(server, path, data)[1]["reply"]["alerts"]
        return row

    def test_one_alert_in_three_shapes(self, server, simulator):
        full = next(
            row
            for row in simulator.world.truth("alerts", "v1_multi")
            if len(row["events"]) == 3 and row["mitre_tactic_id_and_name"]
        )
        flat, multi, hoisted = (
            self.one(server, path, full["alert_id"])
            for path in (ALERTS_V1, ALERTS_V1_MULTI, ALERTS_V2)
        )
        assert multi == full
        assert "events" not in flat
        assert flat["events_length"] == 3
        assert flat["host_ip"] == ",".join(multi["host_ip"])
        assert flat["mitre_tactic_id_and_name"] == ",".join(hoisted["mitre_tactic_id_and_name"])
        assert hoisted["events"] is None
        assert "events_length" not in hoisted
        pids = [event["actor_process_os_pid"] for event in multi["events"]]
        assert all(isinstance(pid, str) for pid in pids)
        assert hoisted["actor_process_os_pid"] == [int(pid) for pid in pids]
        assert flat["actor_process_os_pid"] == int(pids[0])
        assert hoisted["event_id"] == [event["event_id"] for event in multi["events"]]
        assert (flat["contains_featured_host"], hoisted["contains_featured_host"]) == (
            multi["contains_featured_host"],
            [multi["contains_featured_host"]] * 3,
        )

    def test_arrays_keep_their_nulls_until_told_otherwise(self, server, simulator):
        user = [{"event_type": "A", "user_name": None}, {"event_type": "B", "user_name": "u"}]
        alert_id = simulator.world.add_alert(events=user)
        row = self.one(server, ALERTS_V2, alert_id)
        assert (row["user_name"], row["event_id"]) == ([None, "u"], None)
        simulator.switches.set(event_arrays="nulls_dropped")
        row = self.one(server, ALERTS_V2, alert_id)
        assert (row["user_name"], row["event_type"]) == (["u"], ["A", "B"])

    def test_the_history_has_the_awkward_rows(self, simulator):
        world = simulator.world
        alerts = world.truth("alerts", "v1_multi")
        assert {len(row["events"]) for row in alerts} == {0, 1, 2, 3, 4}
        times = [row["local_insert_ts"] for row in alerts]
        assert len(times) - len(set(times)) >= 4
        assert any(
            row["local_insert_ts"] - row["detection_timestamp"] > 86_400_000 for row in alerts
        )
        assert any(row["endpoint_id"] is None for row in alerts)
        incidents = {int(row["incident_id"]) for row in world.truth("incidents")}
        assert {row["case_id"] for row in alerts} - {None} <= incidents
        changed = [row["modification_time"] for row in world.truth("incidents")]
        assert len(set(changed)) < len(changed)
        assert max(changed + times) < world.now()

    def test_details_agree_with_the_list(self, server, simulator):
        incident = next(row for row in simulator.world.truth("incidents") if row["alert_count"])
        reply = call(server, DETAILS, {"incident_id": incident["incident_id"]})[1]["reply"]
        assert incident.items() <= reply["incident"].items()
        assert reply["alerts"]["total_count"] == incident["alert_count"]
        assert all(
            row["case_id"] == int(incident["incident_id"]) for row in reply["alerts"]["data"]
        )
        status, body = call(server, DETAILS, {"incident_id": "1"})
        assert status == 500
        assert "Incident not found" in body["reply"]["err_extra"]

    def test_disguises(self, server, simulator):
        simulator.switches.set(alert_ids_as_int=True, times="floats")
        row = call(server, ALERTS_V1_MULTI)[1]["reply"]["alerts"][0]
        assert isinstance(row["alert_id"], int)
        assert isinstance(row["local_insert_ts"], float)
        simulator.switches.set(times="seconds")
        rows = call(server, ALERTS_V1)[1]["reply"]["alerts"]
        assert {row["detection_timestamp"] < 10**11 for row in rows} == {True, False}


class TestTruth:
    def by_key(self, rows, name):
        found = {row[name]: row for row in rows}
        assert len(found) == len(rows)
        return found

    @pytest.mark.parametrize(
        ("call_and_sort", "key", "truth_of"),
        [
            (
                (INCIDENTS, "incidents", "modification_time", "asc"),
                "incident_id",
                ("incidents",),
            ),
            ((ALERTS_V2, "alerts", "server_creation_time", "asc"), "alert_id", ("alerts", "v2")),
            (
                (ALERTS_V1_MULTI, "alerts", "creation_time", "desc"),
                "alert_id",
                ("alerts", "v1_multi"),
            ),
            ((ALERTS_V1, "alerts", "severity", "asc"), "alert_id", ("alerts", "v1")),
            ((ENDPOINTS, "endpoints", "endpoint_id", "ASC"), "endpoint_id", ("endpoints",)),
            ((AUDITS, "data", "timestamp", "asc"), "AUDIT_ID", ("management_logs",)),
        ],
    )
    def test_a_plain_client_reads_the_truth(self, server, call_and_sort, key, truth_of):
        rows = read_all(server, *call_and_sort)
        truth = server.simulator.world.truth(*truth_of)
        assert len(truth) >= 60
        assert self.by_key(rows, key) == self.by_key(truth, key)

    def test_events_are_the_columns_of_the_arrays(self, server, simulator):
        rows = read_all(server, ALERTS_V2, "alerts", "creation_time")
        events = simulator.world.truth("events")
        for row in rows:
            own = [event for event in events if event["alert_id"] == row["alert_id"]]
            for name in set(own[0] if own else ()) - {"alert_id"}:
                column = [event[name] for event in own]
                assert row[name] == (column if any(v is not None for v in column) else None)

    def test_light_endpoints_are_a_bare_list(self, server, simulator):
        reply = call(server, ENDPOINTS_LIGHT)[1]["reply"]
        assert reply == simulator.world.truth("endpoint_summaries")

    def test_changes_arrive_and_indexes_follow(self, server, simulator):
        world = simulator.world
        read_all(server, INCIDENTS, "incidents", "modification_time")
        at = world.now()
        world.change_incident("75", status="resolved_other", at=at)
        world.future("76")
        new = world.add_incident(at=at + 5)
        filters = [condition("modification_time", "gte", at)]
        data = page(0, 100, "modification_time", filters=filters)
        found = call(server, INCIDENTS, data)[1]["reply"]["incidents"]
        assert [row["incident_id"] for row in found] == ["75", new, "76"]
        assert found[0]["status"] == "resolved_other"

    def test_alerts_come_change_and_go(self, server, simulator):
        world = simulator.world
        at = world.now()
        key = world.add_alert(local_insert_ts=at, detection_timestamp=at - 10**9)
        world.change_alert(key, severity="critical", at=at + 9)
        filters = [condition("last_modified_ts", "gte", at)]
        (row,) = call(server, ALERTS_V2, page(0, 9, filters=filters))[1]["reply"]["alerts"]
        assert (row["alert_id"], row["local_insert_ts"], row["severity"]) == (key, at, "critical")
        assert row["detection_timestamp"] == at - 10**9
        world.remove_alert(key)
        assert call(server, ALERTS_V2, page(0, 9, filters=filters))[1]["reply"]["alerts"] == []

    def test_endpoints_report_and_leave(self, server, simulator):
        world = simulator.world
        keys = world.keys("endpoints")
        at = world.now()
        world.heartbeat(keys[0], at=at)
        world.remove_endpoint(keys[1])
        new = world.add_endpoint(at=at + 1)
        data = page(0, 9, "last_seen", "ASC", [condition("last_seen", "gte", at)])
        found = call(server, ENDPOINTS, data)[1]["reply"]["endpoints"]
        assert [row["endpoint_id"] for row in found] == [keys[0], new]
        left = {
            row["endpoint_id"]
            for row in read_all(server, ENDPOINTS, "endpoints", "first_seen", "DESC")
        }
        assert left == {*keys, new} - {keys[1]}

    def test_rows_out_of_scope_are_hidden(self, server, simulator):
        simulator.world.restrict("incidents", ["70", "71"])
        reply = call(server, INCIDENTS)[1]["reply"]
        assert sorted(reply["restricted_incident_ids"]) == ["70", "71"]
        assert reply["total_count"] == len(reply["incidents"]) == 58
        assert len(simulator.world.truth("incidents")) == 58

    def test_drift_is_true(self, server, simulator):
        simulator.world.drift("incidents", add={"zz_new": 1}, retype=["alert_count"], every=2)
        rows = read_all(server, INCIDENTS, "incidents", "creation_time")
        assert {"zz_new" in row for row in rows} == {True, False}
        assert all(isinstance(row["alert_count"], str) == ("zz_new" in row) for row in rows)
        assert self.by_key(rows, "incident_id") == self.by_key(
            simulator.world.truth("incidents"), "incident_id"
        )

    def test_a_seed_and_a_time_make_the_same_world(self):
        worlds = [World(seed=seed, now=1_790_000_000_000) for seed in (4, 4, 5)]
        first, same, other = (world.truth("alerts") for world in worlds)
        assert first == same != other
        worlds[0].remove_alert(worlds[0].keys("alerts")[0])
        worlds[0].reset()
        assert worlds[0].truth("alerts") == first


class TestSwitches:
    @pytest.mark.parametrize(
        ("how", "status"), [("404_json", 404), ("404_html", 404), ("500", 500)]
    )
    def test_a_call_may_be_missing(self, server, simulator, how, status):
        simulator.switches.set(v2_missing=how)
        found, headers, _ = exchange(server, ALERTS_V2, {"request_data": {}})
        assert found == status
        assert ("html" in headers["Content-Type"]) == (how == "404_html")
        assert call(server, ALERTS_V1_MULTI)[0] == 200

    def test_rights_licences_and_short_illness(self, server, simulator):
        simulator.switches.set(role_missing=["management_logs"], licence_missing=["get_endpoint"])
        assert call(server, AUDITS)[0] == 403
        assert call(server, ENDPOINTS)[0] == 402
        simulator.switches.set(transient_500=1)
        status, body = call(server, INCIDENTS)
        assert (status, body["reply"]["err_extra"]) == (500, "reached max number of retries")
        assert call(server, INCIDENTS)[0] == 200

    @pytest.mark.parametrize("form", ["seconds", "date", "absent", "pair", "html"])
    def test_the_rate_limit(self, server, simulator, form):
        simulator.switches.set(rate_limit=True, rate_per_second=2, retry_after=form)
        replies = [exchange(server, INCIDENTS, {"request_data": {}}) for _ in range(3)]
        assert [status for status, _, _ in replies] == [200, 200, 429]
        said = replies[-1][1]["Retry-After"]
        wanted = {"seconds": "1", "pair": "1, 1", "absent": None, "html": None}
        assert said.endswith("GMT") if form == "date" else said == wanted[form]
        if form == "seconds":
            time.sleep(1.05)
            assert call(server, INCIDENTS)[0] == 200

    def test_details_have_a_limit_of_their_own(self, server, simulator):
        simulator.switches.set(rate_limit=True, rate_per_second=1000)
        statuses = [call(server, DETAILS, {"incident_id": "70"})[0] for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        assert call(server, INCIDENTS)[0] == 200

    def test_control(self, server, simulator):
        def control(command, **arguments):
            return exchange(server, f"/_sandbox/{command}", arguments)

        assert control("switches", total="smaller")[0] == 200
        assert simulator.switches.total == "smaller"
        for wrong in ({"total": "larger"}, {"nonsense": 1}, {"transient_500": True}):
            assert control("switches", **wrong)[0] == 400
        control("change_incident", incident_id="70", notes="seen")
        truth = json.loads(control("truth", stream="incidents")[2])
        assert [row["incident_id"] for row in truth if row["notes"] == "seen"] == ["70"]
        assert control("reset")[0] == 200
        assert simulator.switches == Switches()
        assert {row["notes"] for row in simulator.world.truth("incidents")} == {None}
        assert control("explode")[0] == 400

    def test_the_key_tells_its_end(self, server, simulator):
        keys = {row["id"]: row["expiration"] for row in call(server, API_KEYS)[1]["reply"]}
        assert keys == {7: simulator.world.key_expiration, 8: None}


def test_pages_of_a_large_table_come_quickly():
    world = World(seed=1, alerts=20_000, incidents=10, endpoints=10)
    with Server(CortexXDR(world)) as server:
        filters = [condition("server_creation_time", "gte", 0)]
        data = page(9_000, 100, "server_creation_time", filters=filters)
        call(server, ALERTS_V2, data)
        began = time.perf_counter()
        for _ in range(10):
            world.add_alert()
            assert call(server, ALERTS_V2, data)[0] == 200
        assert time.perf_counter() - began < 2
