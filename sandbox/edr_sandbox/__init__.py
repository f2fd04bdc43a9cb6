"""Stateful simulators of the GravityZone and Cortex XDR APIs."""
