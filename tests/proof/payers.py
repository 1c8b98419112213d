"""Payers: they order, pay, fail to, pay twice, come too late, go away, change their minds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

from checkout.catalogue import slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Line
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import cancel, pay
from checkout.payment.card import Asked
from checkout.payment.order import Plan
from checkout.payment.place import Wish, place
from checkout.payment.settle import settle
from checkout.privacy.person import Person
from gateways import sandbox
from gateways.gateway import Way
from tests.proof import phones, wallets
from tests.proof.pages import GOOD, LONG, SHORT, at_the_bank
from tests.proof.stage import Stage

MARIA: Final = Person("Мария Петрова", "+79123456789", "maria@example.com")
SERVICES: Final = ("consultation", "massage")
PLANS: Final = (Plan.FULL, Plan.FULL, Plan.FULL, Plan.DEPOSIT, Plan.DEPOSIT, Plan.AT_CLINIC)


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
            stage.payer,
            None,
            rng.choice(PLANS),
            ("adult", "offer", "personal-data"),
            "ru",
        )
        return (await place(tx, stage.service, wish, principal="key:site", order_id=chosen)).id

    placed = await stage.trying("place", stage.tx(work))
    if placed is not None:
        stage.orders.append(placed)
        await wallets.proves(stage, rng, placed)
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
        way, card = phones.chosen(stage, rng), await wallets.asked(stage, rng, order_id)
        start = pay.start(stage.service, order_id, principal="key:site", way=way, card=card)
        started = await stage.trying("start", start)
        if started is None or started.form_url is None:
            await stage.nap(rng.choice((1.0, 40.0, 400.0)))
            continue
        if way is Way.CARD:
            await at_the_bank(stage, rng, started)
        else:
            await phones.pays(stage, rng, order_id, started, way)
        if rng.random() < 0.5:
            await stage.trying("come back", settle(stage.service, started.payment_id))
        elif rng.random() < 0.1:
            await cancels(stage, order_id, rng)  # at once: what is held by now is let go


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


async def tomorrow(service: Service, clinic: str, who: Person = MARIA) -> OrderId:
    """A visit to a clinic tomorrow morning, 2 500 ₽, to be paid in full."""

    async def work(tx: Tx) -> OrderId:
        start = (await starts(tx, clinic, "consultation"))[0]
        wish = Wish(
            clinic, (("consultation", 1),), start, who, None, Plan.FULL, ("adult", "offer", "personal-data"), "ru"
        )
        return (await place(tx, service, wish, principal="key:site")).id

    return await in_transaction(service.engine, work)


async def paid_before(stage: Stage) -> None:
    """A visit that was paid before the storm, today or yesterday: finance has something to give back."""
    stage.weather.off = True
    order_id = await tomorrow(stage.calm, stage.clinic, stage.payer)
    await wallets.proves(stage, stage.rng("paid before"), order_id)
    started = await pay.start(stage.calm, order_id, principal="key:site", card=Asked(save=stage.offer.cards))
    at_bank = stage.bank.lookup(str(started.payment_id))
    assert at_bank is not None
    sandbox.pay(stage.bank, at_bank, GOOD)
    await settle(stage.calm, started.payment_id)
    stage.orders.append(order_id)
    stage.weather.off = False
