"""The SDK's own suite of tap tests, against a simulated tenant."""

from __future__ import annotations

import pytest
from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY, CortexXDR
from edr_sandbox.cortex_xdr.world import World
from edr_sandbox.serving import Server
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_cortex_xdr.tap import TapCortexXDR

from tests.conftest import QUICK

# The SDK wants the settings when it makes the class; the simulator answers from then on. It lives
# in daemon threads, so that nothing has to end it.
_server = Server(CortexXDR(World(seed=5, incidents=12, alerts=30, endpoints=10)))
_server.__enter__()

_config = {**QUICK, "api_url": _server.url, "api_key": DEMO_API_KEY, "api_key_id": "7"}

# Columns that this tenant leaves empty; the suite warns of them, and warnings are errors here.
_tolerated = pytest.mark.filterwarnings(
    "ignore:Fields in transformed catalog but not in records:UserWarning",
    "ignore:No records were available to test:UserWarning",
)
TestTapCortexXDR = _tolerated(
    get_tap_test_class(
        TapCortexXDR, config=_config, suite_config=SuiteConfig(max_records_limit=150)
    )
)
