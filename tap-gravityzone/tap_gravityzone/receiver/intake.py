"""Group commit: many requests wait for one fsync, and each knows when its body is durable."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tap_gravityzone.spool.writing import SegmentWriter, check_disk

_MOST_BODIES = 1_000  # in one commit
_LOOK_EVERY = 0.5  # s, at the age of the segment
_LEAST_FREE = 64 << 20  # bytes


class Intake:
    """Takes bodies and writes them in groups, as fast as the disk commits.

    Args:
        writer: Used by a thread of its own, so that the loop never waits for the disk.
        closed: Called with each segment that is full or old enough, to be sealed elsewhere.
        most_waiting: Bodies that may wait; more are refused.
    """

    def __init__(
        self, writer: SegmentWriter, closed: Callable[[Path], None], *, most_waiting: int
    ) -> None:
        self._writer = writer
        self._closed = closed
        self._waiting: asyncio.Queue[tuple[str, bytes, asyncio.Future[None]]] = asyncio.Queue(
            most_waiting
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write; called in the running loop."""
        self._task = asyncio.create_task(self._run())

    async def store(self, form: str, body: bytes) -> None:
        """Return once a body is durable.

        Raises:
            asyncio.QueueFull: Too many wait.
            OSError: The disk refuses.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((form, body, stored))
        await stored

    async def check(self) -> None:
        """Raise ``OSError`` unless the disk takes a write and has room left."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, check_disk, self._writer.folder, _LEAST_FREE)

    async def stop(self) -> None:
        """Write what waits, close the segment, and end."""
        await self._waiting.join()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    first = await self._waiting.get()
                await self._commit(first)
            await loop.run_in_executor(self._thread, self._rotate)

    async def _commit(self, first: tuple[str, bytes, asyncio.Future[None]]) -> None:
        group = [first]
        while len(group) < _MOST_BODIES and not self._waiting.empty():
            group.append(self._waiting.get_nowait())
        entries = [(form, body) for form, body, _ in group]
        failure: Exception | None = None
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._writer.append, entries)
        except OSError as error:
            failure = error
        for _, _, stored in group:
            if not stored.done():  # else its client has gone away
                stored.set_exception(failure) if failure else stored.set_result(None)
            self._waiting.task_done()

    def _rotate(self) -> None:
        if path := self._writer.rotate():
            self._closed(path)

    def _close(self) -> None:
        if path := self._writer.rotate(at_once=True):
            self._closed(path)
