"""Answers that the new dialect gives again to a call with the same `x-idempotencyKey`. Source: gateway.md §1.7."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gateways.sandbox.wire import Reply

HEADER = "x-idempotencyKey"
_KEY = re.compile(r"[0-9A-Za-z_#-]{1,255}")
_REMEMBERED_SECONDS = 86_400.0


@dataclass(slots=True)
class Replays:
    """What was answered, by caller and key; after a day it is forgotten, when the key is next used."""

    _answers: dict[tuple[str, str], tuple[float, Reply]] = field(default_factory=dict)

    def once(self, caller: str, key: str, now: float, act: Callable[[], Reply]) -> Reply:
        """The answer of the first call, refusals too. A key of no valid shape is none [I]."""
        if not _KEY.fullmatch(key):
            return act()
        known = self._answers.get((caller, key))
        if known is None or now - known[0] >= _REMEMBERED_SECONDS:
            known = self._answers[caller, key] = now, act()
        return known[1]
