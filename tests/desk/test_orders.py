"""Find a booking, and its page: three numbers that add up, who may see whom, and why it stands as it does."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

import checkout
from checkout.booking import booking
from checkout.ground.db import rows, sql
from checkout.payment import payment, receipt, settle, visit
from checkout.payment.order import Order
from checkout.privacy.person import person
from checkout.web.words import WORDS
from refunds import refund
from refunds.chargebacks import chargeback
from tests.desk.clerk import Clerk, at_work
from tests.desk.refunds import sent
from tests.pages.visitor import Seen
from tests.world import POOR, World

_LOOKED = sql("SELECT action, object FROM audit WHERE outcome = 'done' ORDER BY seq")
ANNA = person(name="Анна Сергеевна Котова", phone="8 (921) 111-22-33", email="anna@example.com")


async def _audited(world: World) -> list[str]:
    return [row.action for row in await world.tx(lambda tx: rows(tx, _LOOKED))]


async def found(clerk: Clerk, typed: str) -> Seen:
    return await clerk.get(f"/desk/orders?{urlencode({'q': typed})}")


def test_everything_that_can_happen_has_its_words() -> None:
    """No event of an order, a place, a payment or a refund is told as a mere change."""
    root = Path(checkout.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    kinds = {f"order_{kind}" for kind in re.findall(r'Event\("order", [\w.]+, "(\w+)"', source)}
    kinds |= {f"order_{outcome}" for outcome in visit.Outcome} | {f"booking_{state}" for state in booking.State}
    machines = {"payment": payment.State, "refund": refund.State, "receipt": receipt.State}
    kinds |= {f"chargeback_{kind}" for kind in ("recognised", "named", *chargeback.PRESSED, "return")}
    kinds |= {f"{subject}_{state}" for subject, states in machines.items() for state in states}
    kinds |= {f"payment_{kind}" for kind in re.findall(r'Event\("payment", [\w.]+, "(\w+)"', source)}
    kinds |= {f"refund_{command}" for command in ("approve", "reject", "cancel", "retry", "close", "paid_out")}
    kinds |= {f"refund_{basis}" for basis in ("external", "chargeback")}
    never = {"payment_registering", "refund_rejected", "refund_cancelled"}  # told by their causes
    assert not {kind for kind in kinds - never if f"story_{kind}" not in WORDS}


def numbers(text: str) -> list[str]:
    """Due, paid, refunded, as they stand on the page."""
    return re.findall(r"(?:К оплате|Оплачено|Возвращено) ([\d ]+ ₽)", text)[:3]


async def test_a_scanned_code_opens_the_booking_at_once(world: World) -> None:
    """However it is typed: no list in between."""
    order = await world.order()
    clerk = await at_work(world, "cashier")
    for typed in (order.code, order.code.lower(), f"{order.code[:4]}-{order.code[4:]}", f" {order.code} "):
        assert (await found(clerk, typed)).location == f"/desk/orders/{order.code}"


@pytest.mark.parametrize(
    "typed",
    ["2233", "+79211112233", "8 921 111-22-33", "ANNA@example.com", "котова", "Котова Анна", "АННА"],
)
async def test_a_payer_is_found_by_what_they_say(world: World, typed: str) -> None:
    """Tail, whole number, address, name in any order: only theirs, and that somebody looked is on record."""
    anna = await world.order(payer=ANNA)
    maria = await world.order()
    clerk = await at_work(world, "cashier")
    page = await found(clerk, typed)
    assert anna.code in page.text
    assert maria.code not in page.text
    assert "Черновик" in page.text
    assert "order.search" in await _audited(world)


@pytest.mark.parametrize("typed", ["Петров", "0000", "@", "+7", "ZZZZZZZZ", "'; DROP TABLE orders"])
async def test_what_is_not_there_is_said_with_a_way_on(world: World, typed: str) -> None:
    """Nothing is guessed; the search can be cleared."""
    await world.order()
    clerk = await at_work(world, "cashier")
    page = await found(clerk, typed)
    assert page.status == 200
    assert "ничего не найдено" in page.text or "Так искать нельзя" in page.text


async def test_the_three_numbers_add_up_through_a_life(world: World) -> None:
    """Draft, paid, part given back: due, paid and refunded say what the ledger says."""
    clerk = await at_work(world, "accountant")
    order = await world.order()
    assert numbers((await clerk.get(f"/desk/orders/{order.code}")).text) == ["2 500 ₽", "0 ₽", "0 ₽"]
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id)
    await settle.settle(world.service, started.payment_id)
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert numbers(page.text) == ["0 ₽", "2 500 ₽", "0 ₽"]
    assert "У клиники сейчас 2 500 ₽" in page.text
    assert "Банк принял деньги" in page.text


async def test_a_refused_card_is_told_in_words_with_advice(world: World) -> None:
    """The receptionist reads why, and what to offer; no code of the bank's."""
    order = await world.order()
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id, POOR)
    await settle.settle(world.service, started.payment_id)
    await world.advance(minutes=21)
    await world.sweep()
    page = await (await at_work(world, "cashier")).get(f"/desk/orders/{order.code}")
    assert "недостаточно средств" in page.text
    assert "Попросите проверить данные" in page.text


async def test_a_payer_is_masked_for_whoever_need_not_know_them(world: World) -> None:
    """Initials and the last digits; the rest is in no corner of the page. Who sees all of it leaves a line."""
    order = await world.order(payer=ANNA)
    await world.letters()
    reader = await at_work(world, "read-only")
    page = await reader.get(f"/desk/orders/{order.code}")
    assert "А. С. К." in page.text
    assert not [secret for secret in ("Котова", "9211112233", "anna@example.com") if secret in page.html]
    assert "person.read" not in await _audited(world)
    clerk = await at_work(world, "cashier", email="cashier@clinic.example")
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert "Анна Сергеевна Котова" in page.text
    assert "person.read" in await _audited(world)


async def test_an_order_of_another_clinic_does_not_exist(world: World) -> None:
    """Neither by its code, nor by its payer, nor on its own page."""
    order = await world.order(payer=ANNA)
    clerk = await at_work(world, ("cashier", "krasny"))
    assert (await clerk.get(f"/desk/orders/{order.code}")).status == 404
    assert order.code not in (await found(clerk, "2233")).text
    assert (await found(clerk, order.code)).status == 200


async def test_a_long_story_is_folded_and_every_event_has_its_place(world: World) -> None:
    """Newest first, the middle folded with its count, the beginning at the end; who did it by name."""
    order, _ = await world.paid()
    await world.letters()
    clerk = await at_work(world, "accountant", name="Вера Фомина")
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert "Ещё событий:" in page.text
    anchors = [int(found) for found in re.findall(r'<li id="e(\d+)"', page.html)]
    assert anchors == sorted(anchors, reverse=True)
    assert page.text.index("Банк принял деньги") < page.text.index("Запись создана")
    assert {"Банк", "Программа «site»"} <= {name for name in ("Банк", "Программа «site»") if name in page.text}


async def test_a_story_is_narrowed_to_money_messages_or_staff(world: World) -> None:
    """By a link, without a script: letters stand in it as well, and each kind is told alone."""
    order, _ = await world.paid()
    await world.letters()
    clerk = await at_work(world, "accountant", name="Вера Фомина")
    page = await clerk.get(f"/desk/orders/{order.code}")
    for about in ("money", "messages", "staff"):
        assert f"/desk/orders/{order.code}?story={about}#why" in page.links
    money, messages, staff = [
        (await clerk.get(f"/desk/orders/{order.code}?story={about}"))
        .html.partition('id="why"')[2]
        .partition("</section>")[0]
        for about in ("money", "messages", "staff")
    ]
    assert ("Банк принял деньги" in money, "Сообщение отправлено" in money, "Запись создана" in money) == (
        True,
        False,
        False,
    )
    assert ("Сообщение отправлено" in messages, "Банк принял деньги" in messages) == (True, False)
    assert "письмо: " in messages
    assert "Таких событий в истории нет" in staff
    await sent(clerk, order, amount="100")
    staff = (await clerk.get(f"/desk/orders/{order.code}?story=staff")).text
    assert ("Запрошен возврат" in staff, "Банк принял деньги" in staff) == (True, False)
    assert (await clerk.get(f"/desk/orders/{order.code}?story=gossip")).status == 200


async def test_a_link_to_a_folded_event_shows_it(world: World) -> None:
    """The fold is shut until somebody follows the link of an event inside it; the link keeps what is narrowed to."""
    order, _ = await world.paid()
    await world.letters()
    clerk = await at_work(world, "accountant")
    page = await clerk.get(f"/desk/orders/{order.code}")
    fold = re.search(r"<details( open)?><summary>Ещё событий.*?</details>", page.html, re.DOTALL)
    assert fold
    assert not fold[1]
    anchor = re.findall(r'<li id="(e\d+)"', fold[0])[0]
    link = f"/desk/orders/{order.code}?event={anchor}#{anchor}"
    assert link in page.links
    opened = await clerk.get(link.partition("#")[0])
    assert "<details open><summary>Ещё событий" in opened.html
    newest = re.findall(r'<li id="(\w+)"', page.html)[0]
    assert "<details open>" not in (await clerk.get(f"/desk/orders/{order.code}?event={newest}")).html
    narrowed = await clerk.get(f"/desk/orders/{order.code}?story=money")
    assert [one for one in narrowed.links if "?story=money&event=e" in one]


async def test_the_banks_own_words_are_opened_on_demand_and_on_record(world: World) -> None:
    """By whoever has the right to them; each look leaves a line, and nobody else's order opens."""
    order, _ = await world.paid()
    other = await world.order()
    clerk = await at_work(world, "accountant")
    page = await clerk.get(f"/desk/orders/{order.code}")
    record = next(link for link in page.links if "/bank/" in link)
    shown = await clerk.get(record)
    assert '"orderNumber"' in shown.text
    assert "evidence.read" in await _audited(world)
    assert (await clerk.get(record.replace(order.code, other.code))).status == 404
    cashier = await at_work(world, "cashier")
    assert not [link for link in (await cashier.get(f"/desk/orders/{order.code}")).links if "/bank/" in link]
    assert (await cashier.get(record)).status == 403


async def test_a_message_is_read_and_sent_again(world: World) -> None:
    """The exact words stand on the page, without the private link; once more by one press, however often it is sent."""
    order, _ = await world.paid()
    await world.letters()
    clerk = await at_work(world, "cashier")
    page = await clerk.get(f"/desk/orders/{order.code}")
    assert "[private link]" in page.text
    again = next(action for action in page.actions if action.endswith("/again"))
    before = len(await world.letters())
    for _ in range(2):
        assert (await clerk.press(page, again)).location == f"/desk/orders/{order.code}#messages"
    assert len(await world.letters()) == before + 1


async def paid_and_clerk(world: World, *roles: str) -> tuple[Order, Clerk]:
    order, _ = await world.paid()
    return order, await at_work(world, *roles)


async def test_only_whoever_may_give_money_back_is_offered_it(world: World) -> None:
    order, clerk = await paid_and_clerk(world, "accountant")
    address = f"/desk/orders/{order.code}/refund"
    assert address in (await clerk.get(f"/desk/orders/{order.code}")).links
    cashier = await at_work(world, "cashier")
    assert address not in (await cashier.get(f"/desk/orders/{order.code}")).links
    assert (await cashier.get(address)).status == 403
