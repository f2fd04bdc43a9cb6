"""One way to send a request: budget, signature, deadline, and retries that obey the server."""

from __future__ import annotations

import email.utils
import logging
import math
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeVar

from edr_tap_kit import codec
from edr_tap_kit.budget import Budget
from edr_tap_kit.connection import Connection, Sign, origin
from edr_tap_kit.errors import (
    EdrTapError,
    Exhausted,
    KeyRefused,
    RunError,
    StreamError,
    TransientFault,
    Unanswered,
)
from edr_tap_kit.pending import Pending
from edr_tap_kit.report import Report
from edr_tap_kit.settings import Settings

_LONGEST_BACKOFF = 60.0
_LONGEST_RETRY_AFTER = 900.0
_DOUBLINGS = 30
_FADING = 0.9
_SPARE = 2  # requests

SOON = sys.getswitchinterval()
"""Seconds: as long may a thread that has an answer wait until Python lets it go on with it."""

Decode = Callable[[bytes], Any]


@dataclass(frozen=True)
class Call:
    """A request as a vendor client describes it; ``name`` is what logs and budgets call it.

    ``decode`` reads its answer's body, as :func:`edr_tap_kit.codec.decode` does.
    """

    name: str
    url: str
    body: Any
    method: str = "POST"
    decode: Decode = codec.decode


@dataclass(frozen=True)
class Answer:
    """A complete HTTP answer; header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    decode: Decode = codec.decode

    def json(self) -> Any:
        """Return the decoded body.

        Raises:
            ValueError: It is no JSON.
            StreamError: It is nested too deeply to be read.
        """
        try:
            return self.decode(self.body)
        except codec.TooDeep as error:
            raise StreamError("an answer is nested too deeply. Report it to the vendor.") from error

    def retry_after(self) -> float | None:
        """Return the seconds of a ``Retry-After`` header: a number, a list of them, or a date."""
        text = self.headers.get("Retry-After")
        if text is None:
            return None
        try:
            return max(0.0, float(text.split(",")[0]))
        except ValueError:
            pass
        moment = _moment(text)
        return None if moment is None else max(0.0, moment.timestamp() - time.time())


T = TypeVar("T")
R = TypeVar("R")
Interpreter = Callable[[Call, Answer], Any]


class Transport:
    """Sends calls, repeats what is transient, and hands each answer to a vendor's interpreter.

    The interpreter returns the payload of a good answer and raises one of
    :mod:`edr_tap_kit.errors` for the rest; :class:`TransientFault` leads to another attempt.
    """

    def __init__(  # noqa: PLR0913 (each is one collaborator)
        self,
        settings: Settings,
        sign: Sign,
        interpret: Interpreter,
        budget: Budget,
        report: Report,
        logger: logging.Logger,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._interpret = interpret
        self._budget = budget
        self._report = report
        self._logger = logger
        self._sleep = sleep
        self._connection = Connection(settings, sign)
        self._answered = threading.Event()
        self.server_date: str | None = None
        self._dated_at = 0.0
        # s, of the requests of late
        self._slowest = 0.0
        self._quickest = math.inf

    @property
    def answered(self) -> bool:
        """Whether any request of this run was understood by the other side."""
        return self._answered.is_set()

    @property
    def server_time(self) -> datetime | None:
        """What the server's clock showed last, as far as its ``Date`` headers tell."""
        return _moment(self.server_date or "")

    @property
    def clock_skew(self) -> float | None:
        """The seconds that the server's clock was ahead when it was shown last, give or take 1."""
        shown = self.server_time
        return None if shown is None else shown.timestamp() - self._dated_at

    def send(self, call: Call) -> Any:
        """Send a call until it is answered for good.

        Raises:
            Exhausted: It failed after ``max_retries`` repetitions.
            RunError: It did, and nothing that speaks the API was ever met in this run.
            EdrTapError: Whatever the interpreter makes of the answer.
        """
        return self._repeat(call, self._interpreted)

    def begin(self, call: Call) -> Pending[Any]:
        """Send a call beside what the caller does; its answer is read by who asks for the result.

        Needs ``max_parallel_requests`` of two at least. The result raises what :meth:`send` does.
        """

        def unread(call: Call, answer: Answer) -> Answer:
            if answer.status != HTTPStatus.OK:
                self._interpret(call, answer)  # what is to be repeated is repeated meanwhile
            return answer

        read = partial(self._repeat, call, self._interpreted)
        return Pending(self._pool.submit(self._repeat, call, unread), read)

    def _repeat(
        self, call: Call, read: Callable[[Call, Answer], T], answer: Answer | None = None
    ) -> T:
        """Send a call until its answer can be read; ``answer`` is one that came already."""
        attempt = 0
        refused = False
        while True:
            try:
                return read(call, answer or self._asked(call))
            except KeyRefused:
                # Once by chance (a clock, a replica that lags); a dead key is refused twice.
                if refused:
                    raise
                refused = True
            except TransientFault as fault:
                attempt += 1
                self._pause(call, fault, attempt)
            answer = None

    def _asked(self, call: Call) -> Answer:
        """Send a call once, as soon as the budget allows."""
        waited = self._budget.acquire(call.name)
        self._report.count_request(call.name, waited)
        left = time.monotonic()
        answer = self._exchange(call)
        took = time.monotonic() - left
        self._slowest = max(took, self._slowest * _FADING)
        self._quickest = min(took, self._quickest / _FADING)
        return answer

    def _interpreted(self, call: Call, answer: Answer) -> Any:
        payload = self._interpret(call, answer)
        self._answered.set()
        return payload

    def mark_answered(self) -> None:
        """Record that the vendor's API itself refused something: the URL and the host are right."""
        self._answered.set()

    def send_all(
        self, calls: Iterable[T], outcome: Callable[[T], R], *, most: int | None = None
    ) -> Iterator[R]:
        """Yield ``outcome(call)`` in the order of the calls, several in flight.

        These are ``max_parallel_requests``, and no more than ``most``. An error surfaces at its
        place in the order; calls behind it are dropped.
        """
        width = self._settings.max_parallel_requests
        width = width if most is None else min(width, most)
        source = iter(calls)
        if width == 1:
            yield from map(outcome, source)
            return
        with ThreadPoolExecutor(width, thread_name_prefix="request") as pool:
            flight: list[Future[R]] = [pool.submit(outcome, call) for call in islice(source, width)]
            try:
                while flight:
                    result = flight.pop(0).result()
                    flight.extend(pool.submit(outcome, call) for call in islice(source, 1))
                    yield result
            finally:
                for future in flight:
                    future.cancel()

    @cached_property
    def _pool(self) -> Executor:
        others = self._settings.max_parallel_requests - 1
        return ThreadPoolExecutor(others, thread_name_prefix="ahead")

    def enough(self) -> int:
        """How many requests in flight use the whole budget, as long as they took of late.

        0 where answers come so soon that another thread would bring none of them earlier.
        """
        if self._quickest < SOON:
            return 0
        return math.ceil(self._slowest * self._settings.requests_per_second) + _SPARE

    def _pause(self, call: Call, fault: TransientFault, attempt: int) -> None:
        if attempt > self._settings.max_retries:
            raise self._exhausted(call, fault, attempt)
        if fault.wait is not None and fault.wait > _LONGEST_RETRY_AFTER:
            raise StreamError(
                f"{call.name}: the server asks to wait {fault.wait:.0f} s, longer than a run does. "
                "Run again later, or lower requests_per_second."
            )
        doubled = 2 ** min(attempt - 1, _DOUBLINGS)
        backoff = min(_LONGEST_BACKOFF, self._settings.backoff_seconds * doubled)
        wait = fault.wait if fault.wait is not None else backoff * random.uniform(1, 1.25)  # noqa: S311 (no secret)
        self._report.count_retry(call.name, wait)
        self._logger.info(
            "%s: %s; attempt %d of %d in %.1f s",
            call.name,
            fault,
            attempt + 1,
            self._settings.max_retries + 1,
            wait,
        )
        self._sleep(wait)

    def _exhausted(self, call: Call, fault: TransientFault, attempts: int) -> EdrTapError:
        text = f"{call.name}: {fault} ({attempts} attempts)"
        if self.answered or not isinstance(fault, Unanswered):
            return Exhausted(f"{text}. {fault.remedy}", fault)
        return RunError(
            f"{text}. Nothing at {origin(call.url)} answered as the API does: check the URL "
            "setting, the network and any proxy."
        )

    def _exchange(self, call: Call) -> Answer:
        response = self._connection.send(call.name, call.method, call.url, call.body)
        if date := response.headers.get("Date"):
            self.server_date, self._dated_at = date, time.time()
        return Answer(*response, decode=call.decode)


def limited(answer: Answer) -> TransientFault:
    """Return the fault for a rate-limit answer, with the wait that it asks for."""
    return TransientFault("rate limit reached", wait=answer.retry_after())


def _moment(text: str) -> datetime | None:
    """Return the time of a header; one without a zone is UTC, as RFC 5322 has it."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
