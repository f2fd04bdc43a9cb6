"""The Meltano definitions say what the taps themselves say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.catalog.catalogs import STREAMS, TAPS

ROOT = Path(__file__).parents[2]
# The kinds of Meltano by the JSON type of a setting.
KINDS = {
    "string": {"string", "options", "date_iso8601", "password", "file"},
    "integer": {"integer"},
    # Meltano 4.4 cannot hand over its kind decimal; the kit reads the text as a number.
    "number": {"string", "decimal"},
    "boolean": {"boolean"},
    "array": {"array"},
    "object": {"object"},
}
EVERY_TAP = pytest.mark.parametrize("tap", TAPS)


def about(tap: str) -> dict[str, Any]:
    kind = TAPS[tap]
    kind.append_builtin_config(kind.config_jsonschema)
    return json.loads(json.dumps(kind.config_jsonschema["properties"]))


def plugin(tap: str) -> dict[str, Any]:
    (extractor,) = yaml.safe_load((ROOT / tap / "plugin.yml").read_text("utf-8"))["plugins"][
        "extractors"
    ]
    return extractor


def settings(tap: str) -> dict[str, dict[str, Any]]:
    return {setting["name"]: setting for setting in plugin(tap)["settings"]}


@EVERY_TAP
def test_plugin_is_the_tap(tap: str) -> None:
    definition = plugin(tap)
    assert definition["name"] == definition["executable"] == tap
    assert definition["namespace"] == tap.replace("-", "_"), "the prefix of its settings' variables"


@EVERY_TAP
def test_settings_are_those_of_the_tap(tap: str) -> None:
    names = [setting["name"] for setting in plugin(tap)["settings"]]
    assert len(names) == len(set(names))
    assert set(names) == about(tap).keys()


@EVERY_TAP
def test_secrets_are_sensitive(tap: str) -> None:
    sensitive = {name for name, setting in settings(tap).items() if setting.get("sensitive")}
    assert sensitive == {name for name, setting in about(tap).items() if setting.get("secret")}
    assert "api_key" in sensitive


@EVERY_TAP
def test_kinds_fit_the_types(tap: str) -> None:
    for name, setting in settings(tap).items():
        declared = about(tap)[name]
        types = set(declared["type"]) - {"null"} if isinstance(declared["type"], list) else {
            declared["type"]
        }  # fmt: skip
        assert any(setting["kind"] in KINDS[each] for each in types), name
        assert (setting["kind"] == "date_iso8601") == (declared.get("format") == "date-time"), name
        if "enum" in declared:
            assert [option["value"] for option in setting["options"]] == declared["enum"], name


@EVERY_TAP
def test_defaults_agree(tap: str) -> None:
    for name, setting in settings(tap).items():
        if "value" in setting:
            assert setting["value"] == about(tap)[name].get("default"), name


@EVERY_TAP
def test_settings_are_described(tap: str) -> None:
    for name, setting in settings(tap).items():
        assert setting["label"], name
        assert len(setting["description"]) > 10, name


@EVERY_TAP
def test_capabilities_are_those_of_the_tap(tap: str) -> None:
    assert sorted(plugin(tap)["capabilities"]) == sorted(
        str(capability.value) for capability in TAPS[tap].capabilities
    )


@EVERY_TAP
def test_required_settings_are_in_every_group(tap: str) -> None:
    required = set(TAPS[tap].config_jsonschema.get("required", []))
    for group in plugin(tap)["settings_group_validation"]:
        assert required <= set(group)
        assert set(group) <= about(tap).keys()


@EVERY_TAP
def test_selected_streams_exist(tap: str) -> None:
    streams = {stream for name, stream in STREAMS if name == tap}
    selected = {pattern.split(".")[0] for pattern in plugin(tap)["select"]}
    assert {"incidents", "alerts", "endpoints", "events"} <= selected <= streams
