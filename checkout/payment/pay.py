"""Start a card payment: intent, call, outcome. Three phases, each safe to meet again.

The hold is stretched so that it outlives the bank's page; a live attempt is asked about before a new one is made.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from checkout.booking.booking import State as BookingState
from checkout.catalogue.catalogue import Text
from checkout.ground.config import Limits
from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Conflict, Unavailable
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import breaker, cards, lease_store, orders, receipts, store, ways, ways_store
from checkout.payment.card import NOTHING, PLAIN, Asked, Named
from checkout.payment.order import Facts, Order, next_charge
from checkout.payment.payment import COMMANDS, LIVE, POLL, UNSETTLED, State
from checkout.payment.settle import First, settle
from checkout.payment.store import Payment
from gateways.fiscal import Cart
from gateways.gateway import AlreadyExists, Garbled, Gateway, Refused, Registered, Registration, Unreachable, Way
from gateways.money import Money
from gateways.sbp import QrCode

SHORTEST_SESSION = timedelta(minutes=3)  # less is not enough to type a card and a code
ORDER: Final = Text("Заказ", "Order")

Result = TypeVar("Result")
Opening = Callable[[Tx], Awaitable[None]]
Closing = Callable[[Tx, "Started"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed intent: nothing is known of the bank yet.

    `language`: what whoever goes there reads. `troubled`: the bank did not answer of late, this call finds out. `cart`: what
    the bank is to make the receipt of, where it makes one. `two_stage`: what is paid there is held first. `cards`: what it has to
    do with saved cards. `completes_at`: when the bank is to charge by its own clock what it still holds.
    """

    payment_id: PaymentId
    order: Order
    amount: Money
    session: timedelta
    language: str
    troubled: bool = False
    cart: Cart | None = None
    way: Way = Way.CARD
    two_stage: bool = False
    cards: Named = NOTHING
    completes_at: datetime | None = None

    @property
    def return_query(self) -> str:
        """What tells our page the language, where it is not the order's own."""
        return "" if self.language == self.order.language else f"?lang={self.language}"


@dataclass(frozen=True, slots=True)
class Started:
    """The payer may go to `form_url` until `session_ends_at`. `way`: as they chose; `code`: to pay by, if it is SBP."""

    payment_id: PaymentId
    state: State
    form_url: str | None
    session_ends_at: datetime | None
    way: Way | None = None
    code: QrCode | None = None

    @property
    def open(self) -> bool:
        """Whether there is a page to go to."""
        return self.state is State.PENDING and self.form_url is not None

    def goes(self, way: Way) -> bool:
        """Whether everything is there to pay this way."""
        return way is (self.way or Way.CARD) and (way is not Way.SBP or self.code is not None)


async def start(
    service: Service,
    order_id: OrderId,
    *,
    principal: str,
    guest: bool = False,
    language: str | None = None,
    way: Way = Way.CARD,
    card: Asked = PLAIN,
    opening: Opening | None = None,
    closing: Closing | None = None,
) -> Started:
    """A payment the payer can go to: the live one if it still stands, else a new one.

    `guest`: for somebody who is not to learn of the visit. `language`: theirs; default: the order's. `way`: how they pay; of a
    payment that stands already, how from now on. `card`: save it, or pay with one that was saved; neither is for a guest.
    `opening` and `closing` join the first and the last transaction
    (idempotency). Raises Conflict (nothing due, hold gone, being checked, the card gone), Invalid (a way that is not offered) and
    Unavailable (the bank cannot be asked, or is left alone for a while; nothing was charged).
    """
    opens, closes = opening or _nothing_first, closing or _nothing_last

    async def phase_one(tx: Tx) -> Intent | Started | Payment:
        await opens(tx)
        return await again(tx, turned=False)

    async def again(tx: Tx, *, turned: bool = True) -> Intent | Started | Payment:
        found = await intend(
            tx, service, order_id, principal=principal, guest=guest, language=language, way=way, card=card
        )
        if isinstance(found, Started) and (turned or found.goes(way)):
            await closes(tx, found)
        return found

    found = await in_transaction(service.engine, phase_one)
    if isinstance(found, Started) and not found.goes(way):
        await _turn(service, order_id, way)
        found = await in_transaction(service.engine, again)
    if isinstance(found, Payment):
        await _clear(service, found)
        found = await in_transaction(service.engine, again)
        if isinstance(found, Payment):
            raise Conflict("payment_being_checked", payment=str(found.id))
    return found if isinstance(found, Started) else await register(service, found, closes, principal=principal)


async def _nothing_first(_tx: Tx) -> None:
    """No idempotency key: our own pages carry the order's id instead."""


async def _nothing_last(_tx: Tx, _started: Started) -> None:
    """As `_nothing_first`."""


def _started(payment: Payment) -> Started:
    ends = payment.belief.session_ends_at
    return Started(payment.id, payment.state, payment.form_url, ends, payment.way, payment.code)


async def _turn(service: Service, order_id: OrderId, way: Way) -> None:
    """Let the payment that stands already be paid this way from now on; its page stays, for it is one bank order."""
    live = await _live(service, order_id)
    if live is None or live.state is not State.PENDING:
        return
    if live.way is Way.SBP and way is not Way.SBP:
        await ways.leave(service, live)
    await in_transaction(service.engine, lambda tx: ways_store.choose(tx, live.id, way))
    if way is Way.SBP:
        await ways.fill(service, live, back=return_address(service, live.id))


async def _live(service: Service, order_id: OrderId) -> Payment | None:
    async def find(tx: Tx) -> Payment | None:
        return next((p for p in await store.of_order(tx, order_id) if p.state in LIVE), None)

    return await in_transaction(service.engine, find)


async def _clear(service: Service, live: Payment) -> None:
    """Ask the old attempt first; what cannot be sent to its page any more is closed at the bank."""
    state = await settle(service, live.id, First.DECLINE if live.state is State.PENDING else First.NOTHING)
    if state is State.PENDING:
        now_live = await _live(service, live.order_id)
        if now_live and now_live.form_url:  # another click had just been answered: its page is the payer's
            return
        state = await settle(service, live.id, First.DECLINE)  # the page's address was lost with the answer
    if state is None or state in LIVE:
        raise Conflict("payment_being_checked", payment=str(live.id))


async def intend(
    tx: Tx,
    service: Service,
    order_id: OrderId,
    *,
    principal: str,
    guest: bool = False,
    language: str | None = None,
    way: Way = Way.CARD,
    card: Asked = PLAIN,
) -> Intent | Started | Payment:
    """Phase 1: commit the intent under the order's lock.

    A second click finds the first one's page (Started); an attempt without one (Payment) must be asked about first, and so
    must one that has other business with saved cards: its page may show a card, or keep the one that pays.
    """
    order, now = await orders.lock(tx, order_id)
    ways.offered(service.config, order.merchant, way)
    tried = await store.of_order(tx, order_id)
    bound = NOTHING if guest or way is not Way.CARD else await _bound(tx, service, order, card, tried)
    live = next((p for p in tried if p.state in LIVE), None)
    if live is not None:
        if (live.client, live.card) != (bound.client, bound.card):
            return live
        if guest:
            await store.hush(tx, live.id)
        return _started(live) if live.form_url and live.state is State.PENDING else live
    doubtful = next((p for p in tried if p.state is State.REVIEW), None)
    if doubtful is not None:  # the bank may hold money for it: nobody pays again before a person has looked
        raise Conflict("payment_being_checked", payment=str(doubtful.id))
    facts = await orders.facts(tx, order_id)
    amount = _due(order, facts)
    trouble = await breaker.trouble(tx, order.merchant)
    if trouble is not None and trouble.resting:
        raise Unavailable("bank_resting")
    life = session(service.config.limits, order, facts, now)
    payment_id = PaymentId.new()
    contract = service.config.merchant(order.merchant).gateway
    two_stage = contract.stages == "two"
    await store.intend(
        tx,
        payment_id,
        order_id,
        merchant=order.merchant,
        amount=amount,
        ends=now + life,
        return_hash=token_hash(return_token(service, payment_id)),
        discreet=guest,
        way=way,
        two_stage=two_stage,
        cards=bound,
    )
    if BookingState.HELD in facts.bookings:
        await orders.hold(tx, order_id, now + life + timedelta(seconds=service.config.limits.hold_margin_seconds))
    cart = await receipts.pack(tx, service, order, payment_id, paid=facts.paid, amount=amount)
    await record(tx, order_id, principal, [Event("payment", payment_id, "intended", None, State.REGISTERING)])
    return Intent(
        payment_id,
        order,
        amount,
        life,
        language or order.language,
        troubled=trouble is not None,
        cart=cart,
        way=way,
        two_stage=two_stage,
        cards=bound,
        completes_at=now + timedelta(hours=contract.autocompletion_hours) if contract.autocompletion_hours else None,
    )


async def _bound(tx: Tx, service: Service, order: Order, card: Asked, tried: Sequence[Payment]) -> Named:
    """As `cards.named`. Of a card that is gone nobody says that it paid nothing, while a press may have charged it."""
    try:
        return await cards.named(tx, service, order, card)
    except Conflict as gone:
        pressed = next((p for p in tried if p.pressed and p.state in UNSETTLED), None)
        if pressed is None:
            raise
        raise Conflict("payment_being_checked", payment=str(pressed.id)) from gone


def return_token(service: Service, payment_id: PaymentId) -> str:
    """The bank sends the payer back with this; it can only show the result."""
    return service.vault.link_token("return", str(payment_id))


def return_address(service: Service, payment_id: PaymentId) -> str:
    """Where the bank, or its application, sends the payer back to."""
    return f"{service.config.public_url}/r/{return_token(service, payment_id)}"


def _due(order: Order, facts: Facts) -> Money:
    if order.cancelled_at or not facts.bookings & {BookingState.HELD, BookingState.CONFIRMED, BookingState.GIVEN}:
        raise Conflict("order_closed")
    amount = next_charge(facts, order.asked)
    if not amount:
        raise Conflict("nothing_due")
    return amount


def session(limits: Limits, order: Order, facts: Facts, now: datetime) -> timedelta:
    """How long the bank's page may live: as configured, but so that a hold outlives it within its cap.

    A visit that stands already (the rest after a deposit, a booking paid at the clinic) has no hold that could end.
    Raises Conflict `hold_used_up`.
    """
    wanted = timedelta(seconds=limits.bank_session_seconds)
    if BookingState.HELD not in facts.bookings:
        return wanted
    left = order.hold_cap - now - timedelta(seconds=limits.hold_margin_seconds)
    if left < SHORTEST_SESSION:
        raise Conflict("hold_used_up")
    return min(wanted, left)


async def register(service: Service, intent: Intent, closing: Closing, *, principal: str) -> Started:
    """Phases 2 and 3: tell the bank, write down what it said."""
    registration = Registration(
        number=str(intent.payment_id),
        amount=intent.amount,
        return_url=return_address(service, intent.payment_id) + intent.return_query,
        session_seconds=int(intent.session.total_seconds()),
        # Discretion: a statement shows the order's code, never which service was bought. The law wants it on the receipt.
        description=f"{ORDER.of(intent.language)} {intent.order.code}",
        language=intent.language,
        callback_url=f"{service.config.public_url}/callbacks/{intent.order.merchant}",
        cart=intent.cart,
        ways=frozenset(service.config.merchant(intent.order.merchant).methods),
        client=str(intent.cards.client) if intent.cards.client else None,
        binding=intent.cards.binding,
        completes_at=intent.completes_at,
    )
    registered: Registered | None = None
    silent = False
    try:
        made = await _registered(service.gateway(intent.order.merchant), intent, registration)
        registered = await _with_code(service, intent, made)
        state = COMMANDS.step(State.REGISTERING, "register")
    except AlreadyExists:
        state = COMMANDS.step(State.REGISTERING, "lose")
    except Unreachable as reason:
        state = COMMANDS.step(State.REGISTERING, "lose")
        silent = not isinstance(reason, Garbled)
    except Refused as reason:
        state = COMMANDS.step(State.REGISTERING, "refuse")
        OUTCOMES.labels("register", f"refused_{reason.code}").inc()

    async def phase_three(tx: Tx) -> Started:
        started = await _written(tx, intent, state, registered, principal=principal)
        await breaker.told(tx, intent.order.merchant, silent=silent, troubled=intent.troubled)
        if started.open:
            await closing(tx, started)
        return started

    started = await in_transaction(service.engine, phase_three)
    if not started.open:
        refused = started.state is State.DECLINED
        raise Unavailable("bank_refused" if refused else "bank_unreachable", payment=str(intent.payment_id))
    return started


async def _with_code(service: Service, intent: Intent, made: Registered) -> Registered:
    """And its QR code, if that is wanted and has to be asked for."""
    if intent.way is not Way.SBP or made.code is not None:
        return made
    back = return_address(service, intent.payment_id) + intent.return_query
    code = await ways.code_for(service, intent.order.merchant, intent.payment_id, reference=made.reference, back=back)
    return replace(made, code=code)


async def _registered(gateway: Gateway, intent: Intent, registration: Registration) -> Registered:
    if not intent.two_stage:
        return await gateway.register(registration)
    assert gateway.two_stage is not None  # noqa: S101 - the configuration was checked
    return await gateway.two_stage.hold(registration)


async def _written(tx: Tx, intent: Intent, state: State, registered: Registered | None, *, principal: str) -> Started:
    order, now = await orders.lock(tx, intent.order.id)
    if registered and await lease_store.taken(tx, intent.payment_id, registered.reference):
        state, registered = COMMANDS.step(State.REGISTERING, "lose"), None
    due_at = now + POLL if state is State.PENDING else now + timedelta(seconds=5)
    if not await store.answered(
        tx, intent.payment_id, state, registered, due_at=None if state is State.DECLINED else due_at
    ):
        # Somebody looked at the bank while we waited for it: their word stands, ours is read again.
        current = await store.read(tx, intent.payment_id)
        assert current is not None  # noqa: S101 - we inserted it
        return _started(current)
    event = Event("payment", intent.payment_id, str(state), State.REGISTERING, state)
    await record(tx, order.id, principal, [event])
    OUTCOMES.labels("register", state).inc()
    form_url = registered.form_url if registered else None
    ends = now + intent.session if registered else None
    return Started(intent.payment_id, state, form_url, ends, intent.way, registered.code if registered else None)


async def abandon(service: Service, order_id: OrderId, *, given_up: bool = False) -> None:
    """Close a live bank session, so that cash can be taken or the order cancelled.

    A sum that the bank holds already is charged for the visit that it was paid for; if that is `given_up`, it is let go.
    Raises Conflict `bank_session_open` with the hour until which to wait, if the bank does not let go.
    """
    live = await _live(service, order_id)
    if live is None:
        return
    state = await settle(service, live.id, First.GIVE_UP if given_up else First.DECLINE)
    if state is None or state in LIVE:
        raise Conflict("bank_session_open", until=live.belief.session_ends_at)


async def letting_go(
    service: Service, order_id: OrderId, attempt: Callable[[], Awaitable[Result]], *, given_up: bool = False
) -> Result:
    """Do what an open bank session may stand in the way of: if it does, close it at the bank and do it then.

    `given_up`: it is the end of the visit, so that nothing is to be charged for it. Raises what `attempt` and `abandon`
    raise.
    """
    try:
        return await attempt()
    except Conflict as refusal:
        if refusal.code != "bank_session_open":
            raise
    await abandon(service, order_id, given_up=given_up)
    return await attempt()
