"""What is going wrong right now, in one short strip: found by bounded looks over partial indexes, each with its place.

The worklist says what needs a person, one by one; this says that something does not run. More than `MOST` of a kind is as
bad as `MOST`, and is not counted further.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from checkout.books.chain import LATE, UNSIGNED
from checkout.books.worklist import Source
from checkout.catalogue.catalogue import Text
from checkout.ground.db import Row, Tx, one, rows, sql

MOST: Final = 100


class Kind(StrEnum):
    CALLBACKS = "callbacks"  # the bank rang, and nobody has looked
    BANK = "bank"  # one does not answer, and is left alone for a while
    PAYMENTS = "payments"  # the bank is not asked, or does not answer
    NOTICES = "notices"  # letters that failed, or are not even tried
    SHIFT = "shift"  # open for more than its day
    WORKER = "worker"  # nobody does the chores
    OVERDUE = "overdue"  # work that ought to be done by now
    AUDIT = "audit"  # rows without a link, or links without a signature


@dataclass(frozen=True, slots=True)
class Problem:
    """`number`: how many of them, `MOST` for that and more. `clinic`, `name`: whose shift it is."""

    kind: Kind
    number: int = 1
    clinic: str | None = None
    name: Text | None = None


def _some(statement: str) -> str:
    return f"(SELECT count(*) FROM ({statement} LIMIT {MOST}) found)"  # noqa: S608 - statements of this file


_LATE_PAYMENT: Final = "SELECT 1 FROM payment WHERE due_at < app_now() - interval '15 minutes'"
_UNANSWERED: Final = """SELECT 1 FROM callback
  WHERE processed_at IS NULL AND received_at < app_now() - interval '5 minutes'"""
_RESTING: Final = "SELECT 1 FROM gateway_breaker WHERE retry_at IS NOT NULL"
_FAILED: Final = """SELECT 1 FROM message m WHERE m.state = 'failed' AND NOT EXISTS (
  SELECT 1 FROM message again WHERE again.order_id = m.order_id AND again.resend_of = m.id AND again.state <> 'failed')"""
_UNTOLD: Final = "SELECT 1 FROM message WHERE due_at < app_now() - interval '15 minutes'"
# Of the audit only what came after the newest link and the newest signature: no more than the last hours.
_LOOSE: Final = f"""SELECT 1 FROM audit a WHERE a.at < app_now() - {LATE}
  AND a.seq > coalesce((SELECT l.audit_seq FROM audit_link l ORDER BY l.no DESC LIMIT 1), 0)
  AND NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.audit_seq = a.seq)"""  # noqa: S608 - ours
_UNSIGNED_LINK: Final = f"""SELECT 1 FROM audit_link l JOIN audit a ON a.seq = l.audit_seq
  WHERE l.no > coalesce((SELECT max(link_no) FROM audit_anchor), 0) AND a.at < app_now() - {UNSIGNED}"""  # noqa: S608 - ours
_LOOK: Final = sql(f"""
SELECT {_some(_UNANSWERED)} AS callbacks, {_some(_RESTING)} AS bank, {_some(_LATE_PAYMENT)} AS payments,
       {_some(_FAILED)} + {_some(_UNTOLD)} AS notices,
       CASE WHEN EXISTS (SELECT 1 FROM worker WHERE seen_at > now() - interval '1 minute') THEN 0 ELSE 1 END AS worker,
       {_some(_LOOSE)} + {_some(_UNSIGNED_LINK)} AS audit""")  # noqa: S608 - constants of this file
_SHIFTS: Final = sql("""
SELECT c.slug, c.name_ru, c.name_en FROM cash_shift s JOIN clinic c ON c.id = s.clinic_id
 WHERE s.closed_at IS NULL AND s.opened_at < app_now() - interval '24 hours'
   AND (CAST(:clinics AS int[]) IS NULL OR c.id = ANY(CAST(:clinics AS int[]))) ORDER BY c.slug""")
_SEEN: Final = "(CAST(:clinics AS int[]) IS NULL OR w.clinic_id = ANY(CAST(:clinics AS int[])))"


async def problems(tx: Tx, *, clinics: Collection[int] | None, work: Sequence[Source]) -> list[Problem]:
    """At these clinics (None: everywhere). `work`: the kinds of which the overdue are counted."""
    seen = None if clinics is None else list(clinics)
    row = await one(tx, _LOOK)
    assert row is not None  # noqa: S101 - a select without a table
    shifts = [_shift(each) for each in await rows(tx, _SHIFTS, clinics=seen)]
    overdue = await _overdue(tx, seen, work)
    found = [Problem(kind, min(number, MOST)) for kind in Kind if (number := getattr(row, kind, 0))]
    return [*found, *shifts, *([Problem(Kind.OVERDUE, min(overdue, MOST))] if overdue else [])]


def _shift(row: Row[Any]) -> Problem:
    return Problem(Kind.SHIFT, clinic=row.slug, name=Text(row.name_ru, row.name_en))


async def _overdue(tx: Tx, clinics: list[int] | None, work: Sequence[Source]) -> int:
    """Each kind is found first, by its own index, and then filtered: a filter over all would tempt the planner to scan orders.

    What is never late is not even planned, which takes longer than the looks.
    """
    timed = [source for source in work if source.may_be_late]
    if not timed:
        return 0
    kinds = ", ".join(f"kind_{n} AS MATERIALIZED ({source.statement})" for n, source in enumerate(timed))
    every = " UNION ALL ".join(f"SELECT until, clinic_id FROM kind_{n}" for n in range(len(timed)))  # noqa: S608 - ours
    statement = f"WITH {kinds} SELECT count(*) AS number FROM ({every}) w WHERE w.until < app_now() AND {_SEEN}"  # noqa: S608 - ours
    row = await one(tx, sql(statement), clinics=clinics)
    return int(row.number) if row else 0
