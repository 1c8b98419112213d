"""Where chargebacks are kept. One of a flag a payment, by a unique index; each rests on a refund row of the same money."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import ChargebackId, OrderId, PaymentId, RefundId
from gateways.money import Money
from refunds.chargebacks.chargeback import Chargeback, Source, State

# The sum of one that a flag told of is supposed until the bank's registry names it.
_SELECT: Final = """
SELECT c.*, r.amount, o.currency, c.source = 'flag' AND NOT EXISTS (
         SELECT 1 FROM registry_match m WHERE m.refund_id = c.refund_id) AS supposed
  FROM chargeback c JOIN refund r ON r.id = c.refund_id JOIN orders o ON o.id = c.order_id"""
_READ = sql(f"{_SELECT} WHERE c.id = :id")
_LOCK = sql(f"{_SELECT} WHERE c.id = :id FOR NO KEY UPDATE OF c")
_OF_ORDER = sql(f"{_SELECT} WHERE c.order_id = :order ORDER BY c.id")
_OF_PAYMENT = sql(f"{_SELECT} WHERE c.payment_id = :payment ORDER BY c.id FOR NO KEY UPDATE OF c")
# Won before the line came by which its money had gone: lines are brought in in any order.
_UNTOLD: Final = "NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.refund_id = c.refund_id AND NOT m.won)"
_RETURNED = sql(f"""{_SELECT}
 WHERE c.payment_id = :payment AND c.state = 'won' AND r.amount = :amount AND {_UNTOLD} ORDER BY c.id LIMIT 1""")
_INSERT = sql("""
INSERT INTO chargeback (id, order_id, payment_id, refund_id, source, reference, answer_by)
VALUES (:id, :order_id, :payment_id, :refund_id, :source, :reference, :answer_by)""")
_DECIDED = sql("""
UPDATE chargeback SET state = :state, decided_by = :principal, decided_at = app_now(), note = coalesce(:note, note)
 WHERE id = :id AND state = :before""")
_NAMED = sql("""
UPDATE chargeback SET refund_id = :refund, reference = coalesce(reference, :reference) WHERE id = :id""")
_FLAGGED = sql("""
SELECT p.id FROM payment p
 WHERE p.dispute = 'flagged' AND p.captured > p.refunded + greatest(p.bank_gone - (p.refunded - p.charged_back), 0)
   AND (EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.state IN ('requested', 'scheduled'))
        OR NOT EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.state IN ('sending', 'unknown', 'review')))
 ORDER BY p.id LIMIT :limit""")
# A line that our books have no room for stays with people.
_LINES = sql(f"""
SELECT b.id FROM registry_break b JOIN registry_line l ON l.id = b.line_id JOIN payment p ON p.id = b.payment_id
 WHERE b.state = 'open' AND b.kind IN ('chargeback', 'chargeback_won') AND p.merchant = b.merchant
   AND CASE b.kind WHEN 'chargeback' THEN p.captured - p.refunded - coalesce((
                     SELECT sum(r.amount) FROM refund r
                      WHERE r.payment_id = p.id AND r.state IN ('sending', 'unknown', 'review')), 0) + CASE WHEN EXISTS (
                     SELECT 1 FROM chargeback c WHERE c.payment_id = p.id AND c.source = 'flag' AND c.state <> 'won'
                        AND NOT EXISTS (SELECT 1 FROM registry_match m WHERE m.refund_id = c.refund_id))
                     THEN p.charged_back ELSE 0 END >= l.amount OR EXISTS (
                     SELECT 1 FROM chargeback c JOIN refund r ON r.id = c.refund_id
                      WHERE c.payment_id = p.id AND c.state = 'won' AND r.amount = l.amount AND {_UNTOLD})
                   WHEN 'chargeback_won' THEN EXISTS (
                     SELECT 1 FROM chargeback c JOIN refund r ON r.id = c.refund_id
                      WHERE c.payment_id = p.id AND r.state = 'done' AND r.amount = l.amount)
                   ELSE false END
 ORDER BY b.found_at, b.id LIMIT :limit""")  # noqa: S608 - a constant of this file
# The oldest first. Each says when it is next looked at, as long as that is worth it.
_WATCHED = sql("""
UPDATE payment SET watch_at = CASE WHEN dispute IS NULL AND captured_at + make_interval(days => :days) > app_now()
                                   THEN app_now() + interval '1 day' END
 WHERE id IN (SELECT id FROM payment WHERE watch_at <= app_now() AND (lease_until IS NULL OR lease_until < app_now())
               ORDER BY watch_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id""")
_LISTED: Final = """
SELECT c.*, r.amount, o.currency, o.code, o.clinic_id, k.zone, app_now() AS now, c.source = 'flag' AND NOT EXISTS (
         SELECT 1 FROM registry_match m WHERE m.refund_id = c.refund_id) AS supposed
  FROM chargeback c JOIN refund r ON r.id = c.refund_id JOIN orders o ON o.id = c.order_id JOIN clinic k ON k.id = o.clinic_id
 WHERE (CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))"""
_WAITING = sql(f"{_LISTED} AND c.state IN ('open', 'disputed') ORDER BY c.answer_by, c.id LIMIT :limit")
_ENDED = sql(f"{_LISTED} AND c.state NOT IN ('open', 'disputed') ORDER BY c.decided_at DESC, c.id LIMIT :limit")
_NEWEST = sql(f"""{_SELECT}
 WHERE (CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))
   AND (CAST(:state AS text) IS NULL OR c.state = :state) AND (CAST(:order AS uuid) IS NULL OR c.order_id = CAST(:order AS uuid))
   AND (CAST(:after AS uuid) IS NULL OR c.id < CAST(:after AS uuid)) ORDER BY c.id DESC LIMIT :limit""")


def chargeback(row: Row[Any]) -> Chargeback:
    return Chargeback(
        id=ChargebackId(row.id),
        order_id=OrderId(row.order_id),
        payment_id=PaymentId(row.payment_id),
        refund_id=RefundId(row.refund_id),
        amount=Money(row.amount, row.currency),
        source=Source(row.source),
        state=State(row.state),
        supposed=row.supposed,
        reference=row.reference,
        recognised_at=row.recognised_at,
        answer_by=row.answer_by,
        note=row.note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A chargeback with what a list shows beside it. `today`: at its clinic."""

    chargeback: Chargeback
    code: str
    clinic_id: int
    zone: str
    now: datetime


async def insert(tx: Tx, new: Chargeback) -> None:
    await run(
        tx,
        _INSERT,
        id=new.id.uuid,
        order_id=new.order_id.uuid,
        payment_id=new.payment_id.uuid,
        refund_id=new.refund_id.uuid,
        source=new.source,
        reference=new.reference,
        answer_by=new.answer_by,
    )


async def read(tx: Tx, chargeback_id: ChargebackId, *, lock: bool = False) -> Chargeback:
    """Locked after its order's lock. Raises Missing."""
    row = await one(tx, _LOCK if lock else _READ, id=chargeback_id.uuid)
    if row is None:
        raise Missing("chargeback_missing")
    return chargeback(row)


async def of_order(tx: Tx, order_id: OrderId) -> list[Chargeback]:
    """Oldest first."""
    return [chargeback(row) for row in await rows(tx, _OF_ORDER, order=order_id.uuid)]


async def of_payment(tx: Tx, payment_id: PaymentId) -> list[Chargeback]:
    """Oldest first, locked; the caller holds the order."""
    return [chargeback(row) for row in await rows(tx, _OF_PAYMENT, payment=payment_id.uuid)]


async def returned(tx: Tx, payment_id: PaymentId, amount: Money) -> Chargeback | None:
    """One of this sum that is won, and whose line did not come yet; the caller holds the order."""
    row = await one(tx, _RETURNED, payment=payment_id.uuid, amount=amount.amount)
    return chargeback(row) if row else None


async def decided(tx: Tx, held: Chargeback, state: State, *, principal: str, note: str | None) -> bool:
    """Guarded by the state it was read in; False if somebody was quicker."""
    changed = await run(tx, _DECIDED, id=held.id.uuid, before=held.state, state=state, principal=principal, note=note)
    return changed == 1


async def named(tx: Tx, held: Chargeback, refund: RefundId, reference: str) -> None:
    """The bank's registry named its sum: our books say it by this refund now."""
    await run(tx, _NAMED, id=held.id.uuid, refund=refund.uuid, reference=reference)


async def flagged(tx: Tx, limit: int) -> list[PaymentId]:
    """Payments that the bank says were charged back, of which our books can say so now, or refunds can be withdrawn."""
    return [PaymentId(row.id) for row in await rows(tx, _FLAGGED, limit=limit)]


async def lines(tx: Tx, limit: int) -> list[UUID]:
    """Breaks of the registry that are a chargeback, or the end of one, and that our books have room for."""
    return [row.id for row in await rows(tx, _LINES, limit=limit)]


async def watched(tx: Tx, days: int, limit: int) -> list[PaymentId]:
    """Payments that are to be looked at now, once a day for so many days since they were taken."""
    return [PaymentId(row.id) for row in await rows(tx, _WATCHED, days=days, limit=limit)]


def _listed(row: Row[Any]) -> Listed:
    return Listed(chargeback(row), row.code, row.clinic_id, row.zone, row.now)


def _seen(clinics: Collection[int] | None) -> list[int] | None:
    return None if clinics is None else list(clinics)


async def waiting(tx: Tx, clinics: Collection[int] | None, limit: int) -> list[Listed]:
    """What is to be answered at these clinics (None: anywhere), the soonest day first."""
    return [_listed(row) for row in await rows(tx, _WAITING, clinics=_seen(clinics), limit=limit)]


async def ended(tx: Tx, clinics: Collection[int] | None, limit: int) -> list[Listed]:
    """What has ended, the latest first."""
    return [_listed(row) for row in await rows(tx, _ENDED, clinics=_seen(clinics), limit=limit)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which chargebacks; None is no limit. `after`: the last one that was shown."""

    clinics: Collection[int] | None
    state: State | None = None
    order: OrderId | None = None
    after: ChargebackId | None = None


async def newest(tx: Tx, wanted: Wanted, limit: int) -> list[Chargeback]:
    """A page of them, newest first."""
    found = await rows(
        tx,
        _NEWEST,
        clinics=_seen(wanted.clinics),
        state=wanted.state,
        order=wanted.order.uuid if wanted.order else None,
        after=wanted.after.uuid if wanted.after else None,
        limit=limit,
    )
    return [chargeback(row) for row in found]
