"""Where card checks are kept, and the cards that came by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkout.ground.db import Row, Tx, one, rows, run, sql
from checkout.ground.ids import CardId, CheckId, ClientId, OrderId
from checkout.payment.card_check import LIVE, Belief, State
from gateways.bindings import SavedCard
from gateways.gateway import Registered

LEASE: Final = "interval '60 seconds'"  # a look may close a page, ask twice and have the cards listed
_LIVE: Final = [str(state) for state in LIVE]


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it is kept. `token` fences: a result is written only under the token it was fetched with.

    `binding`: the bank's id of the card that it saved, or that was there already. `troubled`: its bank did not answer of late.
    `over`: its session at the bank is. `erased`: its payer is not known any more.
    """

    id: CheckId
    order_id: OrderId
    client: ClientId
    merchant: str
    belief: Belief
    created_at: datetime
    ended_at: datetime | None
    reference: str | None
    form_url: str | None
    action_code: int | None
    binding: str | None
    consent: str
    token: int
    troubled: bool
    over: bool
    erased: bool

    @property
    def number(self) -> str:
        """Our order number at the bank: the check's own id, burned by the first use."""
        return str(self.id)

    @property
    def state(self) -> State:
        return self.belief.state

    @property
    def page(self) -> str | None:
        """The bank's page, if there is one to go to."""
        return self.form_url if self.state is State.PENDING and not self.over else None


_COLUMNS: Final = """k.*, per.data_key IS NULL AS erased, k.session_ends_at <= app_now() AS over,
       EXISTS (SELECT FROM gateway_breaker b WHERE b.merchant = k.merchant) AS troubled"""
_FROM: Final = "JOIN orders o ON o.id = k.order_id JOIN person per ON per.id = o.payer_id"
_READ: Final = f"SELECT {_COLUMNS} FROM card_check k {_FROM}"  # noqa: S608 - constants of this file
# Whoever comes second waits for the first to commit, inserts nothing, and finds its page.
_INTEND: Final = sql(f"""
INSERT INTO card_check (id, order_id, client_id, merchant, state, consent, return_hash, session_ends_at, due_at, lease_until,
                        token)
VALUES (:id, :order, :client, :merchant, 'registering', :consent, :return_hash, :ends, app_now() + {LEASE},
        app_now() + {LEASE}, 1)
ON CONFLICT DO NOTHING""")  # noqa: S608 - as above
_OPEN: Final = sql(f"""
{_READ} WHERE (k.order_id = :order OR k.client_id = :client) AND k.state = ANY(CAST(:live AS text[]))
 ORDER BY k.id LIMIT 1""")
_NEWEST: Final = sql(f"{_READ} WHERE k.order_id = :order ORDER BY k.id DESC LIMIT 1")
_BY_ID: Final = sql(f"{_READ} WHERE k.id = :id")
_BY_RETURN: Final = sql(f"{_READ} WHERE k.return_hash = :hash")
_FENCED: Final = sql(f"{_READ} WHERE k.id = :id AND k.token = :token FOR NO KEY UPDATE OF k")
_OF_ORDER: Final = sql(f"{_READ} WHERE k.order_id = :order ORDER BY k.id")
# Erasing waits for whoever keeps a card, or is seen by them.
_PAYER: Final = sql("""
SELECT per.data_key IS NULL AS erased FROM orders o JOIN person per ON per.id = o.payer_id WHERE o.id = :order
   FOR SHARE OF per""")
_IS_TAKEN: Final = sql("""
SELECT EXISTS (SELECT FROM payment p WHERE p.merchant = k.merchant AND p.method = 'card' AND p.reference = :reference)
    OR EXISTS (SELECT FROM card_check x WHERE x.merchant = k.merchant AND x.reference = :reference AND x.id <> k.id) AS taken
  FROM card_check k WHERE k.id = :id""")
_ANSWERED: Final = sql("""
UPDATE card_check SET state = :state, reference = :reference, form_url = :form_url, lease_until = NULL,
       due_at = CASE WHEN rung_at IS NULL THEN CAST(:due_at AS timestamptz) ELSE app_now() END,
       ended_at = CASE WHEN :over THEN app_now() END
 WHERE id = :id AND token = 1 AND state = 'registering'""")
_LEASED: Final = f"token = token + 1, looks = looks + 1, lease_until = app_now() + {LEASE}"
_FREE: Final = "(lease_until IS NULL OR lease_until < app_now())"
# By a payer who came back, or presses again: reloads, however many, look at the bank once in two seconds.
_CLAIM_ASKED: Final = sql(f"""
WITH k AS (UPDATE card_check SET {_LEASED}, asked_at = app_now()
            WHERE id = :id AND {_FREE} AND (asked_at IS NULL OR asked_at <= app_now() - interval '2 seconds') RETURNING *)
SELECT {_COLUMNS} FROM k {_FROM}""")  # noqa: S608 - as above
_HELD: Final = sql("SELECT lease_until > app_now() AS leased FROM card_check WHERE id = :id")
# What is due at a bank that rests waits.
_CLAIM_DUE: Final = sql(f"""
WITH due AS (SELECT id FROM card_check WHERE due_at <= app_now() AND {_FREE}
                AND NOT EXISTS (SELECT FROM gateway_breaker b
                                 WHERE b.merchant = card_check.merchant AND b.retry_at > app_now())
              ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),
     k AS (UPDATE card_check SET {_LEASED} FROM due WHERE card_check.id = due.id RETURNING card_check.*)
SELECT {_COLUMNS} FROM k {_FROM}""")  # noqa: S608 - as above
# Whoever rang after this look began knows something that it may not have seen.
_WRITE: Final = sql(f"""
UPDATE card_check SET state = :state, binding = coalesce(:binding, binding), missed = :missed,
       reference = coalesce(:reference, reference),
       form_url = CASE WHEN reference <> :reference THEN NULL ELSE form_url END,
       action_code = coalesce(:action_code, action_code),
       ended_at = CASE WHEN :over THEN coalesce(ended_at, app_now()) END, lease_until = NULL,
       due_at = CASE WHEN rung_at > lease_until - {LEASE} THEN app_now() ELSE CAST(:due_at AS timestamptz) END
 WHERE id = :id AND token = :token""")  # noqa: S608 - as above
# The same words may come again, however often: one that is over is looked at for them now and then.
_RING: Final = sql("""
UPDATE card_check SET due_at = app_now(), rung_at = app_now()
 WHERE id = :id AND (state = ANY(CAST(:live AS text[])) OR rung_at IS NULL OR rung_at <= app_now() - interval '10 seconds')""")
_BY_REFERENCE: Final = sql(f"{_READ} WHERE k.merchant = :merchant AND k.reference = :reference LIMIT 1")
_OF_CLIENT: Final = sql(
    f"{_READ} WHERE k.merchant = :merchant AND k.client_id = :client AND k.state = ANY(CAST(:live AS text[]))"
)
# One that was removed while it was being checked stays removed: the bank unbinds it, or has.
_KEEP: Final = sql("""
INSERT INTO saved_card (id, client_id, order_id, check_id, binding, brand, last4, expiry, consent, due_at)
SELECT :id, k.client_id, k.order_id, k.id, :binding, :brand, :last4, :expiry, k.consent, :due_at
  FROM card_check k WHERE k.id = :check
   AND NOT EXISTS (SELECT FROM saved_card s WHERE s.client_id = k.client_id AND s.binding = :binding
                      AND (s.unbound_at IS NULL OR s.unbound_at >= k.created_at))
ON CONFLICT DO NOTHING RETURNING id""")
_STANDING: Final = "SELECT 1 FROM saved_card WHERE client_id = :client AND binding = :binding AND removed_at IS NULL"
_STANDS: Final = sql(f"{_STANDING} AND coalesce(rebinding, 'done') = 'done'")
_AWAITED: Final = sql(f"{_STANDING} AND rebinding <> 'done'")
# It is nobody's to see or to use: so it is not to stay there either. One that the bank is being told of already is seen to.
_LET_GO: Final = sql("""
INSERT INTO saved_card (id, client_id, order_id, check_id, binding, brand, last4, expiry, consent, removed_at, removed_by,
                        unbinding, due_at)
SELECT :id, k.client_id, k.order_id, k.id, :binding, :brand, :last4, :expiry, k.consent, app_now(), 'bank', 'intended', app_now()
  FROM card_check k WHERE k.id = :check
ON CONFLICT DO NOTHING""")


def _check(row: Row[Any]) -> Check:
    return Check(
        id=CheckId(row.id),
        order_id=OrderId(row.order_id),
        client=ClientId(row.client_id),
        merchant=row.merchant,
        belief=Belief(State(row.state), row.session_ends_at, row.missed, row.looks),
        created_at=row.created_at,
        ended_at=row.ended_at,
        reference=row.reference,
        form_url=row.form_url,
        action_code=row.action_code,
        binding=row.binding,
        consent=row.consent,
        token=row.token,
        troubled=bool(row.troubled),
        over=bool(row.over),
        erased=bool(row.erased),
    )


async def intend(
    tx: Tx,
    check_id: CheckId,
    order_id: OrderId,
    *,
    client: ClientId,
    merchant: str,
    consent: str,
    ends: datetime,
    hash_: bytes,
) -> bool:
    """The intent, before the bank hears of it; leased to the caller under token 1. False if another one is open."""
    made = await run(
        tx,
        _INTEND,
        id=check_id.uuid,
        order=order_id.uuid,
        client=client.uuid,
        merchant=merchant,
        consent=consent,
        return_hash=hash_,
        ends=ends,
    )
    return made == 1


async def opened(tx: Tx, order_id: OrderId, client: ClientId) -> Check | None:
    """The one that is open for the order, or for whoever shares its client."""
    return _maybe(await one(tx, _OPEN, order=order_id.uuid, client=client.uuid, live=_LIVE))


async def newest(tx: Tx, order_id: OrderId) -> Check | None:
    return _maybe(await one(tx, _NEWEST, order=order_id.uuid))


async def of_order(tx: Tx, order_id: OrderId) -> list[Check]:
    """Oldest first."""
    return [_check(row) for row in await rows(tx, _OF_ORDER, order=order_id.uuid)]


async def read(tx: Tx, check_id: CheckId) -> Check | None:
    return _maybe(await one(tx, _BY_ID, id=check_id.uuid))


async def by_return(tx: Tx, return_hash: bytes) -> Check | None:
    return _maybe(await one(tx, _BY_RETURN, hash=return_hash))


async def by_reference(tx: Tx, merchant: str, reference: str) -> Check | None:
    return _maybe(await one(tx, _BY_REFERENCE, merchant=merchant, reference=reference))


async def of_client(tx: Tx, merchant: str, client: ClientId) -> Check | None:
    """The one that is open for this client of the bank."""
    return _maybe(await one(tx, _OF_CLIENT, merchant=merchant, client=client.uuid, live=_LIVE))


async def taken(tx: Tx, check_id: CheckId, reference: str) -> bool:
    """Whether the bank gave this reference to another order of ours: then its answer was about that one."""
    row = await one(tx, _IS_TAKEN, id=check_id.uuid, reference=reference)
    return bool(row and row.taken)


async def answered(
    tx: Tx, check_id: CheckId, state: State, registered: Registered | None, *, due_at: datetime | None
) -> bool:
    """The outcome of registering, written by whoever still holds token 1."""
    changed = await run(
        tx,
        _ANSWERED,
        id=check_id.uuid,
        state=state,
        reference=registered.reference if registered else None,
        form_url=registered.form_url if registered else None,
        due_at=due_at,
        over=state not in LIVE,
    )
    return changed == 1


async def claim_asked(tx: Tx, check_id: CheckId) -> Check | None:
    """Lease one check under a new token, for whoever waits at a page.

    None if somebody else is looking at it, or if the bank was asked for them a moment ago.
    """
    return _maybe(await one(tx, _CLAIM_ASKED, id=check_id.uuid))


async def leased(tx: Tx, check_id: CheckId) -> bool:
    """Whether somebody is looking at the bank for it right now."""
    row = await one(tx, _HELD, id=check_id.uuid)
    return bool(row and row.leased)


async def claim_due(tx: Tx) -> Check | None:
    """Lease the oldest that is due."""
    return _maybe(await one(tx, _CLAIM_DUE))


async def erased(tx: Tx, order_id: OrderId) -> bool:
    """Whether the order's payer is erased; if not, they are not before this transaction ends."""
    row = await one(tx, _PAYER, order=order_id.uuid)
    assert row is not None  # noqa: S101 - an order has its payer
    return bool(row.erased)


async def fenced(tx: Tx, held: Check) -> Check | None:
    """The check, locked, if `held` still carries the newest token."""
    return _maybe(await one(tx, _FENCED, id=held.id.uuid, token=held.token))


async def write(
    tx: Tx,
    held: Check,
    state: State,
    *,
    binding: str | None,
    reference: str | None,
    action_code: int | None,
    missed: bool,
    due_at: datetime | None,
) -> None:
    """A result, under the token it was fetched with."""
    await run(
        tx,
        _WRITE,
        id=held.id.uuid,
        token=held.token,
        state=state,
        binding=binding,
        reference=reference,
        action_code=action_code,
        missed=missed,
        due_at=due_at,
        over=state not in LIVE,
    )


async def ring(tx: Tx, check_id: CheckId) -> bool:
    """The bank rang about it: it is asked at once, also by whoever is asking it right now.

    False for one that is over, and about which it rang a moment ago.
    """
    return await run(tx, _RING, id=check_id.uuid, live=_LIVE) == 1


async def keep(tx: Tx, held: Check, card: SavedCard, *, due_at: datetime) -> CardId | None:
    """The card that passed, as one of its client's; None if it is there already, or is just being unbound."""
    row = await one(tx, _KEEP, **_named(held, card), due_at=due_at)
    return CardId(row.id) if row else None


async def stands(tx: Tx, held: Check, binding: str) -> bool:
    """Whether this client has a card that the bank knows so, and that can pay."""
    return await one(tx, _STANDS, client=held.client.uuid, binding=binding) is not None


async def awaited(tx: Tx, held: Check, binding: str) -> bool:
    """Whether this client wants that card back, and the bank has not said yes so far."""
    return await one(tx, _AWAITED, client=held.client.uuid, binding=binding) is not None


async def let_go(tx: Tx, held: Check, card: SavedCard) -> None:
    """The bank saved a card that is not kept here: it is unbound there."""
    await run(tx, _LET_GO, **_named(held, card))


def _named(held: Check, card: SavedCard) -> dict[str, Any]:
    facts = {"binding": card.id, "brand": card.brand, "last4": card.last4, "expiry": card.expiry}
    return {"id": CardId.new().uuid, "check": held.id.uuid, **facts}


def _maybe(row: Row[Any] | None) -> Check | None:
    return _check(row) if row else None
