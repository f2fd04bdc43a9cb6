"""What a call may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edr_sandbox.cortex_xdr.switches import Switches
    from edr_sandbox.cortex_xdr.world import World


@dataclass(frozen=True)
class Context:
    """The tenant, its switches, and the key that asks."""

    world: World
    switches: Switches
    api_key_id: str
    level: str
