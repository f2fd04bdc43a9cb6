"""The files of the command line - settings, state, catalog - checked before the SDK takes them.

What is wrong is said in one sentence that names the file's kind, never with a value out of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_sdk.helpers._util import load_json
from singer_sdk.singerlib import Catalog

from edr_tap_kit import times
from edr_tap_kit.errors import RunError

_BOOKMARK_TIMES = ("replication_key_value", "read_through", "start_date")
# What other taps keep there; the SDK would read a stream once for each partition.
_BOOKMARKS_OF_THE_SDK = frozenset({"partitions", "progress_markers"})


def check_settings_file(path: str) -> None:
    """Raise ``RunError`` unless the file is there and holds a JSON object."""
    try:
        document: Any = load_json(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise RunError(f"The settings file {path} does not exist.") from None
    except (OSError, ValueError):
        document = None
    if not isinstance(document, dict):
        raise RunError(f"The settings file {path} is not readable as a JSON object.")


def environment_problem(schema: Mapping[str, Any], prefix: str) -> str:
    """Return the sentence about the setting that the SDK could not read from the environment."""
    for name, setting in schema["properties"].items():
        text = os.environ.get(f"{prefix}{name.upper()}", "0")
        if "integer" in setting["type"] and not text.strip().lstrip("+-").isdecimal():
            return f"Setting '{name}' must be of type integer (in the environment)."
    return "A setting in the environment is no JSON: lists and objects must be written as JSON."


def document(file: Any, what: str) -> dict[str, Any] | None:
    """Return the JSON object that an open file holds."""
    if file is None:
        return None
    try:
        content = load_json(file.read())
    except ValueError:
        raise RunError(f"The {what} file is not JSON.") from None
    if not isinstance(content, dict):
        raise RunError(f"The {what} file must hold a JSON object.")
    return content


def catalog_streams(catalog: Mapping[str, Any]) -> set[str]:
    """Return the names of a catalog's streams; raises ``RunError`` when it is no catalog."""
    try:
        names = {str(entry["tap_stream_id"]) for entry in catalog["streams"]}
        for entry in Catalog.from_dict(dict(catalog)).values():
            entry.schema.to_dict()["properties"].items()
    except (AttributeError, KeyError, TypeError, ValueError):
        raise RunError(
            "The catalog is not a Singer catalog: 'streams' must be a list of objects with "
            "tap_stream_id, schema and metadata. Make it anew with --discover."
        ) from None
    return names


def bookmarks(state: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bookmarks of a state by stream, their times as UTC text."""
    found: Any = state.get("bookmarks", {})
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise RunError("The state is not a Singer state: 'bookmarks' must be an object of objects.")
    return {name: _bookmark(name, each) for name, each in found.items()}


def _bookmark(stream: str, bookmark: Mapping[str, Any]) -> dict[str, Any]:
    ours = {key: value for key, value in bookmark.items() if key not in _BOOKMARKS_OF_THE_SDK}
    for key in _BOOKMARK_TIMES:
        if ours.get(key) is not None:
            try:
                ours[key] = times.to_utc_text(ours[key])
            except ValueError:
                raise RunError(
                    f"The state's bookmark of stream '{stream}' is no date-time ({key}). Correct "
                    "it, or clear the state and run again."
                ) from None
    return ours
