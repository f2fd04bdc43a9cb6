"""The command that removes what has been read: ``prune``."""

from __future__ import annotations

from datetime import timedelta
from typing import IO, Any

import click
from edr_tap_kit import documents
from edr_tap_kit.errors import EdrTapError

from tap_gravityzone.spool import pruning
from tap_gravityzone.spool.reading import Spool


@click.command()
@click.option("--spool", required=True, help="The folder or fsspec URL.")
@click.option(
    "--state",
    "states",
    required=True,
    multiple=True,
    type=click.File(),
    help="State of a pipeline that reads the spool, as `meltano state get` prints it; "
    "repeat it when several do.",
)
@click.option(
    "--keep-days",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Keep what is younger, read or not.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
def prune(*, spool: str, states: tuple[IO[str], ...], keep_days: float, dry_run: bool) -> None:
    """Remove the segments that every given state has passed.

    Lines that the events stream could not read go to the folder .quarantine of the spool. Files
    that no receiver of this kind wrote are left alone.
    """
    bookmarks = [_events_bookmark(file) for file in states]
    try:
        found = Spool(spool)
        gone = list(pruning.passed(found, bookmarks, timedelta(days=keep_days)))
        quarantined = 0
        for receiver, segment in gone:
            click.echo(f"{receiver}/{segment.name}")
            if not dry_run:
                quarantined += pruning.remove(found, receiver, segment)
    except (OSError, ImportError, ValueError) as error:
        raise click.ClickException(f"The spool {spool} cannot be pruned: {error}.") from None
    left = sum(map(len, found.segments.values())) - len(gone)
    click.echo(f"{len(gone)} segments removed, {left} left, {quarantined} lines in quarantine.")


def _events_bookmark(file: IO[str]) -> dict[str, Any]:
    """Return the bookmark of the events stream in a state, of Singer or of Meltano."""
    try:
        state: Any = documents.document(file, "state") or {}
        for member in ("completed", "singer_state"):
            state = state.get(member, state)
        bookmark = documents.bookmarks(state).get("events")
    except (AttributeError, EdrTapError) as error:
        raise click.ClickException(f"{file.name}: {error}") from None
    if not bookmark:
        raise click.ClickException(f"{file.name}: the state knows no stream 'events'.")
    return bookmark
