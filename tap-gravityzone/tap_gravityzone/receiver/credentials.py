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
    # HTTP knows no blanks around a header's value; a secret from a file often ends in a line break.
    value = os.environ.get(_AUTHORIZATION, "").strip()
    if not value:
        raise click.UsageError(
            f"Set {_AUTHORIZATION} to the exact value of the Authorization header that GravityZone "
            "is to send, such as 'Bearer ' and a long random text."
        )
    return value


def api_key() -> str | None:
    """Return the key that signs bodies, where they are to be verified."""
    return os.environ.get(_API_KEY, "").strip() or None
