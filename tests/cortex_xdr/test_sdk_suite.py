"""The SDK's own suite of tap tests, against a simulated tenant."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY, CortexXDR
from edr_sandbox.cortex_xdr.world import World
from edr_sandbox.serving import Server
from edr_tap_kit.stream import EdrStream
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_cortex_xdr.tap import TapCortexXDR
from typing_extensions import override

from tests.conftest import QUICK


class AllStreams(TapCortexXDR):
    """The tap with all of its streams selected: the suite wants records of each."""

    @override
    def discover_streams(self) -> Sequence[EdrStream]:
        streams = super().discover_streams()
        for stream in streams:
            stream.selected_by_default = True
        return streams


# The SDK wants the settings when it makes the class; the simulator answers from then on. It lives
# in daemon threads, so that nothing has to end it.
# Few incidents: the tap asks for the details of ten a minute.
_server = Server(CortexXDR(World(seed=5, incidents=4, alerts=30, endpoints=10, audits=20)))
_server.__enter__()

_config = {**QUICK, "api_url": _server.url, "api_key": DEMO_API_KEY, "api_key_id": "7"}

# Columns that this tenant leaves empty; the suite warns of them, and warnings are errors here.
_tolerated = pytest.mark.filterwarnings(
    "ignore:Fields in transformed catalog but not in records:UserWarning",
    "ignore:No records were available to test:UserWarning",
)
TestTapCortexXDR = _tolerated(
    get_tap_test_class(AllStreams, config=_config, suite_config=SuiteConfig(max_records_limit=150))
)
