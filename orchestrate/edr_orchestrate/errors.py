"""What a user can cause, said in one message."""

from __future__ import annotations


class OrchestrationError(Exception):
    """Something that the user can mend; its text says what and how, and holds no secret."""
