"""A tenant with a clock of its own, in which drawn things happen between and during runs."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Lock
from typing import Any, ClassVar

from edr_sandbox.serving import Reply, Request, Simulator

Row = dict[str, Any]
Key = tuple[Any, ...]
Table = dict[Key, Row]

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
_STATE = re.compile(rb'^\{"type":"STATE".*\n', re.MULTILINE)
START = 1_750_000_000_000  # where every schedule begins; all behind it is the world's history
WIDE = 200 * DAY // MINUTE  # a look-back that covers all of a schedule, in minutes


@dataclass(frozen=True)
class Deed:
    """Something that happens in a tenant, ``wait`` ms after what happened before it.

    ``rank`` picks the row among those that are there, ``amount`` says how much. During a run it
    happens between the answer to the request number ``request`` and its sending.
    """

    name: str
    rank: int
    amount: int
    wait: int
    request: int = 0


@dataclass(frozen=True)
class Plan:
    """A run: what happens during it, what the vendor answers wrongly, and where it is killed.

    ``kill_at_state`` is the number of a STATE message: behind it nothing comes any more, so that
    all it promises must have come before.
    """

    deeds: tuple[Deed, ...] = ()
    faults: tuple[Row, ...] = ()
    kill_at_byte: int | None = None
    kill_at_request: int | None = None
    kill_at_state: int | None = None

    def end_of(self, output: bytes) -> int | None:
        """Return where the output is cut off, once it has come so far."""
        if self.kill_at_byte is not None and len(output) >= self.kill_at_byte:
            return self.kill_at_byte
        if self.kill_at_state is not None:
            ends = [found.end() for found in _STATE.finditer(output)]
            return ends[self.kill_at_state - 1] if len(ends) >= self.kill_at_state else None
        return None


@dataclass(frozen=True)
class Setting:
    """What stays the same in a schedule; ``skew`` is how far the tap's clock is ahead, in ms."""

    seed: int
    rows: int
    page_size: int
    parallel: int
    lookback: int | None
    skew: int
    has_start: bool
    switches: Mapping[str, Any] = field(default_factory=dict)


class Stage(ABC):
    """One tenant of a schedule; a vendor's says what there is and what can happen to it."""

    tap: ClassVar[str]
    keys: ClassVar[Mapping[str, tuple[str, ...]]]
    deeds: ClassVar[Mapping[str, Callable[[Any, Deed, int], object]]]
    # Read in full: a loader is told which rows are gone.
    whole: ClassVar[tuple[str, ...]] = ("endpoints",)
    # Nothing but a look-back shows these to a reader.
    unseen: ClassVar[frozenset[str]] = frozenset()
    world: Any
    simulator: Simulator

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.now = START
        self.gone: defaultdict[str, set[Key]] = defaultdict(set)
        self.done = 0
        self.done_in_runs = 0
        self._plan = Plan()
        self._due: list[Deed] = []
        self._requests = 0
        self._kill: Callable[[], None] = lambda: None
        self._trouble: Exception | None = None
        self._lock = Lock()

    @abstractmethod
    def config(self, url: str) -> dict[str, Any]:
        """Return the vendor's part of the tap's settings."""

    @abstractmethod
    def rows(self, stream: str) -> list[Row]:
        """Return the truth of a stream as the wire shows it."""

    def shows_changes(self) -> bool:
        """Whether the tap can find changes of rows that move no time it reads by."""
        return self.setting.lookback == WIDE

    def set_clock(self) -> None:  # noqa: B027 (not every world has a clock)
        """Tell the world the time."""

    def table(self, stream: str) -> Table:
        """Return the truth of a stream by primary key."""
        names = self.keys[stream]
        return {tuple(str(row[name]) for name in names): row for row in self.rows(stream)}

    def do(self, deed: Deed) -> None:
        """Let something happen, and note which rows it took away."""
        self.now += deed.wait
        self.set_clock()
        if deed.name in self.unseen and not self.shows_changes():
            return
        takes = deed.name.startswith("remove")
        before = {stream: self.table(stream).keys() for stream in self.keys} if takes else {}
        self.deeds[deed.name](self.world, deed, self.now)
        for stream, keys in before.items():
            self.gone[stream] |= keys - self.table(stream).keys()
        self.done += 1

    def begin(self, plan: Plan, kill: Callable[[], None]) -> None:
        """Begin a run."""
        self._plan, self._kill = plan, kill
        self._due = list(plan.deeds)
        self._requests = 0
        self.done_in_runs = 0

    def before_reply(self, _: Request, reply: Reply) -> None:
        """Do what is due at this request of the run."""
        with self._lock:
            self._requests += 1
            # As the tenant's clock stood when it made the answer.
            reply.headers["Date"] = formatdate(self.now / 1000, usegmt=True)
            try:
                while self._due and self._due[0].request <= self._requests:
                    self.do(self._due.pop(0))
                    self.done_in_runs += 1
            except Exception as error:  # noqa: BLE001 (a server's thread would swallow it)
                self._trouble = error
            if self._requests == self._plan.kill_at_request:
                self._kill()

    def end(self) -> None:
        """End a run: what was not due yet happens now, so that every reader meets all of it."""
        if self._trouble:
            raise self._trouble
        with self._lock:
            for deed in self._due:
                self.do(deed)
            self._due = []
            self._plan = Plan()
