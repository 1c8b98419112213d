"""Finance's queue: refunds by who must act next, filtered, a page at a time. Open ones oldest first, finished ones newest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from checkout.catalogue.catalogue import Text
from checkout.ground.dates import local
from checkout.ground.db import Row, Tx, one, rows, sql
from checkout.ground.ids import PersonId, RefundId
from refunds.refund import State
from refunds.store import Refund, refund

PAGE: Final = 40  # ticks of a page fit into one form
COUNTED: Final = 100  # no tab is counted further
SOON: Final = 3  # days left that call for haste


class Tab(StrEnum):
    """Who must act."""

    MINE = "mine"
    BANK = "bank"
    DONE = "done"
    ERRORS = "errors"


_TABS: Final = {
    Tab.MINE: "(r.state = 'requested' OR (r.state = 'scheduled' AND r.method <> 'card'))",
    Tab.BANK: "((r.state = 'scheduled' AND r.method = 'card') OR r.state IN ('sending', 'unknown'))",
    Tab.DONE: "r.state IN ('done', 'rejected', 'cancelled')",
    Tab.ERRORS: "r.state = 'review'",
}
STATES: Final = {
    Tab.MINE: (State.REQUESTED, State.SCHEDULED),
    Tab.BANK: (State.SCHEDULED, State.SENDING, State.UNKNOWN),
    Tab.DONE: (State.DONE, State.REJECTED, State.CANCELLED),
    Tab.ERRORS: (State.REVIEW,),
}
_SCOPE: Final = "(CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))"
_PAGE: Final = """
SELECT r.*, o.currency, o.code, o.clinic_id, o.payer_id, c.zone, c.name_ru, c.name_en, p.reference AS bank_reference,
       app_now() AS now
  FROM refund r JOIN orders o ON o.id = r.order_id JOIN clinic c ON c.id = o.clinic_id JOIN payment p ON p.id = r.payment_id
 WHERE {tab} AND {scope}
   AND (CAST(:clinic AS text) IS NULL OR c.slug = :clinic)
   AND (CAST(:state AS text) IS NULL OR r.state = :state)
   AND (CAST(:method AS text) IS NULL OR r.method = :method)
   AND (CAST(:since AS date) IS NULL OR r.requested_at >= CAST(:since AS date)::timestamp AT TIME ZONE c.zone)
   AND (CAST(:until AS date) IS NULL OR r.requested_at < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE c.zone)
   AND (CAST(:least AS bigint) IS NULL OR r.amount >= CAST(:least AS bigint))
   AND (CAST(:most AS bigint) IS NULL OR r.amount <= CAST(:most AS bigint))
   AND (CAST(:after AS uuid) IS NULL OR r.id {beyond} CAST(:after AS uuid))
 ORDER BY r.id {order} LIMIT :limit"""
_PAGES: Final = {
    tab: sql(
        _PAGE.format(
            tab=condition,
            scope=_SCOPE,
            beyond="<" if tab is Tab.DONE else ">",
            order="DESC" if tab is Tab.DONE else "",
        )
    )
    for tab, condition in _TABS.items()
}
_COUNT: Final = """
(SELECT count(*) FROM (SELECT 1 FROM refund r JOIN orders o ON o.id = r.order_id WHERE {tab} AND {scope} LIMIT {most}) AS open)
  AS {name}"""
_COUNTS = sql(
    "SELECT "
    + ", ".join(
        _COUNT.format(tab=condition, scope=_SCOPE, most=COUNTED, name=tab)
        for tab, condition in _TABS.items()
        if tab is not Tab.DONE
    )
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for within a tab; None: anything. Days are the clinic's, sums kopecks, both ends included."""

    clinic: str | None = None
    state: State | None = None
    method: str | None = None
    since: date | None = None
    until: date | None = None
    least: int | None = None
    most: int | None = None

    @property
    def empty(self) -> bool:
        return self == Filter()


@dataclass(frozen=True, slots=True)
class Queued:
    """A refund with what the queue shows beside it."""

    refund: Refund
    code: str
    clinic_id: int
    clinic: Text
    zone: str
    payer_id: PersonId
    bank_reference: str | None
    now: datetime

    @property
    def days_left(self) -> int:
        """Whole days in which the return window is still open; negative once it is over."""
        return (local(self.refund.window_ends_at, self.zone) - local(self.now, self.zone)).days

    @property
    def pressing(self) -> bool:
        return self.refund.state is State.REQUESTED and self.days_left <= SOON

    @property
    def answer_late(self) -> bool:
        return self.refund.state is State.REQUESTED and local(self.now, self.zone) > self.refund.promise.answer_due


def _queued(row: Row[Any]) -> Queued:
    return Queued(
        refund=refund(row),
        code=row.code,
        clinic_id=row.clinic_id,
        clinic=Text(row.name_ru, row.name_en),
        zone=row.zone,
        payer_id=PersonId(row.payer_id),
        bank_reference=row.bank_reference,
        now=row.now,
    )


async def page(
    tx: Tx, tab: Tab, wanted: Filter, clinics: Collection[int] | None, *, after: RefundId | None
) -> list[Queued]:
    """A page and one more row, if there are more. `clinics`: those that may be seen, None: all."""
    found = await rows(
        tx,
        _PAGES[tab],
        clinics=None if clinics is None else list(clinics),
        clinic=wanted.clinic,
        state=wanted.state,
        method=wanted.method,
        since=wanted.since,
        until=wanted.until,
        least=wanted.least,
        most=wanted.most,
        after=after.uuid if after else None,
        limit=PAGE + 1,
    )
    return [_queued(row) for row in found]


async def counts(tx: Tx, clinics: Collection[int] | None) -> dict[Tab, int]:
    """How many wait in each tab, counted to `COUNTED`; what is finished is not counted."""
    row = await one(tx, _COUNTS, clinics=None if clinics is None else list(clinics))
    assert row is not None  # noqa: S101 - counts
    return {tab: int(getattr(row, tab)) for tab in _TABS if tab is not Tab.DONE}
