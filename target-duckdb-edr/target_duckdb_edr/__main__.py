"""Run the loader as ``python -m target_duckdb_edr``."""

from target_duckdb_edr.target import TargetDuckDB

if __name__ == "__main__":
    TargetDuckDB.cli()
