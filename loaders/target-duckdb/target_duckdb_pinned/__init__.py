"""target-duckdb 0.8.0, with a batch loader that loses neither rows nor values."""
