"""Run the Meltano project for many tenants.

A *unit* is one tenant of one product, read either live or for one window of the past. Whatever
starts units (the command line, Dagster, Airflow, Kubernetes) asks this package what they are and
has it run them.
"""
