"""Both command lines without a vendor: each mistake ends in one clear line, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import CommandLine, Said, write
from tests.support.running import command

SECRET = "5ecretKey5ecretKey"
# Port 9 of this machine: nothing answers, and no name is looked up.
NOWHERE = "http://127.0.0.1:9"
QUICK = {"max_retries": 0, "backoff_seconds": 0.01, "requests_per_second": 1000}
SETTINGS = {
    "tap-gravityzone": {"api_key": SECRET, "api_url": NOWHERE, **QUICK},
    "tap-cortex-xdr": {"api_key": SECRET, "api_key_id": "7", "api_url": NOWHERE, **QUICK},
}
PREFIXES = {"tap-gravityzone": "TAP_GRAVITYZONE_", "tap-cortex-xdr": "TAP_CORTEX_XDR_"}


class Bench:
    """A tap and a folder with files of its own."""

    def __init__(self, run: CommandLine, tap: str, folder: Path) -> None:
        self._run = run
        self.tap = tap
        self.folder = folder
        self.settings: dict[str, Any] = SETTINGS[tap]

    def __call__(self, *arguments: str, **environment: str) -> Said:
        prefixed = {PREFIXES[self.tap] + name: value for name, value in environment.items()}
        said = self._run(self.tap, *arguments, folder=self.folder, **prefixed)
        for text in (said.stdout, said.stderr):
            assert "Traceback" not in text, text
            assert SECRET not in text, text
        return said

    def run(self, settings: Any, state: Any = None, catalog: Any = None) -> Said:
        arguments = ["--config", write(self.folder, "settings.json", settings)]
        for name, content in (("state", state), ("catalog", catalog)):
            if content is not None:
                arguments += [f"--{name}", write(self.folder, f"{name}.json", content)]
        return self(*arguments)


@pytest.fixture(params=sorted(SETTINGS))
def tap(request: pytest.FixtureRequest, forked: CommandLine, tmp_path: Path) -> Bench:
    return Bench(forked, request.param, tmp_path)


def assert_refused(said: Said, *texts: str) -> None:
    """Assert that it ended with one ERROR line that holds all of the texts, and wrote nothing."""
    assert said.exit_code == 1, said.stderr
    assert len(said.errors) == 1, said.stderr
    for text in texts:
        assert text in said.errors[0]
    assert "RECORD" not in said.stdout


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_console_scripts_are_installed(name: str) -> None:
    done = command(name, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{name} v0.")


def test_about_json(tap: Bench) -> None:
    said = tap("--about", "--format", "json")
    about = json.loads(said.stdout)
    assert said.exit_code == 0
    assert about["name"] == tap.tap
    assert "batch" in about["capabilities"]
    assert about["settings"]["properties"]["api_key"]["secret"] is True


def test_about_markdown_and_text(tap: Bench) -> None:
    said = tap("--about", "--format", "markdown")
    assert said.exit_code == 0
    assert said.stdout.startswith(f"# `{tap.tap}`")
    for name in SETTINGS[tap.tap]:
        assert f"| {name} |" in said.stdout
    assert tap("--about").exit_code == 0
    assert tap("--help").exit_code == 0


def test_discovery_needs_no_settings(tap: Bench) -> None:
    said = tap("--discover")
    assert said.exit_code == 0
    names = [stream["tap_stream_id"] for stream in json.loads(said.stdout)["streams"]]
    assert {"incidents", "alerts", "endpoints", "events"} <= set(names)


def test_an_unknown_setting_names_the_nearest(tap: Bench) -> None:
    said = tap.run({**tap.settings, "apikey": SECRET})
    assert_refused(said, "Unknown setting 'apikey'. Did you mean 'api_key'?")


def test_missing_settings_are_named(tap: Bench) -> None:
    assert_refused(tap(), "Setting 'api_key' is required.")
    assert_refused(tap.run({}), "Setting 'api_key' is required.")
    assert_refused(tap.run({**tap.settings, "api_url": None}), "required")


@pytest.mark.parametrize(
    "content",
    [f"{{{SECRET}", f'["{SECRET}"]', [], "", b"\xff\xfe", "5", '{"a": NaN}'],
    ids=range(7),
)
def test_a_settings_file_that_is_none(tap: Bench, content: Any) -> None:
    assert_refused(tap.run(content), "settings.json is not readable as a JSON object")


def test_a_settings_file_that_is_not_there(tap: Bench) -> None:
    assert_refused(tap("--config", "gone.json"), "The settings file gone.json does not exist.")
    assert_refused(tap("--config", "."), "not readable as a JSON object")


def test_later_files_win_over_earlier_ones(tap: Bench) -> None:
    one = write(tap.folder, "one.json", {**tap.settings, "page_size": 0})
    two = write(tap.folder, "two.json", {"page_size": 50})
    assert_refused(tap("--config", two, "--config", one), "page_size")
    assert_refused(tap("--config", one, "--config", two), f"Nothing at {NOWHERE} answered")


def test_settings_come_from_the_environment(tap: Bench) -> None:
    values = {name.upper(): str(value) for name, value in tap.settings.items()}
    values |= {"VERIFY_SSL": "false", "REQUEST_TIMEOUT": "2.5", "REQUESTS_PER_SECOND": "1e3"}
    said = tap("--config", "ENV", **values)
    assert_refused(said, f"Nothing at {NOWHERE} answered")


@pytest.mark.parametrize("arguments", [[], ["--discover"], ["--test"], ["--test=schema"]])
def test_an_integer_of_the_environment_that_is_none(tap: Bench, arguments: list[str]) -> None:
    said = tap("--config", "ENV", *arguments, MAX_RETRIES=SECRET)
    assert_refused(said, "Setting 'max_retries' must be of type integer")


def test_an_object_of_the_environment_that_is_none(tap: Bench) -> None:
    assert_refused(tap("--config", "ENV", STREAM_MAPS=f"{{{SECRET}"), "no JSON")


def test_a_number_of_the_environment_that_is_none(tap: Bench) -> None:
    write(tap.folder, "settings.json", tap.settings)
    said = tap("--config", "settings.json", "--config", "ENV", REQUEST_TIMEOUT=SECRET)
    assert_refused(said, "Setting 'request_timeout' must be of type number")


@pytest.mark.parametrize(
    "setting",
    ["api_url", "start_date", "end_date", "page_size", "verify_ssl", "ca_bundle", "max_retries",
     "stream_maps", "flattening_max_depth"],
)  # fmt: skip
def test_a_key_in_the_wrong_place_is_never_echoed(tap: Bench, setting: str) -> None:
    assert_refused(tap.run({**tap.settings, setting: SECRET}), f"Setting '{setting}'")


@pytest.mark.parametrize("maps", [{"incidents": {"x": f"({SECRET}"}}, {"incidents": {"x": 5.5}}])
def test_a_stream_map_that_is_not_usable(tap: Bench, maps: Any) -> None:
    assert_refused(tap.run({**tap.settings, "stream_maps": maps}), "Setting 'stream_maps")


@pytest.mark.parametrize("url", [f"http://[{SECRET}", "http://:9x", "https://"])
def test_a_url_that_is_none(tap: Bench, url: str) -> None:
    said = tap.run({**tap.settings, "api_url": url})
    assert_refused(said)
    assert "URL" in said.errors[0] or "api_url" in said.errors[0]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("{", "The state file is not JSON."),
        (b"\xff", "The state file is not JSON."),
        ([], "The state file must hold a JSON object."),
        ("7", "The state file must hold a JSON object."),
        ({"bookmarks": []}, "'bookmarks' must be an object of objects"),
        ({"bookmarks": None}, "'bookmarks' must be an object of objects"),
        ({"bookmarks": {"incidents": "2026-01-01"}}, "'bookmarks' must be an object of objects"),
        *(({"bookmarks": {"incidents": {name: value}}}, "bookmark of stream 'incidents' is no date")
          for name in ("replication_key_value", "start_date")
          for value in (SECRET, [], {}, True, "", 1e30)),
    ],
    ids=range(19),
)  # fmt: skip
def test_a_state_that_is_none(tap: Bench, state: Any, text: str) -> None:
    assert_refused(tap.run(tap.settings, state=state), text)


@pytest.mark.parametrize(
    "bookmark",
    [
        {"replication_key_value": 1700000000000, "start_date": None},
        {"replication_key_value": "2026-01-01 01:00:00+01:00"},
        {"replication_key_value": None, "unknown": [1]},
        {"partitions": 5, "progress_markers": 5},
        {"partitions": [{"context": {"a": 1}}], "progress_markers": {"Note": "x"}},
    ],
    ids=range(5),
)
def test_a_state_of_another_tool_is_taken(tap: Bench, bookmark: dict[str, Any]) -> None:
    state = {"bookmarks": {"incidents": bookmark, "alerts": bookmark, "unknown": bookmark}}
    settings = {**tap.settings, "start_date": "2025-01-01", "lookback_minutes": 10**12}
    assert_refused(tap.run(settings, state=state), f"Nothing at {NOWHERE} answered")


@pytest.mark.parametrize(
    ("catalog", "text"),
    [
        ("{", "The catalog file is not JSON."),
        ([], "The catalog file must hold a JSON object."),
        *((catalog, "The catalog is not a Singer catalog") for catalog in (
            {}, {"streams": 5}, {"streams": None}, {"streams": [5]}, {"streams": [{"stream": "x"}]},
            {"streams": [{"tap_stream_id": "incidents"}]},
            {"streams": [{"tap_stream_id": "incidents", "schema": 5}]},
            {"streams": [{"tap_stream_id": "incidents", "schema": {"properties": 5}}]},
            {"streams": [{"tap_stream_id": "x", "schema": {"properties": {}}, "metadata": [5]}]},
        )),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_catalog_that_is_none(tap: Bench, catalog: Any, text: str) -> None:
    assert_refused(tap.run(tap.settings, catalog=catalog), text)


def test_an_unknown_stream_of_a_catalog_is_said(tap: Bench) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    catalog = {"streams": [{"tap_stream_id": "incidentz", "schema": schema, "metadata": []}]}
    said = tap.run(tap.settings, catalog=catalog)
    assert said.exit_code == 0
    assert said.warnings == ["Streams of the catalog that this tap lacks: incidentz"]


def test_a_file_that_is_not_there_is_a_usage_error(tap: Bench) -> None:
    for option in ("--state", "--catalog"):
        said = tap(option, "gone.json")
        assert said.exit_code == 2
        assert "gone.json" in said.stderr


def test_the_connection_check_ends_the_same_way(tap: Bench) -> None:
    name = write(tap.folder, "settings.json", tap.settings)
    assert_refused(tap("--config", name, "--test"), f"Nothing at {NOWHERE} answered")
    assert_refused(tap("--test"), "Setting 'api_key' is required.")


def test_schemas_alone_need_no_vendor(tap: Bench) -> None:
    name = write(tap.folder, "settings.json", tap.settings)
    said = tap("--config", name, "--test=schema")
    assert said.exit_code == 0
    assert {json.loads(line)["type"] for line in said.stdout.splitlines()} == {"SCHEMA"}
