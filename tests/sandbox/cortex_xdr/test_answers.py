"""What the simulated Cortex XDR answers: counts, shapes, and its truth."""

import pytest
from edr_sandbox.cortex_xdr import CortexXDR, Switches, World
from edr_sandbox.serving import Server

from tests.sandbox.cortex_xdr.client import (
    ALERTS_V1,
    ALERTS_V1_MULTI,
    ALERTS_V2,
    AUDITS,
    DETAILS,
    ENDPOINTS,
    ENDPOINTS_LIGHT,
    INCIDENTS,
    call,
    condition,
    page,
    read_all,
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
