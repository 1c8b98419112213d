"""Between the form and the order: the brakes, and where they ask for it a code that proves the contact.

The page that asks for the code carries the whole form along as it was sent, so nothing is kept here and nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.ground import bucket
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Conflict, Refusal, TooMany
from checkout.ground.service import Service
from checkout.notices import codes
from checkout.payment import brakes, card_store
from checkout.payment.order import Order
from checkout.payment.place import Wish
from checkout.privacy import store as people
from checkout.web.pages import page, patient
from checkout.web.payer.guard import read_form
from checkout.web.payer.placing import made
from checkout.web.payer.ticket import Ticket
from checkout.web.routes import SERVICE
from checkout.web.texts import explain
from checkout.web.words import say

# Fields and buttons of the code's own page; all others belong to the form that it carries along.
OWN: Final = frozenset({"code", "resend", "switch"})
LONGEST: Final = 20


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a code goes: the payer's e-mail or phone."""

    ticket: UUID
    channel: str
    to: str

    @property
    def masked(self) -> str:
        """Enough to know one's own by."""
        name, _, host = self.to.partition("@")
        return f"{name[0]}•••@{host}" if host else f"{self.to[:2]} ••• •••-••-{self.to[-2:]}"

    def proof(self, service: Service) -> bytes:
        """The mark that this contact was proven for this form: a time that was taken meanwhile asks for no second code."""
        return service.vault.blind("brake/proven", f"{self.ticket}/{self.to}")


async def proof(request: web.Request, wish: Wish, ticket: Ticket | None) -> web.Response | None:
    """None: the order may be tried. Else the page that asks for a code. Raises TooMany."""
    service = request.app[SERVICE]
    if ticket is None:  # no form of ours: nothing comes of it
        return None

    async def answered(tx: Tx) -> bool:
        return await made(tx, ticket) is not None

    await brakes.before_order(service, wish, attempt=str(ticket.order_id), answered=answered)
    channel = service.config.brakes.contact_code
    contact = Contact(ticket.order_id.uuid, channel, wish.payer.email if channel == "email" else wish.payer.phone)

    async def needed(tx: Tx) -> bool:
        if not await brakes.code_needed(tx, service, wish) or await answered(tx):
            return False
        return not await bucket.marked(tx, contact.proof(service))

    return await _asked(request, wish, contact) if await in_transaction(service.engine, needed) else None


async def keep_proof(tx: Tx, service: Service, order: Order, ticket: Ticket | None) -> None:
    """A code that was typed for this form proves the order's contact for its cards, too.

    The contact is the order's own: a form that is sent again may name another, which somebody else has proven.
    """
    payer = await people.read(tx, service.vault, order.payer_id)
    channel = service.config.brakes.contact_code
    if ticket is None or payer is None or channel == "none":
        return
    contact = Contact(ticket.order_id.uuid, channel, payer.email if channel == "email" else payer.phone)
    if await bucket.marked(tx, contact.proof(service)):
        await card_store.prove(tx, order.id, channel)


async def _asked(request: web.Request, wish: Wish, contact: Contact) -> web.Response | None:
    """Try the code that came, or send one."""
    fields = await read_form(request)
    typed = fields.get("code", "").strip()
    if "code" not in fields or "resend" in fields:
        return await _sent(request, wish, contact, fields)
    if await _right(request.app[SERVICE], contact, typed):
        return None
    language = wish.language
    fault = say(language, "code_wrong") if typed else say(language, "code_empty")
    return await _page(request, wish, contact, fields, status=422, fault=fault)


async def _right(service: Service, contact: Contact, typed: str) -> bool:
    """A wrong code costs a try, whatever becomes of the order: so this commits on its own."""

    async def work(tx: Tx) -> bool:
        digits = "".join(sign for sign in typed[:LONGEST] if sign.isdigit())
        if not await codes.prove(tx, service, ticket=contact.ticket, to=contact.to, code=digits):
            return False
        await bucket.mark(tx, contact.proof(service))
        return True

    return await in_transaction(service.engine, work)


async def _sent(request: web.Request, wish: Wish, contact: Contact, fields: dict[str, str]) -> web.Response:
    """Send a code and ask for it. One that is on its way already is asked for as well.

    Raises TooMany; asked for from the code's own page, it is told there.
    """
    service = request.app[SERVICE]

    async def work(tx: Tx) -> None:
        await brakes.before_code(tx, service, contact.to, address=wish.address, clinic=wish.clinic)
        await codes.send_code(
            tx,
            service,
            ticket=contact.ticket,
            channel=contact.channel,
            to=contact.to,
            language=wish.language,
            now=await now(tx),
        )

    refusal: Refusal | None = None
    try:
        await in_transaction(service.engine, work)
    except TooMany as reason:
        if "resend" not in fields:
            raise
        refusal = reason
    except Conflict as reason:
        refusal = reason if "resend" in fields else None
    fault = explain(refusal, wish.language) if refusal else None
    shown = await _page(request, wish, contact, fields, status=refusal.status if refusal else 200, fault=fault)
    return patient(shown, refusal)


async def _page(
    request: web.Request, wish: Wish, contact: Contact, fields: dict[str, str], *, status: int, fault: str | None
) -> web.Response:
    clinic = await in_transaction(request.app[SERVICE].engine, lambda tx: catalogue.clinic(tx, wish.clinic))
    return page(
        request,
        "code.html",
        language=wish.language,
        here="/book",
        clinic=clinic,
        status=status,
        carried=[(name, value) for name, value in fields.items() if name not in OWN],
        masked=contact.masked,
        by=contact.channel,
        fault=fault,
    )
