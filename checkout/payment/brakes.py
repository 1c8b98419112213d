"""Brakes on slot hoarding and card testing: what one address, one phone or e-mail, one order may ask of us.

Tries are paid from token buckets, in a transaction of their own that commits before what they are for: a try that is
refused or rolled back has still cost. What is *standing* (unpaid times, refused cards) is counted where it stands. Real
payers come nowhere near any of it; whoever is refused is told until when, and whom to call.

`address` is the payer's as one trusted proxy hop tells it, or None where there is none of theirs: an API key speaks from
its own server. Staff are let through at the edge (`brakes.pass`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from checkout.catalogue import store as catalogue
from checkout.ground import bucket
from checkout.ground.config import HOURS_KEPT, Brakes
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import TooMany
from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.observe import BRAKES
from checkout.ground.service import Service
from checkout.payment import brakes_store as store
from checkout.payment.brakes_store import Counted, Indexes, Paying
from checkout.payment.order import Order
from checkout.payment.place import Wish, address_index

Limits = Mapping[str, int]
Answered = Callable[[Tx], Awaitable[bool]]
CODES_PER_CONTACT: Final = 5  # an hour, as those below
CODES_PER_ADDRESS: Final = 20
DOWNLOADS_PER_ORDER: Final = 20
PUSHES_PER_PAYMENT: Final = 3  # and so many an hour after that
CARD_CHANGES_PER_ORDER: Final = 10  # as those before
SHORTEST_WAIT: Final = timedelta(minutes=1)  # for what is over already but not yet cleared away
FORGOTTEN_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """How often something may be tried: `burst` at once, `per_hour` after that. `value`: by whom."""

    kind: str
    value: str
    burst: float
    per_hour: float


async def before_order(service: Service, wish: Wish, *, attempt: str, answered: Answered) -> None:
    """May this order be tried? Raises TooMany `too_many_orders`.

    One `attempt` (a form, an idempotency key) with the same contacts costs once a day, however often it is sent: at most
    one order comes of it. One that is `answered`, that is, has made its order before, is never refused.
    """
    if not service.config.brakes.enabled:
        return
    once = service.vault.blind("brake/attempt", f"{attempt}/{wish.payer.phone}/{wish.payer.email}")

    async def work(tx: Tx) -> TooMany | None:
        if not await bucket.mark(tx, once):
            return None
        wait = await _pay(tx, service, _order_paces(service, wish))
        if wait is None or await answered(tx):
            return None
        await bucket.unmark(tx, once)
        return await _too_many(tx, service, "too_many_orders", wait, clinic=wish.clinic)

    await _unless(service, work)


def _order_paces(service: Service, wish: Wish) -> list[Pace]:
    """The address first: whoever is held there does not use up somebody's phone."""
    figures = service.config.brakes
    a_day = figures.contact_orders_per_day
    found = [
        Pace("orders_phone", wish.payer.phone, a_day, a_day / HOURS_KEPT),
        Pace("orders_email", wish.payer.email.lower(), a_day, a_day / HOURS_KEPT),
    ]
    address = bucket.counted(figures, wish.address)
    if address is not None:
        pace = Pace("orders_address", address, figures.address_orders_burst, figures.address_orders_per_hour)
        found.insert(0, pace)
    return found


async def before_hold(tx: Tx, service: Service, wish: Wish) -> None:
    """May one more time stand unpaid? Asked in the order's own transaction, right before `place`.

    Raises TooMany `too_many_holds`. Orders of one contact or address then wait for each other, so that the count is true.
    """
    figures = service.config.brakes
    if not figures.enabled:
        return
    indexes = _indexes(service, wish)
    await store.alone(tx, indexes)
    limits = {"contact": figures.contact_unpaid, "address": figures.address_unpaid}
    until = _reached("unpaid", limits, await store.unpaid(tx, indexes))
    if until is not None:
        wait = max(until - await now(tx), SHORTEST_WAIT)
        raise await _too_many(tx, service, "too_many_holds", wait, clinic=wish.clinic)


async def before_payment(service: Service, order_id: OrderId, *, address: str) -> None:
    """May a payer open one more bank order? Raises TooMany: `too_many_payments`, and what `before_card` raises.

    Going on with a payment that is open costs nothing.
    """
    if not service.config.brakes.enabled:
        return

    async def work(tx: Tx) -> TooMany | None:
        order = await _rested(tx, service, order_id)
        if order is None or order.live:
            return None
        wait = await _pay(tx, service, _payment_paces(service, address))
        return await _too_many(tx, service, "too_many_payments", wait, clinic=order.clinic) if wait else None

    await _unless(service, work)


async def before_card(tx: Tx, service: Service, order_id: OrderId) -> None:
    """May one more card be tried for this order? Raises TooMany `too_many_declines`."""
    if service.config.brakes.enabled:
        await _rested(tx, service, order_id)


async def before_check(service: Service, order_id: OrderId, *, address: str) -> None:
    """May a card be added once more without paying? Raises TooMany `too_many_card_checks`. Going on with an open one is free.

    It tells for nothing whether a card is good: so it costs what a payment costs, stops after the refused cards that stop
    those, and is bounded for each phone and e-mail, too.
    """
    if not service.config.brakes.enabled:
        return

    async def work(tx: Tx) -> TooMany | None:
        order = await store.paying(tx, order_id)
        if order is None or order.checking:
            return None
        until = _reached("declines", _declines(service.config.brakes), order.declined)
        wait = until - await now(tx) if until else await _pay(tx, service, _check_paces(service, order, address))
        return await _too_many(tx, service, "too_many_card_checks", wait, clinic=order.clinic) if wait else None

    await _unless(service, work)


def _check_paces(service: Service, order: Paying, address: str) -> list[Pace]:
    a_day = service.config.brakes.contact_card_checks_per_day
    by_contact = [Pace("card_checks_contact", one, a_day, a_day / HOURS_KEPT) for one in order.contact]
    return [*_payment_paces(service, address), *by_contact]


async def rests_until(tx: Tx, service: Service, order_id: OrderId) -> datetime | None:
    """When a card may be tried again for this order, None if it may now. Only a look: `before_payment` decides."""
    if not service.config.brakes.enabled:
        return None
    order = await store.paying(tx, order_id)
    return None if order is None or order.live else _latest(_declines(service.config.brakes), order.declined)


def _declines(figures: Brakes) -> Limits:
    return {
        "order": figures.declines_per_order,
        "contact": figures.declines_per_contact,
        "address": figures.declines_per_address,
    }


async def _rested(tx: Tx, service: Service, order_id: OrderId) -> Paying | None:
    """The order, unless too many cards were refused for it, its contact or its address. Raises TooMany."""
    order = await store.paying(tx, order_id)
    if order is None or order.live:
        return order
    until = _reached("declines", _declines(service.config.brakes), order.declined)
    if until is not None:
        raise await _too_many(tx, service, "too_many_declines", until - await now(tx), clinic=order.clinic)
    return order


def _payment_paces(service: Service, address: str | None) -> list[Pace]:
    figures = service.config.brakes
    counted = bucket.counted(figures, address)
    if counted is None:
        return []
    return [Pace("payments_address", counted, figures.address_payments_burst, figures.address_payments_per_hour)]


async def code_needed(tx: Tx, service: Service, wish: Wish) -> bool:
    """Whether the payer must prove their contact before this order is made."""
    figures = service.config.brakes
    if not figures.enabled or figures.contact_code == "none":
        return False
    standing = (await store.unpaid(tx, _indexes(service, wish))).get("address", ())
    return len(standing) >= figures.code_after_holds


async def before_code(tx: Tx, service: Service, to: str, *, address: str | None, clinic: str) -> None:
    """May one more code be sent to `to`? Raises TooMany `too_many_codes`. One that is not sent after all costs nothing."""
    paces = [Pace("codes_contact", to.lower(), CODES_PER_CONTACT, CODES_PER_CONTACT)]
    counted = bucket.counted(service.config.brakes, address)
    if counted is not None:
        paces.insert(0, Pace("codes_address", counted, CODES_PER_ADDRESS, CODES_PER_ADDRESS))
    wait = await _pay(tx, service, paces)
    if wait is not None:
        raise await _too_many(tx, service, "too_many_codes", wait, clinic=clinic)


async def before_move(tx: Tx, service: Service, order: Order) -> None:
    """May this visit be moved once more? Asked in the move's own transaction, under the order's lock.

    Raises TooMany `too_many_moves`. Whoever books names the phone and the e-mail that every move writes to.
    """
    figures = service.config.brakes
    if not figures.enabled:
        return
    until = _reached("moves", {"order": figures.order_moves_per_day}, await store.moves(tx, order.id))
    if until is not None:
        raise await _too_many(tx, service, "too_many_moves", until - await now(tx), clinic=order.clinic)


async def before_download(tx: Tx, service: Service, order: Order) -> None:
    """May the payer take their files along once more? Each time leaves a row for good. Raises TooMany `too_many_downloads`."""
    if not service.config.brakes.enabled:
        return
    pace = Pace("downloads_order", str(order.id), DOWNLOADS_PER_ORDER, DOWNLOADS_PER_ORDER)
    wait = await _pay(tx, service, [pace])
    if wait is not None:
        raise await _too_many(tx, service, "too_many_downloads", wait, clinic=order.clinic)


async def before_push(service: Service, order: Order, payment_id: PaymentId) -> None:
    """May the bank knock at one more phone for this payment? Raises TooMany `too_many_pushes`: the number may be anybody's."""
    if not service.config.brakes.enabled:
        return
    pace = Pace("pushes_payment", str(payment_id), PUSHES_PER_PAYMENT, PUSHES_PER_PAYMENT)

    async def work(tx: Tx) -> TooMany | None:
        wait = await _pay(tx, service, [pace])
        return await _too_many(tx, service, "too_many_pushes", wait, clinic=order.clinic) if wait else None

    await _unless(service, work)


async def before_card_change(service: Service, order: Order, *, address: str | None) -> None:
    """May the bank be asked once more to bring a saved card back, or to prolong one? Raises TooMany `too_many_card_changes`."""
    if not service.config.brakes.enabled:
        return
    paces = [Pace("card_changes_order", str(order.id), CARD_CHANGES_PER_ORDER, CARD_CHANGES_PER_ORDER)]
    paces += _payment_paces(service, address)

    async def work(tx: Tx) -> TooMany | None:
        wait = await _pay(tx, service, paces)
        return await _too_many(tx, service, "too_many_card_changes", wait, clinic=order.clinic) if wait else None

    await _unless(service, work)


async def wrong_link(service: Service, counted: str) -> TooMany | None:
    """An address (as it is counted) opened a private link that leads nowhere. `too_many_looks` if it does so too often."""
    figures = service.config.brakes
    if not figures.enabled:
        return None
    paces = [Pace("links_address", counted, figures.wrong_links_burst, figures.wrong_links_per_hour)]

    async def work(tx: Tx) -> TooMany | None:
        wait = await _pay(tx, service, paces)
        return await _too_many(tx, service, "too_many_looks", wait) if wait else None

    return await in_transaction(service.engine, work)


async def forget(service: Service) -> int:
    """A chore: what the brakes remember is thrown away after a day, a bounded batch at a time."""

    async def work(tx: Tx) -> int:
        return await bucket.forget(tx, FORGOTTEN_AT_ONCE) + await store.forget(tx, FORGOTTEN_AT_ONCE)

    return await in_transaction(service.engine, work)


def reached(limit: int, ends: Sequence[datetime]) -> datetime | None:
    """When there is room again under `limit` for one more, None if there is now. `ends`: when each stops to count."""
    return sorted(ends)[len(ends) - limit] if len(ends) >= limit else None


def _reached(kind: str, limits: Limits, counted: Counted) -> datetime | None:
    """As `_latest`; what holds and what does not is counted."""
    for scope, limit in limits.items():
        holds = reached(limit, counted.get(scope, ())) is not None
        BRAKES.labels(f"{kind}_{scope}", "refused" if holds else "passed").inc()
    return _latest(limits, counted)


def _latest(limits: Limits, counted: Counted) -> datetime | None:
    """The latest of what must end first, over every limit that is reached."""
    waits = [reached(limit, counted.get(scope, ())) for scope, limit in limits.items()]
    return max((until for until in waits if until is not None), default=None)


async def _pay(tx: Tx, service: Service, paces: Sequence[Pace]) -> timedelta | None:
    """A token from each bucket, up to the first empty one; and how long that one has to fill."""
    for pace in paces:
        key = service.vault.blind(f"brake/{pace.kind}", pace.value)
        wait = await bucket.take(tx, key, capacity=pace.burst, per_hour=pace.per_hour)
        BRAKES.labels(pace.kind, "refused" if wait else "passed").inc()
        if wait is not None:
            return wait
    return None


def _indexes(service: Service, wish: Wish) -> Indexes:
    return Indexes(
        phone=service.vault.blind("phone", wish.payer.phone),
        email=service.vault.blind("email", wish.payer.email.lower()),
        address=address_index(service, wish.address),
    )


async def _too_many(tx: Tx, service: Service, code: str, wait: timedelta, *, clinic: str = "") -> TooMany:
    found = await catalogue.clinic(tx, clinic) if clinic else None
    phone = found.phone if found else service.config.merchants[0].legal.phone
    return TooMany(code, wait=wait, now=await now(tx), phone=phone)


async def _unless(service: Service, work: Callable[[Tx], Awaitable[TooMany | None]]) -> None:
    """Run it, commit what it cost, and only then refuse."""
    refusal = await in_transaction(service.engine, work)
    if refusal is not None:
        raise refusal
