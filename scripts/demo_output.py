"""What the demo prints: headings, tables, and of Meltano's log what a person wants to see."""

from __future__ import annotations

import re
import shutil
from typing import Any

from edr_tap_kit.logs import plain

LOG_LINE = re.compile(r"^\S+ \[(?P<level>\w+)\s*\] (?P<source>\S+)\s+(?P<text>.*)$")
NOISE = re.compile(r"METRIC|Skipping parse of env|CREATE |Created table|^Added |Meltano SDK")


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


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


def print_progress(line: str) -> None:
    """Print what is worth it of a line of Meltano's log."""
    found = LOG_LINE.match(line)
    if found is None or NOISE.search(found["text"]):
        return
    if found["source"] == "meltano" and found["level"] == "info":
        return
    level = "" if found["level"] == "info" else f"{found['level'].upper()} "
    width = shutil.get_terminal_size((120, 24)).columns
    print(f"  {found['source']:<16} {level}{found['text']}"[:width], flush=True)
