"""The run as a whole: settings, one client, one report, exit status and the connection check."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Any, ClassVar, NoReturn

import click
from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._util import load_json
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from edr_tap_kit import settings as kit_settings
from edr_tap_kit import times
from edr_tap_kit.errors import EdrTapError, RunError
from edr_tap_kit.report import Report
from edr_tap_kit.settings import Settings
from edr_tap_kit.stream import EdrStream


class EdrTap(Tap):
    """Base of both taps.

    A tap names its ``stream_types`` and ``settings_type``, and checks its connection in
    :meth:`check_connection`.
    """

    message_writer_class = MsgSpecWriter
    # No BATCH: the SDK's writes columns that the user deselected.
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    stream_types: ClassVar[Sequence[type[EdrStream]]] = ()
    settings_type: ClassVar[type[Settings]] = Settings

    @property
    def naive_zone(self) -> tzinfo:
        """The zone of vendor times that carry no offset."""
        return UTC

    @cached_property
    def settings(self) -> Settings:
        """The typed settings of this run."""
        agent = f"{self.name}/{self.plugin_version}"
        return self.settings_type.from_config(self.config, user_agent=agent)

    @cached_property
    def report(self) -> Report:
        """What this run met."""
        return Report(self.logger)

    @cached_property
    def started_at(self) -> str:
        """The start of this run, or ``end_date`` where that comes first; UTC text."""
        start = times.to_utc_text(datetime.now(UTC).isoformat(timespec="milliseconds"))
        end = self.settings.end_date
        return start if end is None else min(start, end, key=times.sort_key)

    @property
    @abstractmethod
    def answered(self) -> bool:
        """Whether the vendor's API understood any request of this run."""

    @abstractmethod
    def check_connection(self) -> list[str]:
        """Return remarks on URL, key, level and clock; raises ``RunError`` when unusable."""

    @override
    def discover_streams(self) -> Sequence[EdrStream]:
        return [stream_type(self) for stream_type in self.stream_types]

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings without ever repeating a value of them."""
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        for name, setting in schema["properties"].items():
            if "default" in setting and self._config.get(name) is None:
                self._config[name] = setting["default"]
        found = self.settings_problems() if self._config or raise_errors else []
        if found and raise_errors:
            raise ConfigValidationError("Settings are not usable", errors=found, schema={})
        return found

    def settings_problems(self) -> list[str]:
        """Return what is wrong with the settings, one sentence each; a tap adds its own."""
        return kit_settings.problems(self._config, self.config_jsonschema)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        bookmarks: Any = state.get("bookmarks", {})
        if not isinstance(bookmarks, dict) or not all(
            isinstance(each, dict) for each in bookmarks.values()
        ):
            raise RunError(
                "The state is not a Singer state: 'bookmarks' must be an object of objects."
            )
        for name, bookmark in bookmarks.items():
            value = bookmark.get("replication_key_value")
            if value is not None and not _is_time(value):
                raise RunError(
                    f"The state's bookmark of stream '{name}' is no date-time. Correct it, or run "
                    "with a full refresh."
                )
        super().load_state(state)

    def run(self) -> bool:
        """Sync all selected streams, summarise, and return whether all went well."""
        try:
            self.sync_all()
        finally:
            self.report.summarise()
        if self.report.skipped and self.report.requests and not self.answered:
            raise RunError(
                "Nothing that was asked for exists there. Check the URL setting: it must be the "
                "address of the vendor's API, not of its console."
            )
        return not self.report.failed

    # Command line

    @classmethod
    @override
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        state: Any = None,
        catalog: Any = None,
    ) -> None:
        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        try:
            tap = cls(
                config=config.config if config else {},
                state=_document(state, "state"),
                catalog=_document(catalog, "catalog"),
                parse_env_config=bool(config and config.parse_env),
            )
            if not tap.run():
                cls._give_up(f"Failed streams: {', '.join(sorted(tap.report.failed))}.")
        except EdrTapError as error:
            cls._give_up(str(error))
        except BrokenPipeError:
            sys.stdout = None  # nobody reads it any more; a flush at exit would fail again
            cls._give_up("The loader stopped reading.")

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        try:
            return super().cb_config(ctx, param, value)
        except FileNotFoundError as error:
            cls._give_up(f"The settings file {error.filename} does not exist.")
        except (OSError, ValueError, TypeError):
            cls._give_up("A settings file is not readable as a JSON object.")

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        config = ctx.params.get("config")
        try:
            tap = cls(
                config=config.config if config else {},
                parse_env_config=bool(config and config.parse_env),
            )
            tap.print_verdict()
        except EdrTapError as error:
            cls._give_up(str(error))
        ctx.exit()

    def print_verdict(self) -> None:
        """Print whether the settings connect and which streams they can read."""
        for remark in self.check_connection():
            click.echo(remark)
        readable = 0
        for stream in self.streams.values():
            assert isinstance(stream, EdrStream)  # noqa: S101 (discover_streams makes no others)
            verdict = "readable"
            try:
                stream.probe()
                readable += 1
            except RunError:
                raise
            except EdrTapError as error:
                verdict = f"NOT readable: {error}"
            click.echo(f"  {stream.name}: {verdict}")
        click.echo(f"Connected. {readable} of {len(self.streams)} streams are readable.")

    @classmethod
    def _give_up(cls, message: str) -> NoReturn:
        cls.logger.error(message)
        sys.exit(1)


def _document(file: Any, what: str) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        document = load_json(file.read())
    except ValueError:
        raise RunError(f"The {what} file is not JSON.") from None
    if not isinstance(document, dict):
        raise RunError(f"The {what} file must hold a JSON object.")
    return document


def _is_time(value: Any) -> bool:
    try:
        times.to_utc_text(value)
    except ValueError:
        return False
    return True
