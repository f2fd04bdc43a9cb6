"""Where and when a push event takes place, and the members that most events share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.dates import write_zulu_ms

if TYPE_CHECKING:
    from random import Random

    from edr_sandbox.gravityzone.records import Endpoint

PATH = "C:\\Users\\user-17\\Downloads\\sample.exe"


@dataclass(frozen=True)
class Scene:
    """Where and when an event takes place; the time is in epoch seconds."""

    rng: Random
    endpoint: Endpoint
    company: str
    at: int

    def time(self) -> str:
        """Return the time as most events write it, in whole seconds."""
        return write_zulu_ms(self.at)

    def endpoint_twin(self) -> str:
        """Return the endpoint's id in the other collection, which differs in its last digit."""
        return self.endpoint.id[:-1] + f"{(int(self.endpoint.id[-1], 16) + 1) % 16:x}"

    def computer(self, product: str = "BEST") -> dict[str, Any]:
        """Return the members that most events share."""
        fqdn = self.endpoint.fqdn if self.rng.random() < 0.9 else "undefined"
        ip = self.endpoint.ip
        return {
            "companyId": self.company,
            "computer_name": self.endpoint.name,
            "computer_fqdn": fqdn,
            "computer_ip": ip if self.rng.random() < 0.8 else f"{ip}, 172.16.0.9",
            "computer_id": self.endpoint_twin(),
            "product_installed": product,
        }


def of_endpoint(scene: Scene, **members: object) -> dict[str, Any]:
    """Return an event of an endpoint."""
    return {**scene.computer(), "endpointId": scene.endpoint.id, **members}


def blocked(scene: Scene, **members: object) -> dict[str, Any]:
    """Return an event that counts what was blocked."""
    count = scene.rng.randint(1, 4)
    return {**scene.computer(), **members, "last_blocked": scene.time(), "count": count}
