"""Simulated tenants, and their taps in forked processes: quick enough for tables of cases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edr_sandbox.gravityzone.simulator import DEMO_API_KEY, GravityZone
from edr_sandbox.gravityzone.world import World
from edr_sandbox.serving import Reply, Request, Server

from tests.conftest import QUICK, Bench
from tests.cortex_xdr import tenants
from tests.gravityzone import checking
from tests.kit.cli import CommandLine, write
from tests.support.comparing import assert_same_table
from tests.support.running import Run, assert_no_secret

Row = dict[str, Any]
TAPS = ("tap-cortex-xdr", "tap-gravityzone")
# The calls of a run by the streams that they feed.
CALLS = {
    "tap-cortex-xdr": {
        "alerts, events": tenants.ALERTS,
        "incidents": tenants.INCIDENTS,
        "endpoints": tenants.ENDPOINTS,
    },
    "tap-gravityzone": {
        "incidents": checking.LIST,
        "alerts": checking.DETAILS,
        "endpoints": checking.INVENTORY,
    },
}
# What there is to read; GravityZone's events come from files.
STREAMS = {"tap-cortex-xdr": tenants.STREAMS, "tap-gravityzone": tuple(checking.KEYS)}


@dataclass
class Quick(Bench):
    """A tenant whose tap is forked from a warm process."""

    forked: CommandLine | None = None

    def run(
        self, state: Any = None, *, catalog: Any = None, succeeds: bool = True, **options: Any
    ) -> Run:
        config = {**self.config, **options.get("config", {})}
        arguments = ["--config", write(self.folder, "config.json", config)]
        for name, content in (("state", state), ("catalog", catalog)):
            if content is not None:
                arguments += [f"--{name}", write(self.folder, f"{name}.json", content)]
        assert self.forked
        said = self.forked(self.tap, *arguments, folder=self.folder)
        assert_no_secret(config, said.stdout, said.stderr)
        assert "Traceback" not in said.stderr, said.stderr
        run = Run(exit_code=said.exit_code, stderr=said.stderr)
        # ``begun``: the state as the tap writes it, where ``state`` is written in other ways.
        run.initial = options.get("begun", state if isinstance(state, dict) else {})
        run.take_all(said.stdout.split("\n")[:-1])
        assert (run.exit_code == 0) == succeeds, run.stderr
        return run

    @property
    def calls(self) -> dict[str, str]:
        """The calls by the streams that they feed."""
        return CALLS[self.tap]

    def truth(self, stream: str) -> list[Row]:
        """Return the rows of a stream as they stand on the wire."""
        if self.tap == "tap-cortex-xdr":
            return tenants.on_the_wire(self, stream)
        rows: list[Row] = self.world.truth(stream)
        return rows

    def assert_truth(self, *runs: Run, streams: tuple[str, ...] = ()) -> None:
        """Assert that an upserting loader holds the tenant after the runs, value by value."""
        streams = streams or STREAMS[self.tap]
        if self.tap == "tap-cortex-xdr":
            tenants.assert_complete(self, *runs, streams=streams)
        else:
            checking.assert_truth(
                self, *runs, streams=[each for each in streams if each != "events"]
            )

    def assert_rows(self, run: Run, stream: str, rows: list[Row], *key: str) -> None:
        """Assert that a run wrote exactly these rows of a stream, value by value."""
        assert_same_table(
            run.table(stream), rows, lambda row: tuple(str(row[name]) for name in key)
        )


@contextmanager
def quick(tap: str, forked: CommandLine, folder: Path, **sizes: Any) -> Iterator[Quick]:
    """Serve a small tenant of a vendor and bind its tap to it."""
    if tap == "tap-cortex-xdr":
        with tenants.tenant(folder, tenants.small_world(**sizes)) as bench:
            yield Quick(**vars(bench), forked=forked)
        return
    world = World(**{"seed": 5, "companies": 2, "endpoints": 10, "incidents": 12, **sizes})
    spool = folder / "spool"
    spool.mkdir()
    config = {
        **QUICK, "api_key": DEMO_API_KEY, "events_spool": str(spool),
        "max_incident_requests_per_minute": 0,
    }  # fmt: skip
    with Server(GravityZone(world)) as server:
        config["api_url"] = f"{server.url}/api"
        yield Quick(tap, server, world, world.switches, folder, config, forked=forked)


def errors(run: Run) -> list[str]:
    """Return the ERROR lines."""
    return [line for line in run.stderr.splitlines() if "| ERROR" in line]


def rows_of(reply: Reply) -> list[Row]:
    """Return the list of rows in an answer of either vendor; it may be changed in place."""
    body = reply.body
    if "result" in body:
        found: list[Row] = body["result"]["items"]
        return found
    return next(value for value in body["reply"].values() if isinstance(value, list))


def rewrite(bench: Quick, streams: str, change: Callable[[Row, list[Row]], bytes | None]) -> None:
    """Let ``change`` change a copy of each good answer and its rows in place, or send bytes."""
    simulator = bench.server.simulator
    handle = simulator.handle
    of_details = bench.tap == "tap-gravityzone" and streams == "alerts"

    def handled(request: Request) -> Reply:
        reply = handle(request)
        if not simulator.name_of(request).endswith(bench.calls[streams]) or reply.status != 200:
            return reply
        # A copy: the simulator's own rows stay as they are.
        body = json.loads(json.dumps(reply.body))
        rows = body["result"]["details"]["alerts"] if of_details else rows_of(Reply(body))
        return Reply(change(body, rows) or body)

    simulator.handle = handled  # type: ignore[method-assign]
