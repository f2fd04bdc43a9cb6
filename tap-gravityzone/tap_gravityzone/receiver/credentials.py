"""Secrets of the receiver; they come from the environment alone."""

from __future__ import annotations

import os

import click

_AUTHORIZATION = "TAP_GRAVITYZONE_RECEIVER_AUTHORIZATION"
_API_KEY = "TAP_GRAVITYZONE_RECEIVER_API_KEY"


def authorization() -> str:
    """Return the exact Authorization header that requests must carry.

    Raises:
        click.UsageError: There is none.
    """
    value = os.environ.get(_AUTHORIZATION, "")
    if not value.strip():
        raise click.UsageError(
            f"Set {_AUTHORIZATION} to the exact value of the Authorization header that GravityZone "
            "is to send, such as 'Bearer ' and a long random text."
        )
    return value


def api_key() -> str | None:
    """Return the key that signs bodies, where they are to be verified."""
    return os.environ.get(_API_KEY) or None
