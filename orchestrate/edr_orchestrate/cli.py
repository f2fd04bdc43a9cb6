"""``edr-orchestrate``: check the tenants file, list its units, run them."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from edr_orchestrate import measuring, rendering
from edr_orchestrate.catalogs import catalog_file
from edr_orchestrate.errors import OrchestrationError
from edr_orchestrate.fan_out import FanOut, Outcome
from edr_orchestrate.project import TENANTS, Project, read_project
from edr_orchestrate.running import Runner
from edr_orchestrate.tenants import Tenants, read_tenants
from edr_orchestrate.units import (
    Unit,
    backfill_units,
    find_tenant,
    find_unit,
    live_units,
    named_units,
    schedule_of,
)
from edr_orchestrate.windows import Window

_ERRORS_SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Carry out a command; exits with 1 when something failed, 2 for a wrong command line."""
    given = _parser().parse_args(arguments)
    command: Callable[[Project, Tenants, argparse.Namespace], int] = given.command
    try:
        if given.command is measuring.measure:  # reads a log, on any machine
            sys.exit(measuring.measure(given))
        project = read_project(given.project)
        sys.exit(command(project, read_tenants(given.tenants, project), given))
    except OrchestrationError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; the next run goes on where this one was.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edr-orchestrate", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="folder of meltano.yml (here)")
    parser.add_argument(
        "--tenants",
        type=Path,
        default=Path(os.environ.get(TENANTS, "tenants.yml")),
        help=f"the tenants file (tenants.yml, or what {TENANTS} says)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check the tenants file")
    check.add_argument("--secrets", action="store_true", help="fetch every secret, to see it there")
    check.set_defaults(command=_check)
    listing = commands.add_parser("units", help="print all units as JSON lines")
    listing.add_argument("--backfill", action="store_true", help="windows of the past instead")
    listing.set_defaults(command=_units)
    prepare = commands.add_parser("prepare", help="make the catalogs anew, after an update")
    prepare.set_defaults(command=_prepare)
    run = commands.add_parser("run", help="run units of a tenant, or of all")
    run.add_argument("tenant", nargs="?", metavar="TENANT")
    run.add_argument("product", nargs="?", metavar="PRODUCT")
    run.add_argument("--all", action="store_true", help="every tenant")
    run.add_argument(
        "--unit",
        action="append",
        metavar="NAME",
        help="a unit as `units` names it; may be repeated",
    )
    run.add_argument("--backfill", action="store_true", help="windows of the past, newest first")
    run.add_argument(
        "--window", nargs=2, type=date.fromisoformat, metavar=("START", "END"),
        help="one window of the past; END is exclusive",
    )  # fmt: skip
    run.add_argument("--workers", type=int, default=1, help="units at once (1)")
    run.add_argument("--attempts", type=int, default=1, help="attempts at a unit (1)")
    run.add_argument("--backoff", type=float, default=30.0, help="seconds before the second (30)")
    run.add_argument(
        "--metrics", type=Path, metavar="FOLDER", help="add live runs to Prometheus files there"
    )
    run.add_argument("--log", action="store_true", help="Meltano's log on stderr, as JSON lines")
    run.set_defaults(command=_run)
    metrics = commands.add_parser("metrics", help="the figures of a run, from its log in JSON")
    measuring.add_arguments(metrics)
    rendering.add_commands(commands.add_parser("render", help="files for other engines"))
    return parser


def _check(project: Project, tenants: Tenants, given: argparse.Namespace) -> int:
    live, past = live_units(tenants, project), backfill_units(tenants, project)
    if given.secrets:
        failed = [text for unit in live if (text := _missing_secret(unit))]
        if failed:
            raise OrchestrationError("\n".join(failed))
    pools = {unit.pools[0] for unit in live}
    print(  # noqa: T201 (the answer)
        f"{len(tenants.tenants)} tenants, {len(live)} live units of {len(pools)} request budgets, "
        f"{len(past)} windows of the past."
    )
    return 0


def _missing_secret(unit: Unit) -> str:
    try:
        unit.variables({})
    except OrchestrationError as error:
        return f"{unit.name}: {error}"
    return ""


def _units(project: Project, tenants: Tenants, given: argparse.Namespace) -> int:
    for unit in (backfill_units if given.backfill else live_units)(tenants, project):
        print(  # noqa: T201 (the answer)
            json.dumps(
                {
                    "unit": unit.name,
                    "tenant": unit.tenant,
                    "product": unit.product,
                    "region": unit.region,
                    "schedule": schedule_of(tenants, unit),
                    "state_id": unit.state_id,
                    "pools": unit.pools,
                }
            )
        )
    return 0


def _prepare(project: Project, tenants: Tenants, _: argparse.Namespace) -> int:
    units = {(unit.tap.name, unit.select): unit for unit in live_units(tenants, project)}
    for unit in units.values():
        print(catalog_file(project, unit.tap, unit.select, anew=True))  # noqa: T201 (the answer)
    return 0


def _run(project: Project, tenants: Tenants, given: argparse.Namespace) -> int:
    units = _chosen(project, tenants, given)
    runner = Runner(project, _show if given.log else lambda _: None)

    queue = FanOut(
        measuring.measured(runner.run, given.metrics) if given.metrics else runner.run,
        given.workers,
        attempts=given.attempts,
        backoff_s=given.backoff,
        on_outcome=_tell,
    )
    with _stopping(runner):
        outcomes = queue.run_all(units)
    return 0 if all(outcome.succeeded for outcome in outcomes) else 1


@contextmanager
def _stopping(runner: Runner) -> Iterator[None]:
    """Have SIGTERM and Ctrl-C end all runs before they end the command."""

    def stop(*_: object) -> None:
        runner.stop()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(line: str) -> None:
    sys.stderr.write(line)


def _chosen(project: Project, tenants: Tenants, given: argparse.Namespace) -> list[Unit]:
    if [given.all, bool(given.tenant), bool(given.unit)].count(True) != 1:
        raise OrchestrationError("name a tenant, or units by --unit, or say --all")
    if given.unit:
        return named_units(tenants, project, given.unit)
    if given.window is not None:
        if not given.product:
            raise OrchestrationError("--window needs a tenant and a product")
        window = Window(*given.window)
        if window.start >= window.end:
            raise OrchestrationError("--window: START has to be before END")
        return [find_unit(tenants, project, given.tenant, given.product, window)]
    units = (backfill_units if given.backfill else live_units)(tenants, project)
    if given.all:
        return units
    # An empty list is for a tenant without windows alone, not for one that is not there.
    if given.product:
        find_unit(tenants, project, given.tenant, given.product)
    else:
        find_tenant(tenants, given.tenant)
    return [
        unit
        for unit in units
        if unit.tenant == given.tenant and given.product in {None, unit.product}
    ]


def _tell(outcome: Outcome) -> None:
    """Print a line for a unit, and why it failed."""
    result = outcome.result
    if result is None:
        print(f"{outcome.unit.name}: not run: {outcome.reason}", flush=True)  # noqa: T201 (the answer)
        return
    metrics = result.metrics
    state = "done"
    if not result.succeeded:
        why = f" with status {result.status}" if result.status else ", its state was not saved,"
        state = f"FAILED{why}"
    attempts = f", attempt {outcome.attempts}" if outcome.attempts > 1 else ""
    skipped = f", skipped: {', '.join(metrics.skipped)}" if metrics.skipped else ""
    print(  # noqa: T201 (the answer)
        f"{result.unit}: {state} in {result.seconds:.0f} s{attempts}, "
        f"{sum(metrics.rows.values())} rows, {sum(metrics.requests.values())} requests{skipped}",
        flush=True,
    )
    if not result.succeeded:
        for error in metrics.errors[:_ERRORS_SHOWN]:
            print(f"  {error}", flush=True)  # noqa: T201 (the answer)
        print(f"  The whole log: {result.log}", flush=True)  # noqa: T201 (the answer)


if __name__ == "__main__":
    main()
