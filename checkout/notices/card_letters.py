"""The letters of saved cards: whoever has one is told what became of it, and what to do if that was somebody else.

None goes to somebody who was erased: the card of an erased person ends under an event that no letter belongs to.
"""

from __future__ import annotations

from typing import Final

from checkout.ground.db import Tx
from checkout.ground.ids import CardId
from checkout.ground.service import Service
from checkout.notices.letter import Letter, Letters, Matter, Skip, write
from checkout.payment import card_store, restore_store
from checkout.payment.card import RESTORABLE, Card, Rebinding

_GONE: Final = "removed since"


async def saved(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The bank keeps it from now on."""
    card = await _card(tx, matter)
    return write(matter, "card_saved", card=card) if card.removed_at is None else Skip(_GONE)


async def removed(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """It pays nothing any more. By its payer: then it can be taken back for a while; or by the bank."""
    card = await _card(tx, matter)
    if card.rebinding in (Rebinding.INTENDED, Rebinding.UNKNOWN):
        return Skip("it had not come back yet")
    if await restore_store.replaced(tx, card.id):
        return Skip("taken back since")
    until = card.removed_at + RESTORABLE if card.removed_at and card.removed_by == "payer" else None
    return write(matter, "card_removed", card=card, until=until if until and until > matter.now else None)


async def restored(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """Its payer took the removal back, and the bank has let it."""
    card = await _card(tx, matter)
    return write(matter, "card_restored", card=card) if card.removed_at is None else Skip(_GONE)


async def not_restored(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """The bank said no, or nothing for too long."""
    return write(matter, "card_not_restored", card=await _card(tx, matter))


async def prolonged(tx: Tx, _service: Service, matter: Matter) -> Letter | Skip:
    """It has another month."""
    card = await _card(tx, matter)
    return write(matter, "card_prolonged", card=card) if card.removed_at is None else Skip(_GONE)


async def _card(tx: Tx, matter: Matter) -> Card:
    return await card_store.read(tx, CardId(matter.subject_id))


LETTERS: Final[Letters] = {
    "card_saved": saved,
    "card_removed": removed,
    "card_restored": restored,
    "card_not_restored": not_restored,
    "card_prolonged": prolonged,
}
