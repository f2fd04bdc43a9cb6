"""What a run asks for: bookmarks, look-back, start_date, end_date and shards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Bench
from tests.cortex_xdr.tenants import (
    ALERTS,
    DAY,
    HOUR,
    INCIDENTS,
    KEYS,
    NOW,
    SECOND,
    STREAMS,
    asked,
    assert_complete,
    bounds,
    epoch,
    table,
    utc,
)

Catalog = Callable[..., dict[str, Any]]
CALLS = {"incidents": INCIDENTS, "alerts": ALERTS}
TIMES = {"incidents": "modification_time", "alerts": "local_insert_ts"}
FILTERS = {"incidents": "modification_time", "alerts": "server_creation_time"}
LOOKBACKS = {"incidents": HOUR, "alerts": DAY}


def bookmark(stream: str, at: int, **more: Any) -> dict[str, Any]:
    return {
        stream: {
            "replication_key": TIMES.get(stream, "local_insert_ts"),
            "replication_key_value": utc(at),
            **more,
        }
    }


def times_of(bench: Bench, stream: str) -> list[int]:
    return sorted(row[TIMES[stream]] for row in bench.world.truth(stream))


def keys_between(bench: Bench, stream: str, low: int, high: int) -> set[tuple[str]]:
    rows = bench.world.truth(stream)
    return {(row[KEYS[stream]],) for row in rows if low <= row[TIMES[stream]] < high}


@pytest.mark.parametrize("stream", CALLS)
def test_without_a_start_date_everything_is_asked_for(
    small: Bench, catalog: Catalog, stream: str
) -> None:
    small.run(catalog=catalog(stream))
    assert asked(small) == [
        {
            "filters": [],
            "search_from": 0,
            "search_to": 100,
            "sort": {"field": FILTERS[stream], "keyword": "asc"},
        }
    ]


@pytest.mark.parametrize("minutes", [None, 0, 90])
def test_a_run_asks_from_its_bookmark_less_the_look_back(small: Bench, minutes: int | None) -> None:
    at = NOW - 5 * DAY + 437
    state = {"bookmarks": bookmark("incidents", at) | bookmark("alerts", at)}
    state["bookmarks"] |= bookmark("events", at)
    run = small.run(state, config={} if minutes is None else {"lookback_minutes": minutes})
    for stream, call in CALLS.items():
        back = LOOKBACKS[stream] if minutes is None else minutes * 60 * SECOND
        (request,) = asked(small, call)
        assert [entry["field"] for entry in request["filters"]] == [FILTERS[stream]]
        low = bounds(request)["gte"]
        # To the second: overlap is free, a gap is not.
        assert at - back - SECOND < low <= at - back
        assert table(stream, run).keys() == keys_between(small, stream, low, NOW)


def test_the_family_is_read_from_the_earliest_bookmark(small: Bench) -> None:
    late, early = NOW - 2 * DAY, NOW - 20 * DAY
    state = {"bookmarks": bookmark("alerts", late) | bookmark("events", early)}
    small.run(state, config={"lookback_minutes": 0})
    assert bounds(asked(small, ALERTS)[0]) == {"gte": early}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2025-06-01T10:00:00Z", "2025-06-01T10:00:00+00:00"),
        ("2025-06-01T10:00:00", "2025-06-01T10:00:00+00:00"),
        ("2025-06-01T10:00:00.250+02:00", "2025-06-01T08:00:00.250+00:00"),
        ("2025-06-01", "2025-06-01T00:00:00+00:00"),
    ],
)
def test_a_start_date_in_any_form(small: Bench, written: str, meant: str) -> None:
    run = small.run(config={"start_date": written})
    for stream, call in CALLS.items():
        assert bounds(asked(small, call)[0]) == {"gte": epoch(meant)}
        assert table(stream, run).keys() == keys_between(small, stream, epoch(meant), NOW)
    assert_complete(small, run, streams=("endpoints",))


@pytest.mark.parametrize("start", ["1970-01-01", "1971-01-01T00:00:00Z"])
def test_a_start_date_that_the_vendor_would_read_as_seconds(
    small: Bench, catalog: Catalog, start: str
) -> None:
    """Such a number of milliseconds is small enough to be one of seconds, far in the future."""
    run = small.run(config={"start_date": start}, catalog=catalog("alerts", "events"))
    assert_complete(small, run, streams=("alerts", "events"))


def test_a_bookmark_behind_the_start_date_reads_from_the_start_date(small: Bench) -> None:
    start = NOW - 3 * DAY
    state = {"bookmarks": bookmark("incidents", start + SECOND, start_date=utc(start))}
    small.run(state, config={"start_date": utc(start)})
    assert bounds(asked(small, INCIDENTS)[0]) == {"gte": start}


@pytest.mark.parametrize("lte", ["inclusive", "exclusive"])
def test_the_end_date_is_exclusive(small: Bench, lte: str) -> None:
    small.switches.set(lte=lte)
    for stream in CALLS:
        end = times_of(small, stream)[-4]
        run = small.run(config={"end_date": utc(end), "page_size": 4})
        assert table(stream, run).keys() == keys_between(small, stream, 0, end)
        just_behind = small.run(config={"end_date": utc(end + 1), "page_size": 4})
        assert table(stream, just_behind).keys() == keys_between(small, stream, 0, end + 1)
        assert epoch(run.state["bookmarks"][stream]["replication_key_value"]) < end


@pytest.mark.parametrize("server_sort", ["honoured", "ignored"])
def test_shards_compose(small: Bench, server_sort: str) -> None:
    small.switches.set(server_sort=server_sort)
    alerts, incidents = times_of(small, "alerts"), times_of(small, "incidents")
    assert alerts[10] == alerts[14], "a border lies on a time that several alerts share"
    borders = sorted([alerts[12], incidents[5], alerts[25]])
    edges = [None, *map(utc, borders), None]
    shards = []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        config: dict[str, Any] = {"page_size": 6}
        config |= {"start_date": start} if start else {}
        config |= {"end_date": end} if end else {}
        shards.append(small.run(config=config))
    assert_complete(small, *shards)
    for stream in ("incidents", "alerts", "events"):
        assert sum(len(shard.records[stream]) for shard in shards) == len(table(stream, *shards))


def test_a_shard_leaves_its_bookmark_inside_it(small: Bench) -> None:
    end = NOW - 10 * DAY
    run = small.run(config={"end_date": utc(end)})
    rest = small.run(run.state, config={"lookback_minutes": 0})
    assert_complete(small, run, rest)
    assert len(rest.records["alerts"]) < len(table("alerts", run, rest))


@pytest.mark.parametrize("earlier", [utc(NOW - 20 * DAY), None])
def test_a_start_date_moved_earlier_reads_what_it_uncovers(
    small: Bench, earlier: str | None
) -> None:
    first = small.run(config={"start_date": utc(NOW - 5 * DAY)})
    config = {"start_date": earlier} if earlier else {}
    second = small.run(first.state, config=config)
    low = epoch(earlier) if earlier else 0
    for stream in CALLS:
        assert table(stream, second).keys() == keys_between(small, stream, low, NOW)
    before = len(small.server.log)
    small.run(second.state, config=config)
    assert bounds(asked(small, INCIDENTS, since=before)[0])["gte"] > NOW - 5 * DAY


def test_a_start_date_moved_later_forgets_nothing_new(small: Bench) -> None:
    first = small.run(config={"start_date": utc(NOW - 20 * DAY)})
    small.world.change_incident(small.world.keys("incidents")[0], at=NOW, notes="changed")
    second = small.run(first.state, config={"start_date": utc(NOW - 5 * DAY)})
    assert "changed" in [row.get("notes") for row in second.records["incidents"]]


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01T00:00:00Z"])
def test_a_bookmark_that_is_no_time_is_named(small: Bench, text: str) -> None:
    state = {"bookmarks": {"alerts": {"replication_key_value": text}}}
    run = small.run(state, succeeds=False)
    assert "'alerts' is no date-time" in run.stderr
    assert not small.server.log


def test_state_keeps_the_bookmarks_of_streams_that_were_not_read(
    small: Bench, catalog: Catalog
) -> None:
    first = small.run()
    second = small.run(first.state, catalog=catalog("endpoints"))
    for stream in set(STREAMS) - {"endpoints"}:
        assert second.state["bookmarks"][stream] == first.state["bookmarks"][stream]
