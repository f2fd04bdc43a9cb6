"""The command `soc-report html`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from soc_report.page import render
from soc_report.panels import PANELS, filled
from soc_report.warehouse import Warehouse, WarehouseError


def main() -> None:
    """Write the report and say where it is; exit status 1 with one message when that fails."""
    parser = argparse.ArgumentParser(prog="soc-report", description=__doc__)
    commands = parser.add_subparsers(required=True)
    html = commands.add_parser("html", help="write the report as one HTML file")
    html.add_argument(
        "--output",
        type=Path,
        default=Path(os.environ.get("DBT_REPORT_PATH") or "report.html"),
        help="where to write it (DBT_REPORT_PATH)",
    )
    output: Path = parser.parse_args().output
    try:
        with Warehouse() as warehouse:
            page = render([filled(panel, warehouse) for panel in PANELS])
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(page, encoding="utf-8")
    except (WarehouseError, OSError) as error:
        sys.exit(f"soc-report: {error}")
    print(f"The report: {output.resolve()}")  # noqa: T201
