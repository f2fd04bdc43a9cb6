"""Names of members as SQL takes them without quotes."""

from __future__ import annotations

import re
from typing import Any

_UNUSABLE = re.compile(r"[^A-Za-z0-9_]")


def sql_names(value: Any) -> Any:
    """Return a value whose members are named for SQL, at whatever depth.

    Each character that is no ASCII letter, digit or underscore becomes an underscore
    (``status.progress`` is ``status_progress``). Where two names become one, the value that is not
    null takes it, at first the one that was named so; the other keeps its own name.
    """
    if isinstance(value, list):
        return [sql_names(each) for each in value]
    if not isinstance(value, dict):
        return value
    named: dict[str, Any] = {}
    for name in sorted(value, key=lambda name: _UNUSABLE.search(name) is not None):
        plain = _UNUSABLE.sub("_", name)
        named[plain if named.get(plain) is None else name] = sql_names(value[name])
    return named
