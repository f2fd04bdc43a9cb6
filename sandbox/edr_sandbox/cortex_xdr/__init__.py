"""A simulated Cortex XDR tenant, stricter than the vendor."""

from edr_sandbox.cortex_xdr.simulator import DEMO_API_KEY, CortexXDR
from edr_sandbox.cortex_xdr.switches import Switches
from edr_sandbox.cortex_xdr.world import World

__all__ = ["DEMO_API_KEY", "CortexXDR", "Switches", "World"]
