"""What a schedule is drawn from: settings, deeds, faults and plans of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edr_sandbox.cortex_xdr.replies import ERROR
from hypothesis import strategies as st

from tests.schedules.stage import DAY, MINUTE, SECOND, WIDE, Deed, Plan, Row, Setting, Stage

# More than all faults of a run, so that none uses them up.
MAX_RETRIES = 8
_FAULTS = 3

_HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html>Please wait.</html>"}
_PAST = "Wed, 21 Oct 2015 07:28:00 GMT"
_COMMON: dict[str, Row] = {
    "429, wait 0 s": {"status": 429, "headers": {"Retry-After": "0"}},
    "429, a list of waits": {"status": 429, "headers": {"Retry-After": "0, 60"}},
    "429, until a date": {"status": 429, "headers": {"Retry-After": _PAST}},
    "429 in HTML": {"status": 429, **_HTML},
    "500": {"status": 500},
    "502": {"status": 502, **_HTML},
    "599": {"status": 599},
    "200 in HTML": {"status": 200, **_HTML},
    "cut short": {"kind": "truncate"},
    "reset": {"kind": "reset"},
}
_BUSY = {"err_code": 500, "err_msg": ERROR, "err_extra": "reached max number of retries"}
_LIMITED = {"code": -32003, "message": "Too many requests", "data": {"details": "Slow down."}}
FAULTS: dict[str, dict[str, Row]] = {
    "tap-cortex-xdr": {**_COMMON, "busy": {"status": 500, "body": {"reply": _BUSY}}},
    "tap-gravityzone": {
        **_COMMON,
        "-32003": {"status": 200, "body": {"id": None, "jsonrpc": "2.0", "error": _LIMITED}},
    },
}

_WAITS_BETWEEN = (0, 1, SECOND, 30 * MINUTE, DAY, 3 * DAY)
_WAITS_DURING = (0, 1, 250, SECOND, 20 * SECOND)
_SKEWS = (0, 1, -1, -SECOND, SECOND, -10 * MINUTE, 10 * MINUTE)
_LOOKBACKS = (0, 0, 0, 0, 0, None, None, WIDE)


def settings_of_tenants(
    switches: Mapping[str, tuple[Any, ...]],
    pages: Any,
    possible: Callable[[Row], bool] = lambda _: True,
) -> Any:
    """Return what settings are drawn from; six seeds, so that few records are new to checks."""
    return st.builds(
        Setting,
        seed=st.integers(1, 6),
        rows=st.integers(12, 28),
        page_size=pages,
        parallel=st.sampled_from((1, 1, 1, 3)),
        lookback=st.sampled_from(_LOOKBACKS),
        skew=st.sampled_from(_SKEWS),
        has_start=st.booleans(),
        switches=st.fixed_dictionaries(
            {name: st.sampled_from(positions) for name, positions in switches.items()}
        ).filter(possible),
    )


def deeds(stage: type[Stage], waits: tuple[int, ...], requests: int = 0) -> Any:
    """Return what deeds are drawn from."""
    return st.builds(
        Deed,
        name=st.sampled_from(tuple(stage.deeds)),
        rank=st.integers(0, 60),
        amount=st.integers(0, 9),
        wait=st.sampled_from(waits),
        request=st.integers(0, requests),
    )


def deeds_between_runs(stage: type[Stage]) -> Any:
    """Return what happens between two runs."""
    return st.lists(deeds(stage, _WAITS_BETWEEN), max_size=6)


def plans(stage: type[Stage]) -> Any:
    """Return what plans of runs are drawn from."""
    fault = st.builds(
        lambda fault, skip: {**fault, "skip": skip},
        st.sampled_from(tuple(FAULTS[stage.tap].values())),
        st.integers(0, 20),
    )
    during = st.lists(deeds(stage, _WAITS_DURING, requests=30), max_size=12)
    return st.builds(
        Plan,
        deeds=during.map(lambda found: tuple(sorted(found, key=lambda deed: deed.request))),
        faults=st.lists(fault, max_size=_FAULTS).map(tuple),
    )


def kills() -> Any:
    """Return what the moment of a kill is drawn from: early ones leave more to be done again."""
    return st.one_of(
        st.builds(dict, kill_at_request=st.integers(1, 25)),
        st.builds(dict, kill_at_state=st.integers(1, 8)),
        st.builds(dict, kill_at_byte=st.integers(0, 400).map(lambda root: root * root)),
    )
