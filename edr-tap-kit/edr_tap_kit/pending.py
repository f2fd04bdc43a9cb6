"""What another thread brings, and this one reads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


def first_then(first: Callable[[], T], again: Callable[[], T]) -> Callable[[], T]:
    """Return what calls the one when it is called first, and the other from then on."""
    calls = chain([first], repeat(again))

    def call() -> T:
        return next(calls)()

    return call


@dataclass(frozen=True)
class Pending(Generic[T]):
    """Something that was begun in another thread, and is read in that of who asks for it.

    Objects that one thread makes lie in another processor's cache than where they are used: bytes
    are handed over, and their readers make what they need of them.
    """

    brought: Future[Any]
    read: Callable[[Any], T]

    @property
    def done(self) -> bool:
        """Whether :meth:`result` has nothing to wait for."""
        return self.brought.done()

    def result(self) -> T:
        """Wait for what is brought, and read it.

        Raises:
            Exception: What was raised in the other thread, or by reading.
        """
        return self.read(self.brought.result())

    def then(self, further: Callable[[T], U]) -> Pending[U]:
        """Return the same with one more thing to do when it is read."""
        return Pending(self.brought, lambda brought: further(self.read(brought)))

    def cancel(self) -> None:
        """Do not begin, if that has not happened yet."""
        self.brought.cancel()
