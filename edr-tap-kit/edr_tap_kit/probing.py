"""What the key may read, asked before a run: for ``--test``, and marked by ``--discover``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

from singer_sdk.singerlib.catalog import StreamMetadata

from edr_tap_kit.errors import EdrTapError, RunError, StreamUnavailable
from edr_tap_kit.stream import EdrStream, Follower


@dataclass(slots=True)
class UnreadableMetadata(StreamMetadata):
    """Metadata of a stream that the key may not read; ``unreadable`` says why."""

    unreadable: str | None = None


def probed(streams: Iterable[EdrStream], width: int) -> dict[str, EdrTapError | None]:
    """Return what keeps each stream from being read, by its name; ``width`` requests in flight.

    Followers are read with their lead and share its verdict.

    Raises:
        RunError: The key is dead or the host unreachable.
    """
    each = list(streams)
    leads = [stream for stream in each if not isinstance(stream, Follower)]
    with ThreadPoolExecutor(width, thread_name_prefix="probe") as pool:
        found = dict(zip((lead.name for lead in leads), pool.map(_verdict, leads), strict=True))
    return {stream.name: found[_lead_of(stream).name] for stream in each}


def unavailable(verdicts: Mapping[str, EdrTapError | None]) -> dict[str, str]:
    """Return why the key or the tenant does not offer streams; other faults may pass."""
    return {
        name: str(error) for name, error in verdicts.items() if isinstance(error, StreamUnavailable)
    }


def mark_unreadable(stream: EdrStream, reason: str) -> None:
    """Have the catalog say that a stream cannot be read, and leave it unselected."""
    known = stream.metadata.root
    marked = {each.name: getattr(known, each.name) for each in fields(known)}
    marked |= {"selected": False, "selected_by_default": False}
    stream.metadata[()] = UnreadableMetadata(**marked, unreadable=reason)


def is_marked(stream: EdrStream) -> bool:
    """Whether the catalog says of a stream that the key may not read it."""
    return isinstance(stream.metadata.root, UnreadableMetadata)


def _lead_of(stream: EdrStream) -> EdrStream:
    while isinstance(stream, Follower):
        stream = stream.lead
    return stream


def _verdict(stream: EdrStream) -> EdrTapError | None:
    try:
        stream.probe()
    except RunError:
        raise
    except EdrTapError as error:
        return error
    return None
