"""The bank's own page and the issuer's: what somebody who was led there does."""

from __future__ import annotations

import random
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from checkout.payment.pay import Started
from gateways import sandbox
from gateways.sandbox import bindings, paying
from tests.proof.stage import Stage

GOOD: Final = sandbox.CardEntry("4111111111111111", "203412", "123", "MARIA PETROVA")
CHALLENGED: Final = sandbox.CardEntry("5555555555555599", "203412", "123", "MARIA PETROVA")
POOR: Final = sandbox.CardEntry("2202205000060910", "202806", "810", "MARIA PETROVA")
WRONG_CVC: Final = sandbox.CardEntry("4111111111111111", "203412", "999", "MARIA PETROVA")
UNREADABLE: Final = sandbox.CardEntry("4111111111111112", "203412", "123", "MARIA PETROVA")
CARDS: Final = (GOOD, GOOD, GOOD, CHALLENGED, CHALLENGED, POOR, WRONG_CVC, UNREADABLE)
SHORT: Final = (1.0, 5.0, 20.0, 90.0)
LONG: Final = (60.0, 600.0, 1300.0, 4000.0)


def order_of(stage: Stage, started: Started) -> sandbox.Order | None:
    """The bank order that a page's address names."""
    named = dict(parse_qsl(urlsplit(started.form_url or "").query))
    return next((order for name in named.values() if (order := stage.bank.orders.get(name))), None)


async def at_the_bank(stage: Stage, rng: random.Random, started: Started) -> None:
    """What somebody does on the bank's page: types cards, waits too long, or leaves."""
    order = order_of(stage, started)
    if order is None or rng.random() < 0.12:
        return
    if rng.random() < 0.1:
        await stage.nap(order.expires_at - stage.bank.clock.now() - rng.choice((1.0, 0.001, -1.0)))
    for _ in range(rng.choice((1, 1, 2, 4))):
        await stage.nap(rng.choice(SHORT))
        stage.callback_weather()
        step = _types(stage, order, rng.choice(CARDS))
        stage.scheduler.say(f"    the bank's page: {step.outcome.name}")
        stage.outcomes[f"card: {step.outcome.name.lower()}"] += 1
        if step.outcome is sandbox.Outcome.CHALLENGE and order.challenge is not None:
            step = await _confirms(stage, rng, order.challenge) or step
        if step.outcome is sandbox.Outcome.FINISHED:
            return


def _types(stage: Stage, order: sandbox.Order, card: sandbox.CardEntry) -> sandbox.Step:
    """The form; a page that was opened for one saved card asks for the code of that alone."""
    saved = bindings.only(stage.bank, order)
    if saved is None:
        return sandbox.pay(stage.bank, order, card)
    stage.outcomes["page of a saved card"] += 1
    return paying.pay_by_its_card(stage.bank, order, saved, card.cvc)


async def _confirms(stage: Stage, rng: random.Random, challenge: str) -> sandbox.Step | None:
    """The issuer's page: the right code, a wrong one, or a telephone left at home."""
    await stage.nap(rng.choice(SHORT))
    if rng.random() < 0.15:
        return None
    stage.callback_weather()
    code = sandbox.ACS_CODES[0] if rng.random() < 0.8 else "999999"
    return sandbox.confirm(stage.bank, challenge, code)
