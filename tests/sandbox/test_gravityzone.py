"""The simulated GravityZone against the reference, through plain HTTP."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest
from edr_sandbox.gravityzone import DEMO_API_KEY, GravityZone, Switches, World
from edr_sandbox.gravityzone.events import MAKERS
from edr_sandbox.serving import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DATES = ("created", "lastUpdated", "lastProcessed", "lastIncidentChange")
ALL = {"includeChildCompanies": True}


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return int(self.json["error"]["code"])


class Client:
    """A plain client: no cleverness, so that the server is what is tested."""

    def __init__(self, server: Server) -> None:
        self.host = server.url.removeprefix("http://")
        self.world = server.simulator.world  # type: ignore[attr-defined]

    def send(
        self,
        path: str,
        body: object,
        *,
        method: str = "POST",
        authorization: str | None = None,
    ) -> Answer:
        connection = HTTPConnection(self.host, timeout=10)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "Authorization": basic(f"{DEMO_API_KEY}:") if authorization is None else authorization,
        }
        connection.request(method, path, content, headers)
        reply = connection.getresponse()
        answer = Answer(reply.status, dict(reply.getheaders()), reply.read())
        connection.close()
        return answer

    def call(self, version: str, name: str, **params: object) -> Answer:
        service, _, method = name.rpartition(".")
        body = {"id": "1", "jsonrpc": "2.0", "method": method, "params": params}
        return self.send(f"/api/{version}/jsonrpc/{service}", body)

    def result(self, version: str, name: str, **params: object) -> Any:
        answer = self.call(version, name, **params)
        assert answer.status == 200, answer
        assert "error" not in answer.json, answer.json
        return answer.json["result"]

    def incidents(self, **params: object) -> list[dict[str, Any]]:
        params.setdefault("options", ALL)
        rows: list[dict[str, Any]] = []
        for page in range(1, 1000):
            found = self.result(
                "v1.2", "incidents.getIncidentsList", page=page, perPage=10, **params
            )
            rows += found["items"]
            if page >= found["pagesCount"]:
                break
        return rows


@pytest.fixture
def client() -> Iterator[Client]:
    with Server(GravityZone(World(seed=1, now=NOW))) as server:
        yield Client(server)


def at(row: dict[str, Any], name: str = "lastUpdated") -> datetime:
    return datetime.fromisoformat(row[name])


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


# Access and envelope.


@pytest.mark.parametrize(
    "authorization",
    ["", basic(DEMO_API_KEY), basic(f"{DEMO_API_KEY}:x"), basic(":"), f"Bearer {DEMO_API_KEY}"],
)
def test_only_the_exact_key_is_let_in(client: Client, authorization: str) -> None:
    answer = client.send("/api/v1.0/jsonrpc/general", {}, authorization=authorization)
    assert answer.status == 401
    assert b"error" not in answer.body


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1.0/jsonrpc/general", "GET", 405),
        ("/api/v1.0/jsonrpc/nothing", "POST", 404),
        ("/api/v2.0/jsonrpc/general", "POST", 404),
        ("/v1.0/jsonrpc/general", "POST", 404),
        ("/api/api/v1.0/jsonrpc/general", "POST", 404),
        ("/api/v1.0/jsonrpc/general/", "POST", 404),
    ],
)
def test_other_paths_and_methods_are_refused(
    client: Client, path: str, method: str, status: int
) -> None:
    assert client.send(path, {}, method=method).status == status


ENVELOPE = {"id": "a", "jsonrpc": "2.0", "method": "getApiKeyDetails", "params": {}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        ([ENVELOPE], -32600),
        ({**ENVELOPE, "id": 1}, -32600),
        ({**ENVELOPE, "jsonrpc": "1.0"}, -32600),
        ({**ENVELOPE, "params": []}, -32600),
        ({name: ENVELOPE[name] for name in ("id", "jsonrpc", "method")}, -32600),
        ({**ENVELOPE, "params": {"verbose": True}}, -32602),
        ({**ENVELOPE, "method": "getApiKey"}, -32601),
    ],
)
def test_a_wrong_envelope_is_refused(client: Client, body: object, code: int) -> None:
    answer = client.send("/api/v1.0/jsonrpc/general", body)
    assert (answer.status, answer.code) == (200, code)


def test_the_answer_echoes_the_id(client: Client) -> None:
    answer = client.send("/api/v1.0/jsonrpc/general", {**ENVELOPE, "id": "näme"})
    assert answer.json["id"] == "näme"
    assert "incidents" in answer.json["result"]["enabledApis"]
    client.world.switches.int_ids = True
    assert client.send("/api/v1.0/jsonrpc/general", {**ENVELOPE, "id": 5}).json["id"] == 5


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("v1.0", "incidents.getIncidentsList"),
        ("v1.1", "incidents.getIncident"),
        ("v1.2", "network.getNetworkInventoryItems"),
        ("v1.1", "companies.getCompanyDetails"),
        ("v1.0", "companies.getCompaniesList"),
        ("v1.1", "network/computers.getEndpointsList"),
    ],
)
def test_a_method_has_its_service_and_versions(client: Client, version: str, name: str) -> None:
    answer = client.call(version, name)
    assert answer.code == -32601
    assert answer.json["error"]["data"]["details"] == "The selected API is not available."


def test_on_premises_needs_the_suffix(client: Client) -> None:
    client.world.switches.service_suffix = "computers"
    assert client.call("v1.1", "network.getEndpointsList").code == -32601
    assert client.result("v1.1", "network/computers.getEndpointsList")["page"] == 1


@pytest.mark.parametrize(
    ("version", "name", "params"),
    [
        ("v1.2", "incidents.getIncidentsList", {"perPage": 9}),
        ("v1.2", "incidents.getIncidentsList", {"perPage": 10_001}),
        ("v1.2", "incidents.getIncidentsList", {"perPage": "10"}),
        ("v1.2", "incidents.getIncidentsList", {"page": 0}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"state": ["open"]}}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"status": "open"}}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"status": ["opened"]}}),
        ("v1.2", "incidents.getIncidentsList", {"filters": {"companyId": "a" * 24}}),
        ("v1.2", "incidents.getIncidentsList", {"options": {"sortBy": "severityScore"}}),
        ("v1.2", "incidents.getIncidentsList", {"sortBy": "created"}),
        ("v1.2", "incidents.getIncident", {}),
        ("v1.2", "incidents.getIncident", {"id": "abc"}),
        ("v1.2", "incidents.getIncident", {"id": "a" * 24}),
        ("v1.1", "network.getNetworkInventoryItems", {"perPage": 1001}),
        ("v1.0", "network.getNetworkInventoryItems", {"perPage": 101}),
        ("v1.0", "network.getEndpointsList", {"perPage": 101}),
        ("v1.1", "network.getEndpointsList", {"perPage": 0}),
        ("v1.1", "network.getEndpointsList", {"filters": {"type": {"computers": True}}}),
        ("v1.0", "network.getCompaniesList", {"page": 1}),
    ],
)
def test_wrong_parameters_are_refused(
    client: Client, version: str, name: str, params: dict[str, Any]
) -> None:
    assert client.call(version, name, **params).code == -32602


# Incidents.


@pytest.mark.parametrize("order", [None, *DATES])
def test_incidents_come_newest_first(client: Client, order: str | None) -> None:
    options = ALL if order is None else {**ALL, "sortBy": order}
    rows = client.incidents(options=options)
    moments = [at(row, order or "lastUpdated") for row in rows]
    assert len(rows) == 80
    assert moments == sorted(moments, reverse=True)


def test_the_first_digits_of_an_id_are_the_birth(client: Client) -> None:
    for row in client.incidents():
        born = datetime.fromtimestamp(int(row["incidentId"][:8], 16), UTC)
        assert at(row, "created") < born <= at(row, "lastProcessed") <= NOW
        assert at(row, "created") <= at(row, "lastUpdated")


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("startDate", "endDate", "lastUpdated"),
        ("processedStartDate", "processedEndDate", "lastProcessed"),
        ("changeStartDate", "changeEndDate", "lastIncidentChange"),
    ],
)
def test_a_pair_of_dates_selects_by_its_own_field(
    client: Client, first: str, last: str, name: str
) -> None:
    everything = client.incidents()
    moments = sorted(at(row, name) for row in everything)
    start, end = moments[20], moments[60]
    expected = {row["incidentId"] for row in everything if start <= at(row, name) <= end}
    found = client.incidents(filters={first: written(start), last: written(end)})
    assert {row["incidentId"] for row in found} == expected
    assert 0 < len(expected) < len(everything)
    for half in (first, last):
        answer = client.call("v1.2", "incidents.getIncidentsList", filters={half: written(start)})
        assert answer.code == -32602


def test_a_page_without_incidents(client: Client) -> None:
    early = {"startDate": "2001-01-01T00:00:00Z", "endDate": "2001-01-02T00:00:00Z"}
    found = client.result("v1.2", "incidents.getIncidentsList", filters=early)
    assert found == {"total": 0, "page": 1, "perPage": 1000, "pagesCount": 0, "items": []}


@pytest.mark.parametrize(
    "text", ["2026-11-01", "2026-11-01T00:00:00", "2026-11-01 00:00:00Z", "1700000000", ""]
)
def test_a_date_needs_its_offset(client: Client, text: str) -> None:
    filters = {"startDate": text, "endDate": "2026-11-20T00:00:00.000Z"}
    assert client.call("v1.2", "incidents.getIncidentsList", filters=filters).code == -32602


def test_filters_are_anded(client: Client) -> None:
    rows = client.incidents()
    for filters, test in (
        ({"status": ["open", "closed"]}, lambda x: x["status"] in {"open", "closed"}),
        ({"priority": ["high"]}, lambda x: x["priority"] == "high"),
        ({"incidentType": ["extendedIncident"]}, lambda x: "detectionName" not in x["details"]),
        (
            {"mainAction": ["blocked"], "status": ["open"]},
            lambda x: x["mainAction"] == "blocked" and x["status"] == "open",
        ),
    ):
        expected = [row for row in rows if test(row)]
        assert 0 < len(expected) < len(rows)
        assert client.incidents(filters=filters) == expected


def test_incidents_of_an_endpoint_and_of_an_assignee(client: Client) -> None:
    rows = client.incidents()
    computer = next(row["details"]["computerId"] for row in rows if "computerId" in row["details"])
    analyst = next(row["assignee"] for row in rows if row["assignee"])
    found = client.incidents(filters={"endpointId": computer})
    assert {row["details"].get("computerId") for row in found} <= {computer, None}
    assert client.incidents(filters={"assignee": analyst}) == [
        row for row in rows if row["assignee"] == analyst
    ]


def test_child_companies_are_listed_on_demand(client: Client) -> None:
    root = client.result("v1.0", "companies.getCompanyDetails")["id"]
    own = client.incidents(options={})
    assert {row["company"]["id"] for row in own} == {root}
    assert {row["company"]["id"] for row in client.incidents()} > {root}
    client.world.switches.include_children_needed = False
    assert len(client.incidents(options={})) == 80


def test_an_incident_in_full(client: Client) -> None:
    kinds = set()
    for row in client.incidents():
        full = client.result("v1.2", "incidents.getIncident", id=row["incidentId"])
        extra = full["details"].keys() - row["details"].keys()
        assert {"alerts", "nodes", "mitreTags"} <= extra
        assert full["notes"] == []
        edr = row["incidentType"] == "incident"
        assert ("triggerNodeId" in extra) == edr
        assert ("killChainPhases" in extra) != edr
        full["details"] = {name: full["details"][name] for name in row["details"]}
        del full["notes"]
        assert full == row
        kinds.add(row["incidentType"])
    assert kinds == {"incident", "extendedIncident"}


def moved(client: Client, deed: Callable[[str], object]) -> set[str]:
    """Name the members of a list item that a deed changes."""
    before = client.incidents()[5]
    deed(before["incidentId"])
    after = next(x for x in client.incidents() if x["incidentId"] == before["incidentId"])
    assert len(client.incidents()) == 80
    return {name for name in before if before[name] != after[name]}


def test_what_moves_which_date(client: Client) -> None:
    world = client.world
    hours = [NOW + timedelta(hours=hour) for hour in range(1, 6)]
    fields = {"status": "false_positive", "priority": "critical", "assignee": "a" * 24}
    triage = moved(client, lambda one: world.triage(one, at=hours[0], note="seen", **fields))
    assert triage == {"lastIncidentChange", *fields}
    reprocess = moved(client, lambda one: world.reprocess(one, at=hours[1]))
    assert reprocess == {"lastProcessed", "lastIncidentChange"}
    grown = moved(client, lambda one: world.grow(one, at=hours[2]))
    assert grown - {"details"} == {"lastUpdated", "lastProcessed", "lastIncidentChange"}
    world.switches.change_follows_engine = False
    grown = moved(client, lambda one: world.grow(one, at=hours[3]))
    assert grown - {"details"} == {"lastUpdated", "lastProcessed"}


def test_triage_is_seen_by_the_change_window_alone(client: Client) -> None:
    one = client.incidents()[30]["incidentId"]
    client.world.triage(one, priority="critical", at=NOW + timedelta(minutes=5))
    window = (written(NOW + timedelta(minutes=1)), written(NOW + timedelta(minutes=9)))
    for first, last, expected in (
        ("startDate", "endDate", []),
        ("processedStartDate", "processedEndDate", []),
        ("changeStartDate", "changeEndDate", [one]),
    ):
        found = client.incidents(filters={first: window[0], last: window[1]})
        assert [row["incidentId"] for row in found] == expected


def test_growth_adds_an_alert_and_keeps_the_others(client: Client) -> None:
    one = client.incidents()[0]["incidentId"]
    before = client.result("v1.2", "incidents.getIncident", id=one)["details"]["alerts"]
    client.world.grow(one, at=NOW)
    after = client.result("v1.2", "incidents.getIncident", id=one)["details"]["alerts"]
    assert after[1:] == before
    assert len({alert["id"] for alert in after}) == len(after)


def test_a_late_incident_is_old_and_newly_born(client: Client) -> None:
    one = client.world.late_incident(2, at=NOW)
    row = next(x for x in client.incidents() if x["incidentId"] == one)
    assert int(one[:8], 16) == int(NOW.timestamp())
    assert NOW - at(row, "lastUpdated") == timedelta(days=2)
    assert at(row, "lastProcessed") == NOW
    client.world.remove_incident(one)
    assert one not in {x["incidentId"] for x in client.incidents()}
    assert client.call("v1.2", "incidents.getIncident", id=one).code == -32602


# Network and companies.


def test_paging_of_version_1_1(client: Client) -> None:
    name, deep = "network.getNetworkInventoryItems", {"depth": {"allItemsRecursively": True}}
    pages = [
        client.result("v1.1", name, filters=deep, page=page, perPage=30) for page in (1, 2, 3, 4)
    ]
    assert pages[0]["total"] == 60 + 3 + 4 * 4
    assert pages[0]["pagesCount"] == 3
    assert not any("total" in page or "pagesCount" in page for page in pages[1:])
    assert [page["hasMoreRecords"] for page in pages] == [True, True, False, False]
    assert [len(page["items"]) for page in pages] == [30, 30, 19, 0]


def test_paging_of_version_1_0(client: Client) -> None:
    name, deep = "network.getEndpointsList", {"depth": {"allItemsRecursively": True}}
    pages = [client.result("v1.0", name, filters=deep, page=page, perPage=50) for page in (1, 2)]
    for page in pages:
        assert (page["total"], page["pagesCount"]) == (60, 2)
        assert "hasMoreRecords" not in page
        assert all(value is not False for row in page["items"] for value in flags_of(row))
    assert len({row["id"] for page in pages for row in page["items"]}) == 60


def flags_of(row: dict[str, Any]) -> list[object]:
    return [value for name, value in row.items() if name != "isManaged"]


def test_the_tree_one_level_at_a_time(client: Client) -> None:
    """Walking direct children finds what recursion finds."""
    name = "network.getNetworkInventoryItems"
    root = client.result("v1.0", "companies.getCompanyDetails")["id"]
    found: dict[str, int] = {}
    todo = [root]
    while todo:
        parent = todo.pop()
        for row in client.result("v1.1", name, parentId=parent, perPage=1000)["items"]:
            assert row["parentId"] == parent
            found[row["id"]] = row["type"]
            if row["type"] in {1, 4}:
                todo.append(row["id"])
    deep = {"depth": {"allItemsRecursively": True}}
    rows = client.result("v1.1", name, filters=deep, perPage=1000)["items"]
    assert found == {row["id"]: row["type"] for row in rows}
    client.world.switches.recursion_spans_companies = False
    own = client.result("v1.1", name, filters=deep, perPage=1000)["items"]
    assert {row["companyId"] for row in own if row["type"] != 1} == {root}


def test_companies_one_level_at_a_time(client: Client) -> None:
    first = client.result("v1.0", "network.getCompaniesList")
    partner = client.result("v1.0", "network.getCompaniesList", filters={"companyType": 0})
    below = client.result("v1.0", "network.getCompaniesList", parentId=partner[0]["id"])
    assert (len(first), len(partner), len(below)) == (2, 1, 1)
    details = client.result("v1.0", "companies.getCompanyDetails", companyId=below[0]["id"])
    assert (details["type"], details["name"]) == (1, below[0]["name"])
    client.world.switches.customer_key = True
    assert client.call("v1.0", "network.getCompaniesList").code == -32001
    outside = client.call("v1.0", "companies.getCompanyDetails", companyId=below[0]["id"])
    assert outside.code == -32602


def test_truth_is_what_a_plain_client_reads(client: Client) -> None:
    world = client.world
    world.grow(client.incidents()[3]["incidentId"])
    world.late_incident(3)
    group = next(iter(world.inventory.groups))
    world.move_endpoint(world.add_endpoint(), group)
    world.remove_endpoint(next(iter(world.inventory.endpoints)))
    world.drift("incidents", add={"newField": 1}, retype={"severityScore": "string"}, every=2)
    kinds = {"type": {"computers": True, "virtualMachines": True}}
    deep = {"depth": {"allItemsRecursively": True}, **kinds}
    for customer in (False, True):
        world.switches.customer_key = customer
        rows = client.incidents()
        items = client.result(
            "v1.1", "network.getNetworkInventoryItems", filters=deep, perPage=1000
        )["items"]
        alerts = [
            {"incidentId": row["incidentId"], **alert}
            for row in rows
            for alert in client.result("v1.2", "incidents.getIncident", id=row["incidentId"])[
                "details"
            ]["alerts"]
        ]
        assert world.truth("incidents") == rows
        assert world.truth("endpoints") == items
        assert world.truth("alerts") == alerts
        assert rows
        assert items
    assert {type(row["severityScore"]) for row in rows} == {int, str}


# Switches, limits, control.


def test_rate_limit_of_incidents_is_shared(client: Client) -> None:
    switches = client.world.switches
    switches.rate_limits = True
    one = client.result("v1.2", "incidents.getIncidentsList", perPage=10)["items"][0]
    for _ in range(2):
        client.result("v1.2", "incidents.getIncident", id=one["incidentId"])
    answer = client.call("v1.2", "incidents.getIncidentsList")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60, 60")
    assert answer.headers["Content-Type"] == "text/html"
    switches.rate_limit_reply = "json"
    answer = client.call("v1.2", "incidents.getIncidentsList")
    assert (answer.status, answer.code) == (200, -32003)
    assert client.call("v1.0", "general.getApiKeyDetails").status == 200


def test_a_rate_limit_is_a_sliding_window(client: Client) -> None:
    switches = client.world.switches
    switches.rate_limits, switches.limits = True, {"general": (2, 0.3)}
    statuses = [client.call("v1.0", "general.getApiKeyDetails").status for _ in range(3)]
    assert statuses == [200, 200, 429]
    time.sleep(0.35)
    assert client.call("v1.0", "general.getApiKeyDetails").status == 200


def test_areas_and_licences(client: Client) -> None:
    switches = client.world.switches
    switches.enabled_apis = ("network",)
    refused = client.call("v1.2", "incidents.getIncidentsList")
    assert (refused.status, refused.code) == (403, -32000)
    details = refused.json["error"]["data"]["details"]
    assert details == "API Key is not allowed to access the selected API: Incidents"
    switches.area_refusal = "-32001"
    refused = client.call("v1.2", "incidents.getIncidentsList")
    assert (refused.status, refused.code) == (200, -32001)
    switches.licence_missing = ("network",)
    refused = client.call("v1.1", "network.getEndpointsList")
    assert "valid license" in refused.json["error"]["data"]["details"]


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("change_filter_refused", True),
        ("sort_by_refused", True),
        ("sort_by_must_match", True),
        ("max_window_days", 0.5),
        ("only_numeric_offsets", True),
    ],
)
def test_switches_that_refuse(client: Client, switch: str, value: object) -> None:
    params: dict[str, Any] = {
        "filters": {
            "changeStartDate": "2026-11-10T00:00:00Z",
            "changeEndDate": "2026-11-11T00:00:00Z",
        },
        "options": {"sortBy": "created"},
    }
    client.result("v1.2", "incidents.getIncidentsList", **params)
    setattr(client.world.switches, switch, value)
    assert client.call("v1.2", "incidents.getIncidentsList", **params).code == -32602


def test_switches_of_the_shape_of_rows(client: Client) -> None:
    plain = {row["incidentId"]: row for row in client.incidents()}
    client.world.switches = Switches(status_ints=True, naive_dates=True, change_absent=True)
    for row in client.incidents():
        assert row["status"] in {1, 2, 3, 4}
        assert row["created"] == plain[row["incidentId"]]["created"][:19]
        assert "lastIncidentChange" not in row
    client.world.switches = Switches(mixed_offsets=True, change_null_until_touched=True)
    nulls = 0
    for row in client.incidents():
        assert at(row, "created") == at(plain[row["incidentId"]], "created")
        nulls += row["lastIncidentChange"] is None
    assert 0 < nulls < 80
    assert len({at(row).utcoffset() for row in client.incidents()}) > 2


def test_switches_of_lists(client: Client) -> None:
    client.world.switches = Switches(total_null=True, duplicate_rows=True, empty_page=2)
    page = client.result("v1.2", "incidents.getIncidentsList", perPage=10, options=ALL)
    assert page["total"] is None
    assert len(page["items"]) == 11
    assert page["items"][0] == page["items"][-1]
    page = client.result("v1.2", "incidents.getIncidentsList", perPage=10, page=2, options=ALL)
    assert (page["items"], page["pagesCount"]) == ([], 8)


def test_control_over_http(client: Client) -> None:
    one = client.incidents()[0]["incidentId"]
    client.send("/_sandbox/triage", {"incident_id": one, "status": "false_positive"})
    truth = client.send("/_sandbox/truth", {"stream": "incidents"}).json
    assert truth == client.incidents()
    assert truth[0]["status"] == "false_positive"
    switches = client.send("/_sandbox/switches", {"limits": {"incidents": [9, 1]}}).json
    assert switches["limits"] == {"general": [10, 1.0], "companies": [5, 1.0], "incidents": [9, 1]}
    assert client.send("/_sandbox/switches", {"unknown": 1}).status == 400
    assert client.send("/_sandbox/reset", {}).status == 200
    assert client.incidents()[0]["status"] != "false_positive"


# Push, seeds, speed.


def test_pushed_bodies(tmp_path: Path) -> None:
    world = World(seed=3, now=NOW)
    paths = world.push_bodies(tmp_path / "spool", at=NOW)
    bodies = [json.loads(path.read_text()) for path in sorted((tmp_path / "spool").iterdir())]
    assert sorted(paths) == paths
    assert len(bodies) == len(paths)
    assert bodies[-1] in bodies[:-1]
    events = [event for body in bodies[:-1] for event in body["params"]["events"]]
    assert events == world.truth("events")
    assert {event["module"] for event in events} == {*MAKERS, "new-incident"}
    assert len(MAKERS) >= 20
    assert any(event.get("_testEvent_") for event in events)
    assert any(event.get("attack_entry", 0) > 2**31 for event in events)
    incidents = [x["incident_id"] for x in events if x["module"] == "new-incident"]
    assert len(incidents) == 2 * len(set(incidents))
    again = world.push_bodies(tmp_path / "spool", at=NOW + timedelta(hours=1))
    assert not set(again) & set(paths)


def test_a_seed_makes_one_world() -> None:
    worlds = [World(seed=seed, now=NOW) for seed in (5, 5, 6)]
    for stream in ("incidents", "alerts", "endpoints", "companies"):
        first, same, other = (world.truth(stream) for world in worlds)
        assert first == same != other


def test_deep_pages_of_a_large_world_are_fast() -> None:
    world = World(seed=1, incidents=30_000, now=NOW, days=300)
    with Server(GravityZone(world)) as server:
        client = Client(server)
        client.result("v1.2", "incidents.getIncidentsList", options=ALL, perPage=10)
        begin = time.perf_counter()
        for page in range(1, 21):
            client.result(
                "v1.2", "incidents.getIncidentsList", options=ALL, page=page * 100, perPage=10
            )
        assert time.perf_counter() - begin < 2
