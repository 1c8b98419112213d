"""A refusal in words for people: its facts filled in, times on the clock of the clinic."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from checkout.ground import dates
from checkout.ground.errors import Refusal
from checkout.ground.spoken import money
from checkout.web.refusals import REFUSALS
from gateways.money import Money

__all__ = ["REFUSALS", "explain", "money"]


def explain(refusal: Refusal, language: str = "en", zone: str = "UTC") -> str:
    """The refusal in words for people, its facts filled in; times on the clock of `zone`."""
    words = REFUSALS[refusal.code].of(language)
    return words.format_map({name: _shown(value, language, zone) for name, value in refusal.facts.items()})


def _shown(value: Any, language: str, zone: str) -> str:
    if isinstance(value, Money):
        return money(value, language)
    if isinstance(value, datetime):
        return dates.deadline(value, zone, language)
    if isinstance(value, timedelta):
        return dates.ahead(value, language)
    return str(value)
