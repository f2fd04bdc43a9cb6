"""What is wrong with settings is said in one sentence each, and never with a value of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from edr_tap_kit.settings import Settings, common_properties, host_of, problems
from singer_sdk import typing as th
from tap_cortex_xdr.tap import TapCortexXDR
from tap_gravityzone.tap import TapGravityZone

SCHEMA = th.PropertiesList(
    *common_properties(requests_per_second=5),
    th.Property("mode", th.StringType(allowed_values=["fast", "slow"])),
    th.Property("ids", th.ArrayType(th.StringType)),
).to_dict()
DEFAULTS = {
    name: each["default"] for name, each in SCHEMA["properties"].items() if "default" in each
}
GOOD = {"api_key": "a-key", **DEFAULTS}
SECRET = "5ecret-5ecret"
NO_START = "Setting 'start_date' is no date-time. Write it as 2026-01-31T00:00:00Z."


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"api_key": None}, "Setting 'api_key' is required."),
        ({"api_key": ""}, "Setting 'api_key' is empty."),
        ({"api_key": " \n"}, "Setting 'api_key' is empty."),
        ({"api_key": 5_3_5_3}, "Setting 'api_key' must be of type string."),
        ({"api_key": [SECRET]}, "Setting 'api_key' must be of type string."),
        ({"api_key": {"value": SECRET}}, "Setting 'api_key' must be of type string."),
        ({"apikey": SECRET}, "Unknown setting 'apikey'. Did you mean 'api_key'?"),
        ({"api-key": SECRET}, "Unknown setting 'api-key'. Did you mean 'api_key'?"),
        (
            {SECRET * 5: "x"},
            "Unknown setting whose name is 65 characters long. Is a value in its place?",
        ),
        ({"start": SECRET}, "Unknown setting 'start'. Did you mean 'start_date'?"),
        ({"verify": SECRET}, "Unknown setting 'verify'. Did you mean 'verify_ssl'?"),
        ({"Tenant": SECRET}, "Unknown setting 'Tenant'. Did you mean 'tenant'?"),
        ({"start_date": SECRET}, NO_START),
        ({"start_date": "2026-02-30"}, NO_START),
        ({"end_date": "now"}, NO_START.replace("start", "end")),
        ({"start_date": 1700000000}, "Setting 'start_date' must be of type string or null."),
        ({"start_date": "2026-02-01", "end_date": "2026-02-01T00:00:00Z"},
         "Setting 'end_date' must be later than 'start_date'."),
        ({"start_date": "2026-02-01T00:00:00-05:00", "end_date": "2026-02-01T04:00:00Z"},
         "Setting 'end_date' must be later than 'start_date'."),
        ({"lookback_minutes": -1}, "Setting 'lookback_minutes' must be at least 0."),
        ({"lookback_minutes": 1.5}, "Setting 'lookback_minutes' must be of type integer or null."),
        ({"lookback_minutes": True}, "Setting 'lookback_minutes' must be of type integer or null."),
        ({"page_size": 0}, "Setting 'page_size' must be at least 1."),
        ({"page_size": "100"}, "Setting 'page_size' must be of type integer or null."),
        ({"requests_per_second": 0}, "Setting 'requests_per_second' must be greater than 0."),
        ({"requests_per_second": SECRET},
         "Setting 'requests_per_second' must be of type number or null."),
        ({"max_parallel_requests": 0}, "Setting 'max_parallel_requests' must be at least 1."),
        ({"request_timeout": 0}, "Setting 'request_timeout' must be greater than 0."),
        ({"max_retries": -1}, "Setting 'max_retries' must be at least 0."),
        ({"backoff_seconds": 0}, "Setting 'backoff_seconds' must be greater than 0."),
        ({"verify_ssl": "no"}, "Setting 'verify_ssl' must be of type boolean or null."),
        ({"ca_bundle": f"/nowhere/{SECRET}"},
         "Setting 'ca_bundle' names a file that does not exist."),
        ({"ca_bundle": f"-----BEGIN CERTIFICATE-----\n{SECRET * 500}"},
         "Setting 'ca_bundle' names a file that does not exist."),
        ({"ca_bundle": f"\0{SECRET}"}, "Setting 'ca_bundle' names a file that does not exist."),
        ({"user_agent": 7}, "Setting 'user_agent' must be of type string or null."),
        ({"tenant": ["north"]}, "Setting 'tenant' must be of type string or null."),
        ({"mode": SECRET}, "Setting 'mode' must be one of ['fast', 'slow']."),
        ({"ids": [SECRET, 5]}, "Setting 'ids.1' must be of type string."),
    ],
    ids=lambda value: repr(value)[:60],
)  # fmt: skip
def test_one_sentence_for_one_mistake(settings: dict[str, Any], sentence: str) -> None:
    found = problems({**GOOD, **settings}, SCHEMA)
    assert found == [sentence]
    assert SECRET not in sentence
    assert "5353" not in sentence


def test_good_settings_have_no_problem(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    assert problems(GOOD, SCHEMA) == []
    many = {"start_date": "2026-01-01", "end_date": "2026-01-02", "ca_bundle": str(bundle)}
    assert problems({**GOOD, **many, "tenant": None}, SCHEMA) == []


def test_several_mistakes_are_all_said_at_once() -> None:
    found = problems({**GOOD, "api_key": None, "page_size": 0, "tennant": "x"}, SCHEMA)
    assert len(found) == 3
    assert {"api_key", "page_size", "tennant"} == {
        name
        for name in ("api_key", "page_size", "tennant")
        for text in found
        if f"'{name}'" in text
    }


@pytest.mark.parametrize("tap", [TapGravityZone, TapCortexXDR])
def test_no_setting_repeats_a_value_of_the_wrong_type(tap: Any) -> None:
    schema = copy.deepcopy(tap.config_jsonschema)
    for name in schema["properties"]:
        for wrong in (SECRET, {"deep": SECRET}, [SECRET], [[SECRET]]):
            assert SECRET not in " ".join(problems({**GOOD, name: wrong}, schema)), name


def test_typed_settings_hold_utc_texts_and_no_empty_labels() -> None:
    config = {**GOOD, "start_date": "2026-01-31T00:00:00", "end_date": "2026-02-01T00:00:00+01:00",
              "tenant": "", "user_agent": ""}  # fmt: skip
    typed = Settings.from_config(config, user_agent="tap/1")
    assert typed.start_date == "2026-01-31T00:00:00Z"
    assert typed.end_date == "2026-01-31T23:00:00Z"
    assert typed.tenant is None
    assert typed.user_agent == "tap/1"
    assert typed.requests_per_second == 5


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example/api", "api.example"),
        ("http://127.0.0.1:8001/x?y=1", "127.0.0.1:8001"),
        ("https://user:pass@api.example:444/api", "api.example:444"),
        ("https://user:p@ss@api.example", "api.example"),
    ],
)
def test_a_host_is_told_without_credentials(url: str, host: str) -> None:
    assert host_of(url) == host
