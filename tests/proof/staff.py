"""Everybody else: the desk, finance, the bank's courier, a forger, and our own workers."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from checkout.books import match
from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx, now, rows, sql
from checkout.ground.errors import Refusal
from checkout.ground.ids import OrderId, RefundId
from checkout.notices.remind import remind_due
from checkout.payment import orders, pay, printing, unbinding
from checkout.payment import store as payments
from checkout.payment.expire import expire_due
from checkout.till import begin, close
from checkout.till import store as till
from checkout.till.count import FACES
from checkout.till.take import take
from checkout.till.till import Age
from checkout.web.bank import heard
from checkout.worker import settle_due
from gateways import sandbox
from gateways.gateway import CallbackRequest, Forged
from gateways.money import Money
from gateways.sandbox.orders import OperationType
from refunds import approve, issue, late, run
from refunds.chargebacks import recognise
from tests.proof.pages import LONG, SHORT
from tests.proof.ports import Injected
from tests.proof.stage import Stage

MERCHANT: Final = "zdorovie"
_PAID: Final = sql("""
SELECT order_id FROM payment WHERE order_id = ANY(CAST(:orders AS uuid[])) AND captured > refunded + reserved ORDER BY id""")
DAYS: Final = (0, 0, 0, 0.02, 0.5, 1, 3)
Chore = Callable[..., Awaitable[int]]
# What a worker does, and how likely in one round of it.
CHORES: Final[tuple[tuple[str, Chore, float], ...]] = (
    ("settle", settle_due, 0.7),
    ("refunds", run.run_due, 0.6),
    ("expire", expire_due, 0.2),
    ("late money", late.give_back_due, 0.2),
    ("reminders", remind_due, 0.1),
    ("cards", unbinding.run_due, 0.4),
    ("receipts", printing.run_due, 0.4),
    ("chargebacks", recognise.recognise_due, 0.4),
    ("watch", recognise.watch, 0.3),
    ("registry", match.judge_again, 0.2),
)


async def cashier(stage: Stage, name: str) -> None:
    """Takes cash for somebody's order: the right sum or another, with the bank's page closed or still open."""
    rng = stage.rng(name)
    for _ in range(rng.choice((1, 1, 2))):
        await stage.nap(rng.choice(LONG))
        if not stage.orders:
            continue
        order_id = rng.choice(stage.orders)
        await stage.trying("tend the till", stage.tx(lambda tx: _tend(tx, stage, rng, name)))
        if rng.random() < 0.7:
            await stage.trying("abandon", pay.abandon(stage.service, order_id))
        await stage.trying("cash", stage.tx(lambda tx, one=order_id: _take(tx, stage, rng, one)))  # type: ignore[misc]
    if stage.refunds:  # whoever is to be paid in cash comes on another day
        await stage.nap(rng.choice((*LONG, 90_000.0)))
    for refund_id in list(stage.refunds):
        await stage.trying("tend the till", stage.tx(lambda tx: _tend(tx, stage, rng, name)))
        await stage.trying("pay out", stage.tx(lambda tx, one=refund_id: approve.pay_out(tx, one, principal="olga")))  # type: ignore[misc]


async def _tend(tx: Tx, stage: Stage, rng: random.Random, who: str) -> None:
    """Opens the till where it is closed; closes it once it is a day old, or for no reason. The count may be a little off."""
    clinic = await catalogue.clinic(tx, stage.clinic)
    assert clinic is not None
    shift, before = await till.open_of(tx, clinic.id), await till.last_closed(tx, clinic.id)
    if shift is not None and shift.age(await now(tx)) is not Age.OVER and rng.random() < 0.9:
        return
    held = await till.drawer(tx, shift.id) if shift else before.counted if before else None
    off = Money(max((held or Money(0)).amount + rng.choice((0, 0, 0, 5, -5)) * 100, 0))
    counted = await begin.count(tx, clinic.id, begin.Cash(_pieces(off)), principal=who)
    if shift is None:
        await begin.open_shift(tx, clinic.id, counted.id, explanation="it is so", principal=who)
    else:
        await close.close(tx, stage.service, shift.id, counted.id, explanation="it is so", principal=who)


def _pieces(amount: Money) -> dict[int, int]:
    """The fewest notes and coins that come to this."""
    pieces, left = {}, amount.amount
    for face in FACES:
        pieces[face], left = divmod(left, face)
    return pieces


async def _take(tx: Tx, stage: Stage, rng: random.Random, order_id: OrderId) -> None:
    due = (await orders.facts(tx, order_id)).due.amount
    amount = rng.choice((due, due, max(due // 3, 1), due + 1, 0))
    await take(tx, stage.service, order_id, Money(amount), principal="olga")


async def finance(stage: Stage, name: str) -> None:
    """Asks for refunds, whole and partial, too often and too much; decides others', and tries to decide her own."""
    rng = stage.rng(name)
    for _ in range(rng.choice((1, 2, 2, 3))):
        await _waits_for_money(stage, rng)
        for _ in range(rng.choice((1, 1, 2, 3)) if stage.orders else 0):
            asked = await stage.trying("ask refund", stage.tx(lambda tx: _ask(tx, stage, rng, name)))
            stage.refunds += [asked] if asked is not None else []
        await stage.nap(rng.choice(SHORT))
        for refund_id in stage.refunds[-3:]:
            if rng.random() < 0.8:
                await _decides(stage, rng, name, refund_id)
        for _ in range(rng.choice((0, 2, 5)) if stage.refunds else 0):
            await stage.nap(rng.choice((2.0, 30.0, 130.0)))  # she looks on while workers and the bank go about it


async def _waits_for_money(stage: Stage, rng: random.Random) -> None:
    """She mostly looks into the list when there is something in it."""
    for _ in range(rng.choice((0, 3, 6))):
        paid = await stage.trying("list", stage.tx(lambda tx: _paid(tx, stage)))
        if paid:
            break
        await stage.nap(rng.choice(LONG[:2]))
    await stage.nap(rng.choice((1.0, 60.0, 1300.0, 90_000.0)))


async def _paid(tx: Tx, stage: Stage) -> list[OrderId]:
    found = await rows(tx, _PAID, orders=[one.uuid for one in stage.orders])
    return [OrderId(row.order_id) for row in found]


async def _with_money(tx: Tx, stage: Stage, rng: random.Random) -> OrderId:
    """An order that she finds in the list of paid ones, or a wrong one."""
    found = await _paid(tx, stage)
    return found[0] if found and rng.random() < 0.95 else rng.choice(stage.orders)


async def _ask(tx: Tx, stage: Stage, rng: random.Random, who: str) -> RefundId:
    order_id = await _with_money(tx, stage, rng)
    found = await payments.of_order(tx, order_id)
    left = max((issue.left(one).amount for one in found), default=0)
    amount = rng.choice((left, left, left // 2, max(left // 3, 1), max(left // 3, 1), 1, left + 1))
    later = rng.choice(DAYS)
    when = await now(tx) + timedelta(days=later) if later else None
    chosen = rng.choice(found).id if found and rng.random() < 0.3 else None
    ask = issue.Ask(Money(amount), "the doctor was ill", payment_id=chosen, scheduled_for=when)
    return (await issue.request(tx, stage.service, order_id, ask, principal=who)).id


async def _decides(stage: Stage, rng: random.Random, name: str, refund_id: RefundId) -> None:
    command = rng.choice((*["approve"] * 6, "reject", "cancel"))
    who = name if rng.random() < 0.2 else f"{name}'s colleague"
    await stage.trying(command, stage.tx(lambda tx: approve.decide(tx, refund_id, command, principal=who)))


async def worker(stage: Stage, name: str) -> None:
    """Rounds of chores with pauses between them, from a second to a day; what dies is started again."""
    rng = stage.rng(name)
    while True:
        await stage.nap(rng.choice((1.0, 5.0, 20.0, 25.0, 25.0, 120.0, 900.0, 7200.0)))
        for chore, work, likely in CHORES:
            if rng.random() < likely and _is_there(stage, chore):
                await one_round(stage, chore, work)


def _is_there(stage: Stage, chore: str) -> bool:
    """Whether a history has anything that the chore could see to."""
    there = {
        "refunds": bool(stage.refunds),
        "cards": stage.offer.cards,
        "receipts": stage.offer.fiscal,
        **dict.fromkeys(("chargebacks", "watch", "registry"), stage.offer.disputes),
    }
    return there.get(chore, True)


async def one_round(stage: Stage, name: str, chore: Chore) -> None:
    """One chore of one worker: trouble with the database is logged and met again, a refusal would be a fault."""
    try:
        done = await chore(stage.service)
    except Injected:
        stage.outcomes[f"round of {name}: database trouble"] += 1
        return
    except Refusal as refusal:
        stage.complaints.append(f"the chore {name} was refused: {refusal.code}")
        return
    stage.outcomes[f"round of {name}: {'something' if done else 'nothing'} due"] += 1


async def ghosts(stage: Stage) -> None:
    """Requests that everybody gave up arrive at last."""
    rng = stage.rng("ghosts")
    while True:
        await stage.nap(rng.choice((5.0, 60.0, 600.0)))
        if stage.line.ghosts:
            stage.line.deliver_ghost()


async def fickle(stage: Stage) -> None:
    """What no bank should do: an order that it called unpaid is paid after all. Here the bank lies by changing its mind."""
    rng = stage.rng("fickle")
    while True:
        await stage.nap(rng.choice((600.0, 3000.0)))
        closed = [one for one in stage.bank.orders.values() if one.status is sandbox.Status.DECLINED]
        if closed and rng.random() < 0.5:
            change_mind(stage, rng.choice(closed))


def change_mind(stage: Stage, order: sandbox.Order) -> None:
    """The bank takes the money for an order that was over, writes it down and rings."""
    stage.weather.lied = True
    stage.weather.note("changed_mind", "order")
    stage.scheduler.say(f"    bank: {order.number} is paid after all")
    at = stage.bank.clock.now()
    order.status, order.action_code, order.deposited_at = sandbox.Status.DEPOSITED, 0, at
    order.approved = order.deposited = order.amount
    if stage.offer.ways and order.card is None:
        order.way = "SBP_C2B"
    stage.bank.record(order, OperationType.AUTHORIZATION, order.amount, 0)
    stage.bank.journal.add(at, sandbox.Kind.DEPOSITED, order.key, order.amount)
    stage.bank.notify(order, "deposited", succeeded=True, amount=order.amount)


async def courier(stage: Stage) -> None:
    """The bank's courier: every callback travels on its own, so that they overtake each other."""
    rng = stage.rng("courier")
    while True:
        await stage.nap(rng.choice((1.0, 30.0, 60.0)))
        for delivery in stage.bank.take_due_callbacks():
            if not stage.muted:
                stage.scheduler.spawn(f"callback {delivery.id}.{delivery.attempt}", _deliver(stage, delivery))


async def _deliver(stage: Stage, delivery: sandbox.Delivery) -> None:
    await stage.scheduler.pause("arrives")
    status = await knock(stage, as_request(delivery))
    stage.bank.callback_answered(delivery, status)


async def knock(stage: Stage, came: CallbackRequest) -> int:
    """What our callback address answers: verified and kept as the page does it."""
    try:
        notice = stage.service.gateway(MERCHANT).read_callback(came)
    except Forged:
        stage.outcomes["callback: forged"] += 1
        return 403
    try:
        outcome = await heard(stage.service, MERCHANT, notice, came)
    except Injected:
        return 503
    stage.outcomes[f"callback: {outcome}"] += 1
    return 200


def as_request(delivery: sandbox.Delivery) -> CallbackRequest:
    query = tuple(parse_qsl(urlsplit(delivery.url).query, keep_blank_values=True))
    return CallbackRequest(delivery.method, query, delivery.content_type, delivery.body)


async def forger(stage: Stage) -> None:
    """Replays true callbacks, and rewrites them to name other payments."""
    rng = stage.rng("forger")
    heard: list[CallbackRequest] = []
    while True:
        await stage.nap(rng.choice((30.0, 300.0)))
        heard += [as_request(one.delivery) for one in list(stage.bank.outbox.tried)[-3:]]
        if heard:
            await knock(stage, _twisted(stage, rng, rng.choice(heard)))


def _twisted(stage: Stage, rng: random.Random, came: CallbackRequest) -> CallbackRequest:
    other = rng.choice(list(stage.bank.orders.values())).number
    match rng.randrange(4):
        case 0:
            return came
        case 1:
            fields = dict(came.query) | {"orderNumber": other}
            return replace(came, query=tuple(fields.items()), body=came.body.replace(b"status", b"state"))
        case 2:
            body = urlencode({**dict(came.query), "status": "1"}).encode()
            return CallbackRequest("POST", (), "application/x-www-form-urlencoded", body)
        case _:
            return replace(came, query=came.query[:-1])
