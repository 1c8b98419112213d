"""Saved cards behind the private link: prove the contact, see them, pay with one, remove one, take that back, prolong one.

Whoever books with somebody's phone and e-mail gets this page, too. So it reads the same whether that contact has cards or
not, until a code that was sent there was typed; the cards that this very order saved are its own, and are shown at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Conflict, Refusal
from checkout.ground.ids import CardId
from checkout.ground.service import Service
from checkout.notices import codes
from checkout.payment import adding, brakes, card_store, cards, check_store, press, restoring
from checkout.payment.card import Asked, Card
from checkout.payment.check_store import Check
from checkout.payment.payment import LIVE
from checkout.privacy import store as people
from checkout.web.client import client_address
from checkout.web.pages import page_after, patient, see_other
from checkout.web.payer import card_care, paying, pressing
from checkout.web.payer.card_care import Care, Renewing
from checkout.web.payer.checked import at_bank, checked
from checkout.web.payer.code import LONGEST, Contact
from checkout.web.payer.guard import from_here
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened, enter, home, opened
from checkout.web.payer.sight import REFRESH, Sight, open_charge, stands, whole
from checkout.web.routes import SERVICE, Routes
from checkout.web.texts import explain
from checkout.web.words import say

routes = Routes()
ROOM: Final = "/o/{token}/cards"
_BRANDS: Final = {"VISA": "Visa", "MASTERCARD": "Mastercard", "JCB": "JCB"}  # as they write themselves


@dataclass(frozen=True, slots=True)
class Held:
    """What the page shows. `contact` None: no code can be sent, or none is needed any more.

    `adds`: a card can be added without paying; `check`: the last one that was to be.
    """

    door: Opened
    sight: Sight
    cards: Sequence[Card]
    proven: bool
    contact: Contact | None
    adds: bool
    check: Check | None
    care: Care


@dataclass(frozen=True, slots=True)
class Asking:
    """The code is asked for; `fault`: what was wrong with the one that came."""

    fault: str | None = None


@routes.page("GET", ROOM)
async def show(request: web.Request) -> web.Response:
    return _shown(request, await _look(request))


@routes.page("POST", ROOM + "/code")
@from_here
async def prove(request: web.Request) -> web.Response:
    """Send a code to the order's contact, or try the one that was typed; a right one opens the contact's cards."""
    held = await _look(request)
    contact, fields = held.contact, await paying.pressed(request)
    if contact is None:
        return see_other(held.door.address(request, "/cards"))
    if "code" not in fields or "resend" in fields:
        return await _sent(request, held, contact, again="resend" in fields)
    typed = "".join(sign for sign in fields["code"][:LONGEST] if sign.isdigit())
    if await _right(request.app[SERVICE], held.door, contact, typed):
        return see_other(held.door.address(request, "/cards"))
    language = held.door.language
    fault = say(language, "cards_code_wrong") if typed else say(language, "code_empty")
    return _shown(request, held, asking=Asking(fault))


@routes.page("POST", ROOM + "/{card}/pay")
@from_here
async def pay(request: web.Request) -> web.Response:
    """Charge this card; or to the bank's page of it, which asks for its security code alone."""
    door, total = await _enter(request), pressing.agreed(await paying.pressed(request))
    try:
        asked = Asked(card=_card(request))
        started = await paying.start(request, door.order.id, door.language, card=asked)
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    if total is not None and started.open:
        return await pressing.charge(request, door, started, total)
    return see_other(paying.onward(request, started, door.order, door.language, door.address(request, "/bank")))


@routes.page("POST", ROOM + "/{card}/restore")
@from_here
async def restore(request: web.Request) -> web.Response:
    """Wanted back: another card, to the same words as the first; it pays once the bank has said yes."""
    service, door, card = request.app[SERVICE], await _enter(request), _card(request)
    read = (await paying.pressed(request)).get("read", "")
    try:
        await brakes.before_card_change(service, door.order, address=client_address(request))
        await in_transaction(
            service.engine, lambda tx: restoring.ask(tx, service, door.order, card, principal=PAYER, read=read)
        )
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    return see_other(door.address(request, "/cards", done="restore", card=str(card)))


@routes.page("POST", ROOM + "/{card}/prolong")
@from_here
async def prolong(request: web.Request) -> web.Response:
    """Issued anew under the same number: the bank is asked at once to take the month that was typed."""
    door, card = await _enter(request), _card(request)
    typed = (await paying.pressed(request)).get("expiry", "")
    try:
        came = await card_care.renewed(request, door, card, typed)
    except Refusal as refusal:
        return _shown(request, await _look(request), refusal)
    if isinstance(came, Renewing):
        return _shown(request, await _look(request), renewing=came)
    return see_other(door.address(request, "/cards", done=came))


@routes.page("POST", ROOM + "/{card}/remove")
@from_here
async def remove(request: web.Request) -> web.Response:
    """Gone at once; a second press finds it done. The answer is the same for a card that was never theirs."""
    service, door, card = request.app[SERVICE], await _enter(request), _card(request)
    await in_transaction(service.engine, lambda tx: cards.remove(tx, service, door.order, card, principal=PAYER))
    return see_other(door.address(request, "/cards", done="removed"))


async def refused(request: web.Request, refusal: Refusal) -> web.Response:
    """The page as it stands, and why the press did nothing."""
    return _shown(request, await _look(request), refusal)


def _brand(brand: str | None, language: str) -> str | None:
    return say(language, "card_mir") if brand == "MIR" else _BRANDS.get(brand or "")


def _card(request: web.Request) -> CardId:
    try:
        return CardId.parse(request.match_info["card"])
    except ValueError as reason:
        raise web.HTTPNotFound from reason


async def _enter(request: web.Request) -> Opened:
    """Raises HTTPNotFound where no cards are saved."""
    door = await enter(request)
    if not cards.offered(request.app[SERVICE], door.order.merchant):
        raise web.HTTPNotFound
    return door


async def _look(request: web.Request) -> Held:
    """Raises Nowhere for a link that leads nowhere, HTTPNotFound where no cards are saved."""
    await _enter(request)
    service = request.app[SERVICE]

    async def work(tx: Tx) -> Held:
        door = await opened(tx, request)
        proven = await card_store.proven(tx, door.order.id)
        standing = await cards.of(tx, service, door.order)
        return Held(
            door,
            await whole(tx, request, door),
            standing,
            proven,
            None if proven else await _contact(tx, service, door),
            adding.offered(service, door.order.merchant),
            await check_store.newest(tx, door.order.id),
            await card_care.care(tx, service, door, standing),
        )

    return await in_transaction(service.engine, work)


async def _contact(tx: Tx, service: Service, door: Opened) -> Contact | None:
    """Where a code of this order goes: as the brakes have it, else by whatever line there is."""
    config, payer = service.config, await people.read(tx, service.vault, door.order.payer_id)
    lines = {"email": config.mail is not None, "sms": config.sms is not None}
    channel = next((name for name in (config.brakes.contact_code, *lines) if lines.get(name)), None)
    if payer is None or channel is None:
        return None
    return Contact(door.order.id.uuid, channel, payer.email if channel == "email" else payer.phone)


async def _right(service: Service, door: Opened, contact: Contact, typed: str) -> bool:
    """A wrong code costs a try: so this commits either way. That the contact is proven stays with the order."""

    async def work(tx: Tx) -> bool:
        if not await codes.prove(tx, service, ticket=contact.ticket, to=contact.to, code=typed):
            return False
        await card_store.prove(tx, door.order.id, contact.channel)
        return True

    return await in_transaction(service.engine, work)


async def _sent(request: web.Request, held: Held, contact: Contact, *, again: bool) -> web.Response:
    """One that is on its way already is asked for as well. `again`: somebody waits for another, and is told why there is none."""
    service, door = request.app[SERVICE], held.door

    async def work(tx: Tx) -> None:
        await brakes.before_code(
            tx, service, contact.to, address=client_address(request), clinic=held.sight.clinic.slug
        )
        await codes.send_code(
            tx,
            service,
            ticket=contact.ticket,
            channel=contact.channel,
            to=contact.to,
            language=door.language,
            now=await now(tx),
            letter="card_code",
        )

    try:
        await in_transaction(service.engine, work)
    except Refusal as refusal:
        if isinstance(refusal, Conflict) and not again:
            return _shown(request, held, asking=Asking())
        asking = Asking(explain(refusal, door.language))
        return patient(_shown(request, held, asking=asking, status=refusal.status), refusal)
    return _shown(request, held, asking=Asking())


def _pressed(request: web.Request, held: Held) -> dict[str, Any]:
    """Which cards a press charges; and the one that was pressed and may have been charged, where that is asked, and finished.

    A card that was refused then pays on the bank's page of the same order, for it is pressed once.
    """
    presses = {card.id for card in held.cards if press.allowed(request.app[SERVICE], card)}
    newest = held.sight.payments[-1] if held.sight.payments else None
    if newest is None or not newest.pressed or newest.state not in LIVE:
        return {"presses": presses, "pressed": None}
    found = stands(request, held.sight)
    if found.decline:
        return {"presses": presses - {newest.card}, "pressed": None}
    return {
        "presses": presses,
        "pressed": newest.card,
        "result": pressing.result(request, held.door, newest.id),
        "at_bank": held.door.address(request, "/bank") if found.at_bank else None,
    }


def _shown(
    request: web.Request,
    held: Held,
    refusal: Refusal | None = None,
    *,
    asking: Asking | None = None,
    renewing: Renewing | None = None,
    status: int | None = None,
) -> web.Response:
    door = held.door
    fault = asking.fault if asking else None
    quiet = refusal is None and asking is None and renewing is None
    shown = page_after(
        request,
        "cards.html",
        refusal,
        language=door.language,
        zone=door.order.zone,
        here=f"{home(request)}/cards",
        clinic=held.sight.clinic,
        order=door.order,
        cards=held.cards,
        brands={brand: _brand(brand, door.language) for brand in card_care.brands_of(held.care, held.cards)},
        expired={card.id for card in held.cards if card.expired(door.now)},
        charge=open_charge(request, held.sight),
        **_pressed(request, held),
        proven=held.proven,
        contact=held.contact,
        asking=asking is not None,
        fault=fault,
        adds=held.adds,
        checked=checked(held.check, held.cards, door.now) if quiet else None,
        to_check=at_bank(request, held.check, door),
        saving=paying.card_words(request.app[SERVICE], door.order.merchant, door.language),
        **card_care.facts(held.care, held.cards, request.query if quiet else {}, renewing),
        refresh=REFRESH if quiet and held.care.left.awaited else None,
        back=door.address(request),
        link=lambda rest: door.address(request, f"/cards{rest}"),
    )
    if fault or renewing:
        shown.set_status(status or (renewing.status if renewing else 422))
    shown.headers["X-Face"] = card_care.face(held.care)
    return shown
