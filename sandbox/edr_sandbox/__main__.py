"""Serve both simulated vendors on loopback until told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from edr_sandbox import cortex_xdr, gravityzone
from edr_sandbox.serving import Server

_CORTEX_KEY_ID = "7"


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="edr-sandbox", description=__doc__)
    parser.add_argument("--gravityzone-port", type=int, default=0, help="default: any free port")
    parser.add_argument("--cortex-port", type=int, default=0, help="default: any free port")
    parser.add_argument("--seed", type=int, default=7, help="what the worlds are made from")
    parser.add_argument("--spool", type=Path, help="folder for the bodies of GravityZone's events")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Start both vendors, print how to reach them as one line of JSON, and serve."""
    given = _arguments(arguments)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    world = gravityzone.World(seed=given.seed)
    if given.spool is not None:
        world.push_bodies(given.spool)
    bitdefender = gravityzone.GravityZone(world)
    cortex = cortex_xdr.CortexXDR(
        cortex_xdr.World(given.seed), cortex_xdr.DEMO_API_KEY, _CORTEX_KEY_ID
    )
    with (
        Server(bitdefender, given.gravityzone_port) as one,
        Server(cortex, given.cortex_port) as other,
    ):
        access = {
            "gravityzone": {
                "url": one.url,
                "api_url": f"{one.url}/api",
                "api_key": bitdefender.api_key,
            },
            "cortex_xdr": {
                "url": other.url,
                "api_key": cortex_xdr.DEMO_API_KEY,
                "api_key_id": _CORTEX_KEY_ID,
                "api_key_level": "advanced",
            },
            "spool": None if given.spool is None else str(given.spool),
        }
        print(json.dumps(access), flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
