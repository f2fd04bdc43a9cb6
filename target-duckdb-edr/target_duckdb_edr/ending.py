"""How a run ends that cannot go on: with one line for people."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb
from singer_sdk.exceptions import (
    ConfigValidationError,
    MappingError,
    RecordsWithoutSchemaException,
)
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_duckdb_edr.errors import LoaderError


@contextmanager
def errors_said_once(logger: logging.Logger) -> Iterator[None]:
    """End with one ERROR line, exit status 1 and no traceback, whatever has failed."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise  # of the command line's own
    except Exception as error:
        if isinstance(error, BrokenPipeError):
            sys.stdout = None  # nobody reads it; a flush would fail again
        logger.debug("Where it came from:", exc_info=True)
        message = _message(error)
    else:
        return
    # DuckDB quotes values, and what attackers wrote in them is no matter for a terminal.
    logger.error(message if message.isprintable() else repr(message))
    sys.exit(1)


def _message(error: Exception) -> str:
    match error:
        case LoaderError() | RecordsWithoutSchemaException() | InvalidInputLine():
            return str(error)
        case ConfigValidationError():
            return " ".join(error.errors)
        case MappingError():
            return f"Setting 'stream_maps' is not usable: {error}"
        case duckdb.Error():
            return _message_of_duckdb(error)
        case BrokenPipeError():
            return "Nobody reads the states any more."
        case FileNotFoundError():
            return f"A file does not exist: {error}"
        case OSError():
            return f"The system refuses: {error}"
    return (
        f"Unexpected {type(error).__name__}. This is a defect of the loader: report it, with the "
        "log of a run at LOGLEVEL=debug. What is not committed is sent again by the next run."
    )


def _message_of_duckdb(error: duckdb.Error) -> str:
    message = f"DuckDB refuses: {error} What is not committed is sent again by the next run."
    if any(each in str(error) for each in _SHORT_OF_MEMORY):
        message += " Rows of many megabytes, or many columns, need a larger memory_limit."
    return message


_SHORT_OF_MEMORY = ("failed to pin block", "could not allocate block", "failed to allocate")
