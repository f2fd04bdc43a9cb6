"""Run the loader as ``python -m target_duckdb_pinned``."""

from target_duckdb_pinned.cli import main

if __name__ == "__main__":
    main()
