"""The bank's printer of fiscal receipts; and that all money which moved has its receipt, or somebody is told.

It is slow, it breaks and is mended, and it forgets what it was given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from checkout.books import worklist
from checkout.catalogue import store as catalogue
from checkout.ground.db import Row, Tx, in_transaction, rows, sql
from checkout.ground.ids import OrderId, PaymentId, ReceiptId
from checkout.ground.service import Service
from checkout.payment import receipt_by_hand
from gateways.sandbox import Kind
from gateways.sandbox.receipts import Receipt
from tests.proof.pages import LONG
from tests.proof.stage import Stage

_WORK: Final = [one for one in worklist.CORE if one.kind == "receipt"]
_RECEIPTS: Final = sql("SELECT r.* FROM receipt r WHERE r.order_id = ANY(CAST(:orders AS uuid[])) ORDER BY r.id")
_PAYMENTS: Final = sql("""
SELECT p.id, p.state,
       EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.state = 'review') AS doubtful
  FROM payment p WHERE p.method = 'card' AND p.order_id = ANY(CAST(:orders AS uuid[]))""")


def come(stage: Stage) -> None:
    """Whoever has to do with receipts in a history in which the bank makes them."""
    if stage.offer.fiscal:
        stage.scheduler.spawn("printer", _printer(stage), lasting=True)
        stage.scheduler.spawn("accountant", _accountant(stage), lasting=True)


async def _printer(stage: Stage) -> None:
    rng, book = stage.rng("printer"), stage.bank.receipts
    while True:
        await stage.nap(rng.choice((30.0, 300.0, *LONG)))
        made = [one for every in book.by_order.values() for one in every]
        if not made:
            continue
        one = rng.choice([one for one in made if not book.ready(one)] or made)
        befalls = rng.choice(("breaks", "is mended", "is mended" if book.ready(one) else "forgets"))
        stage.outcomes[f"printer: {befalls}"] += 1
        stage.scheduler.say(f"    the printer {befalls} ({one.order.number})")
        if befalls == "forgets":
            book.by_order[one.order.id].remove(one)
        else:
            book.spoil(one.order, fail=befalls == "breaks")


async def _accountant(stage: Stage) -> None:
    """Presses what the list of work offers."""
    rng = stage.rng("accountant")
    while True:
        await stage.nap(rng.choice(LONG))
        await again(stage, stage.service)


async def again(stage: Stage, service: Service) -> None:
    """Every receipt that stands in the list of work is wanted once more."""
    found = await stage.trying("receipts", in_transaction(service.engine, lambda tx: _work(tx, stage)))
    for order_id, receipt_id in found or ():
        wish = partial(receipt_by_hand.again, order_id=order_id, receipt_id=receipt_id)
        await stage.trying("receipt again", in_transaction(service.engine, wish))


async def _work(tx: Tx, stage: Stage) -> list[tuple[OrderId, ReceiptId]]:
    """What the list of work says of receipts."""
    clinic = await catalogue.clinic(tx, stage.clinic)
    assert clinic is not None
    named = {item.key for item in await worklist.items(tx, _WORK, [clinic.id])}
    ids = [order_id.uuid for order_id in stage.orders]
    return [
        (OrderId(row.order_id), ReceiptId(row.id))
        for row in await rows(tx, _RECEIPTS, orders=ids)
        if str(ReceiptId(row.id)) in named
    ]


def mended(stage: Stage) -> Iterator[float]:
    """In the end everything can be printed. Hours after which to look again: what was asked for anew, what nobody prints."""
    for order in stage.bank.orders.values():
        stage.bank.receipts.spoil(order, fail=False)
    yield from (3.0, 25.0, 3.0)


@dataclass(frozen=True, slots=True)
class Books:
    """Our receipts of one history, its card payments, and which receipts stand in the list of work."""

    receipts: list[Row[Any]]
    payments: list[Row[Any]]
    work: set[ReceiptId]


async def reckon(stage: Stage) -> list[str]:
    """Our receipts against what the bank printed, and both against the money."""
    if not stage.offer.fiscal:
        return []
    books = await in_transaction(stage.hall.engine, lambda tx: _books(tx, stage))
    for one in books.receipts:
        stage.outcomes[f"receipt: {one.kind} {one.state}"] += 1
    return [
        *_each_is_printed(books, stage),
        *_nothing_else_is_printed(books, stage),
        *_money_has_receipts(books, stage),
    ]


async def _books(tx: Tx, stage: Stage) -> Books:
    ids = [order_id.uuid for order_id in stage.orders]
    work = {receipt_id for _, receipt_id in await _work(tx, stage)}
    return Books(await rows(tx, _RECEIPTS, orders=ids), await rows(tx, _PAYMENTS, orders=ids), work)


def _printed(stage: Stage) -> dict[str, Receipt]:
    """What a payer could hold in their hands, by the bank's id."""
    book = stage.bank.receipts
    return {one.id: one for every in book.by_order.values() for one in every if book.ready(one) and not one.fails}


def _each_is_printed(books: Books, stage: Stage) -> Iterator[str]:
    """What we call issued is, once, over that sum; of what is not, somebody is told."""
    printed = _printed(stage)
    times = Counter(one.reference for one in books.receipts if one.state == "ready")
    for ours in books.receipts:
        name = f"receipt {ReceiptId(ours.id)} ({ours.kind} {ours.state})"
        if ours.state != "ready":
            if ReceiptId(ours.id) not in books.work:
                yield f"{name}: not issued, and in no list of work"
            continue
        theirs = printed.get(ours.reference)
        if theirs is None:
            yield f"{name}: the bank has printed no {ours.reference}"
        elif times[ours.reference] > 1:
            yield f"{name}: {ours.reference} is another one, too"
        elif (theirs.amount, theirs.refund, theirs.order.number) != (
            ours.amount,
            ours.kind == "refund",
            str(PaymentId(ours.payment_id)),
        ):
            yield f"{name}: over {ours.amount}, the bank's over {theirs.amount} of {theirs.order.number}"


def _nothing_else_is_printed(books: Books, stage: Stage) -> Iterator[str]:
    """No receipt is in the world that we do not know of: none twice, none too many."""
    known = {one.reference for one in books.receipts}
    doubtful = {str(PaymentId(one.id)) for one in books.payments if one.state == "review" or one.doubtful}
    for theirs in _printed(stage).values():
        if theirs.id not in known and theirs.order.number not in doubtful:
            yield f"{theirs.order.number}: the bank printed {theirs.id} over {theirs.amount}, and nobody knows of it"


def _money_has_receipts(books: Books, stage: Stage) -> Iterator[str]:
    """What the bank took and gave back by its own journal is what receipts are over, issued or awaited."""
    ours: Counter[tuple[str, bool]] = Counter()
    for one in books.receipts:
        if one.kind in ("payment", "refund"):
            ours[str(PaymentId(one.payment_id)), one.kind == "refund"] += one.amount
    theirs: Counter[tuple[str, bool]] = Counter()
    for effect in stage.bank.journal.effects:
        if effect.kind in (Kind.DEPOSITED, Kind.REFUNDED, Kind.REVERSED):
            theirs[effect.number, effect.kind is not Kind.DEPOSITED] += effect.amount
    for payment in books.payments:
        number = str(PaymentId(payment.id))
        if payment.state == "review" or payment.doubtful:
            continue
        for refund, word in ((False, "took"), (True, "gave back")):
            if ours[number, refund] != theirs[number, refund]:
                yield f"{number}: the bank {word} {theirs[number, refund]}, receipts are over {ours[number, refund]}"
