"""The reference deployment: tenants, products and windows as partitions of Dagster's assets.

Nothing here knows how a unit is run; it says what there is to run, when, and what came of it.
"""
