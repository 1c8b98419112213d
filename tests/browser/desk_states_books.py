"""States of finance's books: the dashboard, the bank's registry, exports."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import FilePayload

from checkout.books import figures_store
from checkout.payment.order import Plan
from checkout.payment.settle import settle
from checkout.people import views
from checkout.till.till import Tender
from tests.browser.desk import Desk, DeskState, signed_in
from tests.flows.drawer import taken
from tests.flows.registry import Said, brought_in
from tests.flows.test_registry import refunded
from tests.world import POOR, World

ACCOUNTANT: Final = ("accountant",)
ADMINISTRATOR: Final = ("administrator",)


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
    if desk.first:  # the second one looks at the same
        await month(desk.world)
    return "/desk/dashboard"


async def _dashboard_new(_desk: Desk) -> str:
    return "/desk/dashboard"


async def _dashboard_setup(desk: Desk) -> str:
    """A house that was just set up, with a shift that nobody closed and no worker."""
    if desk.first:
        await desk.world.open_till(1000)
        await desk.world.advance(hours=25)
    await signed_in(desk.world, desk.visit, desk.clerk, desk.language)
    return "/desk/dashboard"


async def _unsettled(desk: Desk) -> None:
    """A registry with a line of each list: settled, differing, unheard of; one payment that it does not name."""
    world = desk.world
    if not desk.first:
        return
    _, good = await world.paid()
    _, other = await world.paid()
    await world.paid()
    lines = (Said("b1", good), Said("b2", other, amount="2400,00"), Said("b3", "pay_unheard-of-and-with-a-long-name"))
    with TemporaryDirectory() as folder:
        await brought_in(world, Path(folder) / "r.csv", *lines)


async def _registry(desk: Desk) -> str:
    await _unsettled(desk)
    return "/desk/registry"


async def _registry_ours(desk: Desk) -> str:
    await _unsettled(desk)
    return "/desk/registry?list=ours"


async def _registry_matched(desk: Desk) -> str:
    await _unsettled(desk)
    return "/desk/registry?list=matched"


async def _registry_new(_desk: Desk) -> str:
    return "/desk/registry"


async def _registry_no_note(desk: Desk) -> None:
    await desk.open(await _registry(desk))
    await desk.page.click(".breaks summary >> nth=0")
    await desk.page.click(".breaks button[value=accept] >> nth=0")


async def _registry_refused(desk: Desk) -> None:
    """A file whose columns are another template's."""
    await desk.open("/desk/registry")
    file: FilePayload = {"name": "registry.csv", "mimeType": "text/csv", "buffer": b"a;b\n1;2\n"}
    await desk.page.set_input_files("#file", files=[file])
    await desk.page.click("form[action$='/import'] button")


async def _export(_desk: Desk) -> str:
    return "/desk/export?source=orders"


async def _export_sums(desk: Desk) -> str:
    """A filter with its totals, its columns open, and one that was kept."""
    await desk.world.paid()
    query = "source=payments&from=&state=captured&column-code=yes"
    staff_id = desk.clerk.staff_id
    assert staff_id is not None
    await desk.world.tx(lambda tx: views.keep(tx, staff_id, "/desk/export", "Оплаченное картой", query))
    return f"/desk/export?{query}"


async def _export_wrong(_desk: Desk) -> str:
    return "/desk/export?source=payments&from=9999-01-01&least=much"


STATES: Final = (
    DeskState("desk_dashboard", "desk/dashboard.html", ACCOUNTANT, _dashboard),
    DeskState("desk_dashboard_new", "desk/dashboard.html", ACCOUNTANT, _dashboard_new),
    DeskState("desk_dashboard_setup", "desk/dashboard.html", ADMINISTRATOR, _dashboard_setup),
    DeskState("desk_registry", "desk/registry.html", ACCOUNTANT, _registry),
    DeskState("desk_registry_ours", "desk/registry.html", ACCOUNTANT, _registry_ours),
    DeskState("desk_registry_matched", "desk/registry.html", ACCOUNTANT, _registry_matched),
    DeskState("desk_registry_new", "desk/registry.html", ACCOUNTANT, _registry_new),
    DeskState("desk_registry_no_note", "desk/registry.html", ACCOUNTANT, _registry_no_note, status=422),
    DeskState("desk_registry_refused", "desk/registry.html", ACCOUNTANT, _registry_refused, status=422),
    DeskState("desk_export", "desk/export.html", ACCOUNTANT, _export),
    DeskState("desk_export_sums", "desk/export.html", ACCOUNTANT, _export_sums),
    DeskState("desk_export_wrong", "desk/export.html", ACCOUNTANT, _export_wrong, status=422),
)
