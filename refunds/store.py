"""Where refunds are kept. One in flight a payment, by a unique index; results are fenced by the token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from checkout.catalogue.catalogue import Kind
from checkout.ground.db import IntegrityError, Row, Tx, one, rows, run, sql
from checkout.ground.errors import Missing
from checkout.ground.ids import OrderId, PaymentId, RefundId
from gateways.money import Money
from refunds.dates import Promise
from refunds.refund import State


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund as it is kept. `allocation`: kopecks per order line. `decided_by`: a person, or the policy's name.

    `window_base`, `window_kind`: from when its window ran, as known when it was asked for, and whose it is; None on
    refunds from before that was kept. `override_by`: who let it go on though it was asked for after its window.
    `reference`: by which a person gave it back at the desk, other than in cash.
    """

    id: RefundId
    order_id: OrderId
    payment_id: PaymentId
    method: str
    amount: Money
    state: State
    basis: str
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    override_by: str | None
    override_reason: str | None
    scheduled_for: datetime
    window_ends_at: datetime
    window_base: datetime | None
    window_kind: Kind | None
    promise: Promise
    allocation: dict[str, int]
    due_at: datetime | None
    done_at: datetime | None
    token: int
    attempts: int
    parked: str | None
    reference: str | None = None

    @property
    def at_the_desk(self) -> bool:
        """Whether a person gives it back at the clinic: the bank page's money goes back through the bank."""
        return self.method != "card"

    @property
    def key(self) -> str:
        """The idempotency key at the bank: our id, made before the first try and kept for all of them."""
        return str(self.id)

    @property
    def late(self) -> bool:
        """Whether it was asked for after its window: then it takes a recorded override."""
        return self.basis == "person" and self.requested_at > self.window_ends_at


_COLUMNS: Final = "r.*, o.currency"
_FROM: Final = "JOIN orders o ON o.id = r.order_id"
_INSERT = sql("""
INSERT INTO refund (id, order_id, payment_id, method, amount, state, basis, reason, requested_by, decided_by, decided_at,
                    scheduled_for, window_ends_at, window_base, window_kind, answer_due, expected_from, expected_by,
                    allocation, due_at, done_at)
VALUES (:id, :order_id, :payment_id, :method, :amount, :state, :basis, :reason, :requested_by, :decided_by,
        CASE WHEN CAST(:decided_by AS text) IS NULL THEN NULL ELSE app_now() END,
        :scheduled_for, :window_ends_at, :window_base, :window_kind, :answer_due, :expected_from, :expected_by,
        CAST(:allocation AS jsonb), :due_at, :done_at)""")
_READ = sql(f"SELECT {_COLUMNS} FROM refund r {_FROM} WHERE r.id = :id")  # noqa: S608 - constants of this file
_LOCK = sql(f"SELECT {_COLUMNS} FROM refund r {_FROM} WHERE r.id = :id FOR NO KEY UPDATE OF r")  # noqa: S608 - as above
_FENCED = sql(f"""
SELECT {_COLUMNS} FROM refund r {_FROM} WHERE r.id = :id AND r.token = :token AND r.state = 'sending'
   FOR NO KEY UPDATE OF r""")  # noqa: S608 - as above
_OF_ORDER = sql(f"SELECT {_COLUMNS} FROM refund r {_FROM} WHERE r.order_id = :order ORDER BY r.id")  # noqa: S608 - as above
_CLAIM = sql(f"""
WITH due AS (
  SELECT id, state AS before FROM refund
   WHERE due_at <= app_now() AND method = 'card' AND state IN ('scheduled', 'sending', 'unknown')
     AND (CAST(:only AS uuid) IS NULL OR id = CAST(:only AS uuid))
     AND (lease_until IS NULL OR lease_until < app_now())
     AND NOT EXISTS (SELECT FROM gateway_breaker b JOIN payment p ON p.merchant = b.merchant
                      WHERE p.id = refund.payment_id AND b.retry_at > app_now() AND CAST(:only AS uuid) IS NULL)
     AND NOT (state = 'scheduled' AND EXISTS (
           SELECT 1 FROM payment p WHERE p.id = refund.payment_id AND p.dispute = 'flagged'))
     AND NOT EXISTS (SELECT 1 FROM refund other WHERE other.payment_id = refund.payment_id AND other.id <> refund.id
                        AND other.state IN ('sending', 'unknown'))
   ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),
 r AS (UPDATE refund SET state = 'sending', token = token + 1, attempts = attempts + 1,
              lease_until = app_now() + interval '60 seconds'
         FROM due WHERE refund.id = due.id RETURNING refund.*, due.before)
SELECT {_COLUMNS}, r.before FROM r {_FROM}""")  # noqa: S608 - as above
_DECIDED = sql("""
UPDATE refund SET state = :state, decided_by = :principal, decided_at = app_now(), due_at = :due_at, parked = NULL,
       decision_reason = :reason, override_by = coalesce(:override_by, override_by),
       override_reason = coalesce(:override_reason, override_reason)
 WHERE id = :id AND state = :before""")
_FINISH = sql("""
UPDATE refund SET state = :state, due_at = :due_at, lease_until = NULL, parked = :parked,
       attempts = CASE WHEN :state = 'scheduled' THEN 0 ELSE attempts END,
       done_at = CASE WHEN :state = 'done' THEN app_now() ELSE done_at END
 WHERE id = :id AND token = :token AND state = :before""")
_HASTEN = sql("""
UPDATE refund SET due_at = app_now()
 WHERE id = :id AND method = 'card' AND (state IN ('sending', 'unknown') OR (state = 'scheduled' AND due_at <= app_now()))
   AND (lease_until IS NULL OR lease_until < app_now())""")
_REPEATED = sql("""
SELECT 1 FROM refund WHERE payment_id = :payment AND amount = :amount AND state NOT IN ('rejected', 'cancelled')
   AND requested_at > app_now() - interval '10 minutes' LIMIT 1""")
_PAID_OUT = sql("""
UPDATE refund SET state = :state, due_at = NULL, lease_until = NULL, done_at = app_now(), reference = :reference
 WHERE id = :id AND state = :before""")
_LAST_RETURNED = sql("""
SELECT f.status, f.refunded, f.currency FROM gateway_fact f WHERE f.payment_id = :payment ORDER BY f.id DESC LIMIT 1""")
_KNOWN_TO_BANK = sql("""
SELECT coalesce(sum(amount), 0)::bigint AS amount FROM refund
 WHERE payment_id = :payment AND state = 'done' AND basis <> 'chargeback'""")
_RESTORED = sql("UPDATE refund SET state = :state WHERE id = :id AND state = 'done'")
_OVERRIDES = sql("SELECT day, working FROM working_day WHERE day >= :since")


def refund(row: Row[Any]) -> Refund:
    return Refund(
        id=RefundId(row.id),
        order_id=OrderId(row.order_id),
        payment_id=PaymentId(row.payment_id),
        method=row.method,
        amount=Money(row.amount, row.currency),
        state=State(row.state),
        basis=row.basis,
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        override_by=row.override_by,
        override_reason=row.override_reason,
        scheduled_for=row.scheduled_for,
        window_ends_at=row.window_ends_at,
        window_base=row.window_base,
        window_kind=Kind(row.window_kind) if row.window_kind else None,
        promise=Promise(row.answer_due, row.expected_from, row.expected_by),
        allocation=row.allocation,
        due_at=row.due_at,
        done_at=row.done_at,
        token=row.token,
        attempts=row.attempts,
        parked=row.parked,
        reference=row.reference,
    )


async def insert(tx: Tx, new: Refund) -> None:
    await run(
        tx,
        _INSERT,
        id=new.id.uuid,
        order_id=new.order_id.uuid,
        payment_id=new.payment_id.uuid,
        method=new.method,
        amount=new.amount.amount,
        state=new.state,
        basis=new.basis,
        reason=new.reason,
        requested_by=new.requested_by,
        decided_by=new.decided_by,
        scheduled_for=new.scheduled_for,
        window_ends_at=new.window_ends_at,
        window_base=new.window_base,
        window_kind=new.window_kind,
        answer_due=new.promise.answer_due,
        expected_from=new.promise.expected_from,
        expected_by=new.promise.expected_by,
        allocation=json.dumps(new.allocation),
        due_at=new.due_at,
        done_at=new.done_at,
    )


async def last_returned(tx: Tx, payment_id: PaymentId) -> tuple[str, Money] | None:
    """The status that the bank last told of a payment, and how much of it had gone back by then."""
    row = await one(tx, _LAST_RETURNED, payment=payment_id.uuid)
    return (row.status, Money(row.refunded, row.currency)) if row else None


async def known_to_bank(tx: Tx, payment_id: PaymentId) -> Money:
    """What our books say went back by the bank's hand; a chargeback never shows in the payment's status."""
    row = await one(tx, _KNOWN_TO_BANK, payment=payment_id.uuid)
    assert row is not None  # noqa: S101 - a sum
    return Money(row.amount)


async def read(tx: Tx, refund_id: RefundId) -> Refund:
    """Raises Missing."""
    row = await one(tx, _READ, id=refund_id.uuid)
    if row is None:
        raise Missing("refund_missing")
    return refund(row)


async def lock(tx: Tx, refund_id: RefundId) -> Refund:
    """After its order's lock. Raises Missing."""
    row = await one(tx, _LOCK, id=refund_id.uuid)
    if row is None:
        raise Missing("refund_missing")
    return refund(row)


async def of_order(tx: Tx, order_id: OrderId) -> list[Refund]:
    return [refund(row) for row in await rows(tx, _OF_ORDER, order=order_id.uuid)]


async def claim(tx: Tx, only: RefundId | None = None) -> tuple[Refund, State] | None:
    """Lease the oldest due refund under a new token, with the state it was in; None if nothing is due.

    `only`: this one or none.
    """
    try:
        async with tx.begin_nested():
            row = await one(tx, _CLAIM, only=only.uuid if only else None)
    except IntegrityError:
        return None  # another worker took another refund of the same payment a moment ago
    return (refund(row), State(row.before)) if row else None


async def fenced(tx: Tx, held: Refund) -> Refund | None:
    """The refund, locked, if `held` still carries the newest token."""
    row = await one(tx, _FENCED, id=held.id.uuid, token=held.token)
    return refund(row) if row else None


async def decided(
    tx: Tx,
    held: Refund,
    state: State,
    *,
    principal: str,
    due_at: datetime | None,
    reason: str | None = None,
    override: str | None = None,
) -> bool:
    """A person's decision; False if somebody decided before. `override`: why it goes on after its window."""
    changed = await run(
        tx,
        _DECIDED,
        id=held.id.uuid,
        before=held.state,
        state=state,
        principal=principal,
        due_at=due_at,
        reason=reason,
        override_by=principal if override else None,
        override_reason=override,
    )
    return changed == 1


async def hasten(tx: Tx, refund_id: RefundId) -> bool:
    """Let the bank be asked now about one that it did not answer for; False if it is not that one's turn."""
    return await run(tx, _HASTEN, id=refund_id.uuid) == 1


async def repeated(tx: Tx, payment_id: PaymentId, amount: Money) -> bool:
    """Whether the same sum of the same payment was asked for within the last ten minutes, and may still go."""
    return await one(tx, _REPEATED, payment=payment_id.uuid, amount=amount.amount) is not None


async def finish(
    tx: Tx, held: Refund, state: State, *, due_at: datetime | None = None, parked: str | None = None
) -> bool:
    """Write an outcome under the token it was fetched with; False if the token is old."""
    changed = await run(
        tx,
        _FINISH,
        id=held.id.uuid,
        token=held.token,
        before=held.state,
        state=state,
        due_at=due_at,
        parked=parked,
    )
    return changed == 1


async def paid_out(tx: Tx, held: Refund, state: State, *, reference: str | None) -> bool:
    """A person gave it back at the desk; False if it was not waiting for that any more."""
    return await run(tx, _PAID_OUT, id=held.id.uuid, before=held.state, state=state, reference=reference) == 1


async def restored(tx: Tx, held: Refund, state: State) -> bool:
    """Its chargeback was won; False if it was not gone."""
    return await run(tx, _RESTORED, id=held.id.uuid, state=state) == 1


async def overrides(tx: Tx, since: date) -> dict[date, bool]:
    """Days on which finance overrules the production calendar."""
    return {row.day: row.working for row in await rows(tx, _OVERRIDES, since=since)}


def allocate(amount: Money, lines: Sequence[tuple[int, int]]) -> dict[str, int]:
    """Spread a refund over order lines (number, kopecks) pro rata; the last line takes the rest."""
    parts = amount.split([weight for _, weight in lines])
    return {str(number): part.amount for (number, _), part in zip(lines, parts, strict=True) if part}
