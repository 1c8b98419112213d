"""Where the bank sends the payer back to: the result of one payment.

The address carries a token of its own (decisions.md 30), for it passed through the bank and lies in its logs. It shows
the outcome, the code, the clinic and the hour, but neither the service, nor a name, nor the private page's address.

One thing it can do: when *its own* payment came to nothing, and no other was tried since, it starts the next one and
leads to the bank under the *new* payment's token. That moves no money by itself, closes no session that is open, and
cannot stretch a hold beyond its cap; all that a stranger could do with it is pay for somebody else's visit. While its own
payment waits for a banking application it shows that one's QR code and may have it exchanged (`phone`).

A payment to whose bank page somebody else was led by the pay link comes back discreetly: the sum, and no visit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from checkout.ground.crypto import token_hash
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal, Unavailable
from checkout.ground.ids import Id, PaymentId
from checkout.ground.service import Service
from checkout.payment import lease_store, orders, pay, store, ways
from checkout.payment.payment import LIVE, State
from checkout.payment.settle import settle_claimed
from checkout.payment.store import Payment
from checkout.web.guesses import Nowhere
from checkout.web.pages import see_other
from checkout.web.payer import guest, paying
from checkout.web.payer.guard import from_here
from checkout.web.payer.order import hop
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import tongue
from checkout.web.payer.sight import Sight, Ways, outcome, show
from checkout.web.routes import SERVICE, Routes

routes = Routes()
log = structlog.get_logger()
LAST_MOMENT: Final = 1.0  # seconds
PATIENCE: Final = 3.0  # seconds that a returning payer waits for the bank's word before seeing a page
GLANCE: Final = 0.1  # seconds between two looks at what somebody else is settling
_asking: dict[Id, asyncio.Task[None]] = {}  # one of each, however many wait; one that nobody holds may be dropped


@dataclass(frozen=True, slots=True)
class Returned:
    """A payment's return, and the order it belongs to."""

    payment: Payment
    sight: Sight
    language: str

    @property
    def newest(self) -> bool:
        return self.sight.payments[-1].id == self.payment.id

    def address(self, token: str, rest: str = "") -> str:
        """An address of this kind, in the language that the reader has chosen."""
        return f"/r/{token}{rest}" + ("" if self.language == self.sight.order.language else f"?lang={self.language}")


@routes.page("GET", "/r/{token}")
async def result(request: web.Request) -> web.Response:
    """Ask the bank, briefly; then show what is known, whatever that is. What the bank adds to the address is ignored."""
    service = request.app[SERVICE]
    came = await look(request)
    if came.payment.state in LIVE:
        await ask(service, came.payment.id)
        came = await look(request)
    return _shown(request, came)


@routes.page("POST", "/r/{token}/retry")
@from_here
async def retry(request: web.Request) -> web.Response:
    """One more try after this payment failed; see the head of this file for why it may."""
    service = request.app[SERVICE]
    came = await look(request)
    if not _may_retry(came):
        return see_other(came.address(request.match_info["token"]))
    hidden = came.payment.discreet
    who = guest.GUEST if hidden else PAYER
    try:
        way = await paying.wanted(request, came.sight.order)
        started = await paying.start(request, came.sight.order.id, came.language, principal=who, guest=hidden, way=way)
    except Unavailable as refusal:
        # The new payment is there, but the bank did not open a page for it: its own result says so, and may try again.
        return see_other(came.address(pay.return_token(service, PaymentId.parse(refusal.facts["payment"]))))
    except Refusal as refusal:
        return _shown(request, await look(request), refusal)
    bank_ = came.address(pay.return_token(service, started.payment_id), "/bank")
    return see_other(paying.onward(request, started, came.sight.order, came.language, bank_))


@routes.page("GET", "/r/{token}/bank")
async def bank(request: web.Request) -> web.Response:
    """The hop to the page of this very payment."""
    came = await look(request)
    home = came.address(request.match_info["token"])
    return hop(request, came.sight.order, came.payment, came.language, home=home)


async def ask(service: Service, payment_id: PaymentId) -> None:
    """Settle, but wait for it no longer than a person would."""
    await patiently(payment_id, lambda: _settled(service, payment_id))


async def patiently(about: Id, work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Ask the bank about one thing, and wait for it no longer than a person would.

    Past our patience it goes on without us: cut short it would keep its lease, and nobody could ask for a while.
    """
    task = _asking.get(about)
    if task is None:
        task = _asking[about] = asyncio.create_task(work())
        task.add_done_callback(partial(_heard, about))
    await asyncio.wait({task}, timeout=PATIENCE)


async def _settled(service: Service, payment_id: PaymentId) -> None:
    """Settle it, or wait for whoever is at it already: a callback often wins by a moment, and the payer sees its result.

    Asked for a moment ago by the same page: what is known is shown.
    """
    while True:
        held = await in_transaction(service.engine, lambda tx: lease_store.claim_asked(tx, payment_id))
        if held is not None:
            if await settle_claimed(service, held) is State.PENDING:
                await ways.hear(service, held)
            return
        if not await in_transaction(service.engine, lambda tx: lease_store.leased(tx, payment_id)):
            return
        await asyncio.sleep(GLANCE)


def _heard(about: Id, task: asyncio.Task[None]) -> None:
    del _asking[about]
    if not task.cancelled() and task.exception() is not None:
        log.error("settle_failed", reason=repr(task.exception()))


async def end(_app: web.Application) -> None:
    """The server stops: what is still asked gets a moment to be written, and nothing goes on behind a closed door.

    What is cut short then keeps its lease, and a worker asks when that is over.
    """
    if not _asking:
        return
    left = set(_asking.values())
    _, late = await asyncio.wait(left, timeout=LAST_MOMENT)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def look(request: web.Request) -> Returned:
    """The payment behind a return address. Raises Nowhere for a token that no payment has."""

    async def work(tx: Tx) -> Returned | None:
        payment = await store.by_return(tx, token_hash(request.match_info["token"]))
        if payment is None:
            return None
        order, now = await orders.read(tx, payment.order_id)
        language = tongue(request, order)
        return Returned(payment, await outcome(tx, request, order, now, language), language)

    found = await in_transaction(request.app[SERVICE].engine, work)
    if found is None:
        raise Nowhere
    return found


def _may_retry(came: Returned) -> bool:
    return came.newest and came.payment.state in (State.DECLINED, State.LAPSED, State.VOIDED)


def _shown(request: web.Request, came: Returned, refusal: Refusal | None = None) -> web.Response:
    """An older payment's return shows how the order stands, and nothing to press."""
    token = request.match_info["token"]
    draw = guest.show if came.payment.discreet else show
    ways = Ways(
        here=came.address(token),
        pay=came.address(token, "/retry"),
        bank=came.address(token, "/bank"),
        payable=_may_retry(came) or (came.newest and came.payment.state is State.PENDING),
    )
    return draw(request, came.sight, came.language, ways, refusal)
