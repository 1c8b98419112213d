"""Chargebacks at finance's desk: on the worklist with their day, answered with evidence, decided once, told on the order."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile

from checkout.ground.db import rows, sql
from checkout.payment.order import Word
from checkout.payment.settle import settle
from gateways.sandbox import chargebacks as at_the_bank
from gateways.sandbox import reverting
from refunds.chargebacks import recognise, store
from refunds.chargebacks.chargeback import State
from tests.desk.clerk import Clerk, at_work
from tests.pages.visitor import Seen
from tests.refunds.disputes import charged_back, found, only
from tests.world import World, roubles

_AUDITED = sql("SELECT action, outcome FROM audit WHERE object = :id ORDER BY seq")


def says(page: Seen) -> str:
    return " ".join(page.text.split()).replace("\N{NO-BREAK SPACE}", " ")


async def said(clerk: Clerk, chargeback: str, command: str, **typed: str) -> Seen:
    place = f"/desk/chargebacks/{chargeback}"
    return await clerk.press(await clerk.get(place), f"{place}/{command}", **typed)


async def test_it_stands_on_the_worklist_until_somebody_answers(world: World) -> None:
    """With its sum, its day and the way to it; disputed with the case's number, it is the bank's turn."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    anna = await at_work(world, "accountant")
    listed = await anna.get("/desk/worklist?kind=chargeback")
    held = await only(world, order)
    assert "Плательщик оспорил оплату" in says(listed)
    assert f"/desk/chargebacks/{held.id}" in listed.links
    page = says(await anna.get(f"/desk/chargebacks/{held.id}"))
    assert "Оспорено 2 500 ₽" in page
    assert "12 декабря" in page
    assert "Осталось дней: 10" in page
    done = await said(anna, str(held.id), "dispute", note="CB-118")
    assert done.location == f"/desk/chargebacks/{held.id}"
    disputed = await only(world, order)
    assert (disputed.state, disputed.note) == (State.DISPUTED, "CB-118")
    assert "Плательщик оспорил оплату" not in says(await anna.get("/desk/worklist?kind=chargeback"))
    audited = await world.tx(lambda tx: rows(tx, _AUDITED, id=str(held.id)))
    assert ("chargeback.dispute", "done") in {(row.action, row.outcome) for row in audited}


async def test_a_bank_that_is_silent_is_asked_again(world: World) -> None:
    """Evidence was sent and no word came in forty-five days: somebody asks the bank."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    held = await only(world, order)
    await said(await at_work(world, "accountant"), str(held.id), "dispute")
    await world.advance(days=46)
    anna = await at_work(world, "accountant", email="anna@clinic.example")
    assert "Банк не ответил на доказательства" in says(await anna.get("/desk/worklist"))


async def test_nobody_answered_in_time(world: World) -> None:
    """The day has passed: the page and the list say so; it can still be closed."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    await world.advance(days=11)
    anna = await at_work(world, "accountant")
    held = await only(world, order)
    assert "срок вышел" in says(await anna.get(f"/desk/chargebacks/{held.id}"))
    await said(anna, str(held.id), "lose")
    assert (await only(world, order)).state is State.LOST
    assert [one.invariant for one in await world.broken()] == []


async def test_the_order_tells_it_in_its_word_its_rows_and_its_story(world: World) -> None:
    """Neither paid nor refunded by us; once it is won, paid as before."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    assert await world.word(order.id) is Word.CHARGED_BACK
    anna = await at_work(world, "accountant")
    page = says(await anna.get(f"/desk/orders/{order.code}"))
    assert "Оплата оспорена в банке плательщика" in page
    assert "Оспорено 2 500 ₽" in page
    assert "Плательщик оспорил оплату в своём банке" in page
    assert "Возврат 2 500 ₽" not in page
    held = await only(world, order)
    await said(anna, str(held.id), "win")
    assert await world.word(order.id) is Word.PAID
    assert "Оспаривание: выиграли" in says(await anna.get(f"/desk/orders/{order.code}"))
    assert "Деньги снова у клиники" in says(await anna.get(f"/desk/chargebacks/{held.id}"))


async def test_a_refund_is_refused_with_the_reason(world: World) -> None:
    """The desk says why nothing can be given back, and that no money moved."""
    order, payment = await world.paid()
    anna = await at_work(world, "accountant")
    form = await anna.get(f"/desk/orders/{order.code}/refund")
    await charged_back(world, payment)
    typed = {"payment": str(payment), "amount": "100", "reason": "not_needed"}
    refused = await anna.press(form, f"/desk/orders/{order.code}/refund/check", **typed)
    assert refused.status == 409
    assert "Эти деньги уже забрал банк плательщика" in says(refused)


async def test_the_evidence_goes_to_the_bank(world: World) -> None:
    """What was bought, agreed to and told, and the hours of the visit; who took it is on record. No address is whole."""
    order, payment = await world.paid()
    await world.letters()
    await charged_back(world, payment)
    anna = await at_work(world, "accountant")
    held = await only(world, order)
    page = await anna.get(f"/desk/chargebacks/{held.id}")
    assert "Отправлено письмо, m…@example.com" in says(page)
    assert "персональных данных" in says(page)
    (address,) = (link for link in page.links if link.endswith("evidence.zip"))
    session = {name: morsel.value for name, morsel in anna.cookies.items()}
    async with world.http.get(world.url + address, cookies=session) as answer:
        assert answer.status == 200
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    manifest = json.loads(archive.read("manifest.json"))
    assert b"maria@" not in archive.read("manifest.json")
    assert manifest["order"] == order.code
    assert manifest["visit"]["given_at"] is None
    assert manifest["consents"]
    told = [one for one in manifest["notices"] if one["handed_over_at"]]
    assert [(one["about"], one["channel"], one["to"], one["state"]) for one in told] == [
        ("paid", "email", "m…@example.com", "sent")
    ]
    audited = await world.tx(lambda tx: rows(tx, _AUDITED, id=str(order.id)))
    assert ("evidence.read", "done") in {(row.action, row.outcome) for row in audited}


async def test_evidence_on_the_page_is_on_record(world: World) -> None:
    """Whoever is shown what was agreed to and told leaves the same line as with the archive; whoever is not, none."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    place = f"/desk/chargebacks/{(await only(world, order)).id}"
    reads = sql("SELECT principal FROM audit WHERE action = 'evidence.read' AND object = :id")
    blind = await at_work(world, "read-only", email="boris@clinic.example")
    assert "evidence.zip" not in " ".join((await blind.get(place)).links)
    assert not await world.tx(lambda tx: rows(tx, reads, id=str(order.id)))
    anna = await at_work(world, "accountant")
    await anna.get(place)
    (audited,) = await world.tx(lambda tx: rows(tx, reads, id=str(order.id)))
    assert audited.principal == f"staff:{anna.staff_id}"


async def test_two_clerks_decide_and_the_second_is_told(world: World) -> None:
    """Both have the page open: one decision stands, the other sees that it cannot be done now."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    held = await only(world, order)
    anna = await at_work(world, "accountant", email="anna@clinic.example")
    boris = await at_work(world, "controller", email="boris@clinic.example")
    place = f"/desk/chargebacks/{held.id}"
    pages = [await one.get(place) for one in (anna, boris)]
    answers = await asyncio.gather(
        anna.press(pages[0], f"{place}/win"), boris.press(pages[1], f"{place}/lose"), return_exceptions=False
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    assert (await only(world, order)).state in (State.WON, State.LOST)
    assert [one.invariant for one in await world.broken()] == []


async def test_to_accept_one_is_to_give_money_up(world: World) -> None:
    """A proof of the last minutes is asked for; then it is accepted, and the money stays gone."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    anna = await at_work(world, "accountant")
    held = await only(world, order)
    done = await said(anna, str(held.id), "accept")
    assert done.location == f"/desk/chargebacks/{held.id}"
    assert (await only(world, order)).state is State.ACCEPTED
    assert (await world.facts(order.id)).refunded == roubles(2500)


async def test_the_list_and_the_export_name_it(world: World) -> None:
    """What waits stands first; the file's totals are the ledger's."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    anna = await at_work(world, "accountant")
    page = says(await anna.get("/desk/chargebacks"))
    assert page.index("Ждут ответа") < page.index(order.code)
    held = await only(world, order)
    await said(anna, str(held.id), "win")
    page = says(await anna.get("/desk/chargebacks"))
    assert "Отвечать не на что." in page
    assert page.index("Закрытые") < page.index(order.code)


async def test_what_was_refunded_and_charged_back_needs_a_person(world: World) -> None:
    """The money went twice: nothing is left to book, and the worklist says so."""
    order, payment = await world.paid()
    at_bank = world.bank.find(world.merchant, number=str(payment))
    reverting.refund(world.bank, at_bank, 250_000, external_id=None)
    at_the_bank.charge_back(world.bank, at_bank, 250_000)
    await settle(world.service, payment)
    await recognise.recognise_due(world.service)
    anna = await at_work(world, "accountant")
    pressed = await anna.press(await anna.get("/desk/worklist"), f"/desk/payments/{payment}/outside")
    assert pressed.status == 303, says(pressed)
    await recognise.recognise_due(world.service)
    assert await found(world, order) == []
    assert "Оспорили оплату, которую уже вернули" in says(await anna.get("/desk/worklist"))


async def test_the_api_lists_reads_and_decides(world: World) -> None:
    """By the key of finance: the same chargeback, the order's payment says how much, and a second word is refused."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    status, page = await world.api("GET", "/v1/chargebacks?status=open", "finance")
    assert status == 200
    (told,) = page["data"]
    assert (told["order"], told["amount"]["amount"], told["amount_supposed"]) == (str(order.id), 250_000, True)
    status, shown = await world.api("GET", f"/v1/orders/{order.id}", "finance")
    assert shown["status"] == "charged_back"
    assert shown["payments"][0]["charged_back"]["amount"] == 250_000
    assert (await world.api("POST", f"/v1/chargebacks/{told['id']}/lose", "finance", {}))[0] == 200
    status, refused = await world.api("POST", f"/v1/chargebacks/{told['id']}/win", "finance", {})
    assert (status, refused["code"]) == (409, "wrong_state")
    asked = {"amount": {"amount": 100}, "reason": "again"}
    status, refused = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", asked)
    assert (status, refused["code"]) == (409, "charged_back")
    assert len(await world.tx(lambda tx: store.newest(tx, store.Wanted(None), limit=9))) == 1
