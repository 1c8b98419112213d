"""The brakes on the payer's pages: told in words, nothing typed is lost, and nobody pays twice for one form."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from checkout.ground.db import Tx, rows, sql
from checkout.ground.ids import PaymentId
from checkout.payment import brakes
from checkout.payment.order import Plan
from checkout.payment.settle import settle
from tests.notices.telling import wait_until
from tests.pages.visitor import CONTACTS, Seen, Visitor, born, home, made, told
from tests.world import POOR, World

Strangers = Callable[[str], Visitor]
NEAR, FAR = "203.0.113.7", "203.0.113.8"
_AT_REST = sql("SELECT address_index FROM orders")
_numbers = count(1)


def somebody() -> dict[str, str]:
    """Contacts that nobody has used before."""
    number = next(_numbers)
    return {
        "phone": f"+7 913 {number // 10000:03} {number // 100 % 100:02} {number % 100:02}",
        "email": f"n{number}@example.com",
    }


async def booked(visitor: Visitor, **typed: str) -> Seen:
    """A new form, a new contact, the first free time."""
    return await visitor.send(await visitor.form(), **{**somebody(), **typed})


async def cancelled(world: World) -> None:
    """Whatever is held is given back, so that only tokens are spent."""
    for listed in await made(world):
        await world.api("POST", f"/v1/orders/{listed.order.id}/cancel", "admin", {})


async def spent(visitor: Visitor, times: int) -> None:
    """So many bookings from one address, paid at the clinic and cancelled."""
    for _ in range(times):
        sent = await booked(visitor, plan="at_clinic")
        assert sent.status == 303, sent.text
        await cancelled(visitor.world)


async def test_ten_orders_at_once_from_one_address_then_a_pause(stranger: Strangers, braked: World) -> None:
    """The eleventh form comes back as it was typed, with the reason, the wait and the phone; later it books."""
    near = stranger(NEAR)
    await spent(near, 10)
    page = await booked(near, patient="Пётр Петров", **born("1990-05-17"), **{"consent-mailing": "yes"})
    assert page.status == 429
    assert page.headers["Retry-After"].isdigit()
    assert "новую запись мы не сделали. Деньги не списаны. Попробуйте снова через" in page.text
    assert "позвоните: +7 495 000-00-03" in page.text
    assert page.title.startswith("Ошибка: ")
    kept = {name: page.values[name] for name in ("name", "patient", "born_year", "consent-offer", "consent-mailing")}
    assert kept == {
        "name": CONTACTS["name"],
        "patient": "Пётр Петров",
        "born_year": "1990",
        "consent-offer": "yes",
        "consent-mailing": "yes",
    }
    assert (await booked(stranger(FAR))).status == 303
    await braked.advance(seconds=int(page.headers["Retry-After"]))
    assert (await near.post("/book", page.values)).status == 303


async def test_an_address_is_what_the_one_proxy_says(stranger: Strangers) -> None:
    """Whatever stands before the proxy's own entry is the client's fancy."""
    await spent(stranger(NEAR), 10)
    assert (await booked(stranger(f"198.51.100.1, {NEAR}"))).status == 429
    assert (await booked(stranger(f"{NEAR}, {FAR}"))).status == 303


async def test_an_ipv6_subscriber_is_one_address(stranger: Strangers) -> None:
    """Each request from another address of the same /64."""
    for number in range(10):
        await spent(stranger(f"2001:db8:1:2::{number + 1:x}"), 1)
    assert (await booked(stranger("2001:db8:1:2:aaaa::1"))).status == 429
    assert (await booked(stranger("2001:db8:1:3::1"))).status == 303


@pytest.mark.parametrize("braked", [{"free_networks": ("203.0.113.0/24",)}], indirect=True)
async def test_the_clinics_own_network_is_not_counted(stranger: Strangers, braked: World) -> None:
    """A waiting room behind one address books all day."""
    await spent(stranger(NEAR), 12)
    for _ in range(7):
        assert (await booked(stranger(NEAR))).status == 303
    found = await braked.tx(lambda tx: rows(tx, _AT_REST))
    assert {row.address_index for row in found} == {None}


@pytest.mark.parametrize("braked", [{"address_orders_burst": 2, "address_orders_per_hour": 1}], indirect=True)
async def test_a_form_sent_twice_costs_once(stranger: Strangers, braked: World) -> None:
    """At the same moment, later, and with a mistake put right: of two tokens one is left."""
    near = stranger(NEAR)
    form, contact = await near.form(), somebody()
    first, second = await asyncio.gather(near.send(form, **contact), near.send(form, **contact))
    third = await near.send(form, **contact)
    assert {first.status, second.status, third.status} == {303}
    assert len({sent.location.removesuffix("/bank") for sent in (first, second, third)}) == 1
    await cancelled(braked)
    assert (await booked(near)).status == 303
    assert (await booked(near)).status == 429
    assert (await near.send(form, **contact)).status == 303


@pytest.mark.parametrize("braked", [{"address_orders_burst": 3, "address_orders_per_hour": 1}], indirect=True)
async def test_a_refused_try_has_cost_its_token(stranger: Strangers, braked: World) -> None:
    """Forms for times that are gone book nothing, and still use the address up."""
    near = stranger(NEAR)
    for _ in range(3):
        form = await near.form("ultrasound")
        assert (await near.send(form, at="2020-01-01T07:00Z", **somebody())).status == 409
    assert (await booked(near)).status == 429
    assert not await made(braked)


@pytest.mark.parametrize(
    "braked", [{"address_orders_burst": 3, "address_orders_per_hour": 1, "contact_orders_per_day": 1}], indirect=True
)
async def test_a_try_that_a_later_brake_refuses_has_cost_as_well(stranger: Strangers) -> None:
    """Whoever hammers one used-up phone uses their address up, too; the other way round the phone is spared."""
    near, known = stranger(NEAR), somebody()
    assert [(await booked(near, **known)).status for _ in range(3)] == [303, 429, 429]
    spared = somebody()
    assert (await booked(near, **spared)).status == 429
    assert (await booked(stranger(FAR), **spared)).status == 303


async def test_six_unpaid_times_an_address(stranger: Strangers, braked: World) -> None:
    """The seventh waits until one is paid, let go, or over; other addresses book on."""
    near = stranger(NEAR)
    for _ in range(6):
        assert (await booked(near)).status == 303
    page = await booked(near)
    assert page.status == 429
    assert "уже есть неоплаченные записи, новую мы не сделали. Деньги не списаны." in page.text
    assert (await booked(stranger(FAR))).status == 303
    await braked.advance(minutes=61)
    await braked.sweep()
    assert (await near.post("/book", page.values)).status == 303


async def test_an_address_is_kept_blind_and_for_a_day(stranger: Strangers, braked: World) -> None:
    """What stands at the order is no address, and is gone the next day, a batch at a time."""
    await booked(stranger(NEAR))

    async def at_rest(tx: Tx) -> list[bytes | None]:
        return [row.address_index for row in await rows(tx, _AT_REST)]

    (kept,) = await braked.tx(at_rest)
    assert kept is not None
    assert len(kept) == 16
    assert NEAR.encode() not in kept
    await braked.advance(hours=25)
    while await brakes.forget(braked.service):
        pass
    assert await braked.tx(at_rest) == [None]


@pytest.mark.parametrize("braked", [{"address_payments_burst": 1, "address_payments_per_hour": 1}], indirect=True)
async def test_payments_have_a_pace_of_their_own(stranger: Strangers, braked: World) -> None:
    """The button's page says what holds it back; going on to a page that is open costs nothing."""
    near = stranger(NEAR)
    first = await booked(near)
    assert first.location.endswith("/bank")
    assert (await near.post(first.location.removesuffix("/bank") + "/pay")).location.endswith("/bank")
    second = await booked(near)
    assert not second.location.endswith("/bank")
    page = await near.post(second.location + "/pay")
    assert page.status == 429
    assert "слишком часто начинали оплату, новую мы не начали. Деньги не списаны." in page.text
    assert int(page.headers["Retry-After"]) > 3000
    await braked.advance(minutes=10)
    assert (await stranger(FAR).post(second.location + "/pay")).location.endswith("/bank")


async def test_a_card_that_is_refused_again_and_again_rests(stranger: Strangers, braked: World) -> None:
    """Three bank orders, nine tries; then the page of the last one says when to come back and whom to call."""
    near = stranger(NEAR)
    at = (await booked(near)).location.removesuffix("/bank")
    for _ in range(3):
        order = braked.bank.recent(1)[0]
        for _ in range(3):
            await braked.pay_at_bank(PaymentId.parse(order.number), POOR)
        back = order.request.return_url.removeprefix(braked.url)
        assert (await near.get(back)).heading == "Оплата не прошла"
        again = await near.post(f"{back}/retry")
    assert again.status == 429
    assert "Банк несколько раз отказал по карте, поэтому новую оплату мы не начали." in again.text
    assert (await near.post(f"{at}/pay")).status == 429


async def test_whoever_must_wait_for_another_card_still_sees_why_the_last_one_failed(
    stranger: Strangers, braked: World
) -> None:
    """The card's own reason and its advice, and that the time does not outlast the wait; no button that would refuse."""
    near = stranger(NEAR)
    at = (await booked(near)).location.removesuffix("/bank")
    for number in range(3):
        payment = PaymentId.parse(braked.bank.recent(1)[0].number)
        for _ in range(3):
            await braked.pay_at_bank(payment, POOR)
            await settle(braked.service, payment)
        page = await near.get(at)
        assert "На карте недостаточно средств. Проверьте данные и остаток на карте и попробуйте ещё раз." in page.text
        assert (f"{at}/pay" in page.actions) == (number < 2)
        again = await near.post(f"{at}/pay")
    assert again.status == 429
    assert "пока время за вами, заплатить картой онлайн уже не получится" in page.text
    assert "На карте недостаточно средств." in again.text
    assert "Попробуйте снова через" in again.text


async def test_whoever_has_a_visit_is_told_from_when_the_rest_can_be_paid(stranger: Strangers, braked: World) -> None:
    """The time on the page is true: shortly before it another card is refused, and from then on it is not."""
    near = stranger(NEAR)
    order, _ = await braked.paid(plan=Plan.DEPOSIT, starts_at=(await braked.free(days=3))[0])
    at = home(braked, order)
    for _ in range(3):
        await near.post(f"{at}/pay")
        payment = PaymentId.parse(braked.bank.recent(1)[0].number)
        await braked.refuse(payment)
    page = await near.get(at)
    assert f"{at}/pay" not in page.actions
    said = re.search(r"Снова оплатить картой можно с (\d\d):(\d\d)\. Или позвоните: \+7 495", told(page.text))
    assert said is not None
    now = (await braked.now()).astimezone(ZoneInfo("Europe/Moscow"))
    until = now.replace(hour=int(said[1]), minute=int(said[2]), second=0, microsecond=0)
    until += timedelta(days=1) if until < now else timedelta()
    await wait_until(braked, until - timedelta(minutes=2))
    assert (await near.post(f"{at}/pay")).status == 429
    await wait_until(braked, until)
    assert f"{at}/pay" in (await near.get(at)).actions
    assert (await near.post(f"{at}/pay")).status == 303


async def test_a_reason_that_was_never_heard_is_not_made_up(stranger: Strangers, braked: World) -> None:
    """Nobody asked between the tries: that they are used up is all there is, and it does not say "anew" beside a wait."""
    near = stranger(NEAR)
    at = (await booked(near)).location.removesuffix("/bank")
    for _ in range(3):
        payment = PaymentId.parse(braked.bank.recent(1)[0].number)
        await braked.refuse(payment)
        await near.post(f"{at}/pay")
    page = await near.get(at)
    assert "Попытки оплаты закончились." in page.text
    assert "Начните оплату заново" not in page.text
    assert "заплатить картой онлайн уже не получится" in page.text


async def test_whoever_knows_a_phone_does_not_keep_its_owner_from_paying(stranger: Strangers, braked: World) -> None:
    """Cards refused under somebody's phone and e-mail rest at the address that they came from, not at their owner's."""
    near, contacts = stranger(NEAR), somebody()
    for _ in range(2):
        back = (await booked(near, **contacts)).location.removesuffix("/bank")
        for _ in range(2):
            order = braked.bank.recent(1)[0]
            for _ in range(3):
                await braked.pay_at_bank(PaymentId.parse(order.number), POOR)
            await near.get(order.request.return_url.removeprefix(braked.url))
            again = await near.post(f"{back}/pay")
    assert again.status == 429
    assert (await booked(stranger(FAR), **contacts)).location.endswith("/bank")


async def test_ten_thousand_wrong_links_are_stopped_early(stranger: Strangers, braked: World) -> None:
    """After thirty the address is held: no look-up, hardly a statement; others open their pages all the while."""
    near, asked = stranger(NEAR), count()
    order = await braked.order()
    engine = braked.service.engine.sync_engine

    def heard(*_: object) -> None:
        next(asked)

    async def guess(first: int) -> list[int]:
        return [(await near.get(f"/{'or'[number % 2]}/{number:022}")).status for number in range(first, first + 500)]

    event.listen(engine, "before_cursor_execute", heard)
    try:
        answers = [status for found in await asyncio.gather(*(guess(n * 500) for n in range(20))) for status in found]
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    assert len(answers) == 10_000
    assert answers.count(404) < 60
    assert set(answers) == {404, 429}
    statements = next(asked)
    print(f"10,000 wrong links: {answers.count(404)} looked up, {statements} statements")  # noqa: T201 - for whoever reads -rP
    assert statements < 1000
    page = await near.get(home(braked, order))
    assert page.status == 429
    assert "Если вы уже платили, не платите второй раз" in page.text
    assert page.headers["Retry-After"].isdigit()
    assert (await stranger(FAR).get(home(braked, order))).status == 200


async def test_a_visit_is_moved_six_times_a_day(stranger: Strangers, braked: World) -> None:
    """Whoever books with somebody else's phone does not write to it all night; at the desk it can still be moved."""
    near = stranger(NEAR)
    at = (await booked(near, plan="at_clinic")).location
    times = [f"{start:%Y-%m-%dT%H:%MZ}" for start in (await braked.free(days=3))[:8]]
    for time in times[:6]:
        assert (await near.post(f"{at}/move", {"at": time})).location == f"{at}?done=moved"
        await braked.letters()
    assert (await near.post(f"{at}/move", {"at": times[5]})).status == 303  # pressed twice
    page = await near.post(f"{at}/move", {"at": times[6]})
    assert page.status == 429
    assert page.headers["Retry-After"].isdigit()
    assert "Этот визит переносили слишком часто, время осталось прежним." in page.text
    assert len([mail for mail in await braked.letters() if "перенесена" in mail.subject]) == 6
    order = (await made(braked))[0].order
    assert f"{order.starts_at:%Y-%m-%dT%H:%MZ}" == times[5]
    moved = {"starts_at": (await braked.free(days=3))[-1].isoformat()}
    assert (await braked.api("POST", f"/v1/orders/{order.id}/move", "office", moved))[0] == 200
    await braked.advance(days=1)
    assert (await near.post(f"{at}/move", {"at": times[7]})).status == 303


async def test_a_site_moves_a_visit_as_often_as_its_payer(braked: World) -> None:
    """The same brake over the API, named in the document; a request that is repeated is answered."""
    order = await braked.order(plan=Plan.AT_CLINIC)
    free = await braked.free(days=2)
    for start in free[:6]:
        body = {"starts_at": start.isoformat()}
        assert (await braked.api("POST", f"/v1/orders/{order.id}/move", "site", body, key=start.isoformat()))[0] == 200
    status, refused = await braked.api(
        "POST", f"/v1/orders/{order.id}/move", "site", {"starts_at": free[6].isoformat()}
    )
    assert (status, refused["code"]) == (429, "too_many_moves")
    again = await braked.api("POST", f"/v1/orders/{order.id}/move", "site", body, key=free[5].isoformat())
    assert again[0] == 200
    async with braked.http.get(braked.url + "/openapi.json") as answer:
        answers = (await answer.json())["paths"]["/v1/orders/{id}/move"]["post"]["responses"]
    assert "too_many_moves" in answers["429"]["description"]


async def test_files_are_taken_along_twenty_times_an_hour(stranger: Strangers, braked: World) -> None:
    """Each time is written down for good; past that nothing is written, and the page itself still opens."""
    near, order = stranger(NEAR), await braked.order()
    at = home(braked, order)
    answers = [(await near.get(f"{at}/data.json")).status for _ in range(22)]
    assert answers == [200] * 20 + [429] * 2
    page = await near.get(f"{at}/evidence.zip")
    assert (page.status, "скачивали слишком часто" in page.text) == (429, True)
    assert len(await braked.tx(lambda tx: rows(tx, sql("SELECT 1 FROM audit WHERE action = 'person.export'")))) == 20
    assert (await near.get(at)).status == 200


async def test_a_file_that_an_order_does_not_have_is_no_guess(stranger: Strangers, braked: World) -> None:
    """A calendar that asks again and again for a visit that is not there holds nobody."""
    near, at = stranger(NEAR), home(braked, await braked.order())
    for _ in range(40):
        assert (await near.get(f"{at}/visit.ics")).status == 404
    assert (await near.get(at)).status == 200


@pytest.mark.parametrize(
    "loaded",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"},
    ],
    ids=["image", "frame", "ahead"],
)
async def test_a_page_full_of_wrong_links_holds_nobody_who_looks_at_it(
    stranger: Strangers, braked: World, loaded: dict[str, str]
) -> None:
    """What another site loads of ours is neither looked up nor counted, right or wrong; a link that is followed opens."""
    near, at = stranger(NEAR), home(braked, await braked.order())
    for number in range(40):
        assert (await near.get(f"/o/{number:022}", **loaded)).status == 404
    assert (await near.get(at, **loaded)).status == 404
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    assert (await near.get(at, **followed)).status == 200


@pytest.mark.parametrize("braked", [{"enabled": False}], indirect=True)
async def test_without_brakes_nobody_is_held(stranger: Strangers) -> None:
    """`brakes.enabled: false` lets everything through."""
    near = stranger(NEAR)
    for _ in range(11):
        assert (await booked(near)).status == 303
    for number in range(40):
        assert (await near.get(f"/o/{number:022}")).status == 404
