"""What came of adding a card without paying, in the payer's eyes. Pure, but for the address of the way back to the bank.

It says no more than is known: "added" and "refused" need the bank's word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from checkout.payment import adding
from checkout.payment.card import Card
from checkout.payment.card_check import LIVE, State
from checkout.payment.check_store import Check
from checkout.web.payer.private import Opened
from checkout.web.payer.standing import Mark
from checkout.web.routes import SERVICE
from gateways.sberbank.action_codes import Advice, DeclineReason, Explanation, explain

NEWS: Final = timedelta(hours=1)  # so long the page of cards tells of one that is over
_MARKS: Final = {
    State.REGISTERING: Mark.WAIT,
    State.PENDING: Mark.WAIT,
    State.KEPT: Mark.GOOD,
    State.UNSAVED: Mark.OVER,
    State.DECLINED: Mark.BAD,
    State.LAPSED: Mark.OVER,
    State.REVIEW: Mark.WAIT,
}
# These say nothing of a card, or speak of a payment that there never was.
_UNTOLD: Final = frozenset(
    {
        DeclineReason.NONE,
        DeclineReason.NOT_ATTEMPTED,
        DeclineReason.ATTEMPTS_EXHAUSTED,
        DeclineReason.ALREADY_PAID,
        DeclineReason.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Checked:
    """`face` names its words (`check_<face>_title`, `check_<face>_text`). `decline`: why the card was refused."""

    face: str
    mark: Mark
    waiting: bool
    decline: Explanation | None


def checked(check: Check | None, cards: Sequence[Card], now: datetime) -> Checked | None:
    """None where there is nothing to tell (any more): it is long ago, or the card has been removed since."""
    if check is None or (check.ended_at is not None and now > check.ended_at + NEWS):
        return None
    removed = check.state is State.KEPT and check.binding not in {card.binding for card in cards}
    return None if removed else told(check)


def told(check: Check) -> Checked:
    waiting = check.state in LIVE
    return Checked("open" if waiting else str(check.state), _MARKS[check.state], waiting, _decline(check))


def _decline(check: Check) -> Explanation | None:
    if check.state is not State.DECLINED or check.reference is None:
        return None
    why = explain(check.action_code)
    return None if why.reason in _UNTOLD or why.advice is Advice.WAIT else why


def at_bank(request: web.Request, check: Check | None, door: Opened) -> str | None:
    """Our hop to the bank's page of a check that is open; None if there is no such page."""
    if check is None or check.page is None:
        return None
    chosen = "" if door.language == door.order.language else f"?lang={door.language}"
    return f"{adding.return_path(request.app[SERVICE], check.id)}/bank{chosen}"
