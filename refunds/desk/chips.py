"""What the queue is filtered by, as people read it, each with the address that is without it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from checkout.ground.dates import plain
from checkout.web.desk.typed import day
from checkout.web.words import say
from refunds.desk.places import QUEUE
from refunds.desk_part import DESK_WORDS
from refunds.typed import METHODS

FILTERS: Final = ("clinic", "state", "method", "since", "until", "least", "most", "asked_by", "decided_by")


@dataclass(frozen=True, slots=True)
class Chip:
    """`field`: whose label says what `value` is. `address`: the same page without it."""

    field: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Known:
    """Names of clinics by slug, and of whoever asks and decides by principal, in the language of the page."""

    clinics: Mapping[str, str]
    askers: Mapping[str, str]
    deciders: Mapping[str, str]
    language: str


def address(asked: Mapping[str, str]) -> str:
    """The queue with these in its address."""
    return f"{QUEUE}?{urlencode(asked)}" if asked else QUEUE


def chips(asked: Mapping[str, str], known: Known) -> list[Chip]:
    """One for each filter in the address; what cannot be meant stands there as it was typed."""
    return [
        Chip(name, _value(name, asked[name], known), address({key: asked[key] for key in asked if key != name}))
        for name in FILTERS
        if name in asked
    ]


def _value(name: str, value: str, known: Known) -> str:
    if name in ("since", "until"):
        on = day(value)
        return plain(on, known.language) if on else value
    return _names(name, known).get(value, value)


def _names(name: str, known: Known) -> Mapping[str, str]:
    match name:
        case "clinic":
            return known.clinics
        case "state":
            return {str(state): words.of(known.language) for state, words in DESK_WORDS.items()}
        case "method":
            return {method: say(known.language, f"method_{method}") for method in METHODS}
        case "asked_by":
            return known.askers
        case _:
            return known.deciders
