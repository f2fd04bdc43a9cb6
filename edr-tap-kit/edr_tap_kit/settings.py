"""The settings that both taps have, their checks, and their typed form.

A message about a setting names it and says what is wrong; it never repeats a value, because the
value may be a secret that was put into the wrong place.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from singer_sdk import typing as th

from edr_tap_kit import times

# Beyond these, values mean nothing more and overflow somewhere on the way.
_LONGEST_TIMEOUT = 86_400.0
_MOST_IN_FLIGHT = 256
_SLOWEST = 1e-4  # requests a second
# Longer names than any of ours are not repeated: they may be a secret in the wrong place.
_LONGEST_NAME_SHOWN = 40


_BATCH_CONFIG = th.ObjectType(
    th.Property("encoding", th.ObjectType(
        th.Property("format", th.StringType, allowed_values=["jsonl", "arrow"]),
        th.Property("compression", th.StringType, allowed_values=["gzip", "none"]),
    )),
    th.Property("storage", th.ObjectType(
        th.Property("root", th.StringType, required=True),
        th.Property("prefix", th.StringType),
    ), required=True),
    th.Property("batch_size", th.IntegerType(minimum=1)),
)  # fmt: skip


def common_properties(*, requests_per_second: float) -> list[th.Property[Any]]:
    """Return the properties of the settings both taps share; the default budget is the vendor's."""
    return [
        th.Property("api_key", th.StringType, required=True, secret=True, title="API key",
                    description="The API key, shown once when it is created."),
        th.Property("start_date", th.DateTimeType, title="Start date",
                    description="Where the first run begins. Absent: all that the vendor still "
                    "holds. A value without an offset is UTC."),
        th.Property("end_date", th.DateTimeType, title="End date",
                    description="Exclusive upper end, for backfill shards. Absent: now."),
        th.Property("lookback_minutes", th.IntegerType(minimum=0), title="Look-back",
                    description="How many minutes before the bookmark a run re-reads. Absent: each "
                    "stream's own default."),
        th.Property("page_size", th.IntegerType(minimum=1), title="Page size",
                    description="Rows a request, capped at each method's own limit. Absent: that "
                    "limit, or less where a page would be large."),
        th.Property("requests_per_second", th.NumberType(exclusive_minimum=0),
                    default=requests_per_second, title="Requests per second",
                    description="Client-side request budget of this key."),
        th.Property("max_parallel_requests", th.IntegerType(minimum=1), default=8,
                    title="Parallel requests",
                    description="How many requests may be in flight at once. With a slow vendor, "
                    "seven fill a budget of ten a second at answers of half a second."),
        th.Property("request_timeout", th.NumberType(exclusive_minimum=0), default=120,
                    title="Request time-out",
                    description="Seconds until an unanswered request is given up and repeated."),
        th.Property("max_retries", th.IntegerType(minimum=0), default=6, title="Retries",
                    description="Attempts after the first, for transient faults."),
        th.Property("backoff_seconds", th.NumberType(exclusive_minimum=0), default=1,
                    title="First back-off",
                    description="Seconds before the first repetition of a failed request; doubles "
                    "up to 60. A wait that the vendor asks for is kept as it is."),
        th.Property("emit_activate_version_messages", th.BooleanType, default=False,
                    title="Mark vanished rows",
                    description="Whether a complete read of a whole table ends with an "
                    "ACTIVATE_VERSION message, by which loaders mark or delete the rows that are "
                    "gone. Not for a table that several tenants or keys share."),
        th.Property("batch_config", _BATCH_CONFIG, title="Batch files",
                    description="Write records to files, for loaders that take BATCH messages: "
                    "format jsonl or arrow, compression of jsonl (gzip or none), storage root as "
                    "URL, and the most records of a file."),
        th.Property("verify_ssl", th.BooleanType, default=True, title="Verify TLS",
                    description="Whether the server's certificate is verified."),
        th.Property("ca_bundle", th.StringType, title="CA bundle",
                    description="Path of a file with the certificate authorities to trust."),
        th.Property("user_agent", th.StringType, title="User agent",
                    description="User-Agent header. Absent: the tap's name and version."),
        th.Property("tenant", th.StringType, title="Tenant label",
                    description="Label of this vendor tenant. When set, every record carries it "
                    "as _tenant, the first property of every primary key."),
    ]  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The shared settings, typed; times are RFC 3339 UTC texts.

    A vendor's settings extend this class and override :meth:`extra_fields`.
    """

    api_key: str
    start_date: str | None
    end_date: str | None
    lookback_minutes: int | None
    page_size: int | None
    requests_per_second: float
    max_parallel_requests: int
    request_timeout: float
    max_retries: int
    backoff_seconds: float
    verify_ssl: bool
    ca_bundle: str | None
    user_agent: str
    tenant: str | None

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, user_agent: str) -> Self:
        """Build from a validated configuration."""
        return cls(
            api_key=config["api_key"].strip(),
            start_date=_time(config, "start_date"),
            end_date=_time(config, "end_date"),
            lookback_minutes=config.get("lookback_minutes"),
            page_size=config.get("page_size"),
            # The SDK reads the fractions of a settings file as Decimal.
            requests_per_second=max(_SLOWEST, float(config["requests_per_second"])),
            max_parallel_requests=min(_MOST_IN_FLIGHT, config["max_parallel_requests"]),
            request_timeout=min(_LONGEST_TIMEOUT, float(config["request_timeout"])),
            max_retries=config["max_retries"],
            backoff_seconds=float(config["backoff_seconds"]),
            verify_ssl=config["verify_ssl"],
            ca_bundle=config.get("ca_bundle"),
            user_agent=config.get("user_agent") or user_agent,
            tenant=config.get("tenant") or None,
            **cls.extra_fields(config),
        )

    @classmethod
    def extra_fields(cls, config: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003 (for vendors)
        """Return the fields that a vendor adds."""
        return {}


def host_of(url: str) -> str:
    """Return the host of a URL with its port, and without credentials that it may carry."""
    return urlsplit(url).netloc.rpartition("@")[2]


def problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a configuration, one sentence each, without any value of it."""
    known = schema["properties"]
    found = [_unknown(name, known) for name in config if name not in known]
    present = {name: value for name, value in config.items() if value is not None}
    validator = Draft202012Validator({**schema, "additionalProperties": True})
    found += [_sentence(error) for error in validator.iter_errors(present)]
    if found:
        return found
    found += [
        f"Setting '{name}' is no date-time. Write it as 2026-01-31T00:00:00Z."
        for name in ("start_date", "end_date")
        if name in present and not _is_time(present[name])
    ]
    if not found and {"start_date", "end_date"} <= present.keys():
        start, end = (times.to_utc_text(present[name]) for name in ("start_date", "end_date"))
        if not times.is_before(start, end):
            found.append("Setting 'end_date' must be later than 'start_date'.")
    found += [found_out for name in present for found_out in _unusable(name, present[name])]
    if not str(present["api_key"]).strip():
        found.append("Setting 'api_key' is empty.")
    batches = present.get("batch_config") or {}
    if (batches.get("encoding") or {}).get("format") == "arrow" and not find_spec("pyarrow"):
        found.append(
            "Batch files in the format 'arrow' need pyarrow: install the tap's extra arrow."
        )
    if "ca_bundle" in present and not _exists(present["ca_bundle"]):
        found.append("Setting 'ca_bundle' names a file that does not exist.")
    return found


def _unusable(name: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with a value of the right type, whatever its setting."""
    if isinstance(value, int | float) and abs(value) > sys.float_info.max:
        yield f"Setting '{name}' is too large."
    if isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            yield f"Setting '{name}' holds characters that are no Unicode text."
        if name != "ca_bundle" and any(letter < " " for letter in value.strip()):
            yield f"Setting '{name}' holds line breaks or other control characters."


def _unknown(name: str, known: Iterable[str]) -> str:
    if len(name) > _LONGEST_NAME_SHOWN:
        return (
            f"Unknown setting whose name is {len(name)} characters long. Is a value in its place?"
        )
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"Unknown setting '{name}'. Did you mean '{nearest[0]}'?"


def _sentence(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    wanted: Any = error.validator_value
    if error.validator == "required":
        # One error names one missing setting, quoted at the head of its message.
        return f"Setting {error.message.split(' ')[0]} is required."
    said = {
        "type": f"must be of type {_either(wanted)}",
        "minimum": f"must be at least {wanted}",
        "exclusiveMinimum": f"must be greater than {wanted}",
        "maximum": f"must be at most {wanted}",
        "enum": f"must be one of {wanted}",
        "minLength": "must not be empty",
        "minItems": "must not be empty",
        "pattern": "does not have the expected form",
    }.get(str(error.validator), f"is not valid ({error.validator})")
    return f"Setting '{where}' {said}."


def _either(wanted: Any) -> str:
    wanted = wanted if isinstance(wanted, list) else [wanted]
    return " or ".join(each for each in wanted if isinstance(each, str))


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # longer than a path may be: the file's content was pasted, or not permitted
        return False


def _is_time(value: str) -> bool:
    try:
        times.to_utc_text(value)
    except ValueError:
        return False
    return True


def _time(config: Mapping[str, Any], name: str) -> str | None:
    value = config.get(name)
    return None if value is None else times.to_utc_text(value)
