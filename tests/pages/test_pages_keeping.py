"""What a payer takes along and what they take back: calendar, own data, evidence, consents."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from typing import Any

from icalendar import Calendar

from checkout.ground.db import one, rows, run, sql
from checkout.notices.message import LINK
from checkout.payment.order import Order
from tests.api.wishes import wish
from tests.pages.visitor import AGREED, CONTACTS, Visitor, born, home, only
from tests.setting import KEYS
from tests.world import World

_AUDIT = sql("SELECT principal, action, outcome FROM audit WHERE object = :order ORDER BY seq")
_ERASE = sql("UPDATE person SET data_key = NULL, sealed = NULL, erased_at = app_now()")


async def raw(world: World, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    async with world.http.get(world.url + path, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def booked(visitor: Visitor, world: World) -> Order:
    """Maria books for her father and agrees to letters too."""
    form = await visitor.form()
    sent = await visitor.post(
        "/book",
        {
            **form.values,
            **CONTACTS,
            **AGREED,
            "consent-mailing": "yes",
            "patient": "Пётр Сидоров",
            **born("1950-05-01"),
        },
    )
    assert sent.status == 303
    return await only(world)


async def audited(world: World, order: Order) -> list[tuple[str, str, str]]:
    found = await world.tx(lambda tx: rows(tx, _AUDIT, order=str(order.id)))
    return [(row.principal, row.action, row.outcome) for row in found]


# --- the calendar


def visit_in(entry: bytes) -> Any:
    return Calendar.from_ical(entry).walk("VEVENT")[0]


async def test_a_visit_is_added_to_a_calendar(world: World) -> None:
    """A file of its own kind, named after nobody, on the clinic's clock; each move is a newer version of the same entry."""
    order, _ = await world.paid()
    status, headers, body = await raw(world, f"{home(world, order)}/visit.ics")
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "text/calendar")
    assert headers["Content-Disposition"] == 'attachment; filename="visit.ics"'
    first = visit_in(body)
    assert first["DTSTART"].dt == order.starts_at
    elsewhen = {"starts_at": (await world.free())[4].isoformat()}
    await world.api("POST", f"/v1/orders/{order.id}/move", "office", elsewhen)
    second = visit_in((await raw(world, f"{home(world, order)}/visit.ics"))[2])
    assert second["UID"] == first["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)


async def test_there_is_no_entry_without_a_visit(visitor: Visitor, world: World) -> None:
    """Held is not booked, cancelled is over."""
    held = await world.order()
    gone, _ = await world.paid()
    await world.api("POST", f"/v1/orders/{gone.id}/cancel", "office", {})
    for order in (held, gone):
        assert (await visitor.get(f"{home(world, order)}/visit.ics")).status == 404
        assert f"{home(world, order)}/visit.ics" not in (await visitor.get(home(world, order))).links


# --- the payer's own data


async def test_a_payer_takes_their_data_along(visitor: Visitor, world: World) -> None:
    """Everything on this order, readable by programs, the patient whom they named with it; that it was read is noted."""
    order = await booked(visitor, world)
    status, headers, body = await raw(world, f"{home(world, order)}/data.json")
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "application/json")
    assert headers["Content-Disposition"] == f'attachment; filename="order-{order.code}.json"'
    data: dict[str, Any] = json.loads(body)
    assert data["order"]["code"] == order.code
    assert data["payer"] == {
        "name": "Мария Петрова",
        "phone": "+79123456789",
        "email": "maria@example.com",
        "born": None,
    }
    assert (data["patient"]["name"], data["patient"]["born"]) == ("Пётр Сидоров", "1950-05-01")
    assert data["lines"][0]["unit_price"] == 250_000
    assert [payment["state"] for payment in data["payments"]] == ["pending"]
    assert {consent["kind"] for consent in data["consents"]} == {"adult", "offer", "personal-data", "mailing"}
    assert data["consents"][0]["address"] == "127.0.0.1"
    assert data["refunds"] == []
    assert data["messages"][0]["about"] == "placed"
    assert await audited(world, order) == [("payer", "person.export", "done")]


async def test_what_they_were_told_is_part_of_the_data(world: World) -> None:
    """Word for word, but for the private link, which whoever gets the file is not to have; nothing of an erased payer."""
    order, _ = await world.paid()
    letter = (await world.letters())[-1]
    body = (await raw(world, f"{home(world, order)}/data.json"))[2]
    told = json.loads(body)["messages"][-1]
    link = f"{world.url}{home(world, order)}"
    assert link in letter.text
    assert told["subject"] == letter.subject
    assert told["text"].split() == letter.text.replace(link, LINK).split()
    assert home(world, order).encode() not in body
    await world.tx(lambda tx: run(tx, _ERASE))
    told = json.loads((await raw(world, f"{home(world, order)}/data.json"))[2])["messages"][-1]
    assert told["text"] is None


async def test_refunds_are_part_of_the_data(visitor: Visitor, world: World) -> None:
    """Another department's rows are in the same file."""
    order, _ = await world.paid()
    page = await visitor.get(f"{home(world, order)}/cancel")
    await visitor.post(f"{home(world, order)}/cancel", {**page.values, "money": "return"})
    await world.sweep()
    data = json.loads((await raw(world, f"{home(world, order)}/data.json"))[2])
    assert [(refund["amount"], refund["state"]) for refund in data["refunds"]] == [(250_000, "done")]


async def test_an_erased_payer_leaves_an_order_without_a_person(visitor: Visitor, world: World) -> None:
    """The sums stay, the people are gone, nothing breaks."""
    order = await booked(visitor, world)
    await world.tx(lambda tx: run(tx, _ERASE))
    data = json.loads((await raw(world, f"{home(world, order)}/data.json"))[2])
    assert (data["payer"], data["patient"], data["consents"][0]["address"]) == (None, None, None)
    assert data["order"]["total"] == 250_000


# --- evidence


async def test_the_evidence_is_rebuilt_byte_for_byte(visitor: Visitor, world: World) -> None:
    """The payer's and finance's download, today and in a month: the same bytes, each text under the hash it was agreed to by."""
    order = await booked(visitor, world)
    status, headers, first = await raw(world, f"{home(world, order)}/evidence.zip")
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    await world.advance(days=30)
    assert (await raw(world, f"{home(world, order)}/evidence.zip"))[2] == first
    finance = await raw(world, f"/v1/orders/{order.id}/evidence", Authorization=f"Bearer {KEYS['finance']}")
    assert finance[2] == first
    assert await audited(world, order) == [
        ("payer", "evidence.read", "done"),
        ("payer", "evidence.read", "done"),
        ("key:finance", "evidence.read", "done"),
    ]
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
        for consent in manifest["consents"]:
            text = archive.read(consent["text"])
            assert hashlib.sha256(text).hexdigest() == consent["sha256"]
            assert (consent["version"], consent["address"], consent["withdrawn_at"]) == (
                "2026-11-01",
                "127.0.0.1",
                None,
            )
    assert manifest["contract_number"] == manifest["order"] == order.code
    assert manifest["lines"][0]["unit_price"] == 250_000
    assert "Мария" not in json.dumps(manifest, ensure_ascii=False)


async def test_a_price_and_a_text_that_change_later_change_no_evidence(visitor: Visitor, world: World) -> None:
    """What was agreed to is what was agreed to: the catalogue's new price is not in it."""
    order = await booked(visitor, world)
    before = (await raw(world, f"{home(world, order)}/evidence.zip"))[2]
    dearer = sql(
        "INSERT INTO service_price (service_id, valid_from, amount) "
        "SELECT id, app_now(), 999900 FROM service WHERE slug = 'consultation'"
    )
    cheaper = sql("DELETE FROM service_price WHERE amount = 999900")
    await world.tx(lambda tx: run(tx, dearer))
    try:
        assert (await raw(world, f"{home(world, order)}/evidence.zip"))[2] == before
    finally:
        await world.tx(lambda tx: run(tx, cheaper))


async def test_evidence_is_for_finance_alone(world: World) -> None:
    """A site may not read it, and another clinic's order does not exist."""
    _, order = await world.api("POST", "/v1/orders", "site", await wish(world))
    assert (await world.api("GET", f"/v1/orders/{order['id']}/evidence", "site"))[0] == 403
    assert (await world.api("GET", "/v1/orders/ord_00000000000000000000000000/evidence", "finance"))[0] == 404


# --- consents


async def test_what_was_agreed_to_can_be_read_with_its_date(visitor: Visitor, world: World) -> None:
    """The whole text, its version, when; and a button only where one press may do it."""
    order = await booked(visitor, world)
    page = await visitor.get(f"{home(world, order)}/consents")
    assert "Не чаще раза в месяц; отписаться можно по ссылке в каждом письме." in page.text
    assert "Версия текста 2026-11-01, согласие дано" in page.text
    assert [action.rpartition("consents/")[2] for action in page.actions] == [
        "personal-data/withdraw",
        "mailing/withdraw",
    ]


async def test_consents_stand_in_the_order_in_which_they_were_read(visitor: Visitor, world: World) -> None:
    """As on the form, from the age that one must have to the news that one may want."""
    order = await booked(visitor, world)
    page = await visitor.get(f"{home(world, order)}/consents")
    shown = re.findall(r'<h2 id="([a-z-]+)-title">', page.html)
    assert shown == [text.kind for text in world.config.consents] + ["data"]
    assert shown != sorted(shown)


async def test_letters_stop_at_once_and_personal_data_are_answered(visitor: Visitor, world: World) -> None:
    """Each withdrawal is written down once and dated; the page says what goes on by law, and until when an answer comes."""
    order = await booked(visitor, world)
    page = await visitor.get(f"{home(world, order)}/consents")
    for action in (*page.actions, *page.actions):
        assert (await visitor.post(action)).status == 303
    after = await visitor.get(f"{home(world, order)}/consents")
    assert not after.actions
    assert after.text.count("Отозвано ") == 2
    assert "Новостей больше не будет." in after.text
    assert "Просьба записана, ответим до" in after.text
    assert "Визит остаётся в силе" in after.text
    assert (await world.events(order.id)).count("order.consent_withdrawn") == 2
    data = json.loads((await raw(world, f"{home(world, order)}/data.json"))[2])
    assert [consent["kind"] for consent in data["consents"] if consent["withdrawn_at"]] == ["mailing", "personal-data"]


async def test_the_contract_itself_is_not_withdrawn_by_a_press(visitor: Visitor, world: World) -> None:
    """Refused with the way out; what was never agreed to does not exist."""
    order = await booked(visitor, world)
    refused = await visitor.post(f"{home(world, order)}/consents/offer/withdraw")
    assert (refused.status, "отмените визит" in refused.text) == (409, True)
    assert (await visitor.post(f"{home(world, order)}/consents/soul/withdraw")).status == 404
    none = await world.tx(lambda tx: one(tx, sql("SELECT count(*) AS n FROM consent_withdrawal")))
    assert none is not None
    assert none.n == 0
