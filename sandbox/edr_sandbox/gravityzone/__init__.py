"""A stateful, seeded simulator of the GravityZone Public API, stricter than the vendor."""

from edr_sandbox.gravityzone.simulator import DEMO_API_KEY, GravityZone
from edr_sandbox.gravityzone.switches import Switches
from edr_sandbox.gravityzone.world import World

__all__ = ["DEMO_API_KEY", "GravityZone", "Switches", "World"]
