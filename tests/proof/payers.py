"""Payers: they order, pay, fail to, pay twice, come too late, go away, change their minds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from checkout.catalogue import slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Line
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import cancel, pay
from checkout.payment.order import Plan
from checkout.payment.pay import Started
from checkout.payment.place import Wish, place
from checkout.payment.settle import settle
from checkout.privacy.person import Person
from gateways import sandbox
from tests.proof.stage import Stage

MARIA: Final = Person("Мария Петрова", "+79123456789", "maria@example.com")
GOOD: Final = sandbox.CardEntry("4111111111111111", "203412", "123", "MARIA PETROVA")
CHALLENGED: Final = sandbox.CardEntry("5555555555555599", "203412", "123", "MARIA PETROVA")
POOR: Final = sandbox.CardEntry("2202205000060910", "202806", "810", "MARIA PETROVA")
WRONG_CVC: Final = sandbox.CardEntry("4111111111111111", "203412", "999", "MARIA PETROVA")
UNREADABLE: Final = sandbox.CardEntry("4111111111111112", "203412", "123", "MARIA PETROVA")
CARDS: Final = (GOOD, GOOD, GOOD, CHALLENGED, CHALLENGED, POOR, WRONG_CVC, UNREADABLE)
SERVICES: Final = ("consultation", "massage")
PLANS: Final = (Plan.FULL, Plan.FULL, Plan.FULL, Plan.DEPOSIT, Plan.DEPOSIT, Plan.AT_CLINIC)
SHORT: Final = (1.0, 5.0, 20.0, 90.0)
LONG: Final = (60.0, 600.0, 1300.0, 4000.0)


async def payer(stage: Stage, name: str) -> None:
    """One person in one browser, from choosing a time to the end."""
    rng = stage.rng(name)
    order_id = await _place(stage, rng)
    if order_id is None:
        return
    if rng.random() < 0.2:
        stage.scheduler.spawn(f"{name}'s second tab", pays(stage, order_id, stage.rng(f"{name} tab"), tries=1))
    await pays(stage, order_id, rng, tries=rng.choice((0, 1, 2, 2, 3, 3)))
    if rng.random() < 0.25:
        await stage.nap(rng.choice((*SHORT, *LONG)))
        await cancels(stage, order_id, rng)


async def _place(stage: Stage, rng: random.Random) -> OrderId | None:
    service = rng.choice(SERVICES)
    chosen = OrderId.new()

    async def work(tx: Tx) -> OrderId:
        start = rng.choice((await starts(tx, stage.clinic, service))[:2])
        wish = Wish(
            stage.clinic,
            ((service, 1),),
            start,
            MARIA,
            None,
            rng.choice(PLANS),
            ("adult", "offer", "personal-data"),
            "ru",
        )
        return (await place(tx, stage.service, wish, principal="key:site", order_id=chosen)).id

    placed = await stage.trying("place", stage.tx(work))
    if placed is not None:
        stage.orders.append(placed)
    return placed


async def starts(tx: Tx, slug: str, service: str) -> list[datetime]:
    """Tomorrow's starts, free or not: two payers may well want the same one."""
    clinic = await catalogue.clinic(tx, slug)
    assert clinic is not None
    line = Line((await catalogue.services_at(tx, clinic.id))[service], 1)
    moment = await now(tx)
    day = (moment + timedelta(days=1)).astimezone(clinic.tz).date()
    return list(slots.grid_starts(clinic, day, line.minutes))


async def pays(stage: Stage, order_id: OrderId, rng: random.Random, *, tries: int) -> None:
    """Start, type cards, come back or not; a refused start is tried again like anything else."""
    for _ in range(tries):
        await stage.nap(rng.choice(SHORT))
        started = await stage.trying("start", pay.start(stage.service, order_id, principal="key:site"))
        if started is None or started.form_url is None:
            await stage.nap(rng.choice((1.0, 40.0, 400.0)))
            continue
        await at_the_bank(stage, rng, started)
        if rng.random() < 0.5:
            await stage.trying("come back", settle(stage.service, started.payment_id))
        elif rng.random() < 0.1:
            await cancels(stage, order_id, rng)  # at once: what is held by now is let go


async def at_the_bank(stage: Stage, rng: random.Random, started: Started) -> None:
    """What somebody does on the bank's page: types cards, waits too long, or leaves."""
    order = stage.bank.lookup(dict(parse_qsl(urlsplit(started.form_url or "").query)).popitem()[1])
    if order is None or rng.random() < 0.12:
        return
    if rng.random() < 0.1:
        await stage.nap(order.expires_at - stage.bank.clock.now() - rng.choice((1.0, 0.001, -1.0)))
    for _ in range(rng.choice((1, 1, 2, 4))):
        await stage.nap(rng.choice(SHORT))
        card = rng.choice(CARDS)
        stage.callback_weather()
        step = sandbox.pay(stage.bank, order, card)
        stage.scheduler.say(f"    the bank's page: {step.outcome.name}")
        stage.outcomes[f"card: {step.outcome.name.lower()}"] += 1
        if step.outcome is sandbox.Outcome.CHALLENGE and order.challenge is not None:
            step = await _confirms(stage, rng, order.challenge) or step
        if step.outcome is sandbox.Outcome.FINISHED:
            return


async def _confirms(stage: Stage, rng: random.Random, challenge: str) -> sandbox.Step | None:
    """The issuer's page: the right code, a wrong one, or a telephone left at home."""
    await stage.nap(rng.choice(SHORT))
    if rng.random() < 0.15:
        return None
    stage.callback_weather()
    code = sandbox.ACS_CODES[0] if rng.random() < 0.8 else "999999"
    return sandbox.confirm(stage.bank, challenge, code)


async def patient(stage: Stage) -> None:
    """Somebody who paid long ago calls the visit off, early or late."""
    rng = stage.rng("patient")
    await stage.nap(rng.choice((60.0, 1300.0, 4000.0)))
    await cancels(stage, stage.orders[0], rng)


async def cancels(stage: Stage, order_id: OrderId, rng: random.Random) -> None:
    """Cancel, closing an open page first unless the caller forgets to."""
    if rng.random() < 0.8:
        await stage.trying("abandon", pay.abandon(stage.service, order_id, given_up=True))
    await stage.trying("cancel", stage.tx(lambda tx: cancel.cancel(tx, stage.service, order_id, principal="key:site")))


async def tomorrow(service: Service, clinic: str) -> OrderId:
    """A visit to a clinic tomorrow morning, 2 500 ₽, to be paid in full."""

    async def work(tx: Tx) -> OrderId:
        start = (await starts(tx, clinic, "consultation"))[0]
        wish = Wish(
            clinic, (("consultation", 1),), start, MARIA, None, Plan.FULL, ("adult", "offer", "personal-data"), "ru"
        )
        return (await place(tx, service, wish, principal="key:site")).id

    return await in_transaction(service.engine, work)


async def paid_before(stage: Stage) -> None:
    """A visit that was paid before the storm, today or yesterday: finance has something to give back."""
    stage.weather.off = True
    order_id = await tomorrow(stage.calm, stage.clinic)
    started = await pay.start(stage.calm, order_id, principal="key:site")
    at_bank = stage.bank.lookup(str(started.payment_id))
    assert at_bank is not None
    sandbox.pay(stage.bank, at_bank, GOOD)
    await settle(stage.calm, started.payment_id)
    stage.orders.append(order_id)
    stage.weather.off = False
