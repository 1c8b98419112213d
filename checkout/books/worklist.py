"""Everything that needs a person, in one list: found by asking the database, each with its cure, its owner and its age.

A source is a statement whose rows are: `key` (what the cure is about), `since` (from when on somebody is needed), `until`
(the hour that it must not pass, or null), `clinic_id` (null: of the installation as a whole, for whoever works everywhere),
`code` (of its order, or null), `amount` (kopecks, or null), and, if there are several of its kind, `what`. Other departments
bring theirs through the composition root.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkout.ground.db import Row, Tx, one, rows, sql
from checkout.ground.ids import CardId, CheckId, MessageId, PaymentId, ReceiptId
from checkout.payment import card
from gateways.money import Money

MOST: Final = 200  # of a kind on one page; the count says how many there are
COUNTED: Final = 1000  # of a kind; more are as alarming
NEVER: Final = "NULL::timestamptz AS until"  # as a statement says that none of its rows is ever too late


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work.

    `kind` names its words (`work_<kind>`, `work_<kind>_cure`, `work_<kind>_<what>`). `owner`: the role whose it is.
    `action`: the right that the cure asks for. `link`: where it is cured, `press`: what is pressed to cure it; `{key}` and
    `{code}` are filled in.
    """

    kind: str
    statement: str
    owner: str
    action: str
    link: str
    press: str | None = None
    spelt: Any = str  # how `key` stands in an address

    @property
    def may_be_late(self) -> bool:
        """Whether something of this kind has an hour that it must not pass."""
        return NEVER not in self.statement


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that needs a person."""

    source: Source
    key: str
    since: datetime
    until: datetime | None
    clinic_id: int | None
    code: str | None
    amount: Money | None
    what: str | None

    @property
    def link(self) -> str:
        return self.source.link.format(key=self.key, code=self.code)

    @property
    def press(self) -> str | None:
        return self.source.press.format(key=self.key, code=self.code) if self.source.press else None


@dataclass(frozen=True, slots=True)
class Count:
    """What there is of a kind, and since when the oldest needs a person."""

    kind: str
    keys: tuple[str, ...]
    oldest: datetime | None


def _payment(value: Any) -> str:
    return str(PaymentId(value))


def _message(value: Any) -> str:
    return str(MessageId(value))


def _receipt(value: Any) -> str:
    return str(ReceiptId(value))


def _card(value: Any) -> str:
    return str(CardId(value))


def _check(value: Any) -> str:
    return str(CheckId(value))


# When it began to need somebody: the last event that says so.
_SINCE: Final = (
    "coalesce((SELECT max(e.at) FROM event e WHERE e.order_id = o.id AND e.kind = ANY({kinds})), o.created_at)"
)
CORE: Final = (
    Source(
        "payment",
        """
SELECT p.id AS key, least(coalesce(p.session_ends_at, p.created_at), app_now()) AS since, NULL::timestamptz AS until,
       o.clinic_id, o.code, p.amount
  FROM payment p JOIN orders o ON o.id = p.order_id WHERE p.parked IS NOT NULL AND p.state <> 'review'""",
        owner="accountant",
        action="worklist.act",
        link="/desk/orders/{code}#payments",
        press="/desk/worklist/payments/{key}/look",
        spelt=_payment,
    ),
    # A hold is charged or let go within seconds: whatever is still held later, the bank does not do as it is asked.
    Source(
        "hold",
        """
SELECT p.id AS key, p.held_at AS since, NULL::timestamptz AS until, o.clinic_id, o.code, p.amount
  FROM payment p JOIN orders o ON o.id = p.order_id
 WHERE p.held_at < app_now() - interval '15 minutes' AND p.parked IS NULL AND p.state <> 'review'""",
        owner="accountant",
        action="worklist.act",
        link="/desk/orders/{code}#payments",
        press="/desk/worklist/payments/{key}/look",
        spelt=_payment,
    ),
    Source(
        "to_decide",
        f"""
SELECT o.id AS key, {_SINCE.format(kinds="ARRAY['late_money', 'cancelled', 'expired']")} AS since, o.decide_by AS until,
       o.clinic_id, o.code, NULL::bigint AS amount
  FROM orders o WHERE o.decide_by IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id
                      AND b.state IN ('held', 'confirmed', 'given', 'no_show'))
   AND EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.captured > p.refunded + p.reserved)""",  # noqa: S608 - ours
        owner="senior-cashier",
        action="order.read",
        link="/desk/orders/{code}",
    ),
    Source(
        "overpaid",
        f"""
SELECT o.id AS key, {_SINCE.format(kinds="ARRAY['surplus']")} AS since, o.decide_by AS until, o.clinic_id, o.code,
       NULL::bigint AS amount
  FROM orders o WHERE o.decide_by IS NOT NULL
   AND EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state IN ('held', 'confirmed', 'given', 'no_show'))""",  # noqa: S608 - ours
        owner="accountant",
        action="order.read",
        link="/desk/orders/{code}#payments",
    ),
    Source(
        "message",
        """
SELECT m.id AS key, m.created_at AS since, NULL::timestamptz AS until, o.clinic_id, o.code, NULL::bigint AS amount
  FROM message m JOIN orders o ON o.id = m.order_id
 WHERE m.state = 'failed' AND NOT EXISTS (SELECT 1 FROM message again WHERE again.order_id = m.order_id
   AND again.resend_of = m.id AND again.state <> 'failed')""",
        owner="senior-cashier",
        action="order.read",
        link="/desk/orders/{code}#messages",
        spelt=_message,
    ),
    # The bank prints again by itself for some hours; what it does not print within a day is nobody's but ours.
    Source(
        "receipt",
        """
SELECT r.id AS key, CASE r.state WHEN 'failed' THEN r.created_at ELSE r.created_at + interval '24 hours' END AS since,
       NULL::timestamptz AS until, o.clinic_id, o.code, r.amount, r.kind AS what
  FROM receipt r JOIN orders o ON o.id = r.order_id
 WHERE r.state <> 'ready' AND (r.state = 'failed' OR r.created_at < app_now() - interval '24 hours')""",
        owner="accountant",
        action="worklist.act",
        link="/desk/orders/{code}#receipts",
        press="/desk/orders/{code}/receipts/{key}/again",
        spelt=_receipt,
    ),
    # It pays nothing here since it was removed; that the bank knows, too, is asked for until it says so.
    Source(
        "saved_card",
        f"""
SELECT s.id AS key, s.removed_at AS since, NULL::timestamptz AS until, o.clinic_id, o.code, NULL::bigint AS amount
  FROM saved_card s JOIN orders o ON o.id = s.order_id WHERE s.unbinding <> 'done' AND s.tries >= {card.TRIES}""",  # noqa: S608 - ours
        owner="accountant",
        action="order.read",
        link="/desk/orders/{code}",
        spelt=_card,
    ),
    # Nothing was to be charged: it is believed no more than any other contradiction, and the bank is asked until it is gone.
    Source(
        "card_check",
        """
SELECT k.id AS key, k.ended_at AS since, NULL::timestamptz AS until, o.clinic_id, o.code, NULL::bigint AS amount
  FROM card_check k JOIN orders o ON o.id = k.order_id WHERE k.state = 'review'""",
        owner="accountant",
        action="order.read",
        link="/desk/orders/{code}",
        spelt=_check,
    ),
    # Promised at the clinic within a week (product.md BOOK-2). Money that went back whole leaves nothing to deliver.
    Source(
        "goods_late",
        """
SELECT o.id AS key, o.deliver_by AS since, o.deliver_by AS until, o.clinic_id, o.code, NULL::bigint AS amount
  FROM orders o WHERE o.deliver_by < app_now() AND o.goods_arrived_at IS NULL AND o.handed_over_at IS NULL
   AND o.cancelled_at IS NULL
   AND EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state IN ('confirmed', 'given', 'no_show'))
   AND NOT coalesce((SELECT sum(p.captured) > 0 AND sum(p.captured) = sum(p.refunded + p.reserved)
                       FROM payment p WHERE p.order_id = o.id), false)""",
        owner="senior-cashier",
        action="visit.mark",
        link="/desk/orders/{code}#goods",
    ),
    # When somebody is taken is read from the views that say no more than that: no index over hours serves a policy.
    Source(
        "conflict",
        """
SELECT b.id AS key, z.imported_at AS since, lower(b.during) AS until, o.clinic_id, o.code, NULL::bigint AS amount
  FROM blocked z JOIN booked b ON b.resource_id = z.resource_id AND b.during && z.during
   AND b.state IN ('held', 'confirmed') AND lower(b.during) > app_now()
  JOIN booking taken ON taken.id = b.id JOIN orders o ON o.id = taken.order_id
 WHERE upper(z.during) > app_now()""",
        owner="senior-cashier",
        action="order.read",
        link="/desk/orders/{code}#visit",
    ),
    # Whatever was asked of the bank is the bank's turn for a week.
    Source(
        "registry_break",
        """
SELECT b.id AS key, CASE b.state WHEN 'open' THEN b.found_at ELSE b.decided_at + interval '7 days' END AS since,
       NULL::timestamptz AS until, o.clinic_id, o.code, coalesce(l.amount, r.amount, p.captured) AS amount, b.kind AS what
  FROM registry_break b LEFT JOIN registry_line l ON l.id = b.line_id LEFT JOIN orders o ON o.id = b.order_id
  LEFT JOIN payment p ON p.id = b.payment_id LEFT JOIN refund r ON r.id = b.refund_id
 WHERE b.state = 'open' OR (b.state = 'asked' AND b.decided_at + interval '7 days' <= app_now())""",
        owner="accountant",
        action="registry.read",
        link="/desk/registry?break={key}",
    ),
    Source(
        "invariant",
        """
SELECT v.invariant AS key, v.since, NULL::timestamptz AS until, NULL::int AS clinic_id, NULL::text AS code,
       NULL::bigint AS amount, v.invariant AS what
  FROM broken_invariant v WHERE v.gone_at IS NULL""",
        owner="administrator",
        action="worklist.read",
        link="/desk/worklist/invariants/{key}",
    ),
)

_SCOPED: Final = "(CAST(:clinics AS int[]) IS NULL OR w.clinic_id = ANY(CAST(:clinics AS int[])))"


async def items(tx: Tx, sources: Sequence[Source], clinics: Collection[int] | None) -> list[Item]:
    """What needs a person at these clinics (None: anywhere), what has waited longest first."""
    found: list[Item] = []
    for source in sources:
        statement = sql(f"SELECT w.* FROM ({source.statement}) w WHERE {_SCOPED} ORDER BY w.since LIMIT {MOST}")  # noqa: S608 - ours
        seen = await rows(tx, statement, clinics=None if clinics is None else list(clinics))
        found += [_item(source, row) for row in seen]
    return sorted(found, key=lambda item: item.since)


def _item(source: Source, row: Row[Any]) -> Item:
    return Item(
        source=source,
        key=source.spelt(row.key),
        since=row.since,
        until=row.until,
        clinic_id=row.clinic_id,
        code=row.code,
        amount=None if row.amount is None else Money(row.amount),
        what=getattr(row, "what", None),
    )


async def counts(tx: Tx, sources: Sequence[Source]) -> list[Count]:
    """Of each kind, everywhere: for the metric and the alarm."""
    found = []
    for source in sources:
        statement = sql(
            f"""SELECT array_agg(w.key::text) AS keys, min(w.since) AS oldest
                  FROM (SELECT key, since FROM ({source.statement}) every LIMIT {COUNTED}) w"""  # noqa: S608 - ours
        )
        row = await one(tx, statement)
        assert row is not None  # noqa: S101 - an aggregate
        found.append(Count(source.kind, tuple(row.keys or ()), row.oldest))
    return found
