"""Where simulated tenants differ, and how quick a large one is."""

import json
import time

import pytest
from edr_sandbox.cortex_xdr import CortexXDR, Switches, World
from edr_sandbox.cortex_xdr.gate import Budget
from edr_sandbox.cortex_xdr.replies import Refusal
from edr_sandbox.serving import Server

from tests.sandbox.cortex_xdr.client import (
    ALERTS_V1_MULTI,
    ALERTS_V2,
    API_KEYS,
    AUDITS,
    DETAILS,
    ENDPOINTS,
    INCIDENTS,
    call,
    condition,
    exchange,
    page,
)


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

    def test_the_rate_limit_is_a_sliding_window(self):
        moments = iter([0.0, 0.5, 0.9, 1.0, 1.2])
        budget, switches = Budget(clock=lambda: next(moments)), Switches()
        switches.set(rate_limit=True, rate_per_second=2)
        budget.spend(switches)
        budget.spend(switches)
        with pytest.raises(Refusal):
            budget.spend(switches)
        budget.spend(switches)
        with pytest.raises(Refusal):
            budget.spend(switches)

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
