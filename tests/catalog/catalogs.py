"""The streams of both taps, as their catalogs and classes declare them."""

from __future__ import annotations

from functools import cache
from typing import Any

from edr_tap_kit.tap import EdrTap
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone.tap import TapGravityZone

TAPS: dict[str, type[EdrTap]] = {tap.name: tap for tap in (TapGravityZone, TapCortexXDR)}
SETTINGS: dict[str, dict[str, Any]] = {
    "tap-gravityzone": {"api_key": "none", "api_url": "https://gravityzone.invalid"},
    "tap-cortex-xdr": {"api_key": "none", "api_key_id": "7", "fqdn": "xdr.invalid"},
}
STREAMS = [(tap, stream.name) for tap, kind in TAPS.items() for stream in kind.stream_types]


@cache
def tap_of(name: str, **settings: Any) -> EdrTap:
    """Return a tap that is never run."""
    return TAPS[name](config={**SETTINGS[name], **settings})
