"""Where carts and receipts are kept. A receipt is claimed with a lease and a token; what is found is fenced by the token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from checkout.catalogue.catalogue import Kind as LineKind
from checkout.ground.db import IntegrityError, Row, Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Missing
from checkout.ground.ids import OrderId, PaymentId, ReceiptId, RefundId
from checkout.ground.observe import redact
from checkout.payment.cart import Item, shrunk
from checkout.payment.order import Order
from checkout.payment.receipt import Document, Kind, Receipt, State
from gateways.fiscal import BankReceipt, Measure, Payment, Position, Subject, Vat
from gateways.money import Money

_LONGEST_ERROR: Final = 200
_ITEMS: Final = sql("""
SELECT l.line_no, l.kind, l.name_ru, l.name_en, l.quantity, l.amount, coalesce((
         SELECT p.vat FROM service_price p WHERE p.service_id = l.service_id AND p.valid_from <= app_now()
          ORDER BY p.valid_from DESC LIMIT 1), l.vat) AS vat
  FROM order_line l WHERE l.order_id = :order ORDER BY l.line_no""")
_KEEP: Final = sql("""
INSERT INTO fiscal_cart (payment_id, amount, positions, vat) VALUES (:payment, :amount, CAST(:positions AS jsonb), :vat)""")
_SOLD: Final = sql("""
SELECT p.id, c.positions, c.vat, p.captured, c.settled_whole, p.dispute IS NOT DISTINCT FROM 'flagged' AS flagged
  FROM payment p JOIN fiscal_cart c ON c.payment_id = p.id WHERE p.order_id = :order AND p.captured > 0 ORDER BY p.id""")
_SOLD_BY: Final = sql("""
SELECT p.id, c.positions, c.vat, p.captured, c.settled_whole, p.dispute IS NOT DISTINCT FROM 'flagged' AS flagged
  FROM payment p JOIN fiscal_cart c ON c.payment_id = p.id WHERE p.id = :payment""")
# Promised, or taken by a chargeback: neither has a receipt.
_UNPRINTED: Final = sql("""
SELECT r.amount, r.allocation FROM refund r
 WHERE r.payment_id = :payment AND r.state NOT IN ('rejected', 'cancelled', 'restored')
   AND NOT EXISTS (SELECT FROM receipt own WHERE own.refund_id = r.id) ORDER BY r.id""")
# What was settled in part is settled again, once for each part: whoever is the second to write one writes nothing.
_EXPECT: Final = sql("""
INSERT INTO receipt (id, order_id, payment_id, refund_id, kind, part, state, amount, positions, due_at)
SELECT :id, :order_id, :payment_id, :refund_id, :kind,
       CASE WHEN :parts THEN 1 + (SELECT count(*) FROM receipt WHERE payment_id = :payment_id AND kind = :kind) ELSE 1 END,
       'expected', :amount, CAST(:positions AS jsonb), app_now()
ON CONFLICT DO NOTHING""")
_OF_ORDER: Final = sql("SELECT * FROM receipt WHERE order_id = :order ORDER BY id")
_OF_PAYMENT: Final = sql("SELECT * FROM receipt WHERE payment_id = :payment ORDER BY id")
_READ: Final = sql("SELECT * FROM receipt WHERE id = :id")
_CLAIM: Final = sql("""
WITH due AS (SELECT id FROM receipt WHERE due_at <= app_now() AND (lease_until IS NULL OR lease_until < app_now())
              ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE receipt SET token = token + 1, looks = looks + 1, lease_until = app_now() + interval '60 seconds'
  FROM due WHERE receipt.id = due.id RETURNING receipt.*""")
_SEND: Final = sql("""
UPDATE receipt SET state = :state, sent_at = app_now(), again = false WHERE id = :id AND token = :token""")
_FOUND: Final = sql("""
UPDATE receipt SET state = :state, reference = coalesce(:reference, reference), number = :number, sign = :sign,
       drive = :drive, url = :url, printed_at = :printed_at, error = :error, again = false,
       due_at = :due_at, lease_until = NULL
 WHERE id = :id AND token = :token""")
_LATER: Final = sql("""
UPDATE receipt SET state = :state, error = coalesce(:error, error), again = again AND NOT :answered,
       due_at = :due_at, lease_until = NULL
 WHERE id = :id AND token = :token""")
_NOTED: Final = sql("""
UPDATE receipt SET state = :state, number = :number, sign = :sign, drive = :drive, printed_at = :printed_at,
       noted_by = :principal, again = false, token = token + 1, due_at = NULL, lease_until = NULL
 WHERE id = :id AND state <> 'ready'""")
_HAS: Final = sql("SELECT id FROM receipt WHERE id <> :id AND drive = :drive AND number = :number LIMIT 1")
_AGAIN: Final = sql("""
UPDATE receipt SET again = :anew, due_at = app_now(), looks = 0 WHERE id = :id AND state <> 'ready'""")


@dataclass(frozen=True, slots=True)
class Sold:
    """A payment that came with a cart. `vat`: the merchant's one rate then.

    `settled_whole`: by the rules of before, one settlement of a kind. `flagged`: charged back, our books do not know of how much.
    """

    payment: PaymentId
    positions: tuple[Position, ...]
    vat: str | None
    captured: Money
    settled_whole: bool
    flagged: bool

    @property
    def charged(self) -> tuple[Position, ...]:
        """The rows of what the bank took: of less than was asked, if so much was accepted or charged."""
        short = self.captured < sum((one.amount for one in self.positions[1:]), self.positions[0].amount)
        return shrunk(self.positions, self.captured) if short else self.positions


async def items(tx: Tx, order: Order, vat: str | None) -> list[Item]:
    """The order's lines as a receipt of today sees them: the catalogue's rate by now, or the one that is given."""
    done = {LineKind.GOODS: order.handed_over_at, LineKind.SERVICE: order.given_at, LineKind.OPTION: order.given_at}
    return [
        Item(
            line=row.line_no,
            name=row.name_en if order.language == "en" else row.name_ru,
            kind=LineKind(row.kind),
            quantity=row.quantity,
            amount=Money(row.amount, order.total.currency),
            vat=Vat(vat or row.vat),
            done=done[LineKind(row.kind)] is not None,
        )
        for row in await rows(tx, _ITEMS, order=order.id.uuid)
    ]


async def keep(tx: Tx, payment_id: PaymentId, positions: Sequence[Position], vat: str | None) -> None:
    """The cart of a payment, with its intent."""
    amount = sum(one.amount.amount for one in positions)
    await run(tx, _KEEP, payment=payment_id.uuid, amount=amount, positions=_json(positions), vat=vat)


async def sold(tx: Tx, order_id: OrderId) -> list[Sold]:
    """What was paid with a cart, oldest first."""
    return [_sold(row) for row in await rows(tx, _SOLD, order=order_id.uuid)]


async def sold_by(tx: Tx, payment_id: PaymentId) -> Sold | None:
    row = await one(tx, _SOLD_BY, payment=payment_id.uuid)
    return _sold(row) if row else None


async def unprinted(tx: Tx, payment_id: PaymentId) -> list[tuple[Money, dict[int, int]]]:
    """What of a payment is on its way back, or went, without a receipt: sums, and their kopecks by line. Oldest first."""
    found = await rows(tx, _UNPRINTED, payment=payment_id.uuid)
    return [(Money(row.amount), {int(line): part for line, part in row.allocation.items()}) for row in found]


async def expect(
    tx: Tx,
    order_id: OrderId,
    payment_id: PaymentId,
    kind: Kind,
    positions: Sequence[Position],
    *,
    refund: RefundId | None,
    whole: bool,
) -> ReceiptId | None:
    """A receipt is to come; None if it was expected before. `whole`: a settlement comes in no further part."""
    receipt_id = ReceiptId.new()
    changed = await run(
        tx,
        _EXPECT,
        id=receipt_id.uuid,
        order_id=order_id.uuid,
        payment_id=payment_id.uuid,
        refund_id=refund.uuid if refund else None,
        kind=kind,
        parts=kind.asked_for and not whole,
        amount=sum(one.amount.amount for one in positions),
        positions=_json(positions),
    )
    return receipt_id if changed else None


async def of_order(tx: Tx, order_id: OrderId) -> list[Receipt]:
    """Oldest first."""
    return [_receipt(row) for row in await rows(tx, _OF_ORDER, order=order_id.uuid)]


async def of_payment(tx: Tx, payment_id: PaymentId) -> list[Receipt]:
    """Oldest first."""
    return [_receipt(row) for row in await rows(tx, _OF_PAYMENT, payment=payment_id.uuid)]


async def read(tx: Tx, receipt_id: ReceiptId) -> Receipt:
    """Raises Missing."""
    row = await one(tx, _READ, id=receipt_id.uuid)
    if row is None:
        raise Missing("receipt_missing")
    return _receipt(row)


async def claim(tx: Tx) -> Receipt | None:
    """Lease the oldest that is due under a new token; None if nothing is due."""
    row = await one(tx, _CLAIM)
    return _receipt(row) if row else None


async def send(tx: Tx, held: Receipt, state: State) -> bool:
    """It is about to be asked for; False if the token is old."""
    return await run(tx, _SEND, id=held.id.uuid, token=held.token, state=state) == 1


async def found(tx: Tx, held: Receipt, state: State, seen: BankReceipt, *, due_at: datetime | None) -> bool:
    """What the bank shows of it; False if the token is old."""
    changed = await run(
        tx,
        _FOUND,
        id=held.id.uuid,
        token=held.token,
        state=state,
        reference=seen.id,
        number=seen.number,
        sign=seen.sign,
        drive=seen.drive,
        url=seen.url,
        printed_at=seen.printed_at,
        error=_error(seen.error),
        due_at=due_at,
    )
    return changed == 1


async def later(
    tx: Tx, held: Receipt, state: State, *, due_at: datetime | None, answered: bool, error: str | None = None
) -> bool:
    """Nothing is shown of it. `answered`: a plain yes or no, which ends a person's wish. False if the token is old."""
    changed = await run(
        tx,
        _LATER,
        id=held.id.uuid,
        token=held.token,
        state=state,
        due_at=due_at,
        answered=answered,
        error=_error(error),
    )
    return changed == 1


async def again(tx: Tx, receipt_id: ReceiptId, *, anew: bool) -> bool:
    """Let it be looked for now, and made anew if it is to be; False if it is printed."""
    return await run(tx, _AGAIN, id=receipt_id.uuid, anew=anew) == 1


async def noted(
    tx: Tx, receipt_id: ReceiptId, state: State, document: Document, *, printed_at: datetime, principal: str
) -> bool:
    """It was issued elsewhere; whoever looks at the bank right now writes nothing. False if it is printed by now.

    Raises Conflict `receipt_taken` if another one has these numbers, as the bank shows it or as they were noted.
    """
    numbers = {"id": receipt_id.uuid, "number": document.number, "drive": document.drive}
    if await rows(tx, _HAS, **numbers):
        raise Conflict("receipt_taken", pointer="/number")
    values = numbers | {"state": state, "sign": document.sign, "printed_at": printed_at, "principal": principal}
    try:
        return await run(tx, _NOTED, **values) == 1
    except IntegrityError as reason:
        raise Conflict("receipt_taken", pointer="/number") from reason


def _error(words: str | None) -> str | None:
    """The bank's words for staff. It may quote the payer's address in them, which has no business here."""
    return redact(words)[:_LONGEST_ERROR] if words else None


def _sold(row: Row[Any]) -> Sold:
    return Sold(
        payment=PaymentId(row.id),
        positions=_positions(row.positions),
        vat=row.vat,
        captured=Money(row.captured),
        settled_whole=row.settled_whole,
        flagged=row.flagged,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        id=ReceiptId(row.id),
        order_id=OrderId(row.order_id),
        payment_id=PaymentId(row.payment_id),
        refund_id=RefundId(row.refund_id) if row.refund_id else None,
        kind=Kind(row.kind),
        state=State(row.state),
        amount=Money(row.amount),
        positions=_positions(row.positions),
        created_at=row.created_at,
        reference=row.reference,
        number=row.number,
        sign=row.sign,
        drive=row.drive,
        url=row.url,
        printed_at=row.printed_at,
        error=row.error,
        again=row.again,
        looks=row.looks,
        token=row.token,
        sent_at=row.sent_at,
        noted_by=row.noted_by,
    )


def _json(positions: Sequence[Position]) -> str:
    return json.dumps([_row(one) for one in positions], ensure_ascii=False)


def _row(one: Position) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "quantity": str(one.quantity),
        "price": one.price.amount,
        "amount": one.amount.amount,
        "vat": one.vat,
        "payment": int(one.payment),
        "subject": int(one.subject),
        "measure": int(one.measure),
    }


def _positions(kept: Sequence[dict[str, Any]]) -> tuple[Position, ...]:
    return tuple(
        Position(
            code=row["code"],
            name=row["name"],
            quantity=Decimal(row["quantity"]),
            price=Money(row["price"]),
            amount=Money(row["amount"]),
            vat=Vat(row["vat"]),
            payment=Payment(row["payment"]),
            subject=Subject(row["subject"]),
            measure=Measure(row["measure"]),
        )
        for row in kept
    )
