"""The worklist: what needs a person stands there with its cure, and is told by e-mail once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout import alarms
from checkout.books import chain
from checkout.ground.config import Alarms
from checkout.ground.db import run, sql
from checkout.ground.ids import OrderId, PaymentId
from checkout.inbox import Inbox
from checkout.parts import INVARIANTS, PARTS, WORK
from checkout.payment import cancel, unbinding
from checkout.payment import store as payments
from checkout.payment.card import TRIES
from checkout.payment.order import Order
from checkout.payment.settle import settle
from checkout.postgres import Urls
from checkout.web.words import WORDS
from gateways import sandbox
from refunds import issue
from tests.desk.clerk import Clerk, at_work, hired
from tests.flows.registry import Said, brought_in
from tests.flows.test_busy import put
from tests.printed import expecting
from tests.setting import free_port
from tests.world import World, open_world, roubles


async def by_hand(world: World, statement: str, thing: OrderId | PaymentId) -> None:
    """What the bank or a crash would have to bring about over days, done to one row."""
    await world.tx(lambda tx: run(tx, sql(statement), id=thing.uuid))


async def parked(world: World) -> Order:
    order = await world.order()
    started = await world.start(order)
    await by_hand(world, "UPDATE payment SET parked = 'x', due_at = NULL WHERE id = :id", started.payment_id)
    return order


async def held(world: World) -> Order:
    """The bank holds the sum, and does not charge it."""
    order = await world.order()
    started = await world.start(order)
    at_bank = world.bank.find(world.merchant, number=str(started.payment_id))
    at_bank.status, at_bank.approved = sandbox.Status.APPROVED, at_bank.amount
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="deposit.do", times=None))
    await settle(world.service, started.payment_id)
    await world.advance(minutes=16)
    return order


async def to_decide(world: World) -> Order:
    order, _ = await world.paid()
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="payer"))
    return order


async def overpaid(world: World) -> Order:
    order, _ = await world.paid()
    await by_hand(
        world, "UPDATE orders SET total = total - 100, deposit = 0, decide_by = app_now() WHERE id = :id", order.id
    )
    return order


async def failed_message(world: World) -> Order:
    order, _ = await world.paid()
    await world.letters()
    await by_hand(
        world, "UPDATE message SET state = 'failed', outcome = 'x' WHERE order_id = :id AND template = 'paid'", order.id
    )
    return order


async def conflict(world: World) -> Order:
    start = (await world.free("ultrasound"))[0]
    order = await world.order(starts_at=start, lines=(("ultrasound", 1),))
    await world.tx(lambda tx: put(tx, start))
    return order


async def review(world: World) -> Order:
    order, _ = await world.paid()
    ask = issue.Ask(roubles(100), "a reason")
    refund = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await by_hand(
        world,
        "UPDATE refund SET state = 'review', decided_by = 'boris', parked = 'x' WHERE order_id = :id",
        refund.order_id,
    )
    return order


async def answer_due(world: World) -> Order:
    order, _ = await world.paid()
    ask = issue.Ask(roubles(100), "a reason")
    await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await world.advance(days=8)
    return order


async def goods_late(world: World) -> Order:
    order, _ = await world.paid(lines=(("consultation", 1), ("insoles", 1)))
    await world.advance(days=7, hours=1)
    return order


async def registry_break(world: World) -> Order:
    order, payment = await world.paid()
    with TemporaryDirectory() as folder:
        await brought_in(world, Path(folder) / "r.csv", Said("b1", payment, amount="2400,00"))
    return order


async def receipt(world: World) -> Order:
    """The bank makes the receipts, and a day later this one is not there."""
    order, payment = await world.paid()
    await expecting(world, order, payment)
    await world.advance(days=1, hours=1)
    return order


async def saved_card(world: World) -> Order:
    """A card was removed, and the contract does not let us tell the bank."""
    order, payment = await world.paid()
    await by_hand(world, _REMOVED, payment)
    for _ in range(TRIES):
        await unbinding.run_due(world.service)
        await world.advance(days=1)
    return order


async def card_check(world: World) -> Order:
    """The bank shows money where only a card was to be checked."""
    order = await world.order()
    started = await world.start(order)
    await by_hand(world, _TAKEN, started.payment_id)
    return order


_TAKEN = """
WITH started AS (SELECT order_id, merchant FROM payment WHERE id = :id),
     whose AS (INSERT INTO card_client (id, merchant, phone_index, email_index)
               SELECT gen_random_uuid(), merchant, '', '' FROM started RETURNING id)
INSERT INTO card_check (id, order_id, client_id, merchant, state, consent, return_hash, session_ends_at, ended_at, due_at)
SELECT gen_random_uuid(), order_id, whose.id, merchant, 'review', '1', '', app_now(), app_now(), app_now() + interval '1 hour'
  FROM started, whose"""
_REMOVED = """
WITH paid AS (SELECT id, order_id, merchant FROM payment WHERE id = :id),
     whose AS (INSERT INTO card_client (id, merchant, phone_index, email_index)
               SELECT gen_random_uuid(), merchant, '', '' FROM paid RETURNING id)
INSERT INTO saved_card (id, client_id, order_id, payment_id, binding, consent, removed_at, removed_by, unbinding, due_at)
SELECT gen_random_uuid(), whose.id, paid.order_id, paid.id, 'b', '1', app_now(), 'payer', 'intended', app_now()
  FROM paid, whose"""
KINDS: dict[str, Callable[[World], Awaitable[Order]]] = {
    "payment": parked,
    "hold": held,
    "to_decide": to_decide,
    "overpaid": overpaid,
    "message": failed_message,
    "goods_late": goods_late,
    "conflict": conflict,
    "refund_review": review,
    "answer_due": answer_due,
    "registry_break": registry_break,
    "receipt": receipt,
    "saved_card": saved_card,
    "card_check": card_check,
}


async def shown(clerk: Clerk, kind: str = "") -> str:
    page = await clerk.get(f"/desk/worklist?kind={kind}" if kind else "/desk/worklist")
    assert page.status == 200
    return page.text


def test_every_kind_of_work_is_brought_about_here() -> None:
    """What is not has tests of its own: below, beside the refunds, in `test_review.py` and in `test_chargeback_desk.py`."""
    elsewhere = {"invariant", "outside", "payment_review", "review_asked"}
    elsewhere |= {"chargeback", "chargeback_silent", "chargeback_twice"}
    assert {source.kind for source in WORK} - elsewhere == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_needs_a_person_stands_in_the_list(world: World, kind: str) -> None:
    """With its order and a cure; under its own kind and no other; and nowhere before it happened."""
    clerk = await at_work(world, "accountant")
    assert "Дел нет" in await shown(clerk)
    order = await KINDS[kind](world)
    await clerk.enters()
    assert order.code in await shown(clerk)
    assert order.code in await shown(clerk, kind)
    others = [one.kind for one in WORK if one.kind != kind]
    assert not [other for other in others if order.code in await shown(clerk, other)]
    stranger = await at_work(world, ("senior-cashier", "krasny"))
    assert order.code not in await shown(stranger)


async def test_a_parked_payment_is_asked_about_once_more(world: World) -> None:
    """The bank has the money by now: one press, and the order is paid and off the list."""
    order = await parked(world)
    payment = (await world.tx(lambda tx: payments.of_order(tx, order.id)))[0]
    await world.pay_at_bank(payment.id)
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/worklist")
    press = next(one for one in page.actions if one.endswith("/look"))
    assert (await clerk.press(page, press)).location == f"/desk/orders/{order.code}#why"
    assert "Дел нет" in await shown(clerk)
    assert "Оплачено 2 500 ₽" in (await clerk.get(f"/desk/orders/{order.code}")).text


async def test_goods_that_came_or_are_not_wanted_any_more_are_no_work(world: World) -> None:
    """One mark takes them off the list; so does money that went back whole."""
    came, gone = await goods_late(world), await world.paid(lines=(("consultation", 1), ("insoles", 1)))
    clerk = await at_work(world, "administrator")
    assert came.code in await shown(clerk, "goods_late")
    page = await clerk.get(f"/desk/orders/{came.code}")
    await clerk.press(page, f"/desk/visits/{came.code}/arrived", clinic="tverskaya", on="order")
    assert came.code not in await shown(clerk)
    order = gone[0]
    await world.advance(days=7, hours=1)
    await clerk.enters()
    assert order.code in await shown(clerk, "goods_late")
    ask = issue.Ask(roubles(6400), "a reason")
    await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    assert order.code not in await shown(clerk, "goods_late")


async def test_a_message_that_was_sent_again_is_no_work_any_more(world: World) -> None:
    order = await failed_message(world)
    clerk = await at_work(world, "senior-cashier")
    page = await clerk.get(f"/desk/orders/{order.code}")
    for again in [one for one in page.actions if one.endswith("/again")]:
        await clerk.press(page, again)
    assert "Дел нет" in await shown(clerk)


async def test_who_may_not_act_is_given_a_way_and_no_button(world: World) -> None:
    """A senior cashier sees that a payment is parked; asking the bank is finance's."""
    await parked(world)
    clerk = await at_work(world, "senior-cashier")
    page = await clerk.get("/desk/worklist")
    assert not [one for one in page.actions if one.endswith("/look")]
    assert "Бухгалтер" in page.text
    cashier = await at_work(world, "cashier")
    assert (await cashier.get("/desk/worklist")).status == 403


async def test_a_registry_break_leads_to_its_cure(world: World) -> None:
    """With what it is, its sum and its owner; what was asked of the bank comes back after a week, what is decided never."""
    order = await registry_break(world)
    clerk = await at_work(world, "accountant")
    page = await clerk.get("/desk/worklist")
    assert ("Сумма не совпадает" in page.text, "2 400,00 ₽" in page.text, "Бухгалтер" in page.text) == (
        True,
        True,
        True,
    )
    [link] = [one for one in page.links if one.startswith("/desk/registry?break=")]
    shown_ = await clerk.get(link)
    assert order.code in shown_.text
    [cure] = [one for one in shown_.actions if one.endswith("/cure")]
    await clerk.press(shown_, cure, cure="ask_bank")
    assert "Дел нет" in await shown(clerk)
    await world.advance(days=7, minutes=1)
    await clerk.enters()
    assert order.code in await shown(clerk)
    await clerk.press(await clerk.get(link), cure, cure="accept", note="Так решил банк")
    assert "Дел нет" in await shown(clerk)


async def test_who_may_not_enter_a_room_is_given_no_link_to_it(world: World) -> None:
    """A senior cashier reads that there is a break and what is to be done; the bank's registry is not theirs to open."""
    order = await registry_break(world)
    page = await (await at_work(world, "senior-cashier")).get("/desk/worklist?kind=registry_break")
    assert (order.code in page.text, "Разобрать расхождение" in page.text) == (True, True)
    assert not [one for one in page.links if one.startswith("/desk/registry")]


async def test_a_break_of_no_order_is_for_whoever_works_everywhere(world: World, tmp_path: Path) -> None:
    """The bank names a payment that is nobody's: no clinic sees it, the whole house's accountant does."""
    await brought_in(world, tmp_path / "r.csv", Said("b1", None), force=True)
    assert "Все клиники" in await shown(await at_work(world, "accountant"), "registry_break")
    there = await at_work(world, ("accountant", "tverskaya"), email="there@clinic.example")
    assert "Дел нет" in await shown(there)


async def _watched(world: World) -> None:
    """What the worker does each minute and each quarter of an hour."""
    for chore in PARTS.chores:
        if chore.name in ("invariants", "audit_watch"):
            await chore.round(world.service)


def test_every_invariant_has_its_words() -> None:
    assert not [one.name for one in INVARIANTS if f"work_invariant_{one.name}" not in WORDS]
    assert "work_invariant_audit" in WORDS


async def test_a_broken_invariant_is_work_until_it_is_whole(world: World) -> None:
    """The administrator's, with what breaks it; found again it is the same work, found whole it is history."""
    order, _ = await world.paid()
    boss = await at_work(world, "administrator")
    await _watched(world)
    assert "Дел нет" in await shown(boss)
    await by_hand(world, "UPDATE orders SET total = total - 100, deposit = 0 WHERE id = :id", order.id)
    for _ in range(2):
        await _watched(world)
    page = await boss.get("/desk/worklist?kind=invariant")
    assert "Нарушено правило учёта" in page.text
    assert "Администратор" in page.text
    [link] = [one for one in page.links if "/invariants/" in one]
    shown_ = await boss.get(link)
    assert ("I07" in shown_.heading, str(order.id.uuid) in shown_.text) == (True, True)
    there = await at_work(world, ("administrator", "tverskaya"), email="there@clinic.example")
    assert "Дел нет" in await shown(there)
    assert (await there.get(link)).status == 404
    await by_hand(world, "UPDATE orders SET total = total + 100 WHERE id = :id", order.id)
    await _watched(world)
    assert "Дел нет" in await shown(boss)
    gone = await boss.get(link)
    assert (gone.status, "сейчас не нарушено" in gone.text) == (404, True)
    await by_hand(world, "UPDATE orders SET total = total - 100 WHERE id = :id", order.id)
    await _watched(world)
    assert "Раньше было нарушено" in (await boss.get(link)).text


async def test_an_audit_that_was_tampered_with_is_work(world: World, owner: AsyncEngine) -> None:
    """What the watch over the audit's chain finds stands beside what the books' watch finds, and neither ends the other's."""
    boss = await hired(world, "administrator")
    await boss.enters()  # which is on record
    await chain.keep(world.service)
    async with owner.begin() as connection:
        await connection.execute(text("UPDATE audit SET object = 'another' WHERE seq = (SELECT min(seq) FROM audit)"))
    await _watched(world)
    await _watched(world)
    assert "Журнал действий цел" in await shown(boss, "invariant")


@pytest.fixture
async def alarmed(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """An installation that tells finance by e-mail."""
    _ = emptied
    async with open_world(urls, move, alarms=Alarms(email="finance@clinic.example"), inbox=Inbox()) as found:
        yield found


async def letters(world: World) -> list[str]:
    await alarms.watch(WORK, world.service)
    return [mail.text for mail in world.inbox if mail.to == "finance@clinic.example"]


async def test_a_broken_invariant_is_told_by_e_mail_and_metric(alarmed: World) -> None:
    """Once, as any other work; and the metric falls back when it is whole."""
    order, _ = await alarmed.paid()
    await by_hand(alarmed, "UPDATE orders SET total = total - 100, deposit = 0 WHERE id = :id", order.id)
    await _watched(alarmed)
    [letter] = await letters(alarmed)
    assert "Нарушено правило учёта: 1" in letter
    assert REGISTRY.get_sample_value("checkout_work_items", {"kind": "invariant"}) == 1
    await by_hand(alarmed, "UPDATE orders SET total = total + 100 WHERE id = :id", order.id)
    await _watched(alarmed)
    assert len(await letters(alarmed)) == 1
    assert REGISTRY.get_sample_value("checkout_work_items", {"kind": "invariant"}) == 0


async def every_payment(world: World, parked_: str) -> None:
    await world.tx(lambda tx: run(tx, sql(f"UPDATE payment SET parked = {parked_}")))  # noqa: S608 - ours


async def test_an_alarm_is_told_once_an_hour_and_only_if_there_is_news(alarmed: World) -> None:
    """Silence while all is well; one letter however many rounds; another for what is new, or broke again."""
    assert await letters(alarmed) == []
    await parked(alarmed)
    [first] = await letters(alarmed)
    assert "Банк не закрывает оплату: 1" in first
    assert f"{alarmed.url}/desk/worklist" in first
    assert len(await letters(alarmed)) == 1
    await alarmed.advance(hours=2)
    assert len(await letters(alarmed)) == 1
    await parked(alarmed)
    assert "Банк не закрывает оплату: 2" in (await letters(alarmed))[-1]
    await every_payment(alarmed, "NULL")
    assert len(await letters(alarmed)) == 2
    await every_payment(alarmed, "'x'")
    await alarmed.advance(hours=2)
    assert len(await letters(alarmed)) == 3
    assert REGISTRY.get_sample_value("checkout_work_items", {"kind": "payment"}) == 2


async def test_an_alarm_that_the_mail_server_did_not_take_is_told_later(alarmed: World) -> None:
    """A dead server costs a round, not the alarm."""
    assert alarmed.config.mail is not None
    away = alarmed.config.model_copy(update={"mail": alarmed.config.mail.model_copy(update={"port": free_port()})})
    await parked(alarmed)
    await alarms.watch(WORK, replace(alarmed.service, config=away))
    assert len(await letters(alarmed)) == 1
