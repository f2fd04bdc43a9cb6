"""Control commands: what a test or a demonstration can do to the world over HTTP."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from edr_sandbox.gravityzone.switches import Switches

if TYPE_CHECKING:
    from edr_sandbox.gravityzone.world import World

# Commands that are methods of the world; their arguments are the method's, ``at`` as ISO 8601.
_DEEDS = frozenset(
    [
        "truth",
        "triage",
        "grow",
        "reprocess",
        "add_incident",
        "late_incident",
        "remove_incident",
        "add_endpoint",
        "remove_endpoint",
        "move_endpoint",
        "drift",
        "secrets",
        "add_row",
        "change_row",
        "remove_row",
        "add_company",
        "change_company",
        "add_group",
        "remove_group",
        "change_endpoint",
    ]
)


def carry_out(world: World, command: str, arguments: dict[str, Any]) -> object:
    """Carry out a command.

    Besides the deeds of the world: ``switches`` sets those named and returns all of them, ``push``
    writes bodies into ``folder`` and returns the file names, ``reset`` makes the world anew with
    all switches at rest.
    """
    given = dict(arguments)
    if isinstance(given.get("at"), str):
        given["at"] = datetime.fromisoformat(given["at"])
    if command in _DEEDS:
        return getattr(world, command)(**given)
    if command == "switches":
        return set_switches(world, given)
    if command == "push":
        return [str(path) for path in world.push_bodies(**given)]
    if command == "reset":
        if isinstance(given.get("now"), str):
            given["now"] = datetime.fromisoformat(given["now"])
        with world.lock:
            world.reset(**given)
            world.switches = Switches()
        return {}
    raise ValueError("no such command")


def set_switches(world: World, values: dict[str, Any]) -> dict[str, Any]:
    """Set switches by name and return all; ``limits`` are merged, group by group."""
    known = {field.name for field in fields(Switches)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"no such switch: {unknown}")
    with world.lock:
        for name, value in values.items():
            if name == "limits":
                world.switches.limits.update({group: tuple(of) for group, of in value.items()})
            else:
                setattr(world.switches, name, tuple(value) if isinstance(value, list) else value)
        return asdict(world.switches)
