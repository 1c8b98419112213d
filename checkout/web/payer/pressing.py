"""What follows the press that charges a saved card: the result, the issuer's question, or the bank's page as ever.

The question is a page of ours with a form that leads to the issuer. It is the answer to the press and has no address of its
own, since nothing of it is kept: whoever loads it anew is led to the result, and from there to the bank's page.
"""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from checkout.ground.ids import PaymentId
from checkout.payment import press
from checkout.payment.pay import Started, return_token
from checkout.payment.press import Onward
from checkout.web.client import client_address
from checkout.web.pages import page, see_other
from checkout.web.payer import paying
from checkout.web.payer.placing import PAYER
from checkout.web.payer.private import Opened
from checkout.web.routes import FORMS_TO, SERVICE
from gateways.money import Money
from gateways.one_press import Confirm

_SUM: Final = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)


def agreed(fields: dict[str, str]) -> Money | None:
    """The sum on the button that was pressed; None for a button that only leads to the bank."""
    typed = fields.get("sum", "")
    return Money(int(typed)) if _SUM.fullmatch(typed) else None


async def charge(request: web.Request, door: Opened, started: Started, total: Money) -> web.Response:
    """Press, and go where that leads."""
    service = request.app[SERVICE]
    went = await press.press(service, started.payment_id, total=total, address=client_address(request), principal=PAYER)
    home, bank = result(request, door, started.payment_id), door.address(request, "/bank")
    if isinstance(went, Confirm):
        return _question(request, door, went, total, home=home, bank=bank)
    if went is Onward.RESULT:
        return see_other(home)
    return see_other(paying.onward(request, started, door.order, door.language, bank))


def result(request: web.Request, door: Opened, payment_id: PaymentId) -> str:
    """Where the bank is asked what became of a payment, in the reader's language."""
    chosen = "" if door.language == door.order.language else f"?lang={door.language}"
    return f"/r/{return_token(request.app[SERVICE], payment_id)}{chosen}"


def _question(request: web.Request, door: Opened, asks: Confirm, total: Money, *, home: str, bank: str) -> web.Response:
    """A form may leave our pages here alone, for this one origin."""
    request[FORMS_TO] = asks.origin
    return page(
        request,
        "confirm.html",
        language=door.language,
        here=home,
        issuer=asks.url,
        fields=asks.fields,
        amount=total,
        code=door.order.code,
        bank=bank,
    )
