"""Licences of all that is installed, from its own metadata, against a list of those allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Permissive ones, and those that bind only who changes or links the library itself: all are used
# as they are, from PyPI.
ALLOWED = {
    "Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "PSF-2.0", "CNRI-Python",
    "0BSD", "AFL-2.1", "Artistic-1.0", "CC0-1.0", "LGPL-2.1", "LGPL-3.0-only", "MPL-2.0",
    "Public-Domain", "Zlib",
}  # fmt: skip
_LONGEST_NAME = 80  # what is longer is a whole licence
# How metadata without a licence expression says it.
NAMES = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.1",
    "Public Domain": "Public-Domain",
    "Artistic License": "Artistic-1.0",
}
# Whose metadata says nothing, by hand.
BY_HAND = {
    # Its LICENSE is the AGPL 3. A program of its own, installed only where that loader is; nothing
    # of this project links it. docs/security.md says so.
    "target-jsonl": "an own program",
    # Of target-jsonl alone.
    "singer-python": "an own program",
    "promql-parser": "MIT",  # its licences/LICENSE
}


def environments() -> list[Path]:
    """Return the packages' folders of the project's environment and of Meltano's."""
    return [
        *ROOT.glob(".venv/lib/python3*/site-packages"),
        *ROOT.glob(".meltano/*/*/venv/lib/python3*/site-packages"),
        *ROOT.glob("transform/.venv/lib/python3*/site-packages"),
    ]


def installed() -> Iterator[Distribution]:
    """Yield every installed package of all environments."""
    for folder in environments():
        yield from distributions(path=[str(folder)])


def licence(package: Distribution) -> str:
    """Return a licence expression, from whichever field of the metadata has it."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier", [])
        if text.startswith("License :: ") and text != "License :: OSI Approved"
    ]
    text = (metadata.get("License") or "").strip()
    texts = classifiers or [text if len(text) < _LONGEST_NAME else ""]
    return " OR ".join(NAMES.get(text, text) for text in texts)


def allowed(expression: str) -> bool:
    """Whether one side of each OR, and all of each AND, is allowed."""
    alternatives = re.split(r"\s+OR\s+", expression.replace("(", "").replace(")", ""))
    return any(set(re.split(r"\s+AND\s+", each)) <= ALLOWED for each in alternatives)


def test_all_licences_are_allowed() -> None:
    assert len(environments()) >= 7, "make setup"
    refused = {
        f"{package.name} {package.version}": licence(package)
        for package in installed()
        if package.name not in BY_HAND and not allowed(licence(package))
    }
    assert refused == {}


def test_what_was_decided_by_hand_is_still_silent() -> None:
    found = {package.name: licence(package) for package in installed()}
    for name in BY_HAND.keys() & found.keys():
        assert found[name] in {"", "UNKNOWN"}, f"{name} says it itself now: remove it here"


def test_what_is_not_on_the_list_is_refused() -> None:
    assert not allowed("AGPL-3.0-only")
    assert not allowed("MIT AND GPL-3.0-or-later")
    assert not allowed("")
    assert allowed("GPL-2.0-only OR MIT")
