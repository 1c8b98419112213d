"""What finance types into a form, brought to what the flows understand. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from checkout.ground.errors import Invalid
from checkout.till.till import Tender
from checkout.web.desk.typed import roubles
from gateways.gateway import Way
from refunds.queue import Filter
from refunds.refund import BANK_ZONE, State, banking_day

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SPACES: Final = re.compile(r"\s+")
LONGEST: Final = 400
LONGEST_PRINCIPAL: Final = 100
METHODS: Final = (*(str(way) for way in Way), *(str(tender) for tender in Tender))
REASONS: Final = ("not_needed", "clinic", "quality", "twice", "price", "goods", "other")


def sentence(text: str, pointer: str, *, needed: bool = True) -> str:
    """One line of words. Raises Invalid `reason_missing`."""
    tidy = _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()[:LONGEST]
    if needed and not any(letter.isalpha() for letter in tidy):
        raise Invalid("reason_missing", pointer=pointer)
    return tidy


def day(text: str, pointer: str) -> date | None:
    """As a date field sends it; empty is None. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as reason:
        raise Invalid("day_unreadable", pointer=pointer) from reason


def sending_day(text: str, now: datetime) -> datetime | None:
    """From when on the bank may hear of it: the beginning of its day; None: as soon as may be. Raises Invalid."""
    wanted = day(text, "/day")
    if wanted is None or wanted == banking_day(now):
        return None
    if wanted < banking_day(now):
        raise Invalid("date_in_the_past", pointer="/day")
    return datetime.combine(wanted, time(0, 5), BANK_ZONE)


def filtered(fields: Mapping[str, str]) -> Filter:
    """The filter that an address holds. Raises Invalid naming the field that cannot be meant."""
    state, method = fields.get("state") or None, fields.get("method") or None
    if state is not None and state not in {str(known) for known in State}:
        raise Invalid("filter_unreadable", pointer="/state")
    if method is not None and method not in METHODS:
        raise Invalid("filter_unreadable", pointer="/method")
    return Filter(
        clinic=fields.get("clinic") or None,
        state=State(state) if state else None,
        method=method,
        since=day(fields.get("since", ""), "/since"),
        until=day(fields.get("until", ""), "/until"),
        least=_bound(fields.get("least", ""), "/least"),
        most=_bound(fields.get("most", ""), "/most"),
        asked_by=_principal(fields.get("asked_by", ""), "/asked_by"),
        decided_by=_principal(fields.get("decided_by", ""), "/decided_by"),
    )


def _bound(text: str, pointer: str) -> int | None:
    return roubles(text, pointer).amount if text.strip() else None


def _principal(text: str, pointer: str) -> str | None:
    if text and (len(text) > LONGEST_PRINCIPAL or not text.isprintable()):
        raise Invalid("filter_unreadable", pointer=pointer)
    return text or None
