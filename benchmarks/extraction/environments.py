"""A virtual environment for each client, made when it is first asked for.

They are kept in ``.environments`` beside this file; a changed list of requirements makes a new one.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
CLIENTS = _HERE / "clients"
_ENVIRONMENTS = _HERE / ".environments"


def python_of(client: str) -> str:
    """Return the interpreter of the environment that ``clients/<client>.txt`` describes."""
    requirements = CLIENTS / f"{client}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = _ENVIRONMENTS / f"{client}-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "-q", "--python", sys.executable, folder], check=True)
        # Compiled at once, so that the first run is no different from the others.
        subprocess.run(
            [*uv, "pip", "install", "-q", "--compile-bytecode", "--python", python, "-r",
             requirements], check=True,
        )  # fmt: skip
        (folder / "ready").touch()
    return str(python)
