"""The run as a whole: settings, one client, one report, exit status and the connection check."""

from __future__ import annotations

import math
import sys
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Any, ClassVar, NoReturn, Self, TypeVar

import click
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError, MappingError
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from edr_tap_kit import documents, figures, logs, probing, process, times
from edr_tap_kit import settings as kit_settings
from edr_tap_kit.batches import Batches, BatchSettings
from edr_tap_kit.errors import EdrTapError, RunError
from edr_tap_kit.report import Report
from edr_tap_kit.settings import Settings
from edr_tap_kit.stream import EdrStream
from edr_tap_kit.transport import Transport
from edr_tap_kit.writing import MessageWriter

_ENVIRONMENT = "ENV"
_PATIENCE_OF_A_TEST = 2
StreamT = TypeVar("StreamT", bound=EdrStream)


class EdrTap(Tap):
    """Base of both taps.

    A tap names its ``stream_types`` and ``settings_type``, and checks its connection in
    :meth:`check_connection`.
    """

    message_writer_class = MessageWriter
    message_writer: MessageWriter
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.BATCH,
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
    def now(self) -> str:
        """The moment at which this run began, UTC text."""
        return self.clock()

    def clock(self) -> str:
        """Return what this machine's clock shows, UTC text."""
        return times.to_utc_text(datetime.now(UTC).isoformat(timespec="milliseconds"))

    @cached_property
    def started_at(self) -> str:
        """The start of this run, or ``end_date`` where that comes first; UTC text."""
        end = self.settings.end_date
        return self.now if end is None else min(self.now, end, key=times.sort_key)

    def vendor_clock(self) -> str:
        """Return what the vendor's clock showed last, UTC text, whole seconds."""
        shown = self.transport.server_time
        return self.clock() if shown is None else times.from_epoch_seconds(int(shown.timestamp()))

    @property
    def answered(self) -> bool:
        """Whether the vendor's API understood any request of this run."""
        return self.transport.answered

    @property
    @abstractmethod
    def transport(self) -> Transport:
        """What sends the requests of this run."""

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
            value = self._config.get(name)
            if "default" in setting and value is None:
                self._config[name] = setting["default"]
            elif isinstance(value, str) and "number" in setting["type"] and _is_number(value):
                self._config[name] = float(value)  # the SDK leaves it so in the environment
        found = self.settings_problems() if self._config or raise_errors else []
        if found and raise_errors:
            raise ConfigValidationError("Settings are not usable", errors=found, schema={})
        return found

    def settings_problems(self) -> list[str]:
        """Return what is wrong with the settings, one sentence each; a tap adds its own."""
        return kit_settings.problems(self._config, self.config_jsonschema)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state({"bookmarks": documents.bookmarks(state)})

    @override
    def setup_mapper(self) -> None:
        # The mapper takes schemas and keys from the catalog, which the streams complete.
        _ = self.streams
        super().setup_mapper()

    def run(self) -> bool:
        """Sync all selected streams, summarise, and return whether all went well."""
        process.prepare()
        if tenant := self.settings.tenant:
            logs.install(self.name, tenant=tenant)
        if config := self.config.get("batch_config"):
            self.message_writer.batches = Batches(BatchSettings.of(config))
        try:
            self.sync_all()
        finally:
            self.message_writer.close()
            self._log_figures()
            self.report.summarise()
        if self.report.skipped and self.report.requests and not self.answered:
            raise RunError(
                "Nothing that was asked for exists there. Check the URL setting: it must be the "
                "address of the vendor's API, not of its console."
            )
        return not self.report.failed

    def _log_figures(self) -> None:
        selected = [
            each for each in self.streams.values() if isinstance(each, EdrStream) and each.selected
        ]
        bookmarks = {
            each.name: each.bookmark.value if each.replication_key else None for each in selected
        }
        figures.log(self.report, bookmarks, self.started_at, self.transport.clock_skew)

    # Command line

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        logs.install(cls.name)
        return super().get_singer_command()

    @classmethod
    @override
    def invoke(  # type: ignore[override] # the SDK's taps name them as well
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
        with cls._errors_said_once():
            chosen = documents.document(catalog, "catalog")
            named = set() if chosen is None else documents.catalog_streams(chosen)
            tap = cls._built(config, documents.document(state, "state"), chosen)
            if unknown := ", ".join(sorted(named - tap.streams.keys())):
                cls.logger.warning("Streams of the catalog that this tap lacks: %s", unknown)
            if not tap.run():
                cls._give_up(f"Failed streams: {', '.join(sorted(tap.report.failed))}.")

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        with cls._errors_said_once():
            for path in value:
                if path != _ENVIRONMENT:
                    documents.check_settings_file(path)
            if _ENVIRONMENT in value:
                cls._check_environment()
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        with cls._errors_said_once():
            super().cb_discover(ctx, param, value)

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        with cls._errors_said_once():
            if value != CliTestOptionValue.All.value:
                super().cb_test(ctx, param, value)
                return
            cls._built(ctx.params.get("config")).print_verdict()
        ctx.exit()

    def print_verdict(self) -> None:
        """Print whether the settings connect and which streams they can read."""
        self._be_brief(_PATIENCE_OF_A_TEST)
        for remark in self.check_connection():
            click.echo(logs.plain(remark))
        verdicts = self.verdicts()
        for name, error in verdicts.items():
            verdict = f"NOT readable: {error}" if error else "readable"
            click.echo(logs.plain(f"  {name}: {verdict}"))
        readable = sum(error is None for error in verdicts.values())
        if not readable:
            raise RunError("No stream is readable. Check the URL and the rights of the key.")
        click.echo(f"Connected. {readable} of {len(verdicts)} streams are readable.")

    def _be_brief(self, most_retries: int) -> None:
        """Give up early: many requests are only asked for their right."""
        self._config["max_retries"] = min(most_retries, self._config["max_retries"])

    def verdicts(self) -> dict[str, EdrTapError | None]:
        """Ask for each stream and return what keeps it from being read, by its name."""
        _ = self.transport  # made before several threads ask for it
        streams = [each for each in self.streams.values() if isinstance(each, EdrStream)]
        return probing.probed(streams, self.settings.max_parallel_requests)

    def stream(self, stream_type: type[StreamT]) -> StreamT:
        """Return this tap's stream of a type."""
        return next(each for each in self.streams.values() if isinstance(each, stream_type))

    def unreadable(self) -> dict[str, str]:
        """Return why the key may not read streams, by their names, in as few requests as may be."""
        return probing.unavailable(self.verdicts())

    @override
    def run_discovery(self) -> str:
        if not self._validate_config(raise_errors=False):
            self.prepare_catalog()
        return super().run_discovery()

    def prepare_catalog(self) -> None:
        """Mark what the key may not read, before the catalog is printed."""
        self._be_brief(0)
        try:
            unreadable = self.unreadable()
        except EdrTapError as error:
            self.logger.warning("All streams are listed, unseen what the key may read: %s", error)
            return
        for name, reason in unreadable.items():
            stream = self.streams[name]
            assert isinstance(stream, EdrStream)  # noqa: S101 (discover_streams makes no others)
            probing.mark_unreadable(stream, reason)
            self.logger.warning("Stream '%s' is not selected: %s", name, reason)

    @classmethod
    def _built(cls, config: Any, state: Any = None, catalog: Any = None) -> Self:
        return cls(
            config=config.config if config else {},
            state=state,
            catalog=catalog,
            parse_env_config=bool(config and config.parse_env),
        )

    @classmethod
    def _check_environment(cls) -> None:
        try:
            cls._env_var_config  # noqa: B018 (read for the error that it may raise)
        except ValueError:
            raise RunError(
                documents.environment_problem(cls.config_jsonschema, cls._env_var_prefix)
            ) from None

    @classmethod
    @contextmanager
    def _errors_said_once(cls) -> Iterator[None]:
        """End with one ERROR line, without a traceback and without a value of any setting."""
        try:
            yield
        except EdrTapError as error:
            cls._give_up(str(error))
        except ConfigValidationError as error:
            cls._give_up(" ".join(error.errors))
        except MappingError:
            cls._give_up("Setting 'stream_maps' holds an expression that is not usable.")
        except BrokenPipeError:
            sys.stdout = None  # nobody reads it any more; a flush at exit would fail again
            cls._give_up("The loader stopped reading.")

    @classmethod
    def _give_up(cls, message: str) -> NoReturn:
        cls.logger.error(message)
        sys.exit(1)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
