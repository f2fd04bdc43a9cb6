"""What a run asks of its process: memory that is neither searched nor kept for each thread."""

from __future__ import annotations

import contextlib
import ctypes
import gc

_NEW_OBJECTS = 50_000  # after which cycles are looked for
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def prepare() -> None:
    """Prepare the process for a run; for the command line, as it holds until the process ends."""
    # Rows hold no cycles; looking for some among millions of values is a tenth of the work.
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    # glibc has a heap for each thread, and keeps in it what a thread has used once.
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
