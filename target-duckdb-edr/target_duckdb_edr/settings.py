"""The loader's settings: names, defaults, and the names that target-duckdb gave them."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_sdk import typing as th
from singer_sdk.helpers._typing import is_integer_type, is_number_type

from target_duckdb_edr.errors import LoaderError, shown

PROPERTIES = th.PropertiesList(
    th.Property("filepath", th.StringType, required=True, title="File",
                description="The DuckDB file; it and its folder are made when they are absent. "
                "'path' is another name of this setting."),
    th.Property("default_target_schema", th.StringType, title="Schema",
                description="The schema of the tables. Absent: the stream's, when its name is "
                "<schema>-<table>, else main."),
    th.Property("load_method", th.StringType, default="upsert", title="Load method",
                allowed_values=["upsert", "append-only", "overwrite"],
                description="upsert replaces rows of the same key, and appends where a stream has "
                "no key. append-only keeps every record. overwrite empties the table before the "
                "run's first batch, then upserts."),
    th.Property("primary_key_required", th.BooleanType, default=False, title="Keys required",
                description="Whether a stream without key properties is an error."),
    th.Property("batch_size_rows", th.IntegerType(minimum=1), default=10_000, title="Batch size",
                description="Rows of a stream that make a full batch, rounded down to whole row "
                "groups of 2,048; 12 to 24 MB of records are a full batch as well, in tables of "
                "more than 375 columns up to 64 kB a column. A full batch "
                "commits all streams, and passes the state on."),
    th.Property("batch_wait_limit_seconds", th.NumberType(minimum=0), default=300,
                title="Longest wait",
                description="Seconds after which rows are committed although no batch is full."),
    th.Property("flush_all_streams", th.BooleanType, default=True, title="Commit all streams",
                allowed_values=[True],
                description="Always on: a state is passed on only when every row before it is "
                "committed."),
    th.Property("timestamp_type", th.StringType, default="TIMESTAMP", title="Type of times",
                allowed_values=["TIMESTAMP", "TIMESTAMPTZ"],
                description="Type of date-time columns. Both hold UTC to the microsecond; offsets "
                "are converted."),
    th.Property("nested_type", th.StringType, default="JSON", title="Type of objects and arrays",
                allowed_values=["JSON", "STRUCT"],
                description="JSON holds any object or array as it came. STRUCT makes STRUCT and "
                "LIST columns of those that the schema describes; what does not fit is an error."),
    th.Property("add_record_metadata", th.BooleanType, default=False, title="Metadata columns",
                description="Add the SDK's columns _sdc_extracted_at, _sdc_received_at, "
                "_sdc_batched_at, _sdc_deleted_at, _sdc_sequence, _sdc_table_version and "
                "_sdc_sync_started_at. 'add_metadata_columns' is another name of this setting."),
    th.Property("hard_delete", th.BooleanType, default=False, title="Hard delete",
                description="Delete rows that a full reading did not return any more, and rows "
                "with _sdc_deleted_at, instead of marking them."),
    th.Property("validate_records", th.BooleanType, default=False, title="Validate records",
                description="Check every record against its schema before it is loaded. Values are "
                "checked against their columns' types in any case."),
    th.Property("lock_wait_seconds", th.NumberType(minimum=0), default=300, title="Wait for lock",
                description="Seconds to wait for a file that another process has open."),
    th.Property("memory_limit", th.StringType, default="1GB", title="Memory limit",
                description="DuckDB's own limit. What a batch needs is far less, unless rows are "
                "of a megabyte, and is given back after each batch."),
    th.Property("threads", th.IntegerType(minimum=1), default=1, title="Threads",
                description="DuckDB's threads. More of them load wide rows no faster, and need "
                "more memory."),
    th.Property("temp_dir", th.StringType, title="Temporary folder",
                description="Where DuckDB puts what does not fit in memory. Absent: the system's."),
    th.Property("data_flattening_max_level", th.IntegerType, default=0, allowed_values=[0],
                title="Flattening",
                description="Not supported: it loses objects without declared properties. Flatten "
                "in the tap, or with flattening_enabled."),
).to_dict()  # fmt: skip

# Settings of target-duckdb that are called otherwise here.
ALIASES = {"path": "filepath", "add_metadata_columns": "add_record_metadata"}


def problems(config: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the names of the settings, and with those that lose data."""
    found = [_unknown(name, known) for name in config if name not in known]
    if config.get("data_flattening_max_level"):
        found.append(
            "data_flattening_max_level is not supported: it loses objects without declared "
            "properties. Flatten in the tap instead (flattening_enabled, flattening_max_depth)."
        )
    if config.get("flush_all_streams") is False:
        found.append(
            "flush_all_streams cannot be off: a state would cover rows that are not committed yet."
        )
    return found + _problems_of_path(str(config.get("filepath", "")))


def typed(config: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with numbers that are texts, as in the environment, as numbers."""
    return {
        name: float(value)
        if isinstance(value, str) and is_number_type(known.get(name, {})) and _is_number(value)
        else value
        for name, value in config.items()
    }


def check_file(path: str) -> None:
    """Check a settings file before the SDK takes it.

    Raises:
        LoaderError: When it is no JSON object.
        OSError: When it cannot be read.
    """
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise LoaderError(f"The settings file {path} is not readable as a JSON object.")


def environment_problem(known: Mapping[str, Any], prefix: str) -> str:
    """Return what is wrong with the setting that the SDK could not read from the environment."""
    for name, setting in known.items():
        variable = f"{prefix}{name.upper()}"
        text = os.environ.get(variable, "0")
        if is_integer_type(setting) and not re.fullmatch(r"\s*[-+]?[0-9]+\s*", text):
            return f"Setting '{name}' must be an integer, not {shown(text)} ({variable})."
    return "A setting in the environment is no JSON: lists and objects must be written as JSON."


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _problems_of_path(path: str) -> list[str]:
    if path.startswith(("md:", "motherduck:")):
        return ["MotherDuck is not supported: filepath must name a file."]
    if "://" in path:
        return [f"filepath must name a file of this machine, not a URL such as {path}."]
    if str(Path(path)).startswith(":memory:"):
        return [
            "filepath must name a file: what is loaded into ':memory:' would be gone with the run."
        ]
    return []


def with_own_names(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings under their names here; those that are null are left out."""
    given = {name: value for name, value in config.items() if value is not None}
    own = {name: value for name, value in given.items() if name not in ALIASES}
    return {ALIASES[name]: given[name] for name in ALIASES if name in given} | own


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, [*known, *ALIASES], n=1)
    hint = f" Do you mean '{near[0]}'?" if near else " See --about for those that exist."
    return f"Setting '{name}' does not exist.{hint}"
