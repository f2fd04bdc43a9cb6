"""Seals closed segments and, for a spool in an object store, uploads them in their order."""

from __future__ import annotations

import posixpath
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from tap_gravityzone.receiver.metrics import Metrics
from tap_gravityzone.spool import names
from tap_gravityzone.spool.writing import left_open, seal

Result = TypeVar("Result")
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)  # s, between attempts
# Where an upload shows only once it is complete. Elsewhere it gets its name afterwards.
_ALL_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss"})


class _Ending(Exception):
    """The process ends before a step succeeded."""


@dataclass(frozen=True)
class Store:
    """The object store behind a receiver's folder: an fsspec file system and a path in it."""

    filesystem: Any
    folder: str

    @classmethod
    def of(cls, url: str, receiver: str) -> Store:
        """Return the store of a receiver below a spool's URL.

        Raises:
            ImportError, ValueError: No such kind of URL is installed.
        """
        filesystem, root = fsspec.core.url_to_fs(url)
        return cls(filesystem, posixpath.join(root, receiver))

    def put(self, path: Path) -> None:
        """Upload a sealed segment, again if need be; raises whatever the store raises."""
        protocols = self.filesystem.protocol
        known = {protocols} if isinstance(protocols, str) else set(protocols)
        target = posixpath.join(self.folder, path.name)
        if known & _ALL_AT_ONCE:
            self.filesystem.put_file(str(path), target)
            return
        self.filesystem.makedirs(self.folder, exist_ok=True)
        self.filesystem.put_file(str(path), f"{target}.tmp")
        self.filesystem.mv(f"{target}.tmp", target)


class Sealer:
    """A thread that seals segments one after the other; what fails is tried again.

    Args:
        folder: The receiver's folder; what an earlier process left in it is sealed first.
        store: Where sealed segments go; without one they stay in the folder.
    """

    def __init__(self, folder: Path, store: Store | None, metrics: Metrics, log: Any) -> None:
        self._folder = folder
        self._store = store
        self._metrics = metrics
        self._log = log
        self._waiting: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._count = 0
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin, with what was left behind."""
        uploads = sorted(self._folder.iterdir()) if self._store else []
        for path in (*filter(_is_sealed, uploads), *left_open(self._folder)):
            self.add(path)
        self._thread.start()

    def add(self, path: Path) -> None:
        """Have a segment sealed, after all that were added before."""
        self._counted(1)
        self._waiting.put(path)

    def stop(self, seconds: float) -> None:
        """Finish what waits, for some seconds; the rest is left to the next process."""
        self._hurry.set()
        self._waiting.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while (path := self._waiting.get()) is not None:
                self._finish(path)
                self._counted(-1)
        except _Ending:
            self._log.warning("segments left to the next process", segments=self._count)

    def _finish(self, path: Path) -> None:
        sealed = path if _is_sealed(path) else self._insist(path, partial(seal, path))
        if sealed is None:
            return
        if self._store is not None:
            self._insist(sealed, partial(self._upload, self._store, sealed))
        self._log.info("sealed", segment=sealed.name, bytes=sealed.stat().st_size)

    def _insist(self, path: Path, step: Callable[[], Result]) -> Result:
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            try:
                return step()
            except Exception as error:  # noqa: BLE001 (stores raise whatever their clients do)
                self._log.error(
                    "segment not sealed, trying again", segment=path.name, error=_brief(error)
                )
            if self._hurry.wait(pause):
                raise _Ending
        raise AssertionError("the pauses do not end")

    def _upload(self, store: Store, sealed: Path) -> None:
        store.put(sealed)
        # The newest stays: it tells a later process where time stood.
        for path in self._folder.iterdir():
            if _is_sealed(path) and path.name < sealed.name:
                path.unlink()

    def _counted(self, more: int) -> None:
        with self._lock:
            self._count += more
            self._metrics.pending(self._count)


def _is_sealed(path: Path) -> bool:
    found = names.segment(path.name)
    return found is not None and found.last is not None


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
