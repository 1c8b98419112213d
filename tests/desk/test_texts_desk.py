"""Legal texts at the desk: what is saved is what payers read, from its day on, and no form loses what was typed."""

from __future__ import annotations

import re

import pytest

from checkout.payment import evidence
from checkout.payment.order import Order
from tests.desk.clerk import at_work
from tests.desk.texts import NEW, OFFER, difference, held, looked, moscow, saved, write
from tests.pages.visitor import Seen, Visitor, home, made, only, same_site, told
from tests.world import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world, headers={"Accept-Language": "ru"})


async def agreed(world: World, order: Order) -> dict[str, evidence.Given]:
    given = await world.tx(lambda tx: evidence.of_order(tx, world.service, order))
    return {one.kind: one for one in given}


# --- what is saved is what payers read


async def test_a_text_is_looked_at_saved_and_read_by_payers(world: World, visitor: Visitor) -> None:
    """As it stands beside its box and on the page of terms, lines and all; nothing is changed by looking."""
    admin = await at_work(world, "administrator")
    first = await held(world)
    check = await looked(admin, title_ru="Принимаю новую оферту", text_ru=NEW)
    assert await held(world) == first
    assert "Начнёт действовать сразу после сохранения" in check.text
    assert "Принимаю новую оферту" in check.text
    assert f'<p class="lines">{NEW}</p>' in check.html
    shown = await saved(admin, check)
    assert "Сохранено" in shown.text
    now = await held(world)
    assert (now.title_ru, now.text_ru) == ("Принимаю новую оферту", NEW)
    assert (now.title_en, now.text_en, now.required) == (first.title_en, first.text_en, True)
    assert now.version == "2026-12-02"
    form = await visitor.form()
    for page in (form, await visitor.get("/terms")):
        assert f'<p class="lines">{NEW}</p>' in page.html
        assert "Текст от 2 декабря 2026" in told(page.text)
    assert _box(form) in check.html.replace("<details open>", "<details>")


def _box(page: Seen) -> str:
    """The words of the offer's box as a payer has them."""
    found = re.search(r'name="consent-offer".*?</div>', page.html, re.DOTALL)
    assert found is not None
    return found[0][found[0].index("<span>") :]


async def test_a_text_from_a_day_on_leaves_todays_until_its_midnight_in_moscow(world: World, visitor: Visitor) -> None:
    admin = await at_work(world, "administrator")
    first, day = await held(world), await moscow(world, 2)
    check = await looked(admin, text_ru=NEW, **{"from": day.isoformat()})
    assert "Начнёт действовать 4 дек. 2026, 00:00" in told(check.text)
    await saved(admin, check)
    assert await held(world) == first
    listed = told((await admin.get("/desk/texts")).text)
    assert "версия 2026-12-04 : offer с 4 дек. 2026, 00:00" in listed
    await world.advance(days=2)
    assert (await held(world)).text_ru == NEW
    assert NEW in (await visitor.get("/terms")).html


async def test_an_order_keeps_the_text_that_was_agreed_to(world: World, visitor: Visitor) -> None:
    """Its page and its evidence say the old one, whatever is read by whoever books next."""
    admin = await at_work(world, "administrator")
    first = await held(world)
    await visitor.booked()
    order = await only(world)
    await write(admin, title_ru="Другое название", text_ru=NEW)
    given = (await agreed(world, order))["offer"]
    assert (given.version, given.title, given.text) == (first.version, first.title_ru, first.text_ru)
    page = await visitor.get(f"{home(world, order)}/consents")
    assert first.text_ru in page.html
    assert "Другое название" not in page.text
    await Visitor(world).booked(email="anna@example.com", phone="+7 912 345 67 00")
    other = next(one.order for one in await made(world) if one.order.id != order.id)
    given = (await agreed(world, other))["offer"]
    assert (given.version, given.title, given.text) == ("2026-12-02", "Другое название", NEW)


async def test_one_body_under_another_title_keeps_both_titles(world: World, visitor: Visitor) -> None:
    """Texts are kept by their digest; each order still says the line that its payer ticked."""
    admin = await at_work(world, "administrator")
    first = await held(world)
    await visitor.booked()
    order = await only(world)
    await write(admin, title_ru="Согласна с офертой")
    await Visitor(world).booked(email="anna@example.com", phone="+7 912 345 67 00")
    other = next(one.order for one in await made(world) if one.order.id != order.id)
    titles = [(await agreed(world, one))["offer"].title for one in (order, other)]
    assert titles == [first.title_ru, "Согласна с офертой"]


# --- under an open form


async def test_a_text_that_changes_under_an_open_form_is_read_anew_and_nothing_is_lost(
    world: World, visitor: Visitor
) -> None:
    """The form comes back with the new text unticked and all the rest as it was typed; ticked again, it books."""
    admin = await at_work(world, "administrator")
    form = await visitor.form()
    await write(admin, text_ru=NEW)
    sent = await visitor.send(form, **{"consent-mailing": "yes"})
    assert sent.status == 409
    assert await made(world) == []
    page = told(sent.text)
    title = (await held(world)).title_ru
    assert f"Текст «{title}» изменился, пока была открыта форма" in page
    assert '<a href="#consent-offer">' in sent.html
    assert NEW in sent.html
    assert "consent-offer" not in sent.values
    kept = ("name", "phone", "email", "consent-adult", "consent-personal-data", "consent-mailing")
    assert [sent.values[name] for name in kept] == ["Мария Петрова", "8 (912) 345-67-89", "maria@example.com"] + 3 * [
        "yes"
    ]
    again = await visitor.post("/book", sent.values)
    assert (again.status, '<a href="#consent-offer">' in again.html) == (422, True)
    done = await visitor.post("/book", {**again.values, "consent-offer": "yes"})
    assert done.status == 303, done.text
    given = (await agreed(world, await only(world)))["offer"]
    assert given.text == NEW


async def test_a_form_sent_again_after_a_change_leads_to_its_order(world: World, visitor: Visitor) -> None:
    """What was agreed to stands: a second click must not say that nothing was booked."""
    admin = await at_work(world, "administrator")
    form = await visitor.form()
    first = await visitor.send(form)
    await write(admin, text_ru=NEW)
    again = await visitor.send(form)
    assert (again.status, again.location) == (first.status, first.location)
    assert len(await made(world)) == 1


async def test_a_form_that_does_not_say_what_was_read_books_nothing(world: World, visitor: Visitor) -> None:
    form = await visitor.form()
    del form.values["read-personal-data"]
    sent = await visitor.send(form)
    assert (sent.status, '<a href="#consent-personal-data">' in sent.html) == (409, True)
    assert await made(world) == []


async def test_the_desk_reads_the_new_text_to_the_caller(world: World) -> None:
    """A form for a caller, open over the change, asks for that box again and keeps the rest."""
    admin = await at_work(world, "administrator")
    start = (await world.free())[0]
    path = f"/desk/book?clinic=tverskaya&service=consultation&at={start:%Y-%m-%dT%H:%MZ}"
    form = await admin.get(path)
    await write(admin, text_ru=NEW)
    typed = {"name": "Мария Петрова", "phone": "8 (912) 345-67-89", "email": "maria@example.com"}
    ticked = {f"consent-{kind}": "yes" for kind in ("adult", "offer", "personal-data")}
    sent = await admin.press_all(form, "/desk/book", **typed, **ticked)
    assert (sent.status, '<a href="#consent-offer">' in sent.html) == (409, True)
    assert (sent.values["name"], "consent-offer" in sent.values, NEW in sent.html) == ("Мария Петрова", False, True)
    done = await admin.press_all(sent, "/desk/book", **{"consent-offer": "yes"})
    assert done.status == 303, told(done.text)
    assert (await agreed(world, await only(world)))["offer"].text == NEW


# --- required or not


async def test_a_text_becomes_required_and_optional_again(world: World, visitor: Visitor) -> None:
    """Nobody books without it then; a consent is withdrawn as it was given: at once if it was optional then."""
    admin = await at_work(world, "administrator")
    await visitor.booked(**{"consent-mailing": "yes"})
    order = await only(world)
    check = await looked(admin, "/desk/texts/mailing", required="yes")
    assert (difference(check, "del"), difference(check, "ins")) == (["по желанию"], ["обязательна"])
    await saved(admin, check)
    other = Visitor(world)
    sent = await other.send(await other.form(nth=1), email="anna@example.com", phone="+7 912 345 67 00")
    assert (sent.status, '<a href="#consent-mailing">' in sent.html) == (422, True)
    page = await Visitor(world, same_site(world)).post(f"{home(world, order)}/consents/mailing/withdraw")
    assert page.status == 303
    assert (await agreed(world, order))["mailing"].withdrawn_at is not None
    form = await admin.get("/desk/texts/mailing")
    del form.values["required"]
    await saved(admin, await admin.press_all(form, "/desk/texts/mailing", press="check"))
    assert (await held(world, "mailing")).required is False


# --- what is planned


async def test_a_planned_text_is_taken_back_before_its_day(world: World) -> None:
    admin = await at_work(world, "administrator")
    first, day = await held(world), await moscow(world, 5)
    await write(admin, text_ru=NEW, **{"from": day.isoformat()})
    check = await looked(admin, **{"drop-2026-12-07": "yes"})
    assert "Снимется с плана: версия 2026-12-07, с 7 дек. 2026, 00:00" in told(check.text)
    assert "Плательщик видит" in check.text
    shown = await saved(admin, check)
    assert "Снят текст, который был запланирован с 7 дек. 2026" in told(shown.text)
    await world.advance(days=6)
    assert await held(world) == first


async def test_a_planned_text_is_written_anew_in_its_place(world: World) -> None:
    """Another day, other words: the plan before is taken back in the same step, and its version is not used again."""
    admin = await at_work(world, "administrator")
    day = await moscow(world, 5)
    await write(admin, text_ru=NEW, **{"from": day.isoformat()})
    form = await admin.get(f"{OFFER}?of=2026-12-07")
    assert (form.values["text_ru"], form.values["from"], form.values["drop-2026-12-07"]) == (NEW, "2026-12-07", "yes")
    nothing = await admin.press_all(form, OFFER, press="check")
    assert "Ничего не изменится" in nothing.text
    check = await admin.press_all(form, OFFER, press="check", text_ru=NEW + " И ещё.")
    await saved(admin, check)
    await world.advance(days=6)
    assert ((await held(world)).version, (await held(world)).text_ru) == ("2026-12-07.2", NEW + " И ещё.")


async def test_a_day_that_has_its_text_takes_no_other(world: World) -> None:
    admin = await at_work(world, "administrator")
    day = (await moscow(world, 5)).isoformat()
    await write(admin, text_ru=NEW, **{"from": day})
    page = await looked(admin, text_ru="Другие условия.", **{"from": day})
    assert (page.status, '<a href="#from">' in page.html) == (422, True)
    assert page.values["text_ru"] == "Другие условия."


async def test_a_text_at_once_says_which_planned_one_follows_it(world: World) -> None:
    admin = await at_work(world, "administrator")
    await write(admin, text_ru=NEW, **{"from": (await moscow(world, 5)).isoformat()})
    check = await looked(admin, text_ru="Пока так.")
    assert "7 дек. 2026, 00:00 его сменит запланированный текст, версия 2026-12-07" in told(check.text)
    await saved(admin, check)
    assert (await held(world)).text_ru == "Пока так."
    await world.advance(days=6)
    assert (await held(world)).text_ru == NEW
