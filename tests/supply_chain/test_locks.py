"""What is installed is what was locked: versions and hashes, for the project and its plugins."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
HASH = re.compile(r"sha256:[0-9a-f]{64}")


def plugins() -> list[tuple[str, str]]:
    """Return name and pip_url of every plugin of the Meltano project."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text("utf-8"))
    files = [project, *(yaml.safe_load((ROOT / path).read_text("utf-8"))
                        for path in project["include_paths"])]  # fmt: skip
    found: list[Any] = [
        plugin for file in files for kind in file.get("plugins", {}).values() for plugin in kind
    ]
    return [(plugin["name"], plugin["pip_url"]) for plugin in found if "pip_url" in plugin]


def test_every_locked_package_of_the_project_has_hashes() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    fetched = [package for package in lock["package"] if "registry" in package["source"]]
    local = [package for package in lock["package"] if package not in fetched]
    assert len(fetched) > 100
    assert all(package["source"].keys() <= {"editable", "virtual"} for package in local)
    for package in fetched:
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        assert files, package["name"]
        assert all(HASH.fullmatch(file["hash"]) for file in files), package["name"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_package_of_a_plugin_has_a_version_and_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", path.read_text("utf-8").strip())
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry
        assert HASH.search(entry), entry
    assert len(entries) > 5


@pytest.mark.parametrize(("name", "pip_url"), plugins())
def test_meltano_installs_plugins_from_their_lock(name: str, pip_url: str) -> None:
    option, lock, *rest = shlex.split(pip_url)
    assert option == "-c", name
    locked = (ROOT / lock).read_text("utf-8")
    for requirement in [each for each in rest if each != "-e"]:
        if requirement.startswith("./"):
            assert (ROOT / requirement / "pyproject.toml").is_file()
        else:
            assert f"\n{requirement} " in f"\n{locked}", "make requirements"


@pytest.mark.parametrize(
    ("lock", "parts"),
    [
        (
            "plugins.txt",
            (
                "--package=tap-gravityzone",
                "--package=tap-cortex-xdr",
                "--package=target-duckdb-edr",
            ),
        ),
        ("receiver.txt", ("--package=tap-gravityzone",)),
        ("dbt.txt", ("--project=transform", "--all-extras")),
    ],
)
def test_the_locks_of_our_packages_are_those_of_the_project(
    lock: str, parts: tuple[str, ...]
) -> None:
    exported = subprocess.run(
        [UV, "export", "--quiet", "--frozen", "--offline", "--no-default-groups",
         "--no-emit-workspace", "--no-header", "--no-annotate", *parts],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert exported == (ROOT / "requirements" / lock).read_text("utf-8"), "make requirements"


def test_a_wrong_hash_stops_an_installation(tmp_path: Path) -> None:
    """The constraints of ``pip_url`` bind hashes too; uv looks before it installs."""
    wheel = _wheel(tmp_path)
    for digest, status in ((_sha256(wheel), 0), ("0" * 64, 1)):
        lock = tmp_path / "lock.txt"
        lock.write_text(f"thing==1.0 --hash=sha256:{digest}\n")
        done = subprocess.run(
            [UV, "pip", "install", "--quiet", "--offline", "--no-index", "--no-cache",
             "--find-links", str(tmp_path), "--target", str(tmp_path / digest[:8]),
             "-c", str(lock), "thing"],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert bool(done.returncode) == bool(status), done.stderr


def test_the_list_of_all_packages_is_made_of_the_lock() -> None:
    made = subprocess.run(
        [UV, "export", "--quiet", "--frozen", "--offline", "--all-packages", "--format",
         "cyclonedx1.5"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    components = yaml.safe_load(made)["components"]
    names = {component["name"] for component in components}
    assert {"singer-sdk", "requests", "meltano", "tap-gravityzone", "tap-cortex-xdr"} <= names


def _wheel(folder: Path) -> Path:
    path = folder / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("thing.py", "")
        info = "thing-1.0.dist-info"
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
