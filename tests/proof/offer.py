"""What the merchant of a history offers its payers beyond a card, and what befalls it beyond that. Drawn from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.ground.config import Fiscal, Merchant
from gateways.gateway import Way
from tests.proof.schedule import dice

BY_BANK: Final = Fiscal(by="bank", tax_system="osn")


@dataclass(frozen=True, slots=True)
class Offer:
    """`ways`: codes of SBP and SberPay; in two stages only a card pays, so there are none there. `cards`: payers may save
    theirs. `fiscal`: the bank makes the receipts, `printing` seconds after the money moved.
    `disputes`: payers' banks take money back.
    """

    ways: bool = False
    cards: bool = False
    fiscal: bool = False
    printing: float = 20.0
    disputes: bool = False

    def of(self, merchant: Merchant) -> Merchant:
        """The merchant with this in its block of the configuration."""
        kept = dict.fromkeys(("saved_cards", "card_check", "one_press"), self.cards)
        gateway = merchant.gateway.model_copy(update=kept)
        methods = tuple(Way) if self.ways else merchant.methods
        fiscal = BY_BANK if self.fiscal else None
        return merchant.model_copy(update={"gateway": gateway, "methods": methods, "fiscal": fiscal})


PLAIN = Offer()


def drawn(seed: int, stages: str) -> Offer:
    """Dice of its own, so that what was added here left the histories before it as they were."""
    rng = dice(seed, "offer")
    return Offer(
        ways=rng.random() < 0.85 and stages == "one",
        cards=rng.random() < 0.2,
        fiscal=rng.random() < 0.15,
        printing=rng.choice((20.0, 600.0, 4000.0)),
        disputes=rng.random() < 0.12,
    )
