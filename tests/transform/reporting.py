"""The report of a warehouse, and what is in it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.transform.programs import TRANSFORM
from tests.transform.warehouses import Warehouse


def report(warehouse: Warehouse) -> Path:
    """Write the report of a warehouse."""
    page = warehouse.folder / "report.html"
    done = subprocess.run(
        [str(TRANSFORM / ".venv" / "bin" / "soc-report"), "html", "--output", str(page)],
        env=warehouse.environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == f"The report: {page}"
    return page


def panels(page: Path) -> dict[str, Any]:
    """Return the data inside a report, by panel."""
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL
    )
    assert found is not None
    return {panel["name"]: panel["rows"] for panel in json.loads(found[1])["panels"]}
