"""Where it is kept that a payment's sums at the bank were asked to be accepted, by whom, and who decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from ulid import ULID

from checkout.ground.db import IntegrityError, Row, Tx, one, run, sql
from checkout.ground.errors import Conflict
from checkout.ground.ids import PaymentId
from gateways.money import Money

_SELECT: Final = """
SELECT r.*, o.currency FROM payment_review r JOIN payment p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
 WHERE r.payment_id = :payment"""
_WAITING = sql(f"{_SELECT} AND r.state = 'asked' FOR NO KEY UPDATE OF r")
_LAST = sql(f"{_SELECT} ORDER BY r.asked_at DESC, r.id DESC LIMIT 1")
_ASK = sql("""
INSERT INTO payment_review (id, payment_id, captured, refunded, reason, asked_by)
VALUES (:id, :payment, :captured, :refunded, :reason, :principal)""")
_DECIDE = sql("""
UPDATE payment_review SET state = :state, decided_by = :principal, decided_at = app_now() WHERE id = :id AND state = 'asked'""")


class State(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Sums:
    """What the bank took of a payment in all, and how much of that it gave back; in kopecks of the order's currency."""

    captured: Money
    refunded: Money

    @property
    def held(self) -> Money:
        return self.captured - self.refunded


@dataclass(frozen=True, slots=True)
class Asked:
    """One wish to accept the bank's sums as they were then."""

    id: UUID
    sums: Sums
    reason: str
    state: State
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        id=row.id,
        sums=Sums(Money(row.captured, row.currency), Money(row.refunded, row.currency)),
        reason=row.reason,
        state=State(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


async def waiting(tx: Tx, payment_id: PaymentId) -> Asked | None:
    """The wish that waits for a second person, locked; after its order's lock."""
    row = await one(tx, _WAITING, payment=payment_id.uuid)
    return _asked(row) if row else None


async def last(tx: Tx, payment_id: PaymentId) -> Asked | None:
    """The newest wish, whatever became of it."""
    row = await one(tx, _LAST, payment=payment_id.uuid)
    return _asked(row) if row else None


async def ask(tx: Tx, payment_id: PaymentId, sums: Sums, reason: str, *, principal: str) -> None:
    """Raises Conflict `review_asked`: one waits already."""
    try:
        await run(
            tx,
            _ASK,
            id=ULID().to_uuid(),
            payment=payment_id.uuid,
            captured=sums.captured.amount,
            refunded=sums.refunded.amount,
            reason=reason,
            principal=principal,
        )
    except IntegrityError as taken:
        raise Conflict("review_asked") from taken


async def decide(tx: Tx, held: Asked, state: State, *, principal: str) -> bool:
    """False if somebody decided before."""
    return await run(tx, _DECIDE, id=held.id, state=state, principal=principal) == 1
