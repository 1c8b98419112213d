"""What the bank says when it begins to listen: where everything is, who may call, which cards there are."""

from __future__ import annotations

from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import ACS_CODES, TEST_CARDS
from gateways.sandbox.dispatch import ROADS

_SHOWN = 2  # of the addresses of the API: the others are other spellings


def greeting(bank: Bank) -> str:
    """Several lines; the first is the base address alone, for whoever started the bank through a pipe."""
    first, second = (road.prefix for road in ROADS[:_SHOWN])
    logins = [f"  {merchant.login} / {merchant.password}  {merchant.name}" for merchant in bank.merchants.values()]
    cards = [f"  {card.pan:<19}  {card.expiry}  {card.cvc}  {card.en}" for card in TEST_CARDS]
    return "\n".join(
        (
            bank.base_url,
            "A rehearsal bank that speaks the RBS protocol. For loopback only: never expose it.",
            "",
            f"  controls     {bank.base_url}/sandbox/   (orders, clock, faults, callbacks, registries, dramas)",
            f"  old dialect  {bank.base_url}{first}register.do …",
            f"  new dialect  {bank.base_url}{second}register.do …",
            "",
            "API login / password",
            *logins,
            "",
            f"Test cards: number, expiry, CVC, what happens (issuer's codes: {', '.join(ACS_CODES)})",
            *cards,
        )
    )
