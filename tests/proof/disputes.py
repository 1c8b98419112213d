"""Chargebacks: payers' banks take money back and give some of it up again; we learn it from a flag and from the registry.

Nobody rings for one. The bank's registry of a day comes when somebody brings it in, whole or while the day lasts.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from checkout.books.match import bring_in, judge_again
from checkout.books.template import templates
from checkout.ground.db import Row, Tx, in_transaction, rows, sql
from checkout.ground.ids import ChargebackId, PaymentId
from checkout.ground.service import Service
from gateways import sandbox
from gateways.sandbox import chargebacks as at_the_bank
from gateways.sandbox.registry import as_csv, days, lines
from refunds.chargebacks import recognise
from refunds.chargebacks.decide import decide
from tests.proof.pages import LONG
from tests.proof.stage import Stage

DAY: Final = 86_400.0
LAYOUT: Final = ("sberbank", templates()["sberbank"])
_CHARGEBACKS: Final = sql("""
SELECT c.*, r.amount FROM chargeback c JOIN refund r ON r.id = c.refund_id
 WHERE c.order_id = ANY(CAST(:orders AS uuid[])) ORDER BY c.id""")
_BREAKS: Final = sql("""
SELECT b.kind, b.payment_id, p.state AS payment, l.amount FROM registry_break b
  JOIN payment p ON p.id = b.payment_id LEFT JOIN registry_line l ON l.id = b.line_id
 WHERE b.state = 'open' AND p.order_id = ANY(CAST(:orders AS uuid[]))""")


def come(stage: Stage) -> None:
    """Whoever has to do with chargebacks in a history that has them."""
    if stage.offer.disputes:
        spawn = stage.scheduler.spawn
        spawn("payers' bank", _payers_bank(stage), lasting=True)
        spawn("registrar", _registrar(stage), lasting=True)
        spawn("claims", _claims(stage), lasting=True)


async def _payers_bank(stage: Stage) -> None:
    rng = stage.rng("payers' bank")
    while True:
        await stage.nap(rng.choice((60.0, *LONG)))
        paid = [one for one in stage.bank.orders.values() if one.paid]
        if not paid or rng.random() < 0.3:
            continue
        order = rng.choice(paid)
        if not order.disputed and order.deposited:
            taken = at_the_bank.charge_back(stage.bank, order, rng.choice((0, 0, order.deposited // 3)))
            _told(stage, order, f"charged back {'in part' if taken < order.amount else 'whole'}")
        elif order.charged_back:
            at_the_bank.win(stage.bank, order)
            _told(stage, order, "won back")


def _told(stage: Stage, order: sandbox.Order, what: str) -> None:
    stage.outcomes[f"bank: {what}"] += 1
    stage.scheduler.say(f"    bank: {order.number} is {what}")


async def _registrar(stage: Stage) -> None:
    """Brings in the bank's file of one of the last days, perhaps before that day is over, perhaps once more."""
    rng = stage.rng("registrar")
    while True:
        await stage.nap(rng.choice((*LONG, DAY)))
        known = days(stage.bank, _merchant(stage))
        if known:
            await stage.trying("registry", _brought_in(stage, stage.service, rng.choice(known[:2])))


async def _brought_in(stage: Stage, service: Service, day: date) -> None:
    merchant = _merchant(stage)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registry.csv"
        path.write_bytes(as_csv(lines(stage.bank, merchant, day), day))

        async def work(tx: Tx) -> None:
            slug = service.config.merchants[0].slug
            await bring_in(tx, service, path, LAYOUT, slug, principal="anna", force=True)

        await in_transaction(service.engine, work)


def _merchant(stage: Stage) -> sandbox.Merchant:
    return next(iter(stage.bank.merchants.values()))


async def _claims(stage: Stage) -> None:
    """Answers chargebacks; says that one was won only if it was."""
    rng = stage.rng("claims")
    while True:
        await stage.nap(rng.choice(LONG))
        found = await stage.trying("chargebacks", stage.tx(partial(_of, stage))) or []
        if found:
            one = rng.choice(found)
            command = _answer(stage, rng, one)
            deed = partial(
                decide, service=stage.service, chargeback_id=ChargebackId(one.id), command=command, principal="anna"
            )
            await stage.trying(f"chargeback {command}", stage.tx(deed))


def _answer(stage: Stage, rng: random.Random, one: Row[Any]) -> str:
    order = stage.bank.lookup(str(PaymentId(one.payment_id)))
    won = order is not None and order.disputed and not order.charged_back
    return rng.choice(("dispute", "win" if won else "lose", "accept"))


async def _of(stage: Stage, tx: Tx) -> list[Row[Any]]:
    return await rows(tx, _CHARGEBACKS, orders=[one.uuid for one in stage.orders])


def words(stage: Stage) -> Iterator[Callable[[], Awaitable[None]]]:
    """By what we learn of everything in the end, in either order: a look a day, and the bank's registries of all days."""
    last = [partial(_look, stage), partial(_all_registries, stage)]
    stage.rng("words").shuffle(last)
    yield from last


async def _look(stage: Stage) -> None:
    await stage.scheduler.advance(DAY + 1)
    await recognise.watch(stage.calm)


async def _all_registries(stage: Stage) -> None:
    for day in reversed(days(stage.bank, _merchant(stage))):
        await _brought_in(stage, stage.calm, day)
    await judge_again(stage.calm)


async def reckon(stage: Stage, twice: set[str]) -> list[str]:
    """Only what went away twice is left to people, for our books have no room for it; nothing else of the registry is open."""
    if not stage.offer.disputes:
        return []
    found = await in_transaction(stage.hall.engine, partial(_of, stage))
    for one in found:
        stage.outcomes[f"chargeback: {one.source} {one.state}"] += 1
    ids = [one.uuid for one in stage.orders]
    open_ = await in_transaction(stage.hall.engine, lambda tx: rows(tx, _BREAKS, orders=ids))
    wrong = []
    for one in open_:
        name = f"{PaymentId(one.payment_id)}: {one.kind}"
        stage.outcomes[f"break: {one.kind}"] += 1
        if str(PaymentId(one.payment_id)) not in twice and one.payment != "review" and not stage.weather.lied:
            wrong.append(f"{name} of {one.amount} is open")
    return wrong
