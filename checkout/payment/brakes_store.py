"""What the brakes count: unpaid times and refused cards, each with the moment at which it stops to count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.ground.config import HOURS_KEPT
from checkout.ground.db import Tx, rows, run, sql
from checkout.ground.ids import OrderId
from checkout.payment import card_check
from checkout.payment.payment import LIVE
from gateways.sberbank.action_codes import HARMLESS

Counted = Mapping[str, Sequence[datetime]]
_DAY: Final = f"interval '{HOURS_KEPT} hours'"
_ALONE = sql("""
SELECT pg_advisory_xact_lock(hashtextextended('unpaid ' || encode(one.index, 'hex'), 0))
  FROM unnest(CAST(:indexes AS bytea[])) AS one(index)""")
# Who shares a phone or an e-mail is found first, by index, and only then what they ordered: left to itself the planner may
# walk the orders and look at every person for each of them, as long as it does not know the tables yet.
# A hold is looked at as long as it is unpaid (`due_at`). What is to be paid at the clinic has no end: it counts for a day.
_UNPAID = sql(f"""
WITH contact AS MATERIALIZED (
  SELECT id FROM person WHERE phone_index = :phone UNION SELECT id FROM person WHERE email_index = :email),
near AS (
  SELECT 'contact' AS kind, o.* FROM orders o WHERE o.payer_id = ANY(ARRAY(SELECT id FROM contact))
  UNION ALL
  SELECT 'address', o.* FROM orders o
   WHERE o.address_index = CAST(:address AS bytea) AND o.created_at > app_now() - {_DAY})
SELECT kind, CASE WHEN due_at IS NULL THEN created_at + {_DAY} ELSE hold_until END AS until
  FROM near
 WHERE due_at IS NOT NULL
    OR (plan = 'at_clinic' AND cancelled_at IS NULL AND created_at > app_now() - {_DAY}
        AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = near.id AND p.captured > 0))""")  # noqa: S608 - constants of this file
# A card that was refused leaves its code among the bank's words, however the payment ended: whoever tries cards leaves the
# bank's page before its last try. One bank order counts once; the bank itself bounds the tries within. A contact's are those
# from the same address (or, like these, over an API key): whoever only knows a phone does not keep its owner from paying.
_PAYING = sql(f"""
WITH this AS MATERIALIZED (
  SELECT o.id, o.address_index, p.phone_index, p.email_index, c.slug AS clinic,
         EXISTS (SELECT 1 FROM payment pay WHERE pay.order_id = o.id AND pay.state = ANY(CAST(:live AS text[]))) AS live,
         EXISTS (SELECT 1 FROM card_check k WHERE k.order_id = o.id AND k.state = ANY(CAST(:open AS text[]))
                    AND k.session_ends_at > app_now()) AS checking
    FROM orders o JOIN person p ON p.id = o.payer_id JOIN clinic c ON c.id = o.clinic_id WHERE o.id = :id),
contact AS MATERIALIZED (
  SELECT id FROM person WHERE phone_index = (SELECT phone_index FROM this)
  UNION SELECT id FROM person WHERE email_index = (SELECT email_index FROM this)),
near AS (
  SELECT 'order' AS kind, id FROM this
  UNION ALL
  SELECT 'contact', o.id FROM orders o
   WHERE o.payer_id = ANY(ARRAY(SELECT id FROM contact))
     AND o.address_index IS NOT DISTINCT FROM (SELECT address_index FROM this)
  UNION ALL
  SELECT 'address', o.id FROM orders o
   WHERE o.address_index = (SELECT address_index FROM this) AND o.created_at > app_now() - {_DAY}),
declined AS (
  SELECT near.kind, pay.created_at + interval '1 hour' AS until
    FROM near JOIN payment pay ON pay.order_id = near.id
   WHERE pay.method = 'card' AND pay.captured = 0 AND pay.created_at > app_now() - interval '1 hour'
     AND EXISTS (SELECT 1 FROM gateway_fact f
                  WHERE f.payment_id = pay.id AND f.action_code <> ALL(CAST(:harmless AS int[])))
  UNION ALL
  SELECT near.kind, k.created_at + interval '1 hour' FROM near JOIN card_check k ON k.order_id = near.id
   WHERE k.state <> 'kept' AND k.created_at > app_now() - interval '1 hour'
     AND k.action_code <> ALL(CAST(:harmless AS int[])))
SELECT this.*, declined.kind, declined.until FROM this LEFT JOIN declined ON true""")  # noqa: S608 - as above
_MOVES = sql(f"""
SELECT at + {_DAY} AS until FROM event
 WHERE order_id = :id AND subject = 'order' AND kind = 'moved' AND at > app_now() - {_DAY}""")  # noqa: S608 - as above
_FORGET_ADDRESSES = sql(f"""
UPDATE orders SET address_index = NULL WHERE id = ANY(ARRAY(
  SELECT id FROM orders WHERE address_index IS NOT NULL AND created_at < app_now() - {_DAY}
   LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED))""")  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Indexes:
    """Whom the counts are about, as blind indexes. `address` None: not counted by address."""

    phone: bytes | None
    email: bytes | None
    address: bytes | None


@dataclass(frozen=True, slots=True)
class Paying:
    """An order about to be paid. `live`: a payment is open already, and will be gone on with.

    `declined`: when each payment with a refused card stops to count, of the `order`, the `contact` and the `address`; cards that
    were to be added without paying among them. `checking`: such a card is being checked. `contact`: phone and e-mail, blind.
    """

    clinic: str
    live: bool
    declined: Counted
    checking: bool = False
    contact: Sequence[str] = ()


async def alone(tx: Tx, indexes: Indexes) -> None:
    """To the end of this transaction nobody else counts for the same contact or address."""
    found = sorted(index for index in (indexes.phone, indexes.email, indexes.address) if index is not None)
    await rows(tx, _ALONE, indexes=found)


async def unpaid(tx: Tx, indexes: Indexes) -> Counted:
    """When each unpaid time of the `contact` and of the `address` is free again."""
    found = await rows(tx, _UNPAID, phone=indexes.phone, email=indexes.email, address=indexes.address)
    return _counted((row.kind, row.until) for row in found)


async def paying(tx: Tx, order_id: OrderId) -> Paying | None:
    live, open_ = [str(state) for state in LIVE], [str(state) for state in card_check.LIVE]
    found = await rows(tx, _PAYING, id=order_id.uuid, live=live, open=open_, harmless=sorted(HARMLESS))
    if not found:
        return None
    declined = _counted((row.kind, row.until) for row in found if row.kind)
    this = found[0]
    contact = [index.hex() for index in (this.phone_index, this.email_index) if index is not None]
    return Paying(this.clinic, live=this.live, declined=declined, checking=this.checking, contact=contact)


async def moves(tx: Tx, order_id: OrderId) -> Counted:
    """When each move of the last day stops to count."""
    return {"order": [row.until for row in await rows(tx, _MOVES, id=order_id.uuid)]}


def _counted(pairs: Iterable[tuple[str, datetime]]) -> Counted:
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for kind, until in pairs:
        found[kind].append(until)
    return found


async def forget(tx: Tx, limit: int) -> int:
    """Addresses of orders that are older than a day; at most `limit`, and how many that was."""
    return await run(tx, _FORGET_ADDRESSES, limit=limit)
