"""The command line of ``tap-gravityzone-receiver``.

Without a command it serves. Secrets come from the environment alone, never from the command line.
"""

from __future__ import annotations

import ipaddress
import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import structlog
from typing_extensions import override

from tap_gravityzone.receiver import credentials
from tap_gravityzone.receiver.app import HEALTH, METRICS, Network, Rules
from tap_gravityzone.receiver.server import Serving, serve

_PREFIX = "TAP_GRAVITYZONE_RECEIVER"
_MIB = 1 << 20
_COMMANDS = {"configure": "vendor", "status": "vendor", "test": "vendor", "prune": "retention"}


class _Commands(click.Group):
    """Loads a command when it is asked for: they need the SDK, the receiver does not."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"tap_gravityzone.receiver.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=_Commands, invoke_without_command=True, context_settings={"auto_envvar_prefix": _PREFIX}
)
@click.version_option(package_name="tap-gravityzone")
@click.option("--spool", help="Folder for the events, or an object store as fsspec URL.")
@click.option(
    "--write-ahead",
    type=click.Path(file_okay=False, path_type=Path),
    help="Local folder in front of an object store.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65_535), default=8443, show_default=True)
@click.option(
    "--certfile", type=click.Path(), help="Certificate chain, PEM; SIGHUP reads it again."
)
@click.option("--keyfile", type=click.Path(), help="Its private key, PEM.")
@click.option("--path", default="/", show_default=True, help="Where events are posted.")
@click.option(
    "--allow",
    multiple=True,
    metavar="NETWORK",
    help="Take events from this address or network only; repeatable.",
)
@click.option(
    "--trusted-proxies",
    default="127.0.0.1",
    show_default=True,
    help="Addresses whose X-Forwarded-For is believed, separated by commas.",
)
@click.option(
    "--most-mib", type=click.IntRange(1, 1024), default=8, show_default=True, help="Largest body."
)
@click.option(
    "--body-seconds",
    type=click.FloatRange(0.1, 600),
    default=20.0,
    show_default=True,
    help="Time for a body to arrive.",
)
@click.option(
    "--head-seconds",
    type=click.FloatRange(0.1, 600),
    default=10.0,
    show_default=True,
    help="Time for a request's headers to arrive.",
)
@click.option(
    "--connections",
    type=click.IntRange(4),
    default=1_000,
    show_default=True,
    help="Open connections; a quarter of them from one address.",
)
@click.option(
    "--segment-mib",
    type=click.IntRange(1, 1024),
    default=16,
    show_default=True,
    help="Size at which a segment is sealed.",
)
@click.option(
    "--segment-seconds",
    type=click.FloatRange(0.1, 3600),
    default=60.0,
    show_default=True,
    help="Age at which a segment is sealed.",
)
@click.pass_context
def main(context: click.Context, /, **options: Any) -> None:
    """Receive the events that GravityZone pushes, and store them durably.

    The exact Authorization header that requests must carry comes from the environment variable
    TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION. With TAP_GRAVITYZONE_RECEIVER_API_KEY, the header
    Event-Push-Service-Md5 is verified as well. Every option can be set in the environment, such as
    --spool by TAP_GRAVITYZONE_RECEIVER_SPOOL.
    """
    if context.invoked_subcommand is not None:
        return
    serving, rules = _serving(options), _rules(options)
    _log_as_json()
    try:
        serve(serving, rules)
    except (OSError, ImportError, ValueError) as error:
        raise click.ClickException(f"The receiver cannot run: {error}.") from None


def _serving(options: Mapping[str, Any]) -> Serving:
    spool, folder = options["spool"], options["write_ahead"]
    if not spool:
        raise click.UsageError("Name the spool: --spool PATH.")
    if bool(options["certfile"]) != bool(options["keyfile"]):
        raise click.UsageError("--certfile and --keyfile belong together.")
    is_store = "://" in spool and not spool.startswith("file://")
    if is_store and folder is None:
        raise click.UsageError(
            "A spool in an object store needs --write-ahead, a local folder: a body is durable "
            "there before it is acknowledged."
        )
    return Serving(
        folder=folder if is_store else Path(spool.removeprefix("file://")),
        store_url=spool if is_store else None,
        host=options["host"],
        port=options["port"],
        certfile=options["certfile"],
        keyfile=options["keyfile"],
        trusted_proxies=options["trusted_proxies"],
        head_seconds=options["head_seconds"],
        most_connections=options["connections"],
        most_of_one_source=max(1, options["connections"] // 4),
        segment_bytes=options["segment_mib"] * _MIB,
        segment_seconds=options["segment_seconds"],
    )


def _rules(options: Mapping[str, Any]) -> Rules:
    path = options["path"]
    if not path.startswith("/") or path in (HEALTH, METRICS):
        raise click.UsageError(f"--path must begin with / and be neither {HEALTH} nor {METRICS}.")
    return Rules(
        authorization=credentials.authorization(),
        api_key=credentials.api_key(),
        path=path,
        most_bytes=options["most_mib"] * _MIB,
        body_seconds=options["body_seconds"],
        allowed=tuple(map(_network, options["allow"])),
    )


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise click.UsageError(f"--allow: {text} is no address or network.") from None


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # What uvicorn says of single requests is said, and counted, by the receiver itself.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
