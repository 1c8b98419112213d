"""The queue of refunds: by who must act, filtered in the address, many approved at once."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import pytest

from checkout.payment.settle import settle
from gateways.sandbox import instant
from refunds.refund import State
from tests.desk.clerk import at_work
from tests.desk.refunds import asked, clerk_name, decided, of_order, sent
from tests.world import World


async def test_the_queue_is_told_by_who_must_act(world: World) -> None:
    """Asked for: mine; approved: the bank's; accepted: done; names, days and references in words."""
    order, payment_id = await world.paid()
    refund = await asked(world, order)
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/refunds")
    assert order.code in page.text
    assert "М. П." in page.text
    assert "Мария" not in page.html
    assert str((await world.payment(payment_id)).reference) in page.html
    await decided(clerk, refund, "approve")
    assert order.code not in (await clerk.get("/desk/refunds")).text
    assert order.code in (await clerk.get("/desk/refunds?tab=bank")).text
    await world.sweep()
    assert order.code in (await clerk.get("/desk/refunds?tab=done")).text
    assert "Ошибок нет" in (await clerk.get("/desk/refunds?tab=errors")).text


async def test_a_window_that_ends_soon_is_told_by_shape_and_word(world: World) -> None:
    """Three days and fewer call for haste; a demand that was not answered in time is overdue."""
    order, _ = await world.paid()
    await asked(world, order)
    await world.advance(days=29)
    page = await (await at_work(world, "accountant")).get("/desk/refunds")
    assert re.search(r"\d: мало времени", page.text)
    assert "просрочено" in page.text


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("least=1000&most=1000", True),
        ("least=1000,01", False),
        ("clinic=tverskaya", True),
        ("clinic=krasny", False),
        ("method=cash", False),
        ("state=requested", True),
        ("since=2020-01-01", True),
        ("until=2020-01-01", False),
    ],
)
async def test_a_filter_lives_in_the_address(world: World, query: str, there: bool) -> None:
    """What is found fits it; what is not can be reset."""
    order, _ = await world.paid()
    await asked(world, order)
    page = await (await at_work(world, "accountant")).get(f"/desk/refunds?{query}")
    assert (order.code in page.text) is there
    assert "/desk/refunds?tab=mine" in page.links


async def test_the_ways_of_the_bank_are_told_apart(world: World) -> None:
    """A payment by SberPay is found as such and called so, in the queue and before many are approved; no other is."""
    by_card, _ = await world.paid()
    by_app = await world.order()
    started = await world.start(by_app)
    order = world.bank.find(world.merchant, number=str(started.payment_id))
    instant.accept(world.bank, instant.invoice(world.bank, order))
    await settle(world.service, started.payment_id)
    await asked(world, by_card)
    refund = await asked(world, by_app)
    clerk = await at_work(world, "accountant")
    for method, found in (("card", by_card), ("sberpay", by_app), ("sbp", None)):
        page = await clerk.get(f"/desk/refunds?method={method}")
        assert [one.code for one in (by_card, by_app) if one.code in page.text] == ([found.code] if found else [])
    page = await clerk.get("/desk/refunds?method=sberpay")
    assert "SberPay" in page.text.partition(by_app.code)[2]
    check = await clerk.press(page, "/desk/refunds/approve/check", **{f"tick-{refund.id}": "yes"})
    assert "SberPay" in check.text


@pytest.mark.parametrize(
    "query", ["least=много", "since=вчера", "state=gone", "method=gold", "after=rf_x", "asked_by=%01"]
)
async def test_a_filter_that_cannot_be_meant_is_said(world: World, query: str) -> None:
    page = await (await at_work(world, "accountant")).get(f"/desk/refunds?{quote(query, safe='=%')}")
    assert page.status == 422
    assert "Введите" in page.text or "Проверьте" in page.text or "Напишите" in page.text or "Такой отметки" in page.text


async def test_the_queue_is_filtered_by_who_asked_and_who_decided(world: World) -> None:
    """Only colleagues who may do it, and programs that may, are offered by name; what they did is found."""
    first, second = (await world.paid())[0], (await world.paid())[0]
    vera = await at_work(world, "accountant", email="vera@clinic.example", name="Вера Фомина")
    boris = await at_work(world, "controller", email="boris@clinic.example", name="Борис Громов")
    await at_work(world, "cashier", name="Кира Кассир")
    await at_work(world, ("accountant", "krasny"), email="there@clinic.example", name="Зоя Дальняя")
    await sent(vera, first, amount="100")
    await asked(world, second, 200, by="key:finance")
    form = await vera.get("/desk/refunds")
    assert {clerk_name(vera), "key:finance"} <= set(form.fields["asked_by"])
    assert clerk_name(boris) in form.fields["decided_by"]
    assert "Кира Кассир" not in form.text
    by_vera = await vera.get(f"/desk/refunds?asked_by={quote(clerk_name(vera))}")
    assert (first.code in by_vera.text, second.code in by_vera.text) == (True, False)
    by_key = await vera.get("/desk/refunds?asked_by=key%3Afinance")
    assert (first.code in by_key.text, second.code in by_key.text) == (False, True)
    await decided(boris, (await of_order(world, first.id))[0], "reject", reason="Услуга оказана")
    for name, there in ((clerk_name(boris), True), (clerk_name(vera), False)):
        page = await vera.get(f"/desk/refunds?tab=done&decided_by={quote(name)}")
        assert (first.code in page.text) is there
    assert "решил(а): Борис Громов" in (await vera.get("/desk/refunds?tab=done")).text
    here = await at_work(world, ("accountant", "tverskaya"), email="here@clinic.example")
    assert "Зоя Дальняя" not in (await here.get("/desk/refunds")).text


async def test_each_filter_is_a_chip_that_takes_it_out(world: World) -> None:
    """In words; its link keeps the tab and the other filters. None while nothing is filtered."""
    order, _ = await world.paid()
    await asked(world, order)
    vera = await at_work(world, "accountant", name="Вера Фомина")
    assert 'class="chips"' not in (await vera.get("/desk/refunds")).html
    query = {
        "tab": "mine",
        "clinic": "tverskaya",
        "state": "requested",
        "method": "card",
        "since": "2020-01-01",
        "least": "1",
        "asked_by": clerk_name(vera),
    }
    page = await vera.get(f"/desk/refunds?{urlencode(query)}")
    told = page.text
    for words in ("Клиника на Тверской", "На согласовании", "Карта", "1 января 2020", "1", "Вера Фомина"):
        assert f": {words}" in told
    for name in set(query) - {"tab"}:
        rest = urlencode({key: value for key, value in query.items() if key != name})
        assert f"/desk/refunds?{rest}" in page.links
    wrong = await vera.get("/desk/refunds?least=x&method=card")
    assert (wrong.status, "/desk/refunds?method=card" in wrong.links) == (422, True)


async def test_a_filter_of_the_queue_is_kept_under_a_name(world: World) -> None:
    """A link on the queue for whoever kept it, with the tab; nothing is offered to be kept without a filter."""
    vera = await at_work(world, "accountant")
    assert "/desk/views" not in (await vera.get("/desk/refunds?tab=done")).actions
    page = await vera.get("/desk/refunds?tab=done&least=100&method=card")
    kept = await vera.press(page, "/desk/views", page="/desk/refunds", name="Крупные", query=page.values["query"])
    assert kept.location == "/desk/refunds?tab=done&method=card&least=100"
    page = await vera.get("/desk/refunds")
    assert (kept.location in page.links, "Крупные" in page.text) == (True, True)
    other = await at_work(world, "controller")
    assert "Крупные" not in (await other.get("/desk/refunds")).text
    assert "Крупные" not in (await vera.get("/desk/export")).text
    gone = await vera.press(page, "/desk/views/forget", page="/desk/refunds", view=page.values["view"])
    assert gone.location == "/desk/refunds"
    assert "Крупные" not in (await vera.get("/desk/refunds")).text


async def test_a_long_queue_has_pages_that_lose_nothing(world: World) -> None:
    """Forty a page; together they are all, each once."""
    order, _ = await world.paid()
    for _ in range(45):
        await asked(world, order, 10)
    clerk = await at_work(world, "accountant")
    page, seen_ = await clerk.get("/desk/refunds"), set()
    for _ in range(2):
        seen_ |= {link for link in page.links if link.startswith("/desk/refunds/rf_")}
        onward = [link for link in page.links if "after=" in link]
        page = await clerk.get(onward[0]) if onward else page
    assert len(seen_) == 45


async def test_many_are_approved_with_their_total_and_each_with_its_result(world: World) -> None:
    """The sum stands in the confirmation; one that somebody decided meanwhile is said on its row and stops no other."""
    orders = [(await world.paid())[0] for _ in range(3)]
    found = [await asked(world, order, 100 * (number + 1)) for number, order in enumerate(orders)]
    clerk = await at_work(world, "accountant", email="vera@clinic.example")
    other = await at_work(world, "controller", email="boris@clinic.example")
    queue = await clerk.get("/desk/refunds")
    ticks = {f"tick-{refund.id}": "yes" for refund in found}
    check = await clerk.press(queue, "/desk/refunds/approve/check", **ticks)
    assert "600 ₽" in check.text
    await decided(other, found[0], "reject", reason="не положено")
    done = await clerk.press_all(check, "/desk/refunds/approve")
    assert "Согласовано: 2 из 3, на сумму 500 ₽" in done.text
    assert "это уже сделали" in done.text
    again = await clerk.press_all(check, "/desk/refunds/approve")
    assert "Согласовано: 2 из 3" in again.text
    await world.sweep()
    assert [(await of_order(world, order.id))[0].state for order in orders] == [State.REJECTED, State.DONE, State.DONE]
    assert not await world.broken()


async def test_nothing_ticked_is_said(world: World) -> None:
    order, _ = await world.paid()
    await asked(world, order)
    clerk = await at_work(world, "accountant")
    page = await clerk.press(await clerk.get("/desk/refunds"), "/desk/refunds/approve/check")
    assert (page.status, "Отметьте хотя бы один" in page.text) == (422, True)
