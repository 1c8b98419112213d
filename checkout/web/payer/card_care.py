"""What the page of one's cards needs for those that are removed or run out: what may be taken back, and the new month of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Invalid
from checkout.ground.ids import CardId
from checkout.ground.service import Service
from checkout.payment import brakes, prolonging, restoring
from checkout.payment.card import RESTORABLE, Card, read_month
from checkout.payment.prolonging import Came
from checkout.payment.restoring import Left
from checkout.web.client import client_address
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened
from checkout.web.routes import SERVICE
from checkout.web.texts import explain
from checkout.web.words import say

LONGEST: Final = 20  # characters of a month
_DONE: Final = {Came.DONE: "prolonged", Came.UNKNOWN: "asked"}
TOLD: Final = ("removed", "restored", *_DONE.values())  # what the page says of the press before it (`card_told_…`)


@dataclass(frozen=True, slots=True)
class Care:
    """Beside the cards that pay: those that do not, and which of the others may have been issued anew."""

    left: Left
    reissued: frozenset[CardId]


@dataclass(frozen=True, slots=True)
class Renewing:
    """A month that was typed for a card, and what is wrong with it."""

    card: CardId
    typed: str
    fault: str
    status: int

    @property
    def anchor(self) -> str:
        return f"expiry-{self.card}"


async def care(tx: Tx, service: Service, door: Opened, cards: Sequence[Card]) -> Care:
    renews = prolonging.offered(service, door.order.merchant)
    return Care(
        await restoring.left(tx, service, door.order, cards, at=door.now),
        frozenset(card.id for card in cards if renews and card.reissued(door.now)),
    )


async def renewed(request: web.Request, door: Opened, card: CardId, typed: str) -> str | Renewing:
    """Ask the bank to take the month that was typed: what came of it, in the address's word; or what is wrong with it.

    Raises Conflict `card_gone`, TooMany `too_many_card_changes`.
    """
    service, language, typed = request.app[SERVICE], door.language, typed[:LONGEST].strip()
    try:
        month = read_month(typed, door.now)
    except Invalid as refusal:
        return Renewing(card, typed, explain(refusal, language), refusal.status)
    await brakes.before_card_change(service, door.order, address=client_address(request))
    came = await prolonging.prolong(service, door.order, card, month, principal=PAYER)
    if came is Came.REFUSED:
        return Renewing(card, typed, say(language, "prolong_refused"), 409)
    return _DONE[came]


def facts(found: Care, cards: Sequence[Card], pressed: Mapping[str, str], renewing: Renewing | None) -> dict[str, Any]:
    """For the template. `pressed`: what the address says, `done`, and with which `card`, where that is waited for."""
    done, wanted = pressed.get("done", ""), pressed.get("card")
    if done == "restore":
        done = "restored" if any(card.restores is not None and str(card.restores) == wanted for card in cards) else ""
    return {
        "left": found.left,
        "reissued": found.reissued,
        "renewing": renewing,
        "restorable_for": RESTORABLE,
        "told": done if done in TOLD else "",
        "face": face(found),
    }


def face(found: Care) -> str:
    """By which a waiting page knows that it is out of date."""
    return f"cards-{len(found.left.awaited)}"


def brands_of(found: Care, cards: Sequence[Card]) -> set[str | None]:
    """Of every card that the page names."""
    left = found.left
    return {card.brand for card in (*cards, *left.restorable, *left.awaited, *left.refused)}
