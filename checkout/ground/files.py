"""Files that somebody else wrote: no larger, and not looked at for longer, than one that is meant can need.

A calendar is what anybody may send an invitation to, and a few lines of it can ask for work without end.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

LARGEST: Final = 10_000_000  # characters: some thirty thousand events
PATIENCE: Final = 60.0  # seconds


def text(path: Path) -> str:
    """UTF-8, with or without a mark. Raises OSError, for what is too large as well, and UnicodeDecodeError."""
    with path.open(encoding="utf-8-sig") as file:
        found = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise OSError(errno.EFBIG, f"larger than {LARGEST // 1_000_000} MB")
    return found


@contextmanager
def patience(seconds: float = PATIENCE) -> Iterator[None]:
    """Raises TimeoutError inside whatever takes longer. For commands: it needs the main thread."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not understood within {seconds:.0f} seconds")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
