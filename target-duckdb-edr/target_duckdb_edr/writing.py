"""One thread that writes, while the other one reads and prepares the next batch."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Writer:
    """Does one thing after the other; once one has failed, nothing that follows it is done."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._begun: list[Future[None]] = []
        self._has_failed = False

    def begin(self, task: Callable[[], object]) -> None:
        """Have something done after all that was begun before."""
        self._begun.append(self._pool.submit(self._do, task))

    def wait(self) -> None:
        """Return when all is done that was begun.

        Raises:
            Exception: The first one that was raised meanwhile.
        """
        begun, self._begun = self._begun, []
        for each in begun:
            each.result()

    def close(self) -> None:
        """Do what was begun, and end."""
        self._pool.shutdown(wait=True)

    def _do(self, task: Callable[[], object]) -> None:
        if self._has_failed:
            return
        try:
            task()
        except BaseException:
            self._has_failed = True
            raise
