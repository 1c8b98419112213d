"""What the booking form refuses, in words and with nothing typed lost; and what strangers send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.web.payer.form import sent, understood
from tests.pages.visitor import AGREED, CONTACTS, Visitor, born, made, only, told
from tests.world import World


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        (born("2018-03-04"), ["#relation"]),
        ({}, ["#born"]),
        ({"born_year": "1990"}, ["#born"]),
        (born("1990-02-30"), ["#born"]),
        ({"born_day": "4", "born_month": "мая", "born_year": "1990"}, ["#born"]),
        (born("999999999999999999999-01-01"), ["#born"]),
        (born("1800-01-01"), ["#born"]),
        (born("2099-01-01") | {"relation": "parent"}, ["#born"]),
        (born("2018-03-04") | {"relation": "neighbour", "phone": "12"}, ["#phone", "#relation"]),
        (born("1990-05-17") | {"patient": " "}, ["#patient"]),
        ({"patient": "", "born_day": "4"}, ["#patient", "#born"]),
    ],
)
async def test_a_patient_is_described_whole_and_a_child_has_a_representative(
    visitor: Visitor, world: World, typed: dict[str, str], faults: list[str]
) -> None:
    """A date nobody was born on, a child nobody answers for, half a patient: the fields are named, all at once."""
    page = await visitor.send(await visitor.form(), **{"patient": "Ася Петрова", **typed})
    assert page.status == 422
    named = [link for link in page.links if link.startswith("#") and link != "#main"]
    assert named == faults
    assert all(f'id="{link[1:]}"' in page.html for link in named)
    assert page.values["born_year"] == typed.get("born_year", "")
    assert "<details open>" in page.html
    assert not await made(world)


async def test_a_child_is_booked_in_by_a_parent(visitor: Visitor, world: World) -> None:
    """What the payer is to the child stands on the order."""
    await visitor.booked(patient="Ася Петрова", relation="parent", **born("2018-03-04"))
    assert (await only(world)).relation == "parent"


async def test_who_comes_of_age_is_a_child_until_the_day_at_the_clinic(visitor: Visitor, world: World) -> None:
    """Eighteen on the day of the visit needs nobody; a day short of it, somebody."""
    form = await visitor.form(clinic="krasny")
    day = datetime.fromisoformat(form.values["at"]).astimezone(ZoneInfo("Asia/Novosibirsk")).date()
    child = born(f"{day.year - 18}-{day + timedelta(days=1):%m-%d}")
    page = await visitor.send(form, patient="Ася Петрова", **child)
    assert (page.status, "#relation" in page.links) == (422, True)
    assert (await visitor.send(form, patient="Ася Петрова", **born(f"{day.year - 18}-{day:%m-%d}"))).status == 303
    assert (await only(world)).relation is None


def test_what_only_the_clinics_clock_can_tell_is_left_to_it(world: World) -> None:
    """Half past six in the morning in the far east is the evening before in UTC: eighteen by then, and no child."""
    typed = born("2008-12-04") | {"patient": "Ася Петрова", "at": "2026-12-03T18:30Z", "plan": "full"}
    read = {f"read-{text.kind}": text.version for text in world.config.consents}
    form = sent({**CONTACTS, **AGREED, **read, **typed, "service": "consultation"}, "ru")
    assert understood(form, world.config.consents, "127.0.0.1")[1] == []
    younger = replace(form, born_day="05")
    assert [fault.field for fault in understood(younger, world.config.consents, "127.0.0.1")[1]] == ["relation"]


async def test_the_patient_form_asks_for_nothing_of_who_comes_alone(visitor: Visitor, world: World) -> None:
    """It is folded away, and an answer to it without a patient means nothing."""
    form = await visitor.form()
    assert "<details>" in form.html
    assert form.fields["relation"] == ["", "parent", "guardian", "trustee"]
    assert form.values["relation"] == ""
    await visitor.send(form, relation="parent")
    assert (await only(world)).relation is None


async def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(visitor: Visitor, world: World) -> None:
    """422, a summary that links to each field, words beside each field, and the input as it was."""
    form = await visitor.form()
    typed = {**form.values, "name": "  ", "phone": "12", "email": "maria", "patient": "12", "plan": "deposit"}
    page = await visitor.post("/book", {**typed, "consent-mailing": "yes"})
    assert page.status == 422
    assert page.title.startswith("Ошибка: ")
    links = [link for link in page.links if link.startswith("#") and link != "#main"]
    assert links == [
        "#name",
        "#phone",
        "#email",
        "#patient",
        "#born",
        "#consent-adult",
        "#consent-offer",
        "#consent-personal-data",
    ]
    assert all(f'id="{link[1:]}"' in page.html for link in links)
    assert 'aria-describedby="phone-hint phone-wrong"' in page.html
    assert {name: page.values[name] for name in ("phone", "email", "plan", "consent-mailing")} == {
        "phone": "12",
        "email": "maria",
        "plan": "deposit",
        "consent-mailing": "yes",
    }
    assert not await made(world)


async def test_a_corrected_form_is_still_the_same_order(visitor: Visitor, world: World) -> None:
    """The page with mistakes keeps its ticket: sent right, and sent again, it makes one order."""
    wrong = await visitor.send(await visitor.form(), phone="12")
    await visitor.send(wrong)
    await visitor.send(wrong)
    await only(world)


async def test_a_taken_time_keeps_the_input_and_offers_the_nearest(visitor: Visitor, world: World) -> None:
    """409, the nearest free times as radios in the same form, and the next send books one of them."""
    form = await visitor.form("ultrasound")
    await world.order(lines=(("ultrasound", 1),), starts_at=datetime.fromisoformat(form.values["at"]))
    page = await visitor.send(form)
    assert page.status == 409
    assert "Это время занято. Деньги не списаны." in page.text
    assert len(page.fields["at"]) == 3
    assert form.values["at"] not in page.fields["at"]
    assert "1 600 ₽ — в клинике на визите, " in told(form.text)
    assert "1 600 ₽ — в клинике на визите" in told(page.text)
    assert "на визите," not in page.text  # no hour of a visit is named before one is chosen
    assert page.values["name"] == CONTACTS["name"]
    assert page.values["consent-offer"] == "yes"
    again = await visitor.post("/book", page.values)
    assert again.status == 303


@pytest.mark.parametrize(
    "at",
    ["2020-01-01T07:00Z", "2026-11-29T23:30Z", "2099-01-05T07:00Z", "outside"],
    ids=["past", "night", "horizon", "sunday"],
)
async def test_impossible_times_are_409_with_the_nearest(visitor: Visitor, world: World, at: str) -> None:
    """Past, at night, beyond the horizon, on a closed day: by link and by form the same words and a way on."""
    if at == "outside":
        day = (await world.now()).date() + timedelta(days=1)
        while day.isoweekday() != 7:
            day += timedelta(days=1)
        at = f"{day}T04:00Z"
    page = await visitor.get(f"/book?service=consultation&clinic=krasny&at={at}")
    assert page.status == 409
    assert "Это время занято" in page.text
    assert [link for link in page.links if "at=" in link]
    form = await visitor.form(clinic="krasny")
    sent = await visitor.send(form, at=at)
    assert sent.status == 409
    assert "занято" in sent.text
    assert sent.values["name"] == CONTACTS["name"]
    assert not await made(world)


async def test_a_changed_price_is_shown_before_anything_is_booked(
    visitor: Visitor, world: World, owner: AsyncEngine
) -> None:
    """Old and new sum, 409; sent once more it books at the new price."""
    form = await visitor.form("massage")
    async with owner.begin() as tx:
        await tx.execute(
            text("INSERT INTO service_price SELECT id, app_now(), 310000 FROM service WHERE slug = 'massage'")
        )
    try:
        page = await visitor.send(form)
        assert page.status == 409
        assert "было 3 000 ₽, стало 3 100 ₽" in page.text.replace("\u00a0", " ")
        assert not await made(world)
        assert (await visitor.post("/book", page.values)).status == 303
        assert (await only(world)).total.amount == 310_000
    finally:
        async with owner.begin() as tx:
            await tx.execute(text("DELETE FROM service_price WHERE amount = 310000"))


async def test_a_changed_price_of_one_of_several_lines_is_shown_as_their_sum(
    visitor: Visitor, world: World, owner: AsyncEngine
) -> None:
    """The old and the new total, the new price in its line; asked once."""
    form = await visitor.form("massage,blood-test,insoles*2", "krasny")
    async with owner.begin() as tx:
        await tx.execute(
            text("INSERT INTO service_price SELECT id, app_now(), 410000 FROM service WHERE slug = 'insoles'")
        )
    try:
        page = await visitor.send(form)
        assert page.status == 409
        assert "было 11 450 ₽, стало 11 850 ₽" in told(page.text)
        assert "Ортопедические стельки × 2 8 200 ₽ Итого 11 850 ₽" in told(page.text)
        assert "#price" in page.links
        assert (await visitor.post("/book", page.values)).status == 303
        assert (await only(world)).total.amount == 1_185_000
    finally:
        async with owner.begin() as tx:
            await tx.execute(text("DELETE FROM service_price WHERE amount = 410000"))


async def test_an_old_form_is_renewed_with_its_input(visitor: Visitor, world: World) -> None:
    """After six hours the ticket is over: the page says so, keeps everything, and the next send books."""
    form = await visitor.form(nth=-1, day=str((await world.now()).date() + timedelta(days=3)))
    await world.advance(hours=7)
    page = await visitor.send(form)
    assert page.status == 422
    assert "Страница устарела. Ничего не потеряно" in page.text
    assert page.values["ticket"] != form.values["ticket"]
    assert (await visitor.post("/book", page.values)).status == 303


@pytest.mark.parametrize("change", ["order", "ends", "seal", "empty", "junk"])
async def test_a_forged_ticket_makes_no_order(visitor: Visitor, world: World, change: str) -> None:
    """Neither another order's id, nor a longer life, nor a made-up seal."""
    form = await visitor.form()
    order, ends, seal = form.values["ticket"].split(".")
    other = (await visitor.form()).values["ticket"].split(".")[0]
    forged = {
        "order": f"{other}.{ends}.{seal}",
        "ends": f"{order}.{int(ends) + 9999}.{seal}",
        "seal": f"{order}.{ends}.{'A' * 22}",
        "empty": "",
        "junk": "ord_.é.\u0661",
    }[change]
    assert (await visitor.send(form, ticket=forged)).status == 422
    assert not await made(world)


async def test_a_plan_that_is_not_offered_is_refused(visitor: Visitor, world: World) -> None:
    """The form says what can be chosen; whoever sends something else gets words, not an order."""
    form = await visitor.form("follow-up")
    page = await visitor.send(form, plan="deposit")
    assert (page.status, "Так оплатить эту услугу нельзя." in page.text) == (422, True)
    assert (await visitor.send(form, plan="nothing")).status == 422
    assert not await made(world)


@pytest.mark.parametrize("lost", ["service", "clinic"])
async def test_a_form_for_what_is_gone_leads_back_to_choosing(visitor: Visitor, world: World, lost: str) -> None:
    """A service or clinic that does not exist any more: 404 with the list."""
    sent = await visitor.send(await visitor.form(), **{lost: "gone"})
    assert sent.status == 404
    assert sent.heading.startswith("Выберите")
    assert not await made(world)


async def test_a_form_without_a_time_leads_to_choosing_one(visitor: Visitor) -> None:
    """An unreadable time was not chosen."""
    sent = await visitor.send(await visitor.form(), at="tomorrow")
    assert sent.heading == "Выберите день и время"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "null"}, 303),
        ({}, 303),
    ],
)
async def test_forms_from_other_sites_are_refused(world: World, headers: dict[str, str], status: int) -> None:
    """Where the browser says that another site made it send the form, nothing happens."""
    quiet = Visitor(world)
    form = await quiet.form()
    sent = await quiet.post("/book", {**form.values, **CONTACTS, **AGREED}, **headers)
    assert sent.status == status
    assert len(await made(world)) == (status == 303)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"name=a&name=b", 400),
        (b"name=%FF", 400),
        (b"\xff\xfe", 400),
        (b"&".join(b"f%d=1" % n for n in range(60)), 400),
        (b"name=" + b"a" * 70_000, 413),
    ],
    ids=["duplicate", "not-utf8", "not-text", "many", "large"],
)
async def test_bodies_that_no_form_of_ours_sends_are_refused(visitor: Visitor, body: bytes, status: int) -> None:
    """Duplicates, broken encodings, too many fields and too many bytes end at a page that says so."""
    page = await visitor.post("/book", body)
    assert page.status == status
    assert "req_" in page.text


@pytest.mark.parametrize("odd", ["\x00", "a\x00b", "\u2028", "²", "٣", "9" * 5000], ids=ascii)
async def test_what_no_field_can_mean_never_reaches_the_database(visitor: Visitor, odd: str) -> None:
    """Controls, digits of other kinds, endless numbers: the form comes back, or a step of it, and never a fault."""
    form = await visitor.form()
    for field in ("clinic", "who", "service", "name", "phone", "email", "ticket", "shown", "plan", "at", "born_year"):
        body = urlencode({**form.values, **CONTACTS, **AGREED, field: odd}).encode()
        assert (await visitor.post("/book", body)).status < 500, field


async def test_other_kinds_of_bodies_are_refused(visitor: Visitor) -> None:
    """A form comes as a form."""
    assert (await visitor.post("/book", b"{}", **{"Content-Type": "application/json"})).status == 415


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script> Мария",
        '"><img src=x onerror=alert(1)> Мария',
        "Мария \u202eавортеП",
        "Мария 😀 O’Neil & Söhne",
        "{{ 7 * 7 }} Мария",
    ],
)
async def test_hostile_and_unusual_names_come_out_as_text(visitor: Visitor, name: str) -> None:
    """Whatever is typed is shown as it was typed, and never becomes markup."""
    page = await visitor.send(await visitor.form(), name=name, phone="12")
    assert page.values["name"] == name
    assert page.tags.count("script") == 1  # ours
    assert "img" not in page.tags


@pytest.mark.parametrize(
    "field", ["service", "clinic", "who", "day", "at", "since", "search", "sum", "quantity-a", "lang"]
)
async def test_hostile_addresses_are_only_text(visitor: Visitor, field: str) -> None:
    """No part of the address becomes markup, and none of them breaks the page."""
    for value in ("<svg onload=1>", "'\"><b>", "\u202e", "\x00", "a" * 3000):
        base = {"service": "consultation", "clinic": "krasny", field: value}
        page = await visitor.get("/book?" + "&".join(f"{name}={quote(text)}" for name, text in base.items()))
        assert page.status in {200, 404, 409}
        assert "<svg onload" not in page.html
        assert "b" not in page.tags


@pytest.mark.parametrize("at", ["0001-01-01T00:00Z", "9999-12-31T23:59Z", "2026-12-01", "2026-12-01T10:00", "-1"])
async def test_times_at_the_ends_of_the_calendar_are_not_chosen(visitor: Visitor, at: str) -> None:
    """What is no moment of our time, or has no zone, is passed over."""
    page = await visitor.get(f"/book?service=consultation&clinic=krasny&at={quote(at)}&day=9999-12-31&since=0001-01-01")
    assert (page.status, page.heading) == (200, "Выберите день и время")
