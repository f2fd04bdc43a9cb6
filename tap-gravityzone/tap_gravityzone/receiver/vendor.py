"""The commands that speak to GravityZone: ``configure``, ``status`` and ``test``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from edr_tap_kit import documents
from edr_tap_kit.errors import EdrTapError
from singer_sdk.exceptions import ConfigValidationError

from tap_gravityzone.bodies import Format, Pushed, events_in
from tap_gravityzone.receiver.credentials import authorization
from tap_gravityzone.receiver.push_service import PushService, Status, Wanted
from tap_gravityzone.spool import names
from tap_gravityzone.spool.reading import Delivery, Range, Spool
from tap_gravityzone.tap import TapGravityZone

_POLL = 1.0  # s
_CLOCKS_DIFFER = timedelta(minutes=10)  # at most, between here and the receiver

_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Settings file of the tap; without one, "
    "TAP_GRAVITYZONE_API_URL and TAP_GRAVITYZONE_API_KEY of the environment.",
)


@click.command()
@_config
@click.option("--url", required=True, help="Public https URL of the receiver, path included.")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    default=Format.JSON_RPC.value,
    show_default=True,
    help="Format of the bodies.",
)
@click.option(
    "--event",
    "event_types",
    multiple=True,
    help="Subscribe to this event type; repeatable. Without: to all.",
)
@click.option(
    "--company",
    "companies",
    multiple=True,
    help="Subscribe to this company id, your own among them; repeatable. Without: to all "
    "that you manage.",
)
@click.option("--any-certificate", is_flag=True, help="Have GravityZone accept any certificate.")
@click.option("--replace", is_flag=True, help="Take the key over from another receiver.")
def configure(
    *,
    config: Path | None,
    url: str,
    any_certificate: bool,
    replace: bool,
    form: str,
    **wanted: Any,
) -> None:
    """Switch the push on, towards this receiver."""
    if not url.startswith("https://"):
        raise click.UsageError("--url must begin with https://, else GravityZone refuses.")
    asked = Wanted(
        url=url,
        authorization=authorization(),
        form=Format(form),
        check_certificate=not any_certificate,
        **wanted,
    )
    with _errors_for_people():
        _show(_service(config).configure(asked, replace=replace))
    click.echo("GravityZone takes up new settings within about ten minutes.")


@click.command()
@_config
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_context
def status(context: click.Context, config: Path | None, form: str) -> None:
    """Show the push settings and counters; exit status 1 when nothing is pushed."""
    with _errors_for_people():
        found = _service(config).status()
    if form == "json":
        shown = {"on": found.is_on, "remarks": found.remarks, "settings": found.settings}
        click.echo(json.dumps({**shown, "stats": found.stats}, indent=2))
    else:
        _show(found)
    context.exit(0 if found.is_on else 1)


@click.command()
@_config
@click.option("--event", "event_type", default="av", show_default=True, help="Event type to test.")
@click.option(
    "--spool",
    envvar="TAP_GRAVITYZONE_RECEIVER_SPOOL",
    help="Wait until the test event has arrived in this spool.",
)
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(0),
    default=120.0,
    show_default=True,
    help="Seconds to wait for it.",
)
def test(config: Path | None, event_type: str, spool: str | None, seconds: float) -> None:
    """Have GravityZone push a test event, and wait until it lies in the spool."""
    since = names.to_text(datetime.now(UTC) - _CLOCKS_DIFFER)
    with _errors_for_people():
        service = _service(config)
        known = 0 if spool is None else _test_events(spool, since)
        service.send_test(event_type)
        click.echo(f"GravityZone was asked for a test event of type {event_type}.")
        if spool is None:
            return
        deadline = time.monotonic() + seconds
        while _test_events(spool, since) <= known:
            if time.monotonic() >= deadline:
                _show(service.status())
                raise click.ClickException(f"No test event in {spool} within {seconds:g} s.")
            time.sleep(_POLL)
    click.echo("It has arrived in the spool.")


def _service(config: Path | None) -> PushService:
    if config is not None:
        documents.check_settings_file(str(config))
    given = {} if config is None else json.loads(config.read_text("utf-8"))
    return PushService(TapGravityZone(config=given, parse_env_config=True).client)


@contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except EdrTapError as error:
        raise click.ClickException(str(error)) from None
    except ConfigValidationError as error:
        raise click.ClickException(" ".join(error.errors)) from None
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{error}") from None


def _show(found: Status) -> None:
    click.echo(f"Push of events: {'on' if found.is_on else 'off'}")
    settings = found.settings or {}
    service = settings.get("serviceSettings", {})
    lines = {
        "URL": service.get("url"),
        "Format": settings.get("serviceType"),
        "Certificate checked": service.get("requireValidSslCertificate"),
        "Companies": settings.get("subscribeToCompanies") or "all",
        "Counted": found.stats.get("count"),
        "Counters of": found.stats.get("lastUpdateTime"),
    }
    for title, value in lines.items() if found.settings is not None else ():
        counts = value.items() if isinstance(value, dict) else ()
        text = ", ".join(f"{name} {count}" for name, count in counts) or value
        click.echo(f"  {title}: {text}")
    for remark in found.remarks:
        click.echo(remark)


def _test_events(spool: str, since: str) -> int:
    """Return how many test events a spool holds since a time, UTC text."""
    deliveries = Spool(spool).deliveries(Range({}, start=since, files_since=since))
    return sum(
        bool(one.event.get("_testEvent_"))
        for each in deliveries
        if isinstance(each, Delivery)
        for one in events_in(each.body)
        if isinstance(one, Pushed)
    )
