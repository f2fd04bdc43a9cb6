"""The tap without its limit of ten details of incidents a minute, in forked processes."""

from __future__ import annotations

from tests.kit import cli

PATCH = "import tap_cortex_xdr.client as client\nclient._SLOW_CALLS.clear()\n"


class Unhurried(cli.CommandLine):
    """A warm process that forks such a tap for each call; a context manager."""

    program = PATCH + cli.CommandLine.program
