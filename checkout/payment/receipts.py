"""Fiscal receipts follow the money: expected in the transaction of the fact that calls for them, then looked for at the bank.

A payment that goes to the bank with a cart calls for a receipt once it is captured, and so does each refund of it; once the
visit was given, what was paid before is settled in full. The bank prints when it likes: it is asked with growing pauses.
What it does not print within a day is work for a person (`checkout.books.worklist`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from checkout.catalogue.catalogue import Kind as LineKind
from checkout.ground.config import Fiscal, Merchant
from checkout.ground.db import Tx, in_transaction
from checkout.ground.db import now as database_now
from checkout.ground.errors import Conflict, Missing
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import OrderId, PaymentId, ReceiptId, RefundId
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import cart as carts
from checkout.payment import orders, store
from checkout.payment import receipt_store as kept
from checkout.payment.order import Order
from checkout.payment.receipt import COMMANDS, Kind, Receipt, State, next_look, paired, seen
from checkout.payment.receipt_store import Sold
from checkout.privacy import store as persons
from gateways.fiscal import BankReceipt, Cart, Contact, Ffd, Payment, Position, Receipts, ReceiptState, Seller, Taxation
from gateways.gateway import GatewayError, Refused
from gateways.money import Money

log = structlog.get_logger()
_TAXATION: Final = {
    "osn": Taxation.GENERAL,
    "usn_income": Taxation.INCOME,
    "usn_income_outcome": Taxation.INCOME_LESS_OUTCOME,
    "esn": Taxation.AGRICULTURE,
    "patent": Taxation.PATENT,
}
_SETTLES: Final = {Kind.CLOSING: (LineKind.SERVICE, LineKind.OPTION), Kind.HANDOVER: (LineKind.GOODS,)}


async def pack(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, *, paid: Money, amount: Money
) -> Cart | None:
    """The cart that goes with a new payment, after `paid`, kept with its intent. None where the bank makes no receipts."""
    fiscal = service.config.merchant(order.merchant).fiscal
    if fiscal is None or service.gateway(order.merchant).receipts is None:
        return None
    items = await kept.items(tx, order, fiscal.vat)
    as_payment = fiscal.prepaid_as == "payment"
    positions = carts.paying(items, paid, amount, language=order.language, as_payment=as_payment)
    await kept.keep(tx, payment_id, positions, fiscal.vat)
    return await _cart(tx, service, order, positions)


async def pack_refund(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, *, amount: Money, allocation: Mapping[str, int]
) -> Cart | None:
    """The cart that goes with a refund. None if its payment came without one, or if the rows say less than the money."""
    positions = await _given_back(tx, payment_id, amount, allocation)
    return await _cart(tx, service, order, positions) if positions else None


async def pack_completion(
    tx: Tx, service: Service, order: Order, payment_id: PaymentId, *, amount: Money
) -> Cart | None:
    """The cart that goes with the completion of a hold: the rows of what is charged. None if its payment came without one."""
    sold = await kept.sold_by(tx, payment_id)
    return await _cart(tx, service, order, replace(sold, captured=amount).charged) if sold else None


async def _cart(
    tx: Tx, service: Service, order: Order, positions: tuple[Position, ...], *, offset: bool = False
) -> Cart | None:
    merchant = service.config.merchant(order.merchant)
    if merchant.fiscal is None:  # it made receipts once, and does no more
        return None
    seller = _seller(merchant, merchant.fiscal, service.config.public_url)
    payer = await persons.read(tx, service.vault, order.payer_id)
    contact = Contact(payer.email, payer.phone) if payer else Contact(seller.email)
    return Cart(seller, contact, positions, offset=offset)


def _seller(merchant: Merchant, fiscal: Fiscal, site: str) -> Seller:
    legal = merchant.legal
    return Seller(Ffd(fiscal.ffd), _TAXATION[fiscal.tax_system], legal.inn, fiscal.email or legal.email, site)


async def follow(tx: Tx, order: Order) -> None:
    """Expect what the order's facts call for by now: asked after money came, a visit was given, goods were handed over.

    Each is expected once. What was promised back is not settled, nor is what went back.
    """
    found = await kept.sold(tx, order.id)
    for sold in found:
        await _expect(tx, order, sold.payment, Kind.PAYMENT, sold.charged)
        for kind, since in ((Kind.CLOSING, order.given_at), (Kind.HANDOVER, order.handed_over_at)):
            if since is not None:
                await _expect(tx, order, sold.payment, kind, await _settled(tx, order, sold, kind))


async def returned(
    tx: Tx, order: Order, payment_id: PaymentId, refund_id: RefundId, *, amount: Money, allocation: Mapping[str, int]
) -> None:
    """A refund that the bank accepted calls for its receipt, if its payment had one."""
    positions = await _given_back(tx, payment_id, amount, allocation)
    await _expect(tx, order, payment_id, Kind.REFUND, positions, refund=refund_id)


async def _expect(
    tx: Tx,
    order: Order,
    payment_id: PaymentId,
    kind: Kind,
    positions: Sequence[Position],
    *,
    refund: RefundId | None = None,
) -> None:
    expected = await kept.expect(tx, order.id, payment_id, kind, positions, refund=refund) if positions else None
    if expected is not None:
        data = {"kind": str(kind)}
        await record(tx, order.id, SYSTEM, [Event("receipt", expected, "expected", None, State.EXPECTED, data)])


async def _tell(tx: Tx, order: Order, held: Receipt, after: State) -> None:
    data = {"kind": str(held.kind)}
    await record(tx, order.id, SYSTEM, [Event("receipt", held.id, str(after), held.state, after, data)])


async def _settled(tx: Tx, order: Order, sold: Sold, kind: Kind) -> tuple[Position, ...]:
    """The full settlement over what was paid before for lines of these kinds, and is still there."""
    before = [one for one in sold.charged if one.payment.before]
    left = _left(before, await kept.of_payment(tx, sold.payment))
    whole = sum(amount.amount for amount in left.values())
    if sold.kept.amount < whole:
        left = dict(zip(left, carts.spread(sold.kept, list(left.values())), strict=True))
    items = [item for item in await kept.items(tx, order, sold.vat) if item.kind in _SETTLES[kind]]
    return carts.closing(items, left)


def _left(rows: Sequence[Position], receipts: Sequence[Receipt]) -> dict[int, Money]:
    """By line, what was sold and did not go back."""
    gone = carts.added(carts.by_line(one.positions) for one in receipts if one.refund)
    return {
        line: Money(max(amount.amount - gone[line].amount, 0), amount.currency) if line in gone else amount
        for line, amount in carts.by_line(rows).items()
    }


async def _given_back(
    tx: Tx, payment_id: PaymentId, amount: Money, allocation: Mapping[str, int]
) -> tuple[Position, ...]:
    """The rows of a refund: of lines that were settled in full by now, as they stood on that receipt."""
    sold = await kept.sold_by(tx, payment_id)
    if sold is None:
        return ()
    receipts = await kept.of_payment(tx, payment_id)
    settled = {carts.line_of(one): one for each in receipts if each.kind.asked_for for one in each.positions}
    gone = carts.added(carts.by_line(one.positions) for one in receipts if one.refund)
    if sum(left.amount for left in _left(sold.charged, receipts).values()) < amount.amount:
        return ()
    rows = [_as_settled(one, settled.get(carts.line_of(one))) for one in sold.charged]
    return carts.giving_back(rows, gone, amount, {int(line): sum_ for line, sum_ in allocation.items()})


def _as_settled(one: Position, settled: Position | None) -> Position:
    if settled is None:
        return one
    return replace(one, payment=Payment.FULL_PAYMENT, subject=settled.subject, vat=settled.vat)


# Looking for them ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Before:
    """What is known before a look: the payment, and every receipt of it."""

    payment: store.Payment
    ours: list[Receipt]
    now: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """One look: what the bank shows of this receipt, or how it said no."""

    found: BankReceipt | None = None
    refused: str | None = None
    accepted: bool = False


async def run_due(service: Service, limit: int = 20) -> int:
    """One round over receipts that are due; the number looked for."""
    for done in range(limit):
        held = await in_transaction(service.engine, kept.claim)
        if held is None:
            return done
        await _look(service, held)
    return limit


async def _look(service: Service, held: Receipt) -> None:
    """Ask the bank what it has; ask it for what it owes; write down what came of it."""

    async def read(tx: Tx) -> Before:
        payment = await store.read(tx, held.payment_id)
        assert payment is not None  # noqa: S101 - a foreign key holds it
        return Before(payment, await kept.of_payment(tx, held.payment_id), await database_now(tx))

    before = await in_transaction(service.engine, read)
    facet = service.gateway(before.payment.merchant).receipts
    try:
        looked = Looked() if facet is None else await _ask(service, facet, held, before)
    except Refused as reason:
        looked = Looked(refused=f"{reason.code}: {reason.message}")
    except GatewayError as reason:
        log.info("receipt_unknown", receipt=str(held.id), reason=type(reason).__name__)
        looked = Looked()
    await in_transaction(service.engine, lambda tx: _write(tx, held, looked))


async def _ask(service: Service, facet: Receipts, held: Receipt, before: Before) -> Looked:
    payment = before.payment
    assert payment.reference is not None  # noqa: S101 - it is captured: the bank has told us
    shown = await facet.of_order(number=payment.number, reference=payment.reference)
    mine = paired(before.ours, shown).get(held.id)
    if mine is None and held.owed(before.now):
        return await _request(service, facet, held, payment)
    if mine is None or mine.state is not ReceiptState.FAILED or not held.again:
        return Looked(found=mine)
    if facet.retries:
        await facet.retry(number=payment.number, receipt=mine.id)
        return Looked(found=replace(mine, state=ReceiptState.WAITING, error=None))
    return await _request(service, facet, held, payment) if held.kind.asked_for else Looked(found=mine)


async def _request(service: Service, facet: Receipts, held: Receipt, payment: store.Payment) -> Looked:
    """Ask for a full settlement. That it is asked for is written first: what may have been heard is looked for, not sent."""

    async def intend(tx: Tx) -> Cart | None:
        order, _now = await orders.lock(tx, held.order_id)
        after = COMMANDS.step(held.state, "send")
        cart = await _cart(tx, service, order, held.positions, offset=True)
        if cart is None or not await kept.send(tx, held, after):
            return None
        await _tell(tx, order, held, after)
        return cart

    cart = await in_transaction(service.engine, intend)
    if cart is None:
        return Looked()
    assert payment.reference is not None  # noqa: S101 - as above
    await facet.close(number=payment.number, reference=payment.reference, cart=cart)
    return Looked(accepted=True)


async def _write(tx: Tx, held: Receipt, looked: Looked) -> None:
    order, now = await orders.lock(tx, held.order_id)
    current = await kept.read(tx, held.id)
    if current.token != held.token:
        OUTCOMES.labels("receipt", "fenced").inc()
        return
    after = _after(current, looked)
    due_at = None if after is State.READY else next_look(current.looks, now)
    if looked.found is not None:
        await kept.found(tx, current, after, looked.found, due_at=due_at)
    else:
        await kept.later(tx, current, after, due_at=due_at, error=looked.refused)
    if after is not current.state:
        await _tell(tx, order, current, after)
    OUTCOMES.labels("receipt", after).inc()


def _after(current: Receipt, looked: Looked) -> State:
    if looked.found is not None:
        return seen(current.state, looked.found)
    if looked.accepted:
        return COMMANDS.step(current.state, "waiting")
    # The bank's no to a question about receipts says nothing of the receipt; to a request for one it does.
    refused = looked.refused is not None and current.state is State.SENDING
    return COMMANDS.step(current.state, "failed") if refused else current.state


async def again(tx: Tx, order_id: OrderId, receipt_id: ReceiptId) -> None:
    """A person wants it: made anew if it failed and the bank can, looked for at once if not. Raises Conflict, Missing."""
    found = await kept.read(tx, receipt_id)
    if found.order_id != order_id:
        raise Missing("receipt_missing")
    if not await kept.again(tx, receipt_id):
        raise Conflict("receipt_ready")
