"""How the double behaves, and that it refuses what it does not do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """What a measurement wants of the vendor.

    Every table holds so many ``records``, evenly spread over so many ``companies`` below the key's
    own; answers come ``latency_ms`` late, compressed or not; one of ``drift_every`` rows has a
    field that no schema knows (0: none has). The events of alerts are nested, or ``hoisted``: each
    of their members an array of the alert.
    """

    records: int = 20_000
    companies: int = 1
    latency_ms: float = 0
    gzip: bool = False
    drift_every: int = 0
    hoisted: bool = False


class Refused(Exception):
    """A request asks for what this double does not do: nobody is measured on another answer."""
