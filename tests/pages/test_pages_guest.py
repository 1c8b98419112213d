"""Somebody else pays: the sum, the payee, the code; never the service, the people or the hour."""

from __future__ import annotations

import re

from checkout.ground.ids import PaymentId
from checkout.payment import store
from checkout.payment.order import Order, Plan, Word
from checkout.payment.pay import return_token
from checkout.payment.place import pay_token
from checkout.payment.settle import settle
from checkout.till.take import take
from checkout.web import dates
from checkout.web.words import LANGUAGES
from tests.pages.visitor import Seen, Visitor, born, home, only, told
from tests.world import POOR, World, roubles

PATIENT = {"patient": "Пётр Сидоров", **born("1950-05-01")}
REASON = "Попытки оплаты закончились"
PRIVATE = ("терапевта", "General practitioner", "consultation", "Мария", "Пётр", "Сидоров", "1950", "maria@", "345-67")


def link(world: World, order: Order) -> str:
    return f"/p/{pay_token(world.service, order.id)}"


async def newest(world: World, order: Order) -> PaymentId:
    return (await world.tx(lambda tx: store.of_order(tx, order.id)))[-1].id


def discreet(world: World, order: Order, page: Seen) -> bool:
    """Nothing of service, people, hour or private page, wherever it may hide in the document."""
    hours = [
        spoken(order.starts_at, order.zone, language)
        for spoken in (dates.moment, dates.short)
        for language in LANGUAGES
    ]
    secrets = (*PRIVATE, *hours, f"{order.starts_at:%Y-%m-%dT%H:%M}", home(world, order))
    return not any(secret in page.html for secret in secrets)


async def booked(visitor: Visitor, world: World) -> Order:
    """Maria books for her father, three days on, and leaves before paying."""
    address = await visitor.booked(**PATIENT)
    order = await only(world)
    page = await visitor.get(f"{address}/cancel")
    assert page.status == 200
    return order


async def test_the_private_page_hands_out_a_link_and_its_code_to_photograph(visitor: Visitor, world: World) -> None:
    """As text to copy and as a drawing with words, without a style that our policy forbids; gone once all is paid."""
    order = await world.order()
    page = await visitor.get(home(world, order))
    assert f'value="{world.url}{link(world, order)}"' in page.html
    drawing = re.search(r"<svg[^>]*>.*?</svg>", page.html[page.html.index('class="qr"') :], re.DOTALL)
    assert drawing is not None
    assert "<title>QR-код той же ссылки на оплату</title>" in drawing[0]
    assert "style=" not in drawing[0]
    paid, _ = await world.paid()
    assert link(world, paid) not in (await visitor.get(home(world, paid))).html


async def test_a_guest_sees_the_sum_and_the_payee_and_nothing_of_the_visit(visitor: Visitor, world: World) -> None:
    """Company, numbers, code, clinic, sum, until when; in both languages."""
    order = await booked(visitor, world)
    for language in ("ru", "en"):
        page = await visitor.get(f"{link(world, order)}?lang={language}")
        assert page.status == 200
        assert discreet(world, order, page)
        for part in (
            order.code,
            "ООО «Клиника Здоровье»",
            "5400000001",
            "2 500 ₽",
            "Тверск" if language == "ru" else "Tver",
        ):
            assert part in told(page.text)
        assert '<meta name="robots" content="noindex, nofollow">' in page.html


async def test_a_guest_pays_and_sees_only_that_it_is_paid(visitor: Visitor, world: World) -> None:
    """From the link through the bank to a result without a visit in it; the order is paid for whoever booked it."""
    order = await world.order()
    pressed = await visitor.post((await visitor.get(link(world, order))).actions[0])
    assert (pressed.status, pressed.location) == (303, f"{link(world, order)}/bank")
    hop = await visitor.get(pressed.location)
    assert world.bank.base_url in hop.html
    payment = await newest(world, order)
    result = f"/r/{return_token(world.service, payment)}"
    assert world.bank.find(world.merchant, number=str(payment)).request.return_url == world.url + result
    await world.pay_at_bank(payment)
    page = await visitor.get(result)
    assert page.heading == "Оплачено"
    assert discreet(world, order, page)
    assert not page.actions
    assert (await visitor.get(home(world, order))).heading == "Вы записаны"
    assert (await visitor.get(link(world, order))).heading == "Оплачено"
    assert not await world.broken()


async def test_a_guest_keeps_their_language_to_the_bank_and_back(visitor: Visitor, world: World) -> None:
    """Of a Russian order's guest who reads English: the bank's page, the result and the next try are English too."""
    order = await world.order()
    page = await visitor.get(f"{link(world, order)}?lang=en")
    await visitor.post(page.actions[0])
    payment = await newest(world, order)
    asked = world.bank.find(world.merchant, number=str(payment)).request
    assert (asked.language, asked.description) == ("en", f"Order {order.code}")
    for _ in range(3):
        await world.pay_at_bank(payment, POOR)
    back = f"{asked.return_url.removeprefix(world.url)}&orderId=x&lang=en"
    result = await visitor.get(back)
    assert (result.language, result.heading) == ("en", "The payment did not go through")
    pressed = await visitor.post(result.actions[0])
    assert pressed.location.endswith("/bank?lang=en")
    second = await newest(world, order)
    assert world.bank.find(world.merchant, number=str(second)).request.language == "en"
    await world.pay_at_bank(second)
    assert (await visitor.get(pressed.location.replace("/bank", ""))).heading == "Paid"
    assert (await visitor.get(home(world, order))).language == "ru"


async def test_a_guest_whose_card_is_refused_tries_again(visitor: Visitor, world: World) -> None:
    """Reason, advice, a button; the next try is a guest's too."""
    order = await world.order()
    await visitor.post(f"{link(world, order)}/pay")
    first = await newest(world, order)
    for _ in range(3):
        await world.pay_at_bank(first, POOR)
    page = await visitor.get(f"/r/{return_token(world.service, first)}")
    assert page.heading == "Оплата не прошла"
    assert discreet(world, order, page)
    pressed = await visitor.post(page.actions[0])
    second = await newest(world, order)
    assert second != first
    assert pressed.location == f"/r/{return_token(world.service, second)}/bank"
    assert (await visitor.get(pressed.location)).status == 200


async def test_a_guest_and_the_booker_share_one_page_of_the_bank(visitor: Visitor, world: World) -> None:
    """Whoever comes second finds the page that the first one opened: nobody pays twice, and the result tells no visit."""
    order = await world.order()
    started = await world.start(order)
    result = f"/r/{return_token(world.service, started.payment_id)}"
    assert not discreet(world, order, await visitor.get(result))
    page = await visitor.get(link(world, order))
    assert (page.heading, page.actions) == ("Оплата ещё не подтверждена", [f"{link(world, order)}/pay"])
    assert f"{link(world, order)}/bank" not in page.links
    assert (await visitor.get(f"{link(world, order)}/bank")).location == link(world, order)  # nobody has pressed
    assert (await visitor.post(page.actions[0])).location == f"{link(world, order)}/bank"
    assert (await visitor.get(f"{link(world, order)}/bank")).status == 200
    assert f"{link(world, order)}/bank" in (await visitor.get(link(world, order))).links
    assert len(world.bank.recent(5)) == 1
    await world.pay_at_bank(started.payment_id)
    await settle(world.service, started.payment_id)
    page = await visitor.get(result)
    assert page.heading == "Оплачено"
    assert discreet(world, order, page)


async def test_whose_card_was_refused_and_why_is_theirs_to_know(visitor: Visitor, world: World) -> None:
    """The guest is asked as if nobody had tried; the booker reads that it failed, but not what the guest's bank said."""
    order = await world.order()
    started = await world.start(order)
    await world.refuse(started.payment_id)
    assert REASON in (await visitor.get(home(world, order))).text
    page = await visitor.get(link(world, order))
    assert (page.heading, page.actions) == ("Вас просят оплатить заказ", [f"{link(world, order)}/pay"])
    assert REASON not in page.text
    await visitor.post(page.actions[0])
    second = await newest(world, order)
    await world.refuse(second)
    assert REASON in (await visitor.get(link(world, order))).text
    page = await visitor.get(home(world, order))
    assert page.heading == "Оплата не прошла"
    assert REASON not in page.text


async def test_an_order_that_wants_no_money_says_so(visitor: Visitor, world: World) -> None:
    """Cancelled or expired: no button, nothing of the visit."""
    order = await world.order()
    await world.advance(minutes=16)
    await world.sweep()
    page = await visitor.get(link(world, order))
    assert (page.heading, page.actions) == ("Платить не нужно", [])
    assert discreet(world, order, page)
    refused = await visitor.post(f"{link(world, order)}/pay")
    assert (refused.status, "Заказ закрыт" in refused.text) == (409, True)


async def test_the_links_open_each_other_in_no_direction(visitor: Visitor, world: World) -> None:
    """Three tokens, three doors."""
    order = await world.order()
    assert (await visitor.get(link(world, order).replace("/p/", "/o/"))).status == 404
    assert (await visitor.get(home(world, order).replace("/o/", "/p/"))).status == 404
    assert (await visitor.get(link(world, order).replace("/p/", "/r/"))).status == 404
    stranger = Visitor(world, {"Sec-Fetch-Site": "cross-site"})
    assert (await stranger.post(f"{link(world, order)}/pay")).status == 403


async def test_a_deposit_a_guest_and_the_desk_add_up_to_the_price(visitor: Visitor, world: World) -> None:
    """Three tenders on one order: 750 ₽ by its payer's card, 1 000 ₽ in cash, the rest by a guest; exactly paid."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    await world.open_till()
    await world.tx(lambda tx: take(tx, world.service, order.id, roubles(1000), principal="olga"))
    page = await visitor.get(link(world, order))
    assert "К оплате 750 ₽" in told(page.text)
    await visitor.post(page.actions[0])
    payment = await newest(world, order)
    await world.pay_at_bank(payment)
    await settle(world.service, payment)
    facts = await world.facts(order.id)
    assert (facts.paid, facts.due, await world.word(order.id)) == (roubles(2500), roubles(0), Word.PAID)
    assert not await world.broken()
