"""Add a card without paying: intent, call, outcome. What becomes of it at the bank is `checking`'s.

Three phases as of a payment (`pay`), each safe to meet again: nothing is registered twice, and a second press finds the page
that is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict, Missing, Unavailable
from checkout.ground.events import Event, record
from checkout.ground.ids import CheckId, ClientId, OrderId
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import breaker, card_store, cards, check_store, checking, orders
from checkout.payment.card_check import COMMANDS, POLL, SOON, State
from checkout.payment.check_store import Check
from checkout.payment.order import Order
from gateways import card_check
from gateways.card_check import CardChecks
from gateways.gateway import AlreadyExists, Garbled, Refused, Registered, Unreachable

DESCRIPTION: Final = Text("Проверка карты, заказ", "Card check, order")
Answer = tuple[State, Registered | None, bool]


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed intent: nothing is known of the bank yet. `language`: what whoever goes there reads; `session`: how long."""

    check_id: CheckId
    order: Order
    client: ClientId
    language: str
    session: timedelta
    troubled: bool

    @property
    def return_query(self) -> str:
        return "" if self.language == self.order.language else f"?lang={self.language}"


def offered(service: Service, merchant: str) -> bool:
    """Whether payers of this merchant may add cards without paying."""
    gateway = service.gateway(merchant)
    return gateway.card_checks is not None and gateway.bindings is not None


async def start(service: Service, order_id: OrderId, *, principal: str, language: str, read: str = "") -> Check:
    """A check with a page to go to: the one that is open, else a new one. `read`: as of `card.Asked`.

    Raises Missing where no cards are added or nobody is left to add one, Conflict `card_check_open` while the bank has not
    answered about the one before, and Unavailable (the bank cannot be asked, or refused; nothing was charged).
    """

    async def phase_one(tx: Tx) -> Intent | Check:
        return await intend(tx, service, order_id, principal=principal, language=language, read=read)

    found = await in_transaction(service.engine, phase_one)
    if isinstance(found, Check) and found.page is None:
        await checking.clear(service, found.id)
        found = await in_transaction(service.engine, phase_one)
    if isinstance(found, Check):
        if found.page is None:
            raise Conflict("card_check_open")
        return found
    return await _register(service, found, principal=principal)


async def intend(
    tx: Tx, service: Service, order_id: OrderId, *, principal: str, language: str, read: str
) -> Intent | Check:
    """Phase 1: commit the intent under the order's lock; or the check that is open already."""
    order, now = await orders.lock(tx, order_id)
    if not offered(service, order.merchant):
        raise Missing("order_missing")
    client = await card_store.client(tx, order.id, order.merchant)
    if client is None:
        raise Missing("order_missing")
    live = await check_store.opened(tx, order.id, client)
    if live is not None:
        return live
    trouble = await breaker.trouble(tx, order.merchant)
    if trouble is not None and trouble.resting:
        raise Unavailable("card_bank_silent")
    check_id, session = CheckId.new(), timedelta(seconds=service.config.limits.bank_session_seconds)
    made = await check_store.intend(
        tx,
        check_id,
        order.id,
        client=client,
        merchant=order.merchant,
        consent=cards.agreed(service, order.merchant, read),
        ends=now + session,
        hash_=token_hash(return_token(service, check_id)),
    )
    if not made:  # somebody who shares the client was quicker
        live = await check_store.opened(tx, order.id, client)
        if live is None:
            raise Conflict("card_check_open")
        return live
    await record(tx, order.id, principal, [Event("card_check", check_id, "intended", None, State.REGISTERING)])
    return Intent(check_id, order, client, language, session, troubled=trouble is not None)


def return_token(service: Service, check_id: CheckId) -> str:
    """The bank sends the payer back with this; it can only show what came of the check."""
    return service.vault.link_token("card_check", str(check_id))


def return_path(service: Service, check_id: CheckId) -> str:
    return f"/r/{return_token(service, check_id)}/check"


async def _register(service: Service, intent: Intent, *, principal: str) -> Check:
    """Phases 2 and 3: tell the bank, write down what it said."""
    gateway = service.gateway(intent.order.merchant)
    assert gateway.card_checks is not None  # noqa: S101 - it was offered
    state, registered, silent = await _asked(gateway.card_checks, _wanted(service, intent))
    check = await in_transaction(
        service.engine, lambda tx: _written(tx, intent, (state, registered, silent), principal=principal)
    )
    OUTCOMES.labels("card_check", check.state).inc()
    if check.page is None:
        raise Unavailable("card_bank_refused" if check.state is State.DECLINED else "card_bank_silent")
    return check


def _wanted(service: Service, intent: Intent) -> card_check.Check:
    order = intent.order
    return card_check.Check(
        number=str(intent.check_id),
        client=str(intent.client),
        return_url=service.config.public_url + return_path(service, intent.check_id) + intent.return_query,
        session_seconds=int(intent.session.total_seconds()),
        description=f"{DESCRIPTION.of(intent.language)} {order.code}",
        language=intent.language,
        callback_url=f"{service.config.public_url}/callbacks/{order.merchant}",
        currency=order.total.currency,
    )


async def _asked(bank: CardChecks, wanted: card_check.Check) -> Answer:
    """What the call makes of the intent, the page, and whether there was no answer at all."""
    try:
        return COMMANDS.step(State.REGISTERING, "register"), await bank.check(wanted), False
    except AlreadyExists:
        return State.REGISTERING, None, False
    except Unreachable as reason:
        return State.REGISTERING, None, not isinstance(reason, Garbled)
    except Refused as reason:
        OUTCOMES.labels("card_check", f"refused_{reason.code}").inc()
        return COMMANDS.step(State.REGISTERING, "refuse"), None, False


async def _written(tx: Tx, intent: Intent, answer: Answer, *, principal: str) -> Check:
    state, registered, silent = answer
    order, now = await orders.lock(tx, intent.order.id)
    if registered and await check_store.taken(tx, intent.check_id, registered.reference):
        state, registered = State.REGISTERING, None
    pauses: dict[State, timedelta] = {State.PENDING: POLL, State.REGISTERING: SOON}
    due_at = now + pauses[state] if state in pauses else None
    # If somebody looked at the bank while we waited for it, their word stands.
    ours = await check_store.answered(tx, intent.check_id, state, registered, due_at=due_at)
    if ours and state is not State.REGISTERING:
        event = Event("card_check", intent.check_id, str(state), State.REGISTERING, state)
        await record(tx, order.id, principal, [event])
    await breaker.told(tx, order.merchant, silent=silent, troubled=intent.troubled)
    check = await check_store.read(tx, intent.check_id)
    assert check is not None  # noqa: S101 - we inserted it
    return check
