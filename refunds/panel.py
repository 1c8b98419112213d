"""The panel of refunds on the order page."""

from checkout.ground.db import Tx
from checkout.payment.order import Order
from checkout.web.routes import PanelRow


async def panel(_tx: Tx, _order: Order, _language: str) -> list[PanelRow]:
    return []
