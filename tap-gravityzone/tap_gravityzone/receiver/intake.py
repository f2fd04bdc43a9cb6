"""Group commit: many requests wait for one fsync, and each knows when its body is durable."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tap_gravityzone.spool.writing import SegmentWriter, check_disk

_MOST_BODIES = 1_000  # in one commit
_LOOK_EVERY = 0.5  # s, at the age of the segment
_LEAST_FREE = 64 << 20  # bytes


class _Waiting(NamedTuple):
    form: str
    body: bytes
    stored: asyncio.Future[None]


class Intake:
    """Takes bodies and has a thread write them in groups, as fast as the disk commits.

    Args:
        writer: Used by that thread alone, so that the event loop never waits for the disk.
        closed: Called with each segment that is full or old enough, to be sealed elsewhere.
    """

    def __init__(self, writer: SegmentWriter, closed: Callable[[Path], None]) -> None:
        self._writer = writer
        self._closed = closed
        self._bodies: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="spool")

    def start(self) -> None:
        """Begin to write; called in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def store(self, form: str, body: bytes) -> None:
        """Return once a body is durable.

        Raises:
            OSError: The disk refuses.
        """
        stored = self._loop.create_future()
        self._bodies.put(_Waiting(form, body, stored))
        await stored

    async def check(self) -> None:
        """Raise ``OSError`` unless the disk takes a write and has room left."""
        await asyncio.to_thread(check_disk, self._writer.folder, _LEAST_FREE)

    async def stop(self) -> None:
        """Write what waits, close the segment, and end."""
        self._bodies.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        ending = False
        while not ending:
            group, ending = self._next_group()
            if group:
                self._commit(group)
            if path := self._writer.rotate(at_once=ending):
                self._closed(path)

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """Return what waits, after a while if nothing does, and whether it is the last."""
        group: list[_Waiting] = []
        try:
            waiting = self._bodies.get(timeout=_LOOK_EVERY)
            while waiting is not None:
                group.append(waiting)
                if len(group) == _MOST_BODIES:
                    return group, False
                waiting = self._bodies.get_nowait()
        except queue.Empty:
            return group, False
        return group, True

    def _commit(self, group: list[_Waiting]) -> None:
        failure: OSError | None = None
        try:
            self._writer.append([(waiting.form, waiting.body) for waiting in group])
        except OSError as error:
            failure = error
        self._loop.call_soon_threadsafe(_answer, group, failure)


def _answer(group: list[_Waiting], failure: OSError | None) -> None:
    for waiting in group:
        if waiting.stored.done():  # its client has gone away
            continue
        if failure is None:
            waiting.stored.set_result(None)
        else:
            waiting.stored.set_exception(failure)
