"""One row of the call table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from edr_sandbox.cortex_xdr.context import Context

Data = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A vendor call: ``run`` gets what the wrapper holds and returns the whole body of the answer.

    ``missing`` names the switch that removes the call; ``wrapper`` is the only key of the body;
    ``bare`` allows ``{}`` without it, and ``untyped`` marks the calls that the switch
    ``bare_only`` lets take nothing else. ``slow`` puts the call under the limit per minute.
    ``plain`` calls print errors as ``{"error": ...}``; ``application`` ones may answer HTTP 599.
    """

    run: Callable[[Context, Data], object]
    method: str = "POST"
    missing: str = ""
    wrapper: str = "request_data"
    bare: bool = False
    untyped: bool = False
    slow: bool = False
    plain: bool = False
    application: bool = False
