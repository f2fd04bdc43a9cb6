"""Run both taps into DuckDB: `demo.py` shows it off, `demo.py run` reads the real tenants.

Without credentials in the environment or in .env, the demo reads the simulators of `sandbox/`,
changes things there between two runs, and shows that the second run moves little more than those.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import duckdb
from edr_tap_kit.logs import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "output"
WAREHOUSE = OUTPUT / "demo.duckdb"
LOG = OUTPUT / "demo.log"
REPORT = OUTPUT / "demo-report.html"
SPOOL = OUTPUT / "demo-spool"
QUERIES = ROOT / "scripts" / "demo.sql"
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
# The simulators' vendor limits are real, their patience is not: ask as fast as they answer.
SANDBOX_PACE = {
    "TAP_GRAVITYZONE_MAX_INCIDENT_REQUESTS_PER_MINUTE": "0",
    "TAP_GRAVITYZONE_REQUESTS_PER_SECOND": "1000",
    "TAP_CORTEX_XDR_REQUESTS_PER_SECOND": "1000",
}
LOG_LINE = re.compile(r"^\S+ \[(?P<level>\w+)\s*\] (?P<source>\S+)\s+(?P<text>.*)$")
LOADED = re.compile(r'Loaded (\d+) rows into "([^"]*)"\."([^"]*)"')
NOISE = re.compile(r"METRIC|Skipping parse of env|CREATE |Created table|^Added |Meltano SDK")


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
            show_progress(line)
            if found := LOADED.search(line):
                table = f"{found[2]}.{found[3]}"
                moved[table] = moved.get(table, 0) + int(found[1])
    if meltano.returncode:
        sys.exit(f"Meltano failed with status {meltano.returncode}. The whole log: {LOG}")
    return moved


def show_progress(line: str) -> None:
    """Print what a person wants to see of a line of Meltano's log."""
    found = LOG_LINE.match(line)
    if found is None or NOISE.search(found["text"]):
        return
    if found["source"] == "meltano" and found["level"] == "info":
        return
    level = "" if found["level"] == "info" else f"{found['level'].upper()} "
    width = shutil.get_terminal_size((120, 24)).columns
    print(f"  {found['source']:<16} {level}{found['text']}"[:width], flush=True)


# The sandbox


@contextlib.contextmanager
def sandbox() -> Iterator[dict[str, Any]]:
    """Run both simulators; yield where they are and which keys they take."""
    command = [sys.executable, "-m", "edr_sandbox", "--spool", str(SPOOL)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None  # noqa: S101 (for the type checker)
            line = process.stdout.readline()
            if not line:
                sys.exit("The sandbox did not start; its message is above.")
            yield json.loads(line)
        finally:
            process.terminate()


def sandbox_settings(told: dict[str, Any]) -> dict[str, str]:
    """Return the settings that point both taps to the simulators."""
    gravityzone, cortex = told["gravityzone"], told["cortex_xdr"]
    return SANDBOX_PACE | {
        "TAP_GRAVITYZONE_API_URL": gravityzone["api_url"],
        "TAP_GRAVITYZONE_API_KEY": gravityzone["api_key"],
        "TAP_GRAVITYZONE_EVENTS_SPOOL": told["spool"],
        "TAP_CORTEX_XDR_API_URL": cortex["url"],
        "TAP_CORTEX_XDR_API_KEY": cortex["api_key"],
        "TAP_CORTEX_XDR_API_KEY_ID": cortex["api_key_id"],
    }


def control(vendor: dict[str, Any], command: str, **arguments: object) -> None:
    """Tell a simulator what happens in its world."""
    url = f"{vendor['url']}/_sandbox/{command}"
    request = Request(url, json.dumps(arguments).encode(), method="POST")  # noqa: S310 (loopback)
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            answer.read()
    except HTTPError as error:
        sys.exit(f"The sandbox refused {command}: {error.read().decode(errors='replace')}")


def change_things(told: dict[str, Any]) -> list[str]:
    """Let analysts work and attackers go on; return the incidents that analysts changed."""
    changed = []
    gravityzone, cortex = told["gravityzone"], told["cortex_xdr"]
    title("Meanwhile, at the vendors")
    for (key,) in ask(
        "SELECT incidentId FROM gravityzone.incidents WHERE status = 'open' "
        "ORDER BY created LIMIT 2"
    ):
        changed.append(key)
        control(gravityzone, "triage", incident_id=key, status="closed")
        print(f"  GravityZone: an analyst closes old incident {key}")
    control(gravityzone, "late_incident", created_days_ago=2)
    print("  GravityZone: an incident appears whose detections are two days old")
    control(gravityzone, "push", folder=told["spool"])
    print("  GravityZone: the vendor pushes events")
    for (key,) in ask(
        "SELECT incident_id FROM cortex_xdr.incidents WHERE status = 'new' "
        "ORDER BY creation_time LIMIT 2"
    ):
        changed.append(key)
        control(cortex, "change_incident", incident_id=key, status="resolved_true_positive")
        print(f"  Cortex XDR:  an analyst resolves old incident {key}")
    for _ in range(3):
        control(cortex, "add_alert")
    print("  Cortex XDR:  three alerts arrive")
    return changed


# The warehouse


def ask(query: str) -> list[Any]:
    """Return the rows of a query against the demo's warehouse."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def ask_for_incidents(keys: list[str]) -> list[Any]:
    """Return key, status and time of the last change of incidents of either product."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as warehouse:
        return warehouse.execute(
            "SELECT incidentId, status, _changed_at FROM gravityzone.incidents "
            "WHERE list_contains($1, incidentId) UNION ALL "
            "SELECT incident_id, status, modification_time FROM cortex_xdr.incidents "
            "WHERE list_contains($1, incident_id)",
            [keys],
        ).fetchall()


def row_counts() -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = ask("SELECT table_schema || '.' || table_name FROM information_schema.tables")
    return {
        table: ask(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 (names of the catalog)
        for (table,) in sorted(tables)
    }


def report(queries: str) -> None:
    """Print the answers to the queries of a file, each under its title."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as warehouse:
        for section in queries.split("\n-- ## ")[1:]:
            heading, query = section.split("\n", 1)
            title(heading)
            try:
                answer = warehouse.execute(query)
            except duckdb.CatalogException:
                print("  (not loaded: the stream was skipped or has no rows yet)")
                continue
            print_table([column[0] for column in answer.description or ()], answer.fetchall())


def print_table(header: list[str], rows: list[Any]) -> None:
    """Print rows under a header, numbers to the right."""
    cells = [["" if value is None else plain(str(value)) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    numeric = [all(isinstance(row[i], int) for row in rows) for i in range(len(header))]
    for line in [header, ["-" * width for width in widths], *cells]:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        print("  " + "  ".join(padded).rstrip())


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


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
            told = stack.enter_context(sandbox())
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
        print_table(["incident", "status", "changed"], ask_for_incidents(changed))
    report(QUERIES.read_text(encoding="utf-8"))
    title("The analysts' tables and the report")
    build(env)
    print(f"\nThe warehouse: {WAREHOUSE}\nThe log of all runs: {LOG}\nThe report: {REPORT}")


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


def timed_load(taps: list[str], env: dict[str, str], run_id: str) -> tuple[dict[str, int], float]:
    """Load, and take the time."""
    start = time.monotonic()
    moved = load(taps, env, run_id)
    return moved, time.monotonic() - start


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
