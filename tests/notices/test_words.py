"""What letters say: every one of them, in both languages, for every plan; discreet, whole, and true of the hour."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkout.catalogue.catalogue import Text
from checkout.ground import dates
from checkout.ground.db import rows, sql
from checkout.ground.events import Event, record
from checkout.inbox import Mail
from checkout.notices.card_letters import LETTERS as CARD_LETTERS
from checkout.notices.letter import write
from checkout.notices.message import ALSO_BY_SMS, Channel
from checkout.parts import LETTERS
from checkout.payment import visit
from checkout.payment.order import Order, Plan
from checkout.payment.payment import State
from checkout.payment.settle import settle
from checkout.till.storno import reverse
from checkout.till.till import Reason
from gateways import sandbox
from gateways.money import Money
from refunds import late, run
from tests.flows.drawer import taken
from tests.notices.matters import matter
from tests.notices.offices import Provider
from tests.notices.telling import SERVICES, link, move_visit, plain, told, try_to_tell, wait_until, without_mail_server
from tests.world import World

# What is Russian in an English letter, and Latin in a Russian one: names and addresses, not words.
NAMES_IN_ENGLISH = ("ООО «Клиника Здоровье» (вымышленная)",)
LATIN_IN_RUSSIAN = re.compile(r"https?://\S+|UTC|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{8}")


async def everything_happens(world: World, language: str, plan: Plan) -> Order:
    """The life of an order with every event that tells the payer something."""
    order = await world.order(language=language, plan=plan, starts_at=(await world.free(days=3))[0])
    await world.advance(minutes=3)
    await world.letters()
    await world.tx(lambda tx: record(tx, order.id, "olga", [Event("order", order.id, "link_asked")]))
    await taken_by_mistake(world, order)
    if plan is not Plan.AT_CLINIC:
        started = await world.start(order)
        await world.pay_at_bank(started.payment_id)
        await settle(world.service, started.payment_id)
        await world.letters()
    due = (await world.facts(order.id)).due
    if due:
        body = {"amount": {"amount": due.amount, "currency": "RUB"}}
        assert (await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body))[0] == 201
    await move_visit(world, order, timedelta(days=1))
    await world.letters()
    await refunded(world, order, "reject")
    await refunded(world, order, "cancel")
    await refunded(world, order, "approve")
    await wait_until(world, order.starts_at + timedelta(hours=2))  # 22 hours before the new time
    await world.sweep()
    assert (await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {}))[0] == 200
    await world.letters()
    return order


async def taken_by_mistake(world: World, order: Order) -> None:
    """Money is noted at the desk that was not received, and the note is taken back; the payer had heard of it."""
    await world.letters()
    shift = await world.open_till()
    receipt = (await taken(world, order, 100)).receipt_no
    await world.letters()
    mistake = Reason.NOT_RECEIVED
    await world.tx(lambda tx: reverse(tx, world.service, shift.id, receipt, mistake, principal="nina"))
    await world.letters()


async def refunded(world: World, order: Order, decision: str) -> None:
    """Ten roubles, asked for by one and decided by another; paid out if they were cash. Each step is told."""
    wish = {"amount": {"amount": 1000, "currency": "RUB"}, "reason": "the doctor was ill"}
    status, asked = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    assert status == 201, asked
    await world.letters()
    assert (await world.api("POST", f"/v1/refunds/{asked['id']}/{decision}", "finance-2", {}))[0] == 200
    await world.letters()
    if decision == "approve" and asked["method"] == "cash":
        assert (await world.api("POST", f"/v1/refunds/{asked['id']}/pay-out", "office", {}))[0] == 200
    await run.run_due(world.service)
    await world.letters()


async def late_money(world: World, language: str) -> Order:
    """Expired, sold to somebody else, paid after all, and given back by itself."""
    ultrasound = (("ultrasound", 1),)
    order = await world.order(lines=ultrasound, language=language)
    started = await world.start(order)
    await world.advance(minutes=40)
    await world.sweep()
    await world.order(lines=ultrasound, starts_at=order.starts_at)
    found = world.bank.find(world.merchant, number=str(started.payment_id))
    found.status, found.action_code = sandbox.Status.DEPOSITED, 0
    found.approved = found.deposited = found.amount
    await settle(world.service, started.payment_id)
    await world.letters()
    await world.advance(hours=25)
    await late.give_back_due(world.service)
    await world.letters()
    await world.sweep()
    return order


def of(order: Order, mails: list[Mail]) -> list[Mail]:
    return [mail for mail in mails if order.code in mail.subject]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("plan", list(Plan))
async def test_every_letter_is_whole_discreet_and_in_one_language(
    texting: World, provider: Provider, language: str, plan: Plan
) -> None:
    """Every template, as it is really sent: nothing missing, nothing untranslated, no service where others may read."""
    order = await everything_happens(texting, language, plan)
    records = await told(texting, order)
    expected = set(LETTERS) - {"late", "hold_ran_out", "goods_arrived", *CARD_LETTERS}  # of other lives than this one
    expected -= {"pay_link"} if plan is Plan.AT_CLINIC else set()  # there is nothing to pay before the visit
    assert {one["template"] for one in records if one["state"] == "sent" and one["channel"] == "email"} == expected
    for letter in of(order, await texting.letters()):
        proper(letter.subject + "\n" + plain(letter), language)
        assert letter.subject.startswith(("Запись", "Booking"))
        assert "Тестовый режим" in letter.text or "Test mode" in letter.text
        discreet(letter.subject)
        assert "[private link]" not in letter.text
        assert letter.text.count("/o/") >= 1
        assert "ООО «Клиника Здоровье»" in letter.text
        assert "+7 495 000-00-03" in letter.text
    texts = [one["text"] for one in provider.asked if order.code in one["text"]]
    assert len(texts) == len([one for one in records if one["channel"] == "sms" and one["state"] == "sent"]) >= 3
    for shown in texts:
        proper(shown, language)
        discreet(shown)
        assert _segments(shown) <= 2, shown
        assert "/o/" in shown


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_late_money_is_explained_and_given_back_step_by_step(
    texting: World, provider: Provider, language: str
) -> None:
    """Money without a visit: what may be done, when it goes back by itself, and that the bank took the refund."""
    order = await late_money(texting, language)
    letters = of(order, await texting.letters())
    subjects = [letter.subject for letter in letters]
    assert any("решение" in subject or "please decide" in subject for subject in subjects)
    assert any("банк принял возврат" in subject or "accepted the refund" in subject for subject in subjects)
    explained = next(letter for letter in letters if "решение" in letter.subject or "decide" in letter.subject)
    assert "3 200 ₽" in plain(explained)
    assert "(Москва, UTC+3)" in explained.text or "(Moscow, UTC+3)" in explained.text
    for letter in letters:
        proper(letter.subject + "\n" + plain(letter), language)
        discreet(letter.subject)
    (shown,) = [one["text"] for one in provider.asked if order.code in one["text"]]
    discreet(shown)
    assert _segments(shown) <= 2
    states = {one["template"]: one["state"] for one in await told(texting, order) if one["channel"] == "email"}
    assert states["paid"] == "skipped"  # the visit it would confirm is not there
    assert states["late"] == "sent"


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_whoever_did_not_pay_in_time_is_told_that_no_money_moved(world: World, language: str) -> None:
    """The time is gone, nothing was taken, and the link leads to where the same visit can be booked anew."""
    order = await world.order(language=language)
    started = await world.start(order)
    await world.advance(minutes=40)
    await world.sweep()
    assert (await world.payment(started.payment_id)).state is State.LAPSED
    (letter,) = of(order, await world.letters())
    proper(letter.subject + "\n" + plain(letter), language)
    discreet(letter.subject + plain(letter))
    assert letter.subject.endswith("время на оплату вышло" if language == "ru" else "the time to pay is over")
    assert ("Деньги не списаны." if language == "ru" else "No money was taken.") in letter.text
    assert link(world, order) in letter.text
    assert letter.attachments == []
    async with world.http.get(link(world, order)) as answer:
        assert "/book?service=consultation" in await answer.text()


async def test_every_rule_has_its_letter_and_every_letter_its_rule(world: World) -> None:
    """The outbox asks for what can be written, and nothing is written that nobody asks for."""
    rules = await world.tx(lambda tx: rows(tx, sql("SELECT DISTINCT template FROM notice_rule")))
    assert {rule.template for rule in rules} == set(LETTERS)
    assert set(ALSO_BY_SMS) <= set(LETTERS)


async def test_what_is_left_and_where_to_pay_it_is_told(world: World) -> None:
    """A deposit, then the rest in cash: each letter says what came and how it stands."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    (deposit,) = await world.letters()
    assert "Предоплата получена: 750 ₽ картой." in plain(deposit)
    assert "Осталось 1 750 ₽: в клинике или онлайн" in plain(deposit)
    body = {"amount": {"amount": 175_000, "currency": "RUB"}}
    await world.open_till()
    await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body)
    rest = (await world.letters())[-1]
    assert rest.subject == f"Запись {order.code}: оплата получена"
    assert "Доплата получена: 1 750 ₽ наличными. Визит оплачен полностью." in plain(rest)


async def test_a_cancelled_visit_says_what_becomes_of_the_money(world: World) -> None:
    """How much, when the refund starts, how long the bank takes; and the calendar entry goes."""
    order, _ = await world.paid()
    await world.letters()
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    letter = (await world.letters())[-1]
    assert letter.subject == f"Запись {order.code} отменена"
    assert "Вы оплатили 2 500 ₽, эти деньги вернутся сами" in plain(letter)
    assert "Возврат начнётся не позже" in plain(letter)
    assert "в течение 30 рабочих дней после отправки в банк" in plain(letter)
    (entry,) = letter.attachments
    assert b"METHOD:CANCEL" in entry.content
    assert letter.message.as_bytes().count(b'method="CANCEL"') == 1


async def test_an_order_cancelled_before_any_payment_says_that_no_money_moved(world: World) -> None:
    """And brings no calendar entry: there never was one."""
    order = await world.order()
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    (letter,) = await world.letters()
    assert "Деньги не списаны." in letter.text
    assert letter.attachments == []


async def test_cash_is_fetched_at_a_place_and_at_no_hour_of_the_visit(world: World) -> None:
    """Where the cash desk is; the hour of the visit would be taken for the desk's."""
    order = await world.order(plan=Plan.AT_CLINIC)
    body = {"amount": {"amount": 250_000, "currency": "RUB"}}
    await world.open_till()
    await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body)
    await refunded(world, order, "approve")
    letter = next(letter for letter in await world.letters() if "запланирован" in letter.subject)
    assert f"Код записи: {order.code}\nГде: Клиника на Тверской, Москва, Тверская улица, 7\n" in plain(letter)
    assert "Когда:" not in letter.text


def test_a_reminder_says_what_to_bring() -> None:
    """What the clinic itself says, else what is always good to know; and what is left to pay."""
    about = matter(datetime(2026, 12, 3, 7, 30, tzinfo=UTC), "Europe/Moscow")
    letter = write(about, "reminder")
    assert letter.subject == f"Запись {about.order.code}: напоминание"
    assert "Приходите за 10 минут до начала, возьмите паспорт." in letter.text
    assert "Осталось оплатить: 2 500 ₽." in letter.text.replace("\u00a0", " ")
    assert "терапевт" not in letter.text
    notes = Text("Вход со двора, возьмите направление.", "Enter from the yard.")
    of_its_own = write(replace(about, clinic=replace(about.clinic, notes=notes)), "reminder")
    assert "Вход со двора, возьмите направление." in of_its_own.text
    assert "паспорт" not in of_its_own.text


def test_whoever_answers_for_a_child_is_told_what_proves_it() -> None:
    """In the reminder, when it can still be looked for; nobody else is told."""
    about = matter(datetime(2026, 12, 3, 7, 30, tzinfo=UTC), "Europe/Moscow")
    parent = replace(about, order=replace(about.order, relation="parent"))
    assert "свидетельство о рождении или решение об опеке" in write(parent, "reminder").text
    assert "опеке" not in write(about, "reminder").text


async def test_goods_are_counted_and_have_their_day(world: World) -> None:
    """Goods are called goods, with how many there are and the day on the clinic's calendar by which they are there."""
    order, _ = await world.paid(lines=(("consultation", 1), ("insoles", 2)), clinic="krasny")
    (letter,) = await world.letters()
    assert order.deliver_by is not None
    day = dates.plain(dates.local(order.deliver_by, "Asia/Novosibirsk"), "ru").replace("\u00a0", " ")
    assert "Услуга: Приём терапевта\nТовар: Ортопедические стельки × 2\n" in plain(letter)
    assert f"Товар будет в клинике не позже {day}.\nСтоимость: 10 300 ₽" in plain(letter)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_whoever_bought_goods_is_told_once_that_they_arrived(world: World, language: str) -> None:
    """Where they wait and how to get them, discreetly; who has them by then is told nothing."""
    order, _ = await world.paid(lines=(("consultation", 1), ("insoles", 2)), clinic="krasny", language=language)
    await world.letters()
    await world.tx(lambda tx: visit.goods_arrived(tx, order.id, principal="olga"))
    letter = (await world.letters())[-1]
    proper(letter.subject + "\n" + plain(letter), language)
    discreet(letter.subject)
    assert letter.subject.endswith("товар в клинике" if language == "ru" else "the goods are at the clinic")
    assert ("Товар: Ортопедические стельки × 2" if language == "ru" else "Goods: Orthopaedic insoles × 2") in plain(
        letter
    )
    assert link(world, order) in letter.text
    other, _ = await world.paid(lines=(("consultation", 1), ("insoles", 1)), clinic="krasny", language=language)
    await world.tx(lambda tx: visit.goods_arrived(tx, other.id, principal="olga"))
    await world.tx(lambda tx: visit.hand_over(tx, other.id, principal="olga"))
    await world.letters()
    states = {one["template"]: one["state"] for one in await told(world, other)}
    assert states["goods_arrived"] == "skipped"


async def test_a_visit_that_was_taken_again_is_not_told_off(world: World) -> None:
    """Called off and taken again before anybody was told: no letter says that it is off; the last word is told once."""
    order, _ = await world.paid()
    await world.letters()
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    other = {"starts_at": (await world.free(days=2))[0].isoformat()}
    assert (await world.api("POST", f"/v1/orders/{order.id}/move", "office", other))[0] == 200
    assert ["отменена" in letter.subject for letter in await world.letters()][1:] == [False]
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    await world.api("POST", f"/v1/orders/{order.id}/move", "office", other)
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    told_off = [letter for letter in await world.letters() if "отменена" in letter.subject]
    assert len(told_off) == 1
    assert "можно выбрать другое время, оплата сохранится" in plain(told_off[0])


async def test_a_late_letter_does_not_deny_the_money(world: World) -> None:
    """The refund was quicker than the mail server: the letter says that it is made, not that nothing was taken."""
    order, _ = await world.paid()
    await world.letters()
    await world.api("POST", f"/v1/orders/{order.id}/cancel", "office", {})
    await try_to_tell(without_mail_server(world))
    await world.advance(hours=25)
    await late.give_back_due(world.service)
    await run.run_due(world.service)
    letter = next(letter for letter in await world.letters() if "отменена" in letter.subject)
    assert "Возврат 2 500 ₽ уже сделан" in plain(letter)
    assert "не списаны" not in letter.text.partition("\n\n")[2]


def test_what_goes_by_text_message_has_a_template_in_both_languages() -> None:
    """The list and the files agree: nothing is claimed that cannot be written."""
    about = matter(datetime(2026, 12, 3, 7, 30, tzinfo=UTC), "Asia/Kamchatka")
    facts: dict[str, Any] = {"back": Money(100), "by": about.now, "methods": {"card"}, "promised": 30, "first": True}
    for language in ("ru", "en"):
        for name in ALSO_BY_SMS:
            order = replace(about.order, language=language)
            shown = write(replace(about, order=order, channel=Channel.SMS, test=True), name, **facts)
            assert shown.subject is None
            assert "\n" not in shown.text
            link = shown.text.replace("[private link]", "https://pay.zdorovie.example/o/0123456789abcdefghijkl")
            assert _segments(link) <= 2, link


def proper(text: str, language: str) -> None:
    """Words of one language only."""
    assert "{" not in text
    assert "None" not in text
    if language == "en":
        for name in NAMES_IN_ENGLISH:
            text = text.replace(name, "")
        assert not re.search(r"[А-Яа-яЁё]", text), text
    else:
        assert not re.search(r"[A-Za-z]{2,}", LATIN_IN_RUSSIAN.sub("", text)), text


def discreet(text: str) -> None:
    assert not any(word.lower() in text.lower() for word in SERVICES), text


GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def _segments(text: str) -> int:
    """What a text message costs: 160 characters of GSM 03.38, else 70 of UCS-2; fewer once it is split."""
    whole, part = (160, 153) if set(text) <= GSM else (70, 67)
    return 1 if len(text) <= whole else -(-len(text) // part)
