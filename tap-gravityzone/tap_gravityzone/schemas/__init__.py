"""Schemas, one file a stream."""
