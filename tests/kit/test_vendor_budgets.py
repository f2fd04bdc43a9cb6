"""The limits of single methods that the vendors publish, against a clock that waiting moves."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from edr_tap_kit.budget import Budget
from tap_cortex_xdr import client as cortex_client
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone import client as gravityzone_client
from tap_gravityzone.tap import TapGravityZone

GRAVITYZONE = (gravityzone_client, TapGravityZone, {"api_url": "https://gz.example"})
CORTEX = (cortex_client, TapCortexXDR, {"fqdn": "tenant.example", "api_key_id": 7})


@pytest.mark.parametrize(
    ("vendor", "method", "most", "seconds"),
    [
        (GRAVITYZONE, "push.getPushEventSettings", 5, 60),
        (GRAVITYZONE, "push.getPushEventStats", 5, 60),
        (GRAVITYZONE, "incidents.getIncident", 3, 60),
        (GRAVITYZONE, "incidents.getBlocklistItems", 3, 60),
        (GRAVITYZONE, "licensing.getMonthlyUsage", 5, 1),
        (GRAVITYZONE, "companies.getCompanyDetails", 5, 1),
        (GRAVITYZONE, "network.getNetworkInventoryItems", 5, 1),
        (CORTEX, "incidents/get_incident_extra_data", 10, 60),
    ],
)
def test_a_method_is_never_asked_more_often_than_its_limit(
    monkeypatch: pytest.MonkeyPatch, vendor: Any, method: str, most: int, seconds: int
) -> None:
    module, tap_type, own = vendor
    now = [1000.0]

    def sleep(wait: float) -> None:
        now[0] += wait

    monkeypatch.setattr(module, "Budget", partial(Budget, clock=lambda: now[0], sleep=sleep))
    config = {"api_key": "a" * 64, "requests_per_second": 500, **own}
    budget = tap_type(config=config, parse_env_config=False).client.transport._budget
    moments = []
    for _ in range(3 * most + 1):
        budget.acquire(method)
        moments.append(now[0])
    spans = zip(moments, moments[most:], strict=False)
    assert all(later - earlier >= seconds for earlier, later in spans)
    assert moments[-1] - moments[0] < 3 * seconds * 1.1, "and no slower than that"
