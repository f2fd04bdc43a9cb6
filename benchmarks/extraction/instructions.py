"""Instructions that a record costs: the same on a busy machine and on an idle one.

    python benchmarks/extraction/instructions.py [--at-most 400000]

With ``--at-most`` the exit status is 1 when the tap takes more for a record. Callgrind counts, so
that valgrind must be installed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from contenders import ALL, TAP, TAP_INCIDENTS, Contender
from measure import Failed, run, vendor
from tables import Table

_FEW, _MANY = 100, 1_100
_TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)


def table() -> Table:
    """Return the instructions of all contenders."""
    counted = dict(zip((each.name for each in ALL), instructions(ALL), strict=True))
    found = Table(
        f"Instructions a record, {_MANY:,} records less {_FEW:,}",
        ("client", "instructions", "of the floor"),
    )
    for each in ALL:
        count, floor = counted[each.name], counted[(each.floor or each).name]
        found.add(each.name, f"{count:,.0f}", f"{count / floor:.2f}")
    return found


def instructions(contenders: Sequence[Contender]) -> list[float]:
    """Return the instructions of each contender for a record: a longer run, less a shorter one.

    Raises:
        Failed: valgrind is not installed, or a contender did not end well.
    """
    if shutil.which("valgrind") is None:
        raise Failed("valgrind was not found. On Debian and Ubuntu: apt install valgrind")
    with ThreadPoolExecutor(2) as pool:  # counts do not depend on what else is running
        few, many = pool.map(lambda records: _runs(contenders, records), (_FEW, _MANY))
    return [(more - less) / (_MANY - _FEW) for less, more in zip(few, many, strict=True)]


def _runs(contenders: Sequence[Contender], records: int) -> list[int]:
    """Return the instructions of whole runs."""
    with vendor() as double:
        counts = []
        for each in contenders:
            double.behave(records=records, **each.behaviour)
            counts.append(_run(each, double.url))
        return counts


def _run(contender: Contender, url: str) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = contender.prepare(url, folder)
        run(command)  # compiles what is not compiled yet
        valgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts")
        run(replace(command, arguments=[*valgrind, *command.arguments]))
        totals = _TOTALS.search((folder / "counts").read_text(encoding="utf-8"))
        if totals is None:
            raise Failed("callgrind wrote no total")
        return int(totals[1])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--at-most", type=float, default=float("inf"))
    limit = parser.parse_args().at_most
    try:
        counted = instructions((TAP, TAP_INCIDENTS))
    except Failed as failure:
        sys.exit(str(failure))
    for each, count in zip((TAP, TAP_INCIDENTS), counted, strict=True):
        print(f"{each.name}: {count:,.0f} instructions a record")
    if max(counted) > limit:
        sys.exit(f"At most {limit:,.0f} are allowed.")


if __name__ == "__main__":
    main()
