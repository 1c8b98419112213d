"""Finance's queue: refunds by who must act next, filtered, a page at a time. Open ones oldest first, finished ones newest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
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
    Tab.DONE: "r.state IN ('done', 'rejected', 'cancelled', 'restored')",
    Tab.ERRORS: "r.state = 'review'",
}
STATES: Final = {
    Tab.MINE: (State.REQUESTED, State.SCHEDULED),
    Tab.BANK: (State.SCHEDULED, State.SENDING, State.UNKNOWN),
    Tab.DONE: (State.DONE, State.REJECTED, State.CANCELLED, State.RESTORED),
    Tab.ERRORS: (State.REVIEW,),
}
_SCOPE: Final = "(CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))"
_WHERE: Final = {
    "clinic": "c.slug = :clinic",
    "state": "r.state = :state",
    "method": "coalesce(p.way, r.method) = :method",  # of the bank's ways each is one; none known: by card
    "since": "r.requested_at >= CAST(:since AS date)::timestamp AT TIME ZONE c.zone",
    "until": "r.requested_at < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE c.zone",
    "least": "r.amount >= CAST(:least AS bigint)",
    "most": "r.amount <= CAST(:most AS bigint)",
    "asked_by": "r.requested_by = :asked_by",
    "decided_by": "r.decided_by = :decided_by",
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
    """What is looked for within a tab; None: anything. Days are the clinic's, sums kopecks, both ends included.

    `asked_by`, `decided_by`: principals. `method`: in one word, as `Queued.told` has it.
    """

    clinic: str | None = None
    state: State | None = None
    method: str | None = None
    since: date | None = None
    until: date | None = None
    least: int | None = None
    most: int | None = None
    asked_by: str | None = None
    decided_by: str | None = None

    @property
    def asked(self) -> dict[str, Any]:
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}

    @property
    def empty(self) -> bool:
        return not self.asked


@dataclass(frozen=True, slots=True)
class Queued:
    """A refund with what the queue shows beside it. `told`: how its money came, and goes back, in one word."""

    refund: Refund
    code: str
    clinic_id: int
    clinic: Text
    zone: str
    payer_id: PersonId
    bank_reference: str | None
    told: str
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
        told=row.told,
        now=row.now,
    )


@lru_cache(maxsize=256)
def _page(tab: Tab, names: tuple[str, ...], *, on: bool) -> Any:
    """Only what is asked for stands in the statement, so that the planner sees which index serves it."""
    newest_first = tab is Tab.DONE
    conditions = [_TABS[tab], _SCOPE, *(_WHERE[name] for name in names)]
    if on:
        conditions.append(f"r.id {'<' if newest_first else '>'} CAST(:after AS uuid)")
    return sql(f"""
SELECT r.*, o.currency, o.code, o.clinic_id, o.payer_id, c.zone, c.name_ru, c.name_en, p.reference AS bank_reference,
       coalesce(p.way, r.method) AS told, app_now() AS now
  FROM refund r JOIN orders o ON o.id = r.order_id JOIN clinic c ON c.id = o.clinic_id JOIN payment p ON p.id = r.payment_id
 WHERE {" AND ".join(conditions)} ORDER BY r.id {"DESC" if newest_first else ""} LIMIT :limit""")  # noqa: S608 - constants of this file


async def page(
    tx: Tx, tab: Tab, wanted: Filter, clinics: Collection[int] | None, *, after: RefundId | None
) -> list[Queued]:
    """A page and one more row, if there are more. `clinics`: those that may be seen, None: all."""
    asked = wanted.asked
    beyond = {"after": after.uuid} if after else {}
    seen = None if clinics is None else list(clinics)
    statement = _page(tab, tuple(asked), on=after is not None)
    return [_queued(row) for row in await rows(tx, statement, clinics=seen, limit=PAGE + 1, **asked, **beyond)]


async def counts(tx: Tx, clinics: Collection[int] | None) -> dict[Tab, int]:
    """How many wait in each tab, counted to `COUNTED`; what is finished is not counted."""
    row = await one(tx, _COUNTS, clinics=None if clinics is None else list(clinics))
    assert row is not None  # noqa: S101 - counts
    return {tab: int(getattr(row, tab)) for tab in _TABS if tab is not Tab.DONE}
