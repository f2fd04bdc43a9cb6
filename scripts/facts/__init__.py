"""What the documentation says of a tap and its code does not, from the files beside this one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent


class Facts:
    """The facts of one tap, by its name."""

    def __init__(self, tap: str) -> None:
        found: dict[str, Any] = tomllib.loads((FOLDER / f"{tap}.toml").read_text("utf-8"))
        self.streams: dict[str, dict[str, str]] = found["streams"]
        self.methods: list[tuple[str, str, list[str], str]] = [
            (method, version, [each for each in streams.split(", ") if each], note)
            for method, version, streams, note in found["methods"]["rows"]
        ]
        plugin = (ROOT / tap / "plugin.yml").read_text("utf-8")
        self.shipped = set(re.findall(r"^    - (\w+)\.\*$", plugin, flags=re.MULTILINE))

    def cost(self, stream: str) -> str:
        """Return what a stream costs in requests."""
        return self.streams[stream]["cost"]

    def needs(self, stream: str) -> str:
        """Return the right, API or licence that a stream needs."""
        return self.streams[stream]["needs"]

    def calls(self, stream: str) -> str:
        """Return the vendor's calls behind a stream."""
        return ", ".join(
            f"`{method}`" for method, _, streams, _ in self.methods if stream in streams
        )

    def selection(self, stream: str) -> str:
        """Return how a stream comes to be read."""
        return "shipped" if stream in self.shipped else "opt-in"
