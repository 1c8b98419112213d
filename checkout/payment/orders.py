"""Where orders are kept: their rows, lines and consents, and the facts that their word is derived from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from checkout.booking.booking import State as BookingState
from checkout.catalogue.catalogue import Line
from checkout.ground.crypto import token_hash
from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import OrderId, PersonId
from checkout.payment.order import Facts, Order, Plan
from checkout.payment.payment import State as PaymentState
from gateways.money import Money

_INSERT = sql("""
INSERT INTO orders (id, code, merchant, clinic_id, payer_id, patient_id, plan, language, currency, total, deposit,
                    starts_at, ends_at, hold_until, hold_cap, due_at, return_url, link_hash, pay_hash, principal, relation,
                    deliver_by, wanted_id, address_index)
VALUES (:id, :code, :merchant, :clinic_id, :payer_id, :patient_id, :plan, :language, :currency, :total, :deposit,
        :starts_at, :ends_at, :hold_until, :hold_cap, :due_at, :return_url, :link_hash, :pay_hash, :principal, :relation,
        :deliver_by, :wanted_id, :address_index)""")
_LINES = sql("""
INSERT INTO order_line (order_id, line_no, service_id, kind, name_ru, name_en, quantity, unit_price, amount, vat, minutes)
SELECT :order_id, r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(line_no int, service_id int, kind text,
  name_ru text, name_en text, quantity int, unit_price bigint, amount bigint, vat text, minutes int)""")

_COLUMNS: Final = (
    "SELECT o.*, c.slug AS clinic, c.zone, app_now() AS now FROM orders o JOIN clinic c ON c.id = o.clinic_id"
)
_LOCK = sql(f"{_COLUMNS} WHERE o.id = :id FOR NO KEY UPDATE OF o")
_READ = sql(f"{_COLUMNS} WHERE o.id = :id")
_BY_CODE = sql(f"{_COLUMNS} WHERE o.code = :code")
_BY_LINK = sql(f"{_COLUMNS} WHERE o.link_hash = :hash")
_BY_PAY_LINK = sql(f"{_COLUMNS} WHERE o.pay_hash = :hash")

FACTS_COLUMNS: Final = """
  (SELECT coalesce(-sum(e.amount), 0)::bigint FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
    WHERE t.order_id = o.id AND t.kind IN ('capture', 'cash_in', 'manual_in', 'storno')
      AND left(e.account, 9) = 'customer:') AS paid,
  (SELECT coalesce(sum(e.amount), 0)::bigint FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
    WHERE t.order_id = o.id AND t.kind IN ('refund', 'cash_out', 'manual_out', 'chargeback', 'chargeback_won')
      AND left(e.account, 9) = 'customer:') AS refunded,
  (SELECT coalesce(sum(p.reserved), 0)::bigint FROM payment p WHERE p.order_id = o.id) AS reserved,
  (SELECT coalesce(bool_or(p.charged_back > 0), false) FROM payment p WHERE p.order_id = o.id) AS charged_back,
  (SELECT array_agg(DISTINCT b.state) FROM booking b WHERE b.order_id = o.id) AS bookings,
  (SELECT array_agg(DISTINCT p.state) FROM payment p WHERE p.order_id = o.id) AS payments"""
_FACTS = sql(f"SELECT o.plan, o.total, o.currency, o.cancelled_at, {FACTS_COLUMNS} FROM orders o WHERE o.id = :id")  # noqa: S608 - as above
# What the payer was told stands: a hold never ends earlier than it was said to.
_HOLD = sql("""
UPDATE orders SET hold_until = greatest(hold_until, :until), due_at = greatest(hold_until, :until) WHERE id = :id""")
_EXTEND = sql("""
UPDATE orders SET hold_until = :until, due_at = :until, extended_at = app_now()
 WHERE id = :id AND extended_at IS NULL AND :until <= hold_cap""")
_AT_CLINIC = sql("UPDATE orders SET plan = 'at_clinic', deposit = 0, due_at = NULL WHERE id = :id")
_SETTLED = sql("""
UPDATE orders SET due_at = NULL, decide_by = :decide_by WHERE id = :id""")
_CANCEL = sql("""
UPDATE orders SET cancelled_at = app_now(), due_at = NULL, decide_by = :decide_by WHERE id = :id AND cancelled_at IS NULL""")
_GIVE_BACK = sql("""
UPDATE orders SET cancelled_at = coalesce(cancelled_at, app_now()), decide_by = app_now()
 WHERE id = :id AND decide_by > app_now()""")
_MOVED = sql("""
UPDATE orders SET starts_at = :starts_at, ends_at = :ends_at, sequence = sequence + 1, cancelled_at = NULL,
       decide_by = :decide_by
 WHERE id = :id AND sequence = :sequence""")
_GIVEN = sql("UPDATE orders SET given_at = app_now() WHERE id = :id AND given_at IS NULL")
_GOODS_ARRIVED = sql("""
UPDATE orders SET goods_arrived_at = app_now() WHERE id = :id AND goods_arrived_at IS NULL AND deliver_by IS NOT NULL""")
_HANDED_OVER = sql("""
UPDATE orders SET handed_over_at = app_now(), goods_arrived_at = coalesce(goods_arrived_at, app_now())
 WHERE id = :id AND handed_over_at IS NULL AND deliver_by IS NOT NULL""")
_DUE = sql("""
UPDATE orders SET due_at = :due_at WHERE id = :id""")
_LINES_OF = sql("SELECT * FROM order_line WHERE order_id = :id ORDER BY line_no")


def order(row: Row[Any]) -> Order:
    """The order in a row of `orders` joined with its clinic."""
    return Order(
        id=OrderId(row.id),
        code=row.code,
        merchant=row.merchant,
        clinic_id=row.clinic_id,
        clinic=row.clinic,
        zone=row.zone,
        payer_id=PersonId(row.payer_id),
        patient_id=PersonId(row.patient_id) if row.patient_id else None,
        plan=Plan(row.plan),
        language=row.language,
        total=Money(row.total, row.currency),
        asked=Money(row.deposit, row.currency),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        given_at=row.given_at,
        hold_until=row.hold_until,
        hold_cap=row.hold_cap,
        decide_by=row.decide_by,
        cancelled_at=row.cancelled_at,
        return_url=row.return_url,
        principal=row.principal,
        created_at=row.created_at,
        relation=row.relation,
        sequence=row.sequence,
        extended_at=row.extended_at,
        deliver_by=row.deliver_by,
        goods_arrived_at=row.goods_arrived_at,
        handed_over_at=row.handed_over_at,
        wanted_id=row.wanted_id,
    )


def facts_of(row: Any) -> Facts:
    """The facts in whatever has `FACTS_COLUMNS` and the order's own plan, total, currency and `cancelled_at`."""
    return Facts(
        plan=Plan(row.plan),
        total=Money(row.total, row.currency),
        paid=Money(row.paid, row.currency),
        refunded=Money(row.refunded, row.currency),
        reserved=Money(row.reserved, row.currency),
        cancelled=row.cancelled_at is not None,
        bookings=frozenset(map(BookingState, row.bookings or [])),
        payments=frozenset(map(PaymentState, row.payments or [])),
        charged_back=row.charged_back,
    )


async def insert(
    tx: Tx,
    placed: Order,
    lines: Sequence[Line],
    *,
    due_at: datetime | None,
    link: str,
    pay_link: str,
    address_index: bytes | None,
) -> None:
    """Keep a new order with its frozen lines. `link`, `pay_link`: the tokens of its two addresses; only hashes are kept.

    `address_index`: blind, of the network address that asks for it; for the brakes, which forget it after a day.
    """
    await run(
        tx,
        _INSERT,
        id=placed.id.uuid,
        code=placed.code,
        merchant=placed.merchant,
        clinic_id=placed.clinic_id,
        payer_id=placed.payer_id.uuid,
        patient_id=placed.patient_id.uuid if placed.patient_id else None,
        plan=placed.plan,
        language=placed.language,
        currency=placed.total.currency,
        total=placed.total.amount,
        deposit=placed.asked.amount,
        starts_at=placed.starts_at,
        ends_at=placed.ends_at,
        hold_until=placed.hold_until,
        hold_cap=placed.hold_cap,
        due_at=due_at,
        return_url=placed.return_url,
        link_hash=token_hash(link),
        pay_hash=token_hash(pay_link),
        principal=placed.principal,
        relation=placed.relation,
        deliver_by=placed.deliver_by,
        wanted_id=placed.wanted_id,
        address_index=address_index,
    )
    await run(tx, _LINES, order_id=placed.id.uuid, rows=json.dumps([_line(n, line) for n, line in enumerate(lines, 1)]))


def _line(number: int, line: Line) -> dict[str, Any]:
    return {
        "line_no": number,
        "service_id": line.service.id,
        "kind": line.service.kind,
        "name_ru": line.service.name.ru,
        "name_en": line.service.name.en,
        "quantity": line.quantity,
        "unit_price": line.service.price.amount,
        "amount": line.amount.amount,
        "vat": line.service.vat,
        "minutes": line.minutes,
    }


async def lock(tx: Tx, order_id: OrderId) -> tuple[Order, datetime]:
    """The order, locked first of all locks, and the time. Raises Missing."""
    row = await one(tx, _LOCK, id=order_id.uuid)
    if row is None:
        raise Missing("order_missing")
    return order(row), row.now


async def read(tx: Tx, order_id: OrderId) -> tuple[Order, datetime]:
    """The order as it stands, and the time. Raises Missing."""
    row = await one(tx, _READ, id=order_id.uuid)
    if row is None:
        raise Missing("order_missing")
    return order(row), row.now


async def by_code(tx: Tx, code: str) -> tuple[Order, datetime]:
    """As `read`, by what stands on its papers. Raises Missing."""
    row = await one(tx, _BY_CODE, code=code)
    if row is None:
        raise Missing("order_missing")
    return order(row), row.now


async def by_link(tx: Tx, token: str) -> tuple[Order, datetime] | None:
    row = await one(tx, _BY_LINK, hash=token_hash(token))
    return (order(row), row.now) if row else None


async def by_pay_link(tx: Tx, token: str) -> tuple[Order, datetime] | None:
    """The order that somebody else may pay by this link: show them nothing but the sum."""
    row = await one(tx, _BY_PAY_LINK, hash=token_hash(token))
    return (order(row), row.now) if row else None


async def facts(tx: Tx, order_id: OrderId) -> Facts:
    """Read after the lock: in READ COMMITTED each statement sees what was committed before it began."""
    row = await one(tx, _FACTS, id=order_id.uuid)
    assert row is not None  # noqa: S101 - the caller holds the order
    return facts_of(row)


async def lines(tx: Tx, order_id: OrderId) -> list[Row[Any]]:
    return await rows(tx, _LINES_OF, id=order_id.uuid)


async def hold(tx: Tx, order_id: OrderId, until: datetime) -> None:
    """The hold ends at `until`, or later if that was promised already, and is looked at then."""
    await run(tx, _HOLD, id=order_id.uuid, until=until)


async def extend(tx: Tx, order_id: OrderId, until: datetime) -> bool:
    """The payer's own stretch of the hold; False if it was used before."""
    return await run(tx, _EXTEND, id=order_id.uuid, until=until) == 1


async def at_clinic(tx: Tx, order_id: OrderId) -> None:
    """Nothing is asked before the visit any more, and no hold has an end."""
    await run(tx, _AT_CLINIC, id=order_id.uuid)


async def due(tx: Tx, order_id: OrderId, at: datetime | None) -> None:
    await run(tx, _DUE, id=order_id.uuid, due_at=at)


async def settled(tx: Tx, order_id: OrderId, decide_by: datetime | None) -> None:
    """Money came: nothing to expire any more; `decide_by` if there is no visit for it, or too much of it."""
    await run(tx, _SETTLED, id=order_id.uuid, decide_by=decide_by)


async def cancel(tx: Tx, order_id: OrderId, decide_by: datetime | None) -> bool:
    return await run(tx, _CANCEL, id=order_id.uuid, decide_by=decide_by) == 1


async def give_back(tx: Tx, order_id: OrderId) -> bool:
    """The payer wants the money, not the visit: due at once. False if nothing is to be decided any more."""
    return await run(tx, _GIVE_BACK, id=order_id.uuid) == 1


async def moved(tx: Tx, before: Order, starts_at: datetime, ends_at: datetime, decide_by: datetime | None) -> bool:
    """The visit has other hours, and stands; False if somebody moved it in between."""
    changed = await run(
        tx,
        _MOVED,
        id=before.id.uuid,
        sequence=before.sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        decide_by=decide_by,
    )
    return changed == 1


async def given(tx: Tx, order_id: OrderId) -> bool:
    return await run(tx, _GIVEN, id=order_id.uuid) == 1


async def goods_arrived(tx: Tx, order_id: OrderId) -> bool:
    """Its goods are at the clinic; False if they were before, or if there are none."""
    return await run(tx, _GOODS_ARRIVED, id=order_id.uuid) == 1


async def handed_over(tx: Tx, order_id: OrderId) -> bool:
    """Its goods are with the patient, and so did arrive; False if they were before, or if there are none."""
    return await run(tx, _HANDED_OVER, id=order_id.uuid) == 1
