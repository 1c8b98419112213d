"""The reckoning after a history: our books against the bank's own journal, which knows nothing of our code."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Final

from checkout.ground.db import Row, Tx, in_transaction, rows, sql
from checkout.ground.ids import PaymentId, RefundId
from gateways.sandbox import Effect, Kind, Status
from tests.proof import disputes, printer, wallets
from tests.proof.stage import Stage

_PAYMENTS: Final = sql("""
SELECT p.*, (SELECT coalesce(sum(e.amount), 0) FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
               LEFT JOIN ledger_tx undone ON undone.id = t.reverses
               LEFT JOIN refund r ON r.id = coalesce(t.refund_id, undone.refund_id)
              WHERE t.order_id = p.order_id AND coalesce(t.payment_id, undone.payment_id, r.payment_id) = p.id
                AND left(e.account, 9) <> 'customer:') AS booked,
       EXISTS (SELECT 1 FROM registry_break b WHERE b.payment_id = p.id AND b.state = 'open'
                  AND b.kind IN ('chargeback', 'chargeback_won')) AS left_to_people
  FROM payment p WHERE p.order_id = ANY(CAST(:orders AS uuid[]))""")
_REFUNDS: Final = sql("SELECT * FROM refund WHERE order_id = ANY(CAST(:orders AS uuid[]))")
_ORDERS: Final = sql("""
SELECT o.id, o.total, o.cancelled_at, o.decide_by,
  (SELECT coalesce(sum(captured - refunded - reserved), 0) FROM payment p WHERE p.order_id = o.id) AS kept,
  EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state IN ('confirmed', 'given', 'no_show')) AS visit,
  EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state = 'held') AS held,
  EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.state = 'review') AS review
  FROM orders o WHERE o.id = ANY(CAST(:orders AS uuid[]))""")
CALLS: Final = ("payment_contradiction", "refund_needs_a_person")
_WAYS: Final = {None: "card", "SBP_C2B": "sbp", "SBERPAY": "sberpay"}
_LIVE: Final = ("registering", "pending", "authorized", "unknown")


@dataclass(frozen=True, slots=True)
class Books:
    """Our rows of one history."""

    payments: list[Row[Any]]
    refunds: list[Row[Any]]
    orders: list[Row[Any]]


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank's money by our payment number, in kopecks, and its refunds by their external id.

    `twice`: of what it took for us, some went away by a refund of ours and by a chargeback that nobody had told of yet.
    """

    kept: dict[str, int]
    returned: dict[str, list[Effect]]
    twice: set[str]


async def reckon(stage: Stage) -> list[str]:
    """Everything that is wrong, in sentences; counts how things ended on the way."""
    books = await in_transaction(stage.hall.engine, lambda tx: _books(tx, stage))
    bank = _bank(stage.bank.journal.effects)
    for effect in stage.bank.journal.effects:
        if effect.kind in (Kind.HELD, Kind.RELEASED):
            stage.outcomes[f"bank: {effect.kind}"] += 1
    for payment in books.payments:
        stage.outcomes[f"payment: {payment.method} {payment.state}{' (parked)' if payment.parked else ''}"] += 1
    for refund in books.refunds:
        stage.outcomes[f"refund: {refund.method} {refund.basis} {refund.state}"] += 1
    return [
        *_payments_agree(books, bank, lied=stage.weather.lied),
        *_refunds_agree(books, bank),
        *_nothing_is_open(books, lied=stage.weather.lied),
        *_money_has_a_reason(books),
        *_nothing_is_held(books, stage),
        *_nobody_was_called(stage),
        *_ways_agree(books, stage),
        *await wallets.reckon(stage),
        *await printer.reckon(stage),
        *await disputes.reckon(stage, bank.twice),
    ]


def _ways_agree(books: Books, stage: Stage) -> list[str]:
    """How money came is what the bank says of it, whatever its payer chose first; and nothing more can be agreed to."""
    wrong = [f"{ask.id}: can still be paid" for ask in stage.bank.apps.asks.values() if ask.open]
    for payment in books.payments:
        at_bank = stage.bank.lookup(str(PaymentId(payment.id)))
        if payment.state == "captured" and at_bank is not None:
            stage.outcomes[f"way: {payment.way}"] += 1
            if payment.way != (theirs := _WAYS[at_bank.way]):
                wrong.append(f"{at_bank.number}: paid by {theirs}, and we say {payment.way}")
    return wrong


def _nobody_was_called(stage: Stage) -> list[str]:
    """A person is called because the bank contradicts itself, never because two of our workers met."""
    return [
        f"{stage.outcomes[f'log: {name}']} times {name}, though the bank never lied"
        for name in CALLS
        if stage.outcomes[f"log: {name}"] and not stage.weather.lied
    ]


async def _books(tx: Tx, stage: Stage) -> Books:
    ids = [order_id.uuid for order_id in stage.orders]
    return Books(
        await rows(tx, _PAYMENTS, orders=ids), await rows(tx, _REFUNDS, orders=ids), await rows(tx, _ORDERS, orders=ids)
    )


def _bank(effects: list[Effect]) -> Bank:
    kept: Counter[str] = Counter()
    returned: defaultdict[str, list[Effect]] = defaultdict(list)
    twice = set()
    signs = {Kind.DEPOSITED: 1, Kind.REFUNDED: -1, Kind.REVERSED: -1, Kind.CHARGED_BACK: -1, Kind.CHARGEBACK_WON: 1}
    for effect in effects:
        kept[effect.number] += signs.get(effect.kind, 0) * effect.amount
        twice |= {effect.number} if kept[effect.number] < 0 else set()
        if effect.kind is Kind.REFUNDED:
            returned[effect.external_id or ""].append(effect)
    return Bank(dict(kept), dict(returned), twice)


def _payments_agree(books: Books, bank: Bank, *, lied: bool) -> list[str]:
    """Deposited less refunded less reversed is captured less refunded, and what the ledger says, payment by payment."""
    wrong = []
    cards = {str(PaymentId(one.id)): one for one in books.payments if one.method == "card"}
    doubtful = Counter[Any]()  # what a person has to look for: it may have left the bank, or not
    for refund in books.refunds:
        doubtful[refund.payment_id] += refund.amount if refund.state == "review" else 0
    for number, payment in cards.items():
        ours, theirs = payment.captured - payment.refunded, bank.kept.get(number, 0)
        agree = ours == payment.booked and ours - doubtful[payment.id] <= theirs <= ours
        if payment.left_to_people and number in bank.twice:  # our books have no room for that
            continue
        if payment.state == "review" and not lied:
            wrong.append(f"{number}: in review, though the bank never lied")
        if payment.state != "review" and not agree:
            wrong.append(f"{number} ({payment.state}): we say {ours}, our ledger {payment.booked}, the bank {theirs}")
    wrong += [
        f"{number}: the bank has {kept} for a payment that we do not know"
        for number, kept in bank.kept.items()
        if kept and number not in cards
    ]
    return wrong


def _refunds_agree(books: Books, bank: Bank) -> list[str]:
    """No external id moved money twice, each that did is a done refund of ours with the same sum."""
    wrong = []
    ours = {str(RefundId(one.id)): one for one in books.refunds}
    for key, effects in bank.returned.items():
        refund = ours.get(key)
        if len(effects) != 1:
            wrong.append(f"{key}: returned {len(effects)} times")
        if refund is None or refund.state not in ("done", "review") or refund.amount != effects[0].amount:
            wrong.append(f"{key}: the bank returned {effects[0].amount}, our refund is {refund and refund.state}")
    return wrong


def _nothing_is_open(books: Books, *, lied: bool) -> list[str]:
    """Whatever could be decided is decided; what waits for a person says why."""
    wrong = [
        f"{PaymentId(one.id)}: still {one.state}" for one in books.payments if one.state in _LIVE and not one.parked
    ]
    for refund in books.refunds:
        waits = refund.state == "requested" or (refund.state == "scheduled" and refund.method == "cash")
        if refund.state in ("scheduled", "sending", "unknown") and not waits:
            wrong.append(f"{RefundId(refund.id)}: still {refund.state}")
        if refund.state == "review" and not (refund.parked and lied):
            wrong.append(f"{RefundId(refund.id)}: parked ({refund.parked}), though the bank never lied")
    return wrong


def _nothing_is_held(books: Books, stage: Stage) -> list[str]:
    """The bank holds nobody's money any more, but for what people have to look at."""
    doubtful = {str(PaymentId(one.id)) for one in books.payments if one.state == "review" or one.parked}
    return [
        f"{order.number}: the bank still holds {order.approved}"
        for order in stage.bank.orders.values()
        if order.status is Status.APPROVED and order.number not in doubtful
    ]


def _money_has_a_reason(books: Books) -> list[str]:
    """No order keeps money without a visit, none more than its price, and no place is held for nobody."""
    wrong = []
    for order in books.orders:
        reason = order.total if order.visit and order.cancelled_at is None else 0
        if order.kept > reason:
            wrong.append(f"order {order.id}: keeps {order.kept}, and a reason for {reason}")
        if order.held and not order.review:
            wrong.append(f"order {order.id}: its place is still held")
    return wrong
