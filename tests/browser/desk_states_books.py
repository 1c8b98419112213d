"""States of finance's books: the dashboard, the bank's registry, exports."""

from __future__ import annotations

from typing import Final

from checkout.books import figures_store
from checkout.payment.order import Plan
from checkout.payment.settle import settle
from checkout.till.till import Tender
from checkout.web.words import LANGUAGES
from tests.browser.desk import Desk, DeskState
from tests.flows.drawer import taken
from tests.flows.test_registry import refunded
from tests.world import POOR, World

ACCOUNTANT: Final = ("accountant",)
FIRST: Final = LANGUAGES[0]


async def month(world: World) -> None:
    """Two days of each kind of money, a card refused, a refund; counted."""
    await world.paid()
    await refunded(world)
    await world.open_till(1000)
    desk = await world.order(plan=Plan.AT_CLINIC)
    await taken(world, desk, 1500)
    await taken(world, desk, 1000, tender=Tender.TERMINAL)
    poor = await world.start(await world.order())
    await world.pay_at_bank(poor.payment_id, POOR)
    await settle(world.service, poor.payment_id)
    await figures_store.count(world.service)


async def _dashboard(desk: Desk) -> str:
    if desk.language == FIRST:  # the second one looks at the same
        await month(desk.world)
    return "/desk/dashboard"


async def _dashboard_new(_desk: Desk) -> str:
    return "/desk/dashboard"


STATES: Final = (
    DeskState("desk_dashboard", "desk/dashboard.html", ACCOUNTANT, _dashboard),
    DeskState("desk_dashboard_new", "desk/dashboard.html", ACCOUNTANT, _dashboard_new),
)
