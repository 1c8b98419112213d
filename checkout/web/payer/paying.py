"""Start a payment for whoever pressed a button on our pages."""

from __future__ import annotations

from aiohttp import web

from checkout.ground.ids import OrderId
from checkout.payment import brakes, pay
from checkout.payment.pay import Started
from checkout.web.client import client_address
from checkout.web.payer.placing import PAYER
from checkout.web.routes import SERVICE


async def start(
    request: web.Request, order_id: OrderId, language: str, *, principal: str = PAYER, guest: bool = False
) -> Started:
    """Raises what `pay.start` raises, and TooMany. `language`: the page's; the bank speaks it too."""
    service = request.app[SERVICE]
    await brakes.before_payment(service, order_id, address=client_address(request))
    return await pay.start(service, order_id, principal=principal, guest=guest, language=language)
