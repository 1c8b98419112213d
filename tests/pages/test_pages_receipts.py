"""Of a fiscal receipt pages say what the clinic says it does, and nothing where it says nothing: none is made here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout.postgres import Urls
from tests.pages.visitor import Visitor, home, same_site
from tests.world import World, open_world


async def test_no_page_promises_a_receipt_unless_the_clinic_does(visitor: Visitor, world: World) -> None:
    """Neither the form, nor its faults, nor the consents, nor the page of whoever has paid."""
    form = await visitor.form()
    wrong = await visitor.send(form, email="maria")
    order, _ = await world.paid()
    paid = await visitor.get(home(world, order))
    consents = await visitor.get(f"{home(world, order)}/consents")
    assert "Напишем сюда о записи и оплате" in form.text
    assert "на него придут письма о записи" in wrong.text
    assert paid.heading == "Вы записаны"
    for page in (form, wrong, paid, consents):
        assert " чек" not in page.text.lower()


@pytest.fixture
async def giving(
    request: pytest.FixtureRequest, urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> AsyncIterator[World]:
    """A clinic that says how it gives its receipts: the indirect parameter."""
    _ = emptied
    async with open_world(urls, move, receipts=request.param) as found:
        yield found


@pytest.mark.parametrize(
    ("giving", "ru", "en"),
    [
        ("at_clinic", "Кассовый чек выдадут в клинике.", "You get the fiscal receipt at the clinic."),
        ("by_email", "Кассовый чек клиника пришлёт вам", "The clinic sends the fiscal receipt to your e-mail."),
    ],
    indirect=["giving"],
)
async def test_whoever_has_paid_is_told_how_this_clinic_gives_its_receipts(giving: World, ru: str, en: str) -> None:
    """In their language, once there is money to give a receipt for; a booking to be paid there says nothing yet."""
    visitor = Visitor(giving, {"Accept-Language": "ru", **same_site(giving)})
    order, _ = await giving.paid()
    assert ru in (await visitor.get(home(giving, order))).text
    assert en in (await visitor.get(f"{home(giving, order)}?lang=en")).text
    unpaid = await visitor.booked(plan="at_clinic")
    assert ru not in (await visitor.get(unpaid)).text
