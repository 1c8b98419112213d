"""Garbage in a process that has loaded the whole application and makes little of it."""

from __future__ import annotations

import gc


def settle_memory() -> None:
    """What is loaded stays: looking through it all again and again for garbage takes a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
