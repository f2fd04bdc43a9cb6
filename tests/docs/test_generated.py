"""The documentation agrees with the code, and with itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tap_gravityzone.receiver.cli import main as receiver

from tests.support.running import command, discovered

ROOT = Path(__file__).resolve().parents[2]
TAPS = ("tap-gravityzone", "tap-cortex-xdr")
# Words with an underscore that are neither a setting nor a column.
OTHER_WORDS = {
    "inherit_from",
    "get_alerts",
    "get_alerts_multi_events",
    "date_created",
    "license_key",
}


def documents() -> list[Path]:
    """Return every Markdown file of the project."""
    found = ROOT.rglob("*.md")
    return sorted(
        path
        for path in found
        if not any(
            part.startswith(".") or part in {"output", "dist", "node_modules"}
            for part in path.relative_to(ROOT).parts
        )
    )


def prose(text: str) -> str:
    """Return a document without its fenced code, its comments and its generated tables."""
    text = re.sub(r"<!-- begin: (\w+) -->.*?<!-- end: \1 -->", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return without_code(text)


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*?) *$", without_code(text), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@cache
def settings_of(tap: str) -> set[str]:
    done = command(tap, "--about", "--format", "json")
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout)["settings"]["properties"])


@cache
def words_of(tap: str) -> set[str]:
    """Return all names that a tap's README may mention beside its settings."""
    words: set[str] = set(OTHER_WORDS)
    for stream in discovered(tap)["streams"]:
        words |= {stream["stream"], *stream["schema"]["properties"]}
    loaders = (ROOT / "meltano.yml").read_text(encoding="utf-8")
    return words | set(re.findall(r"^ +- name: (\w+)$", loaders, flags=re.MULTILINE))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_nothing_generated_is_stale() -> None:
    script = ROOT / "scripts" / "generate_docs.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    told = "run `python scripts/generate_docs.py`"
    assert done.returncode == 0, f"{told}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("path", documents(), ids=relative)
def test_relative_links_resolve(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        found = linked.exists() and linked.is_relative_to(ROOT)
        if not found or (anchor and anchor not in anchors(linked.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("tap", TAPS)
def test_settings_that_the_readme_mentions_exist(tap: str) -> None:
    text = prose((ROOT / tap / "README.md").read_text(encoding="utf-8"))
    mentioned = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text))
    assert mentioned & settings_of(tap), "the README mentions no setting at all"
    assert not mentioned - settings_of(tap) - words_of(tap)


@pytest.mark.parametrize("tap", TAPS)
def test_settings_in_examples_exist(tap: str) -> None:
    text = (ROOT / tap / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```json\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    assert examples
    for example in examples:
        assert set(json.loads(example)) <= settings_of(tap)


def receiver_variables() -> set[str]:
    names = {"authorization", "api_key", *(str(option.name) for option in receiver.params)}
    return {f"TAP_GRAVITYZONE_RECEIVER_{name}".upper() for name in names}


@pytest.mark.parametrize("path", documents(), ids=relative)
def test_environment_variables_exist(path: Path) -> None:
    known: set[str] = set()
    for tap in TAPS:
        prefix = tap.upper().replace("-", "_")
        known |= {f"{prefix}_{name}".upper() for name in settings_of(tap)}
    known |= receiver_variables()
    text = path.read_text(encoding="utf-8")
    # A tap that inherits has a name of its own between: TAP_CORTEX_XDR__EU_API_KEY.
    named = re.findall(r"\bTAP_(?:GRAVITYZONE|CORTEX_XDR)(?:__[A-Z]+)?_[A-Z][A-Z_]*[A-Z]\b", text)
    assert not {re.sub(r"__[A-Z]+?_", "_", name, count=1) for name in named} - known


def test_the_kit_names_all_of_its_rooms() -> None:
    kit = ROOT / "edr-tap-kit"
    rooms = {path.name for path in (kit / "edr_tap_kit").glob("[a-z]*.py")}
    text = (kit / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+\.py)` \|", text, flags=re.MULTILINE)) == rooms


@pytest.mark.parametrize("path", documents(), ids=relative)
def test_make_targets_exist(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, flags=re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    fenced = "\n".join(re.findall(r"^```.*?^```", text, flags=re.DOTALL | re.MULTILINE))
    named = set(re.findall(r"^(?:\$ )?make ([a-z-]+)", fenced, flags=re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z-]+)", text))
    assert not named - targets
