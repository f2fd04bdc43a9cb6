"""A plain client of the simulated Cortex XDR, which knows nothing of a tap."""

import hashlib
import json
import secrets
import time
import urllib.error
import urllib.request

from edr_sandbox.cortex_xdr import DEMO_API_KEY

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
