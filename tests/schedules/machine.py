"""A schedule as hypothesis draws it: changes, runs and kills, then the comparison with truth."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from edr_sandbox.serving import Fault, Server
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from typing_extensions import override

from tests.cortex_xdr.tenants import utc
from tests.schedules.forking import WarmTaps
from tests.schedules.naive import NaiveReader
from tests.schedules.plans import MAX_RETRIES, deeds_between_runs, kills, plans
from tests.schedules.stage import Deed, Key, Plan, Row, Setting, Stage, Table
from tests.schedules.tally import Tally
from tests.support.comparing import differences
from tests.support.consumer import Consumer

_VENDORS = 2
_STEPS = 4


@dataclass
class Scene:
    """What all schedules of a vendor share: processes that are slow to start, and the counts."""

    warm: WarmTaps
    server: Server
    tally: Tally
    consumer: Callable[..., Consumer]


class TapReader:
    """The tap under test, its loader and its last STATE."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self.stage = stage
        self.tables: dict[str, Table] = {stream: {} for stream in stage.keys}
        self._scene = scene
        self._state: Any = None
        self._runs = 0
        # The run that wrote each row of a table that is read in full.
        self._versions: dict[str, dict[Key, int]] = {stream: {} for stream in stage.whole}
        scene.server.simulator = stage.simulator
        scene.server.before_reply[:] = [stage.before_reply]

    def run(self, plan: Plan) -> None:
        """Run the tap once, from the last STATE that came."""
        server, tally = self._scene.server, self._scene.tally
        server.log.clear()
        server.faults[:] = [Fault(**fault) for fault in plan.faults]
        self.stage.begin(plan, self._scene.warm.kill)
        self._runs += 1
        outcome = self._scene.warm.run(
            self.stage.tap,
            self._config(),
            self._state,
            started_at=utc(self.stage.now + self.stage.setting.skew),
            version=self._runs,
            end_of=plan.end_of,
        )
        moved = self.stage.done_in_runs
        self.stage.end()
        self._take(outcome.lines)
        assert "Traceback" not in outcome.stderr, outcome.stderr
        assert "This is a defect of the tap" not in outcome.stderr, outcome.stderr
        tally.runs += 1
        tally.killed += outcome.killed
        tally.changes_in_runs += moved
        tally.faults += sum(exchange.fault is not None for exchange in server.log)
        if not outcome.killed and outcome.exit_code:
            # A table may move faster than it can be read, and the run says so.
            assert moved, outcome.stderr
            assert "Failed streams: " in outcome.stderr, outcome.stderr
            tally.failed += 1

    def shortcomings(self) -> list[str]:
        """Return what an upserting loader lacks of the truth, and what it holds besides."""
        found = []
        for stream, held in self.tables.items():
            truth = self.stage.table(stream)
            found += [f"{stream} {key}: missing" for key in truth.keys() - held.keys()]
            found += [
                f"{stream} {key}: {difference[0]}"
                for key, row in truth.items()
                if key in held and (difference := differences(row, held[key]))
            ]
            gone = set() if stream in self.stage.whole else self.stage.gone[stream]
            found += [f"{stream} {key}: invented" for key in held.keys() - truth.keys() - gone]
        return found

    def _take(self, lines: list[bytes]) -> None:
        run = self._scene.consumer(initial=self._state or {})
        run.take_all(line.decode() for line in lines)
        for stream in self.tables.keys() & run.records.keys():
            self.tables[stream] |= run.table(stream)
        for stream, known in self._versions.items():
            if stream in run.records:
                known.update(dict.fromkeys(run.table(stream), self._runs))
            for key in [key for key, seen in known.items() if seen < run.activated.get(stream, 0)]:
                del known[key], self.tables[stream][key]
        if run.states:
            self._state = run.state

    def _config(self) -> dict[str, Any]:
        setting, url = self.stage.setting, self._scene.server.url
        lookback = {} if setting.lookback is None else {"lookback_minutes": setting.lookback}
        return {
            **self.stage.config(url),
            **lookback,
            "page_size": setting.page_size,
            "max_parallel_requests": setting.parallel,
            "max_retries": MAX_RETRIES,
            "emit_activate_version_messages": True,
            "requests_per_second": 500,
            "backoff_seconds": 0.01,
        }


class Twins:
    """One tenant, read by the tap, and its twin, read naively: the same befalls both."""

    def __init__(self, tap: TapReader, naive: NaiveReader, tally: Tally) -> None:
        self._tap, self._naive = tap, naive
        self._tally = tally
        self._sound = True

    def step(self, deeds: list[Deed], plan: Plan) -> None:
        """Let things happen, then read once."""
        self._sound = False
        for reader in (self._tap, self._naive):
            for deed in deeds:
                reader.stage.do(deed)
            reader.run(plan)
        self._sound = True

    def finish(self) -> None:
        """Read once more, undisturbed, and compare with the truth."""
        if not self._sound:  # an error is on its way
            return
        self.step([], Plan())
        stage = self._tap.stage
        truth = {stream: stage.table(stream) for stream in stage.keys}
        twin = {stream: self._naive.stage.table(stream) for stream in stage.keys}
        assert truth == twin, "the twins differ: the schedule is not fair"
        lost = self._tap.shortcomings()
        self._tally.schedules += 1
        self._tally.changes += stage.done
        self._tally.truth += sum(map(len, truth.values()))
        self._tally.lost_by_the_taps += len(lost)
        self._tally.lost_by_the_naive_reader += self._naive.lost()
        assert not lost, "\n".join(lost[:10])


def machine(
    stage: type[Stage], naive: Callable[[Setting], NaiveReader], setting: Any, scene: Scene
) -> type[RuleBasedStateMachine]:
    """Return the machine of a vendor; ``setting`` is what its tenants are drawn from."""

    class Schedule(RuleBasedStateMachine):
        twins: Twins | None = None

        @initialize(setting=setting)
        def begin(self, setting: Setting) -> None:
            self.twins = Twins(TapReader(stage(setting), scene), naive(setting), scene.tally)

        @rule(deeds=deeds_between_runs(stage), plan=plans(stage))
        def change_and_run(self, deeds: list[Deed], plan: Plan) -> None:
            self.twins.step(deeds, plan)

        @rule(deeds=deeds_between_runs(stage), plan=plans(stage), kill=kills())
        def change_and_kill_a_run(self, deeds: list[Deed], plan: Plan, kill: Row) -> None:
            self.twins.step(deeds, replace(plan, **kill))

        @override
        def teardown(self) -> None:
            if self.twins:
                self.twins.finish()

    return Schedule


def run_schedules(schedule: type[RuleBasedStateMachine]) -> None:
    """Run as many schedules as SCHEDULES says for both vendors; the same ones by default.

    Shrinking a failure can take five minutes, hypothesis' own limit: each try is a schedule.
    """
    total = int(os.environ.get("SCHEDULES", "200"))
    chosen = os.environ.get("SCHEDULES_SEED") or (
        str(random.randrange(10**9)) if "SCHEDULES" in os.environ else "1"
    )
    print(f"SCHEDULES={total} SCHEDULES_SEED={chosen}")  # noqa: T201 (how to see it again)
    run_state_machine_as_test(
        seed(int(chosen))(schedule),
        settings=settings(
            max_examples=total // _VENDORS,
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
