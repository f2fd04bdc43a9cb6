"""The loaders that are compared: how each is installed, and how it is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "loading"
# What a peer is run with: the Singer file, and a fresh folder that it may write to.
Command = Callable[[Path, Path], list[str]]


@dataclass(frozen=True)
class Peer:
    """A loader.

    Attributes:
        name: As the table shows it.
        requirements: What is installed into an environment of its own; nothing for the project's.
        command: Returns the command line.
        reads_stdin: Whether the Singer file is its standard input.
    """

    name: str
    requirements: tuple[str, ...]
    command: Command
    reads_stdin: bool = True

    def program(self, name: str) -> str:
        """Return the path of a program of the peer's environment, which is made on demand."""
        if not self.requirements:
            return str(Path(sys.executable).parent / name)
        folder = CACHE / self.name.replace(" ", "-")
        if not (folder / ".ready").exists():
            uv = [sys.executable, "-m", "uv"]
            subprocess.run([*uv, "venv", "-q", "--clear", str(folder)], check=True)
            python = str(folder / "bin" / "python")
            subprocess.run(
                [*uv, "pip", "install", "-q", "--python", python, *self.requirements], check=True
            )
            (folder / ".ready").touch()
        return str(folder / "bin" / name)


def peers(postgres: str | None) -> list[Peer]:
    """Return what is compared; PostgreSQL only where a server's URL is given."""
    found = [
        Peer("target-duckdb-edr", (), _edr),
        Peer(
            "target-duckdb 0.8.0",
            ("target-duckdb==0.8.0", "duckdb==1.0.0", "setuptools"),
            lambda _, folder: [
                "target-duckdb",
                "--config",
                _settings(folder, filepath=str(folder / "w.duckdb"), default_target_schema="main"),
            ],
        ),
        Peer(
            "target-jsonl 0.1.4",
            ("target-jsonl==0.1.4", "setuptools<81"),
            lambda _, folder: [
                "target-jsonl",
                "--config",
                _settings(folder, destination_path=str(folder)),
            ],
        ),
        Peer(
            "dlt to DuckDB",
            ("dlt[duckdb]", "pyarrow", "orjson", "duckdb<1.6"),
            lambda file, folder: ["python", str(HERE / "with_dlt.py"), str(file), str(folder)],
            reads_stdin=False,
        ),
        Peer(
            "floor: read_json",
            (),
            lambda file, folder: ["python", str(HERE / "floor.py"), str(file), str(folder)],
            reads_stdin=False,
        ),
    ]
    if postgres:
        found.append(
            Peer(
                "target-postgres 0.8.1",
                ("meltanolabs-target-postgres==0.8.1",),
                lambda _, folder: [
                    "target-postgres",
                    "--config",
                    _settings(
                        folder,
                        sqlalchemy_url=postgres,
                        default_target_schema=f"bench_{os.getpid()}_{folder.name}",
                        use_copy=True,
                        validate_records=False,
                        batch_size_rows=5000,
                    ),
                ],
            )
        )
    return found


def _edr(_: Path, folder: Path) -> list[str]:
    settings = _settings(folder, filepath=str(folder / "w.duckdb"), batch_size_rows=5000)
    return ["target-duckdb-edr", "--config", settings]


def _settings(folder: Path, **settings: object) -> str:
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    return str(file)
