"""Start a payment for whoever pressed a button on our pages, and say where they go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.service import Service
from checkout.payment import brakes, cards, pay
from checkout.payment.card import PLAIN, Asked
from checkout.payment.order import Order
from checkout.payment.pay import Started
from checkout.web.client import client_address
from checkout.web.payer.guard import read_form
from checkout.web.payer.placing import PAYER
from checkout.web.routes import SERVICE
from checkout.web.words import say
from gateways.gateway import Way


async def start(
    request: web.Request,
    order_id: OrderId,
    language: str,
    *,
    principal: str = PAYER,
    guest: bool = False,
    way: Way = Way.CARD,
    card: Asked = PLAIN,
) -> Started:
    """Raises what `pay.start` raises, and TooMany. `language`: the page's; the bank speaks it too."""
    service = request.app[SERVICE]
    await brakes.before_payment(service, order_id, address=client_address(request))
    return await pay.start(service, order_id, principal=principal, guest=guest, language=language, way=way, card=card)


async def wanted(request: web.Request, order: Order) -> Way:
    """The way of the button that was pressed."""
    return meant((await pressed(request)).get("method", ""), methods(request, order.merchant))


async def pressed(request: web.Request) -> dict[str, str]:
    """The fields of a form that may be nothing but its button."""
    return await read_form(request) if request.body_exists else {}


def meant(typed: str, offered: Sequence[Way]) -> Way:
    """What no form of ours offers is a card."""
    return next((way for way in offered if way == typed), Way.CARD)


def methods(request: web.Request, merchant: str) -> Sequence[Way]:
    """What payers of this merchant may choose among."""
    return request.app[SERVICE].config.merchant(merchant).methods


@dataclass(frozen=True, slots=True)
class CardWords:
    """What stands beside a box or a button; its version comes back with the form."""

    version: str
    text: str


def card_words(service: Service, merchant: str, language: str) -> CardWords | None:
    """What a payer agrees to who has the card saved; None: this merchant saves none."""
    if not cards.offered(service, merchant):
        return None
    by_press = cards.by_press(service, merchant)
    text = say(language, "save_card_press_hint") if by_press else say(language, "save_card_hint")
    return CardWords(cards.consent(service, merchant), text)


def onward(request: web.Request, started: Started, order: Order, language: str, bank: str) -> str:
    """Where to go with a payment that stands: to `bank`, our hop to its page, or to where one waits for an application."""
    by_app = started.way in (Way.SBP, Way.SBERPAY)
    return phone(request, started.payment_id, order, language) if by_app else bank


def phone(request: web.Request, payment_id: PaymentId, order: Order, language: str) -> str:
    """The page of a payment that waits for a banking application. It says nothing of the visit, so it serves everybody."""
    token = pay.return_token(request.app[SERVICE], payment_id)
    return f"/r/{token}/phone" + ("" if language == order.language else f"?lang={language}")
