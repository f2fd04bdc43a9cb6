"""A Singer target for DuckDB that loses neither rows nor values."""
