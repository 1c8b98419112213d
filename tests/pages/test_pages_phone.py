"""Paying in a banking application: the choice, the page with the QR code, SberPay, and another mind. No script anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from checkout import postgres
from checkout.ground.ids import PaymentId
from checkout.payment import store
from checkout.payment.order import Order, Word
from checkout.payment.pay import return_token
from checkout.payment.payment import State
from checkout.payment.place import pay_token
from gateways.gateway import Way
from gateways.sandbox import Fault, Rule, instant
from gateways.sandbox.apps import AskKind, AskStatus
from tests.pages.visitor import Visitor, home, only, same_site, told
from tests.world import World, open_world

CODE = "sbp/c2b/qr/dynamic/get.do"
PRIVATE = ("терапевта", "consultation", "Мария", "maria@", "345-67")


@pytest.fixture(params=["sberbank-legacy"])
async def shop(
    request: pytest.FixtureRequest,
    urls: postgres.Urls,
    emptied: None,
    move: Callable[[timedelta], Awaitable[None]],
) -> AsyncIterator[World]:
    """A merchant with every way to pay; no callback helps."""
    _ = emptied
    async with open_world(urls, move, kind=request.param, methods=tuple(Way)) as found:
        found.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
        yield found


@pytest.fixture
def payer(shop: World) -> Visitor:
    return Visitor(shop, {"Accept-Language": "ru", **same_site(shop)})


both = pytest.mark.parametrize("shop", ["sberbank-legacy", "sberbank"], indirect=True)
new_dialect = pytest.mark.parametrize("shop", ["sberbank"], indirect=True)


async def newest(shop: World, order: Order) -> store.Payment:
    return (await shop.tx(lambda tx: store.of_order(tx, order.id)))[-1]


async def waiting(payer: Visitor, shop: World, method: str = "sbp") -> tuple[Order, PaymentId, str]:
    """An order whose payer pressed this button; and the page that they were led to."""
    order = await shop.order()
    pressed = await payer.post(f"{home(shop, order)}/pay", {"method": method})
    assert pressed.status == 303
    payment = (await newest(shop, order)).id
    assert pressed.location == f"/r/{return_token(shop.service, payment)}/phone"
    return order, payment, pressed.location


@both
async def test_who_books_may_choose_the_code_at_once(payer: Visitor, shop: World) -> None:
    """The form offers what the merchant has; booking by QR code leads to its page, with one bank order behind it."""
    form = await payer.form()
    assert form.fields["method"] == ["card", "sbp", "sberpay"]
    assert form.values["method"] == "card"
    sent = await payer.send(form, method="sbp")
    order = await only(shop)
    payment = await newest(shop, order)
    assert sent.location == f"/r/{return_token(shop.service, payment.id)}/phone"
    assert len(shop.bank.orders) == 1


async def test_a_merchant_with_cards_alone_shows_no_choice(visitor: Visitor, world: World) -> None:
    """Neither in the form nor on the order's page; a way that is typed in all the same is a card."""
    form = await visitor.form()
    assert "method" not in form.fields
    order = await world.order()
    page = await visitor.get(home(world, order))
    assert 'name="method"' not in page.html
    pressed = await visitor.post(f"{home(world, order)}/pay", {"method": "sbp"})
    assert pressed.location == f"{home(world, order)}/bank"


@both
async def test_the_page_shows_the_code_and_the_way_into_the_application(payer: Visitor, shop: World) -> None:
    """A picture of ours with words, the link for this very phone, the sum, the code of the order, the minutes left."""
    order, payment, address = await waiting(payer, shop)
    page = await payer.get(address)
    code = (await shop.payment(payment)).code
    assert code is not None
    assert (page.status, page.heading) == (200, "Оплатите по QR-коду")
    assert "2 500 ₽" in told(page.text)
    assert order.code in page.text
    assert code.payload in page.links
    assert 'alt="QR-код СБП на сумму 2' in page.html
    assert 'http-equiv="refresh"' in page.html
    assert not any(secret in page.html for secret in (*PRIVATE, home(shop, order)))
    async with shop.http.get(f"{shop.url}/r/{return_token(shop.service, payment)}/qr.png") as image:
        assert image.content_type == "image/png"
        assert (await image.read()).startswith(b"\x89PNG")


@both
async def test_a_paid_code_leads_to_the_result_without_a_callback(payer: Visitor, shop: World) -> None:
    """While the banks are at work the page says so; then one look is enough, and the order's page says paid."""
    order, payment, address = await waiting(payer, shop)
    instant.confirm(shop.bank, shop.ask(payment))
    page = await payer.get(address)
    assert "Вы подтвердили оплату" in page.text
    assert f"{address.removesuffix('phone')}card" not in page.actions
    instant.finish(shop.bank, shop.ask(payment), accepted=True)
    await shop.advance(seconds=3)
    page = await payer.get(address)
    assert (page.status, page.location) == (303, address.removesuffix("/phone"))
    assert (await payer.get(page.location)).heading == "Вы записаны"
    assert await shop.word(order.id) is Word.PAID
    assert (await payer.get(f"/r/{return_token(shop.service, payment)}/qr.png")).status == 404


async def test_a_refused_code_is_exchanged_for_another(payer: Visitor, shop: World) -> None:
    """The page says that it is no good and that nothing was taken; one press brings the next."""
    _, payment, address = await waiting(payer, shop)
    first = (await shop.payment(payment)).code
    instant.refuse(shop.bank, shop.ask(payment))
    page = await payer.get(address)
    assert "Этот код больше не действует, деньги не списаны" in page.text
    assert first is not None
    assert first.payload not in page.links
    pressed = await payer.post(address.replace("/phone", "/code"))
    assert pressed.location == address
    page = await payer.get(address)
    second = (await shop.payment(payment)).code
    assert second not in (None, first)
    assert second.payload in page.links


@both
async def test_the_banks_refusal_is_told_and_the_card_is_left(payer: Visitor, shop: World) -> None:
    """The reason stands on the page that the payer tried from."""
    _, payment, address = await waiting(payer, shop)
    instant.confirm(shop.bank, shop.ask(payment))
    instant.finish(shop.bank, shop.ask(payment), accepted=False)
    page = await payer.get(address)
    assert "Деньги ещё не списаны" in page.text or "деньги не списаны" in page.text
    assert address.replace("/phone", "/card") in page.actions
    assert (await shop.payment(payment)).state is State.PENDING


async def test_another_mind_goes_to_the_card_page_of_the_same_order(payer: Visitor, shop: World) -> None:
    """The unused code is taken back at the bank; the hop leads to the page of the very same bank order."""
    _, payment, address = await waiting(payer, shop)
    ask = shop.ask(payment)
    pressed = await payer.post(address.replace("/phone", "/card"))
    assert pressed.location == address.replace("/phone", "/bank")
    hop = await payer.get(pressed.location)
    assert hop.status == 200
    assert shop.bank.base_url + shop.ask(payment).order.form_path in hop.html
    assert ask.status is AskStatus.REJECTED
    assert (await payer.get(address)).status == 303  # nobody waits there any more
    assert len(shop.bank.orders) == 1


async def test_the_orders_page_leads_back_to_the_code(payer: Visitor, shop: World) -> None:
    """Whoever closed it finds it again, and reads where to go on."""
    order, _, address = await waiting(payer, shop)
    page = await payer.get(home(shop, order))
    assert "Вернуться к оплате" in page.text
    assert "Банк ждёт оплату в приложении" in page.text
    again = await payer.get(f"{home(shop, order)}/bank")
    assert (again.status, again.location) == (303, address)


async def test_without_a_code_the_page_says_so_and_asks_again(payer: Visitor, shop: World) -> None:
    """The bank gave none: nothing was taken, the card is there, and so is the next try."""
    shop.bank.faults.add(Rule(Fault.HTTP_502, method=CODE, times=1))
    _, payment, address = await waiting(payer, shop)
    page = await payer.get(address)
    assert "Банк сейчас не дал QR-код. Деньги не списаны" in page.text
    await payer.post(address.replace("/phone", "/code"))
    assert (await shop.payment(payment)).code is not None


@new_dialect
async def test_sberpay_knocks_at_a_phone_and_keeps_no_number(payer: Visitor, shop: World) -> None:
    """The link for this phone, a push for another; a wrong number is said beside its field, and kept in it."""
    _, payment, address = await waiting(payer, shop, "sberpay")
    page = await payer.get(address)
    assert page.heading == "Оплатите через SberPay"
    assert any(link.startswith("sberpay://") for link in page.links)
    push = address.replace("/phone", "/push")
    wrong = await payer.post(push, {"phone": "12"})
    assert wrong.status == 422
    assert wrong.values["phone"] == "12"
    assert 'id="phone-wrong"' in wrong.html
    sent = await payer.post(push, {"phone": "8 (912) 345-67-89"})
    assert sent.location == f"{address}?done=pushed"
    assert shop.ask(payment, AskKind.SBERPAY).phone == "79123456789"
    page = await payer.get(sent.location)
    assert "Запрос отправлен" in page.text
    assert "345" not in page.html
    instant.accept(shop.bank, shop.ask(payment, AskKind.SBERPAY))
    await shop.advance(seconds=3)
    assert (await payer.get(address)).status == 303
    assert (await shop.payment(payment)).told == "sberpay"


async def test_few_phones_are_knocked_at_for_one_payment(
    urls: postgres.Urls, move: Callable[[timedelta], Awaitable[None]], emptied: None
) -> None:
    """The number may be anybody's: the fourth within the hour is refused, with how long to wait."""
    _ = emptied
    async with open_world(urls, move, kind="sberbank", methods=tuple(Way)) as shop:
        payer = Visitor(shop, {"Accept-Language": "ru", **same_site(shop)})
        _, _, address = await waiting(payer, shop, "sberpay")
        push = address.replace("/phone", "/push")
        for _ in range(3):
            assert (await payer.post(push, {"phone": "+79123456789"})).status == 303
        held = await payer.post(push, {"phone": "+79123456789"})
        assert held.status == 429
        assert "Retry-After" in held.headers


async def test_a_bank_without_a_push_leads_to_its_page_of_sberpay(payer: Visitor, shop: World) -> None:
    """Nothing to type there: the link for this phone, and the page for a computer."""
    _, _, address = await waiting(payer, shop, "sberpay")
    page = await payer.get(address)
    assert "phone" not in page.fields
    assert any(link.endswith("&toWeb2App=true") for link in page.links)
    assert (await payer.post(address.replace("/phone", "/push"), {"phone": "+79123456789"})).status == 422


@both
async def test_a_guest_pays_by_code_and_learns_nothing(payer: Visitor, shop: World) -> None:
    """The link for somebody else offers the same ways; its page and its result tell of money alone."""
    order = await shop.order()
    link = f"/p/{pay_token(shop.service, order.id)}"
    asked = await payer.get(link)
    assert 'value="sbp"' in asked.html
    pressed = await payer.post(f"{link}/pay", {"method": "sbp"})
    page = await payer.get(pressed.location)
    assert page.heading == "Оплатите по QR-коду"
    assert not any(secret in page.html for secret in (*PRIVATE, home(shop, order)))
    payment = await newest(shop, order)
    assert payment.discreet
    instant.accept(shop.bank, shop.ask(payment.id))
    await shop.advance(seconds=3)
    result = await payer.get((await payer.get(pressed.location)).location)
    assert not any(secret in result.html for secret in PRIVATE)
    assert await shop.word(order.id) is Word.PAID


async def test_another_site_can_neither_exchange_nor_take_back_a_code(payer: Visitor, shop: World) -> None:
    """The buttons work from our own pages only."""
    _, payment, address = await waiting(payer, shop)
    before = (await shop.payment(payment)).code
    for button in ("code", "card", "push"):
        answer = await payer.post(
            address.replace("phone", button), {}, **{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        )
        assert answer.status == 403
    assert (await shop.payment(payment)).code == before


async def test_the_page_speaks_english_and_stays_so(payer: Visitor, shop: World) -> None:
    """From the order's page in English to the code's and on."""
    order = await shop.order()
    pressed = await payer.post(f"{home(shop, order)}/pay?lang=en", {"method": "sbp"})
    page = await payer.get(pressed.location)
    assert (page.heading, page.language) == ("Pay by QR code", "en")
    assert all("lang=en" in action for action in page.actions)


@both
async def test_a_code_that_ran_out_leads_to_another_try(payer: Visitor, shop: World) -> None:
    """The bank's session is over: nothing was taken, and the same ways are offered again."""
    _, payment, address = await waiting(payer, shop)
    await shop.advance(minutes=21)
    page = await payer.get(address)
    assert (page.status, page.location) == (303, address.removesuffix("/phone"))
    page = await payer.get(page.location)
    assert page.heading == "Оплата не завершена"
    assert 'value="sbp"' in page.html
    again = await payer.post(f"{address.removesuffix('/phone')}/retry", {"method": "sbp"})
    assert again.location.endswith("/phone")
    assert again.location != address
    assert (await shop.payment(payment)).state is State.LAPSED


async def test_two_presses_at_once_are_one_order_and_one_code(payer: Visitor, shop: World) -> None:
    """Both are led to the same page with the same code."""
    order = await shop.order()
    pressed = await asyncio.gather(*(payer.post(f"{home(shop, order)}/pay", {"method": "sbp"}) for _ in range(2)))
    assert {answer.status for answer in pressed} <= {303, 409}
    again = await payer.post(f"{home(shop, order)}/pay", {"method": "sbp"})
    assert again.location.endswith("/phone")
    assert len(shop.bank.orders) == 1
    assert len(shop.bank.apps.asks) == 1
