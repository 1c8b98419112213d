"""Payers with a banking application in their hand: SBP by a code, and SberPay.

They scan the picture, agree or refuse, leave the code for a card and come back, and try the old picture again. The banks'
word on what was agreed to may take longer than the session.
"""

from __future__ import annotations

import random
from typing import Final

from checkout.ground.ids import OrderId, PaymentId
from checkout.payment import pay, store, ways
from checkout.payment.pay import Started
from gateways import sandbox
from gateways.gateway import Way
from gateways.sandbox import instant
from gateways.sandbox.apps import Ask, AskKind, AskStatus
from tests.proof.pages import SHORT, at_the_bank, order_of
from tests.proof.stage import Stage

WAYS: Final = (Way.CARD, Way.SBP, Way.SBP, Way.SBERPAY)
# How long the banks take over what was agreed to: as a rule seconds, now and then past the end of the session.
BANKS_TAKE: Final = (1.0, 5.0, 30.0, 300.0, 1500.0, 5000.0)
KINDS: Final = {Way.SBP: AskKind.SBP, Way.SBERPAY: AskKind.SBERPAY}


def chosen(stage: Stage, rng: random.Random) -> Way:
    """How somebody wants to pay; nobody chooses where there is no choice."""
    return rng.choice(WAYS) if stage.offer.ways else Way.CARD


async def pays(stage: Stage, rng: random.Random, order_id: OrderId, started: Started, way: Way) -> None:
    """From the picture or the link to the banks' word, or to another mind."""
    at_bank = order_of(stage, started)
    if at_bank is None or rng.random() < 0.1:
        return
    if rng.random() < 0.1:
        await stage.nap(at_bank.expires_at - stage.bank.clock.now() - rng.choice((1.0, 0.001, -1.0)))
    await stage.nap(rng.choice(SHORT))
    ask = await _asked(stage, rng, started, at_bank, way)
    if ask is None:
        await at_the_bank(stage, rng, started)
        return
    if rng.random() < 0.3:
        await _leaves(stage, rng, order_id, ask)
    await _decides(stage, rng, started, ask)


async def _asked(stage: Stage, rng: random.Random, started: Started, at_bank: sandbox.Order, way: Way) -> Ask | None:
    """What the application shows; None if there is nothing to be scanned, so that the bank's page is all that is left."""
    if way is Way.SBERPAY:
        payment = await _payment(stage, started.payment_id)
        if rng.random() < 0.3 and payment is not None:
            await stage.trying("push", ways.push(stage.service, payment, "+79123456789"))
        return instant.invoice(stage.bank, at_bank)
    return stage.bank.apps.newest(at_bank, AskKind.SBP)


async def _payment(stage: Stage, payment_id: PaymentId) -> store.Payment | None:
    return await stage.trying("read", stage.tx(lambda tx: store.read(tx, payment_id)))


async def _leaves(stage: Stage, rng: random.Random, order_id: OrderId, ask: Ask) -> None:
    """To the card, and perhaps back to a code; the picture that was left is still on the other screen."""
    started = await stage.trying("leave the code", pay.start(stage.service, order_id, principal="key:site"))
    if started is not None and started.form_url is not None and rng.random() < 0.5:
        await at_the_bank(stage, rng, started)
    if rng.random() < 0.5:
        await stage.trying("back to a code", pay.start(stage.service, order_id, principal="key:site", way=Way.SBP))
        newest = stage.bank.apps.newest(ask.order, AskKind.SBP)
        if newest is not None and newest is not ask:
            await _agrees(stage, rng, newest)


async def _decides(stage: Stage, rng: random.Random, started: Started, ask: Ask) -> None:
    await stage.nap(rng.choice(SHORT))
    if rng.random() < 0.25:
        stage.callback_weather()
        refused = instant.refuse(stage.bank, ask)
        _told(stage, ask, "refused" if refused else "too late")
        await _waits(stage, started)
    else:
        await _agrees(stage, rng, ask)
    if rng.random() < 0.4:
        await _waits(stage, started)


async def _agrees(stage: Stage, rng: random.Random, ask: Ask) -> None:
    stage.callback_weather()
    if not instant.confirm(stage.bank, ask):
        _told(stage, ask, "too late")
        return
    _told(stage, ask, "agreed to")
    await stage.nap(rng.choice(BANKS_TAKE))
    _finished(stage, ask, accepted=rng.random() < 0.8)


async def _waits(stage: Stage, started: Started) -> None:
    """The page of whoever waits: what the bank says of the code, and another one if it is spent."""
    payment = await _payment(stage, started.payment_id)
    if payment is None:
        return
    await stage.trying("hear", ways.hear(stage.service, payment))
    payment = await _payment(stage, started.payment_id)
    if payment is not None:
        await stage.trying("fill", ways.fill(stage.service, payment, back="http://localhost/r/x"))


def _finished(stage: Stage, ask: Ask, *, accepted: bool) -> None:
    stage.callback_weather()
    late = stage.bank.clock.now() >= ask.order.expires_at
    if instant.finish(stage.bank, ask, accepted=accepted):
        _told(stage, ask, f"{'accepted' if accepted else 'rejected'}{' late' if late else ''}")


def _told(stage: Stage, ask: Ask, what: str) -> None:
    stage.outcomes[f"{ask.kind}: {what}"] += 1
    stage.scheduler.say(f"    the application: {ask.kind} {what}")


def banks_speak(stage: Stage) -> None:
    """In the end the banks have a word for everything that was agreed to."""
    rng = stage.rng("banks")
    for ask in stage.bank.apps.asks.values():
        if ask.decided is AskStatus.CONFIRMED:
            _finished(stage, ask, accepted=rng.random() < 0.5)
