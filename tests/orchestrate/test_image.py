"""The image of the project, without an engine: what its Containerfile copies, installs and runs.

The steps run in a folder of their own; the command then runs without rights, in a project that
it cannot write to, with the variables of the Containerfile.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Bench
from tests.warehouse.reading import duckdb_table
from tests.warehouse.truth import assert_warehouse

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "deploy" / "project" / "Containerfile").read_text("utf-8")
HOME_IN_IMAGE = "/opt/edr-taps"
WORK_IN_IMAGE = "/var/lib/edr-taps"
USER = 10001


@dataclass(frozen=True)
class Image:
    """The file system of the image, as far as the Containerfile makes it."""

    root: Path

    @property
    def project(self) -> Path:
        """Where the project is."""
        return self.root / HOME_IN_IMAGE.lstrip("/")

    @property
    def work(self) -> Path:
        """The folder that the user may write to."""
        return self.root / WORK_IN_IMAGE.lstrip("/")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the image without rights, in its folder and with its variables."""
        variables = {
            name: re.sub(rf"({HOME_IN_IMAGE}|^{WORK_IN_IMAGE})", rf"{self.root}\1", value)
            for name, value in re.findall(r"(?:ENV|^ {3}) (\w+)=(\S+)", CONTAINERFILE, re.MULTILINE)
        }
        program = self.project / ".venv" / "bin" / command[0]
        # Root without capabilities has no more rights than another user; who is not root has none.
        drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        return subprocess.run(
            [*(drop if os.getuid() == 0 else []), str(program), *command[1:]],
            cwd=self.project, env={**variables, "TMPDIR": str(self.work), **environment},
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, made once."""
    root = tmp_path_factory.mktemp("image")
    made = Image(root)
    try:
        copy(made.project)
        subprocess.run(
            ["sh", "deploy/project/install.sh"], cwd=made.project, check=True, capture_output=True,
            timeout=500,
        )  # fmt: skip
        made.work.mkdir(parents=True)
        subprocess.run(["chmod", "-R", "a-w", str(made.project)], check=True)
        yield made
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(root)], check=True)
        shutil.rmtree(root)


def copy(project: Path) -> None:
    """Copy what the first stage copies."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for line in re.findall(r"^COPY (?!--)(.+)$", CONTAINERFILE, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            to = project / target / Path(source).name if target.endswith("/") else project / target
            to.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=ignored)
            else:
                shutil.copy(ROOT / source, to)


def test_a_unit_runs_without_rights_in_a_project_that_cannot_be_written(
    image: Image, cortex: Bench
) -> None:
    before = contents(image.project)
    tenants = image.root / "tenants.yml"
    warehouse = image.work / "acme.duckdb"
    tenants.write_text(
        "regions:\n"
        f"  here: {{loader: target-duckdb, settings: {{filepath: {warehouse}}}}}\n"
        "tenants:\n"
        "  acme:\n"
        "    products:\n"
        "      cortex-xdr:\n"
        f"        settings: {{api_url: {cortex.server.url}, api_key_id: 7, "
        "requests_per_second: 500, api_key: {env: ACME_KEY}}\n"
    )
    key = cortex.config["api_key"]
    done = image.run("edr-orchestrate", f"--tenants={tenants}", "run", "acme", ACME_KEY=key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert_warehouse(cortex, lambda *table: duckdb_table(warehouse, *table))
    assert contents(image.project) == before, "the project was written to"


def test_the_project_cannot_be_written_there(image: Image) -> None:
    touched = image.run("python", "-c", "open('meltano.yml', 'a')")
    assert "Permission denied" in touched.stderr


def test_states_are_managed_in_it_too(image: Image) -> None:
    before = contents(image.project)
    state = '{"singer_state": {"bookmarks": {}}}'
    assert image.run("meltano", "state", "set", "--force", "dev:any", state).returncode == 0
    assert image.run("meltano", "state", "list").stdout.strip() == "dev:any"
    assert contents(image.project) == before


def test_its_list_of_packages_is_inside(image: Image) -> None:
    listed = (image.project / "sbom.cdx.json").read_text("utf-8")
    for package in ("meltano", "singer-sdk", "boto3", "azure-storage-blob", "psycopg-binary"):
        assert f'"name": "{package}"' in listed


def test_the_image_runs_as_nobody_of_rights() -> None:
    assert re.search(rf"^USER {USER}:{USER}$", CONTAINERFILE, re.MULTILINE)
    last = CONTAINERFILE.rsplit("\nFROM ", 1)[1]
    assert "COPY --from=build" in last
    assert "install.sh" not in last


def contents(folder: Path) -> dict[str, int]:
    """Return all files of a folder with their times of change."""
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}
