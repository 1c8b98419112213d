"""Of a fiscal receipt pages say what the clinic says it does, and nothing where it says nothing: none is made here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout.ground.config import Fiscal
from checkout.ground.ids import PaymentId
from checkout.payment.pay import return_token
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


@pytest.fixture
async def printing(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A clinic whose bank makes the receipts."""
    _ = emptied
    async with open_world(urls, move, fiscal=Fiscal(by="bank", tax_system="usn_income")) as found:
        yield found


def result(world: World, payment: PaymentId) -> str:
    """Where the bank sends the payer back to."""
    return f"/r/{return_token(world.service, payment)}"


async def test_the_banks_receipt_is_promised_and_then_shown(printing: World) -> None:
    """An honest sentence before it is there; then its numbers and where to see it; and the API tells the same."""
    visitor = Visitor(printing, {"Accept-Language": "ru", **same_site(printing)})
    order, payment = await printing.paid()
    assert "Кассовый чек пришлёт банк" in (await visitor.get(result(printing, payment))).text
    waiting = await visitor.get(home(printing, order))
    assert "Чек оплаты на 2 500 ₽: банк его готовит." in waiting.text
    await printing.sweep()
    await printing.advance(minutes=1)
    await printing.sweep()
    ready = await visitor.get(home(printing, order))
    assert "Чек оплаты на 2 500 ₽ от 2 декабря" in ready.text
    assert "ФД 1, ФП " in ready.text
    _, answer = await printing.api("GET", f"/v1/orders/{order.id}", "office")
    (told,) = answer["receipts"]
    assert (told["kind"], told["status"], told["payment"], told["number"]) == ("payment", "ready", str(payment), "1")
    assert told["url"] in ready.links


async def test_a_receipt_that_the_bank_could_not_print_worries_nobody(printing: World) -> None:
    """The payer reads that it is late and that nothing is to be done; never the bank's own words."""
    visitor = Visitor(printing, {"Accept-Language": "en", **same_site(printing)})
    order, payment = await printing.paid(language="en")
    printing.bank.receipts.spoil(printing.bank.find(printing.merchant, number=str(payment)), fail=True)
    await printing.sweep()
    await printing.advance(minutes=1)
    await printing.sweep()
    page = await visitor.get(home(printing, order))
    assert "Payment receipt for" in page.text
    assert "is late." in page.text
    assert "ККТ" not in page.text


async def test_the_letter_says_where_the_receipt_will_be(printing: World) -> None:
    """It is not printed yet when the letter goes."""
    await printing.paid()
    (letter,) = await printing.letters()
    assert "Кассовый чек пришлёт банк отдельным сообщением." in letter.text


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
