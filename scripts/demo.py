"""Run both taps into DuckDB: `demo.py` shows it off, `demo.py run` reads the real tenants.

Without credentials in the environment or in .env, the demo reads the simulators of `sandbox/`,
changes things there between two runs, and shows that the second run moves little more than those.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from demo_output import print_progress, print_table, title
from demo_sandbox import change_things, sandbox, sandbox_settings
from demo_warehouse import ROOT, WAREHOUSE, ask, incidents, print_answers, row_counts

OUTPUT = WAREHOUSE.parent
LOG = OUTPUT / "demo.log"
REPORT = OUTPUT / "demo-report.html"
SPOOL = OUTPUT / "demo-spool"
MELTANO = str(Path(sys.executable).parent / "meltano")
# What a tap needs, by tap; any one of the names in a group will do.
CREDENTIALS: dict[str, list[tuple[str, ...]]] = {
    "tap-gravityzone": [("TAP_GRAVITYZONE_API_URL",), ("TAP_GRAVITYZONE_API_KEY",)],
    "tap-cortex-xdr": [
        ("TAP_CORTEX_XDR_FQDN", "TAP_CORTEX_XDR_API_URL"),
        ("TAP_CORTEX_XDR_API_KEY_ID",),
        ("TAP_CORTEX_XDR_API_KEY",),
    ],
}
LOADED = re.compile(r'Loaded (\d+) rows into "([^"]*)"\."([^"]*)"')


# Settings


def settings_given() -> dict[str, str]:
    """Return the tap settings in the environment and in .env; the environment wins."""
    given: dict[str, str] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in (ROOT / ".env").read_text(encoding="utf-8").splitlines():
            name, _, value = line.strip().removeprefix("export ").partition("=")
            given[name.strip()] = value.strip().strip("'\"")
    given |= os.environ
    return {name: value for name, value in given.items() if name.startswith("TAP_") and value}


def taps_ready(given: dict[str, str]) -> list[str]:
    """Return the taps whose credentials are complete; exits when those of one are half there."""
    ready = []
    for tap, groups in CREDENTIALS.items():
        missing = [" or ".join(names) for names in groups if not any(n in given for n in names)]
        if not missing:
            ready.append(tap)
        elif len(missing) < len(groups):
            sys.exit(f"{tap} is configured in part. Missing in .env: {', '.join(missing)}.")
    return ready


# Meltano


def load(taps: list[str], env: dict[str, str], run_id: str) -> dict[str, int]:
    """Run the taps into the demo's warehouse; return the rows that were loaded, by table."""
    moved: dict[str, int] = {}
    pairs = [name for tap in taps for name in (tap, "target-duckdb")]
    command = [MELTANO, "--environment=dev", "run", f"--state-id-suffix={run_id}", *pairs]
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as meltano,
    ):
        assert meltano.stdout is not None  # noqa: S101 (for the type checker)
        for line in meltano.stdout:
            log.write(line)
            print_progress(line)
            if found := LOADED.search(line):
                table = f"{found[2]}.{found[3]}"
                moved[table] = moved.get(table, 0) + int(found[1])
    if meltano.returncode:
        sys.exit(f"Meltano failed with status {meltano.returncode}. The whole log: {LOG}")
    return moved


def timed_load(taps: list[str], env: dict[str, str], run_id: str) -> tuple[dict[str, int], float]:
    """Load, and take the time."""
    start = time.monotonic()
    moved = load(taps, env, run_id)
    return moved, time.monotonic() - start


def build(env: dict[str, str]) -> None:
    """Build the analysts' tables with dbt, and the report of them."""
    command = [MELTANO, "--environment=dev", "run", "dbt:build", "dbt:report"]
    env = env | {"DBT_REPORT_PATH": str(REPORT), "DBT_SCHEMA": "edr"}
    with LOG.open("a", encoding="utf-8") as log:
        status = subprocess.call(
            command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, text=True
        )
    if status:
        sys.exit(f"dbt failed with status {status}. The whole log: {LOG}")
    (count,) = ask(
        "SELECT count(*) FROM information_schema.tables "
        "WHERE table_schema IN ('edr_marts', 'edr_ocsf')"
    )[0]
    print(f"  {count} tables in the schemas edr_marts and edr_ocsf.")


# Commands


def demo() -> None:
    """Load twice into a fresh warehouse, answer an analyst's questions, write the report."""
    OUTPUT.mkdir(exist_ok=True)
    for old in (WAREHOUSE, WAREHOUSE.with_name(f"{WAREHOUSE.name}.wal"), LOG, REPORT):
        old.unlink(missing_ok=True)
    shutil.rmtree(SPOOL, ignore_errors=True)
    taps = taps_ready(settings_given())
    env = os.environ | {"TARGET_DUCKDB_FILEPATH": str(WAREHOUSE), "NO_COLOR": "1"}
    with contextlib.ExitStack() as stack:
        told: dict[str, Any] = {}
        if taps:
            print(f"Credentials found: reading the real tenants of {' and '.join(taps)}.")
        else:
            print("No credentials in the environment or in .env: starting the simulators.")
            told = stack.enter_context(sandbox(SPOOL))
            taps = list(CREDENTIALS)
            env |= sandbox_settings(told)
        run_id = f"demo-{int(time.time())}"  # no earlier run's bookmarks
        title("First run: everything")
        moved_first, seconds_first = timed_load(taps, env, run_id)
        before = row_counts()
        changed = change_things(told) if told else []
        title("Second run: what changed")
        moved, seconds = timed_load(taps, env, run_id)
    title("Rows moved")
    rows = [
        (table, moved_first.get(table, 0), moved.get(table, 0), count, count - before.get(table, 0))
        for table, count in row_counts().items()
    ]
    print_table(["table", "first run", "second run", "rows now", "new"], rows)
    print(f"  First run {seconds_first:.0f} s, second run {seconds:.0f} s.")
    if changed:
        title("The old incidents that analysts changed, as the warehouse has them now")
        print_table(["incident", "status", "changed"], incidents(changed))
    print_answers()
    title("The analysts' tables and the report")
    build(env)
    print(f"\nThe warehouse: {WAREHOUSE}\nThe log of all runs: {LOG}\nThe report: {REPORT}")


def run() -> None:
    """Load the real tenants once, each tap on its own: one that fails does not stop the other."""
    taps = taps_ready(settings_given())
    if not taps:
        sys.exit(
            "No credentials. Copy .env.example to .env and fill in what belongs to your products, "
            "or try `make demo`, which needs none."
        )
    OUTPUT.mkdir(exist_ok=True)
    loader = os.environ.get("LOADER") or "target-duckdb"
    environment = os.environ.get("MELTANO_ENVIRONMENT") or "prod"
    failed = [
        tap
        for tap in taps
        if subprocess.call([MELTANO, f"--environment={environment}", "run", tap, loader], cwd=ROOT)
    ]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}. The reason is above.")


if __name__ == "__main__":
    if sys.argv[1:] == ["run"]:
        run()
    elif not sys.argv[1:]:
        demo()
    else:
        sys.exit("Usage: demo.py [run]")
