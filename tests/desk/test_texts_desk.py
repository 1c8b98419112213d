"""The texts that payers agree to on the staff's screens: a form, how a payer would see it, and what then is agreed to."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import date, timedelta
from typing import Any, Final

import pytest
from aiohttp import FormData

from checkout.catalogue import legal_store
from checkout.catalogue.legal import Wish
from checkout.ground.config import Consent
from checkout.ground.db import DATABASE_TROUBLE, in_transaction, rows, sql, transaction
from checkout.payment import evidence
from checkout.payment.order import Order
from tests.desk.clerk import Clerk, at_work
from tests.desk.texts import OFFER, looked, saved, write
from tests.pages.visitor import Seen, Visitor, home, made, only, same_site, told
from tests.world import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world, headers={"Accept-Language": "ru"})


NEW: Final = "Новые условия.\n\nВторой абзац: деньги возвращаются за 10 дней."
_WAITING = sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
_AUDIT = sql("SELECT object, data FROM audit WHERE action = 'text.change' ORDER BY seq DESC LIMIT 1")


async def held(world: World, kind: str = "offer") -> Consent:
    """The text as it is in force."""
    found = await world.tx(lambda tx: legal_store.in_force(tx, world.config.consents))
    return next(one for one in found if one.kind == kind)


async def moscow(world: World, days: int) -> date:
    return (await world.now() + timedelta(hours=3, days=days)).date()


async def agreed(world: World, order: Order) -> dict[str, evidence.Given]:
    given = await world.tx(lambda tx: evidence.of_order(tx, world.service, order))
    return {one.kind: one for one in given}


def difference(page: Seen, sign: str) -> list[str]:
    """What a page shows as struck through (`del`) or as new (`ins`)."""
    found = re.findall(rf"<{sign}><span[^>]*>[^<]*</span>(.*?)</{sign}>", page.html, re.DOTALL)
    return [told(one).strip() for one in found]


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


# --- two at one text


async def _two(world: World) -> tuple[Clerk, Clerk]:
    olga = await at_work(world, "administrator", email="olga@clinic.example")
    nina = await at_work(world, "administrator", email="nina@clinic.example", name="Нина Орлова")
    return olga, nina


@pytest.mark.parametrize("press", ["check", "save"])
async def test_whoever_comes_second_is_told_who_changed_what_and_loses_nothing(world: World, press: str) -> None:
    """The other's change stands in the form beside one's own; saved once more, both are kept."""
    olga, nina = await _two(world)
    form = await olga.get(OFFER)
    await write(nina, text_ru=NEW, title_en="I accept")
    stale = await olga.press_all(form, OFFER, press=press, title_ru="Моя строка", text_en="My terms.")
    assert stale.status == 409
    page = told(stale.text)
    assert "этот текст изменил другой человек: Нина Орлова. Ничего не сохранено" in page
    assert NEW.partition(" ")[0] in " ".join(difference(stale, "ins"))
    values = stale.values
    assert (values["title_ru"], values["text_en"]) == ("Моя строка", "My terms.")
    assert (values["text_ru"], values["title_en"]) == (NEW, "I accept")
    await saved(olga, await olga.press_all(stale, OFFER, press="check"))
    now = await held(world)
    assert (now.title_ru, now.text_en, now.text_ru, now.title_en) == ("Моя строка", "My terms.", NEW, "I accept")


async def test_of_two_who_save_at_once_one_wins(world: World) -> None:
    """The second waits for the first to be through, and is then told."""
    olga, nina = await _two(world)
    check = await looked(olga, text_ru="Второй.")
    wanted = (await held(world)).model_copy(update={"text_ru": "Первый."})
    wish = Wish("offer", wanted, None, (), 0)
    async with transaction(world.service.engine) as tx:
        await legal_store.change(tx, world.config.consents, wish, principal=f"staff:{nina.staff_id}")
        second = asyncio.create_task(olga.press_all(check, OFFER, press="save"))
        while not second.done() and not await world.tx(lambda tx: rows(tx, _WAITING)):
            await asyncio.wait({second}, timeout=0.01)
    told_so = await second
    assert (told_so.status, "изменил другой человек: Нина Орлова" in told(told_so.text)) == (409, True)
    assert (await held(world)).text_ru == "Первый."


async def test_a_text_that_began_meanwhile_is_told_and_kept(world: World) -> None:
    """Midnight passed under the form: what it was filled from is not in force any more."""
    admin = await at_work(world, "administrator")
    await write(admin, text_ru=NEW, **{"from": (await moscow(world, 1)).isoformat()})
    form = await admin.get(OFFER)
    await world.advance(hours=20)
    admin = await at_work(world, "administrator", email="again@clinic.example")
    fresh = await admin.get(OFFER)
    stale = await _posted(admin, form, fresh, press="save", title_ru="Моя строка")
    assert (stale.status, "начал действовать запланированный текст" in told(stale.text)) == (409, True)
    assert (stale.values["title_ru"], stale.values["text_ru"]) == ("Моя строка", NEW)


async def _posted(clerk: Clerk, form: Seen, page: Seen, **typed: str) -> Seen:
    """The form as it was shown to somebody else, or before one signed in anew, with the keys of `page`."""
    keys = {name: page.values[name] for name in ("token", "form")}
    return await clerk.post(OFFER, {**form.values, **keys, **typed}, **same_site(clerk.world))


async def test_a_form_sent_twice_is_done_once(world: World) -> None:
    olga = await at_work(world, "administrator")
    check = await looked(olga, text_ru=NEW)
    first = await olga.press_all(check, OFFER, press="save")
    again = await olga.press_all(check, OFFER, press="save")
    assert (first.status, first.location) == (again.status, again.location) == (303, f"{OFFER}?saved=yes")
    assert (await held(world)).version == "2026-12-02"


# --- bad input


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("title_ru", " "),
        ("title_en", "a" * 201),
        ("text_ru", ""),
        ("text_en", "\n\r\n"),
        ("from", "2020-01-01"),
        ("from", "завтра"),
    ],
)
async def test_a_bad_value_names_its_field_and_is_kept(world: World, name: str, typed: str) -> None:
    """With all the others; nothing is changed."""
    admin = await at_work(world, "administrator")
    first = await held(world)
    other = "title_en" if name == "title_ru" else "title_ru"
    for press in ("check", "save"):
        page = await admin.press_all(await admin.get(OFFER), OFFER, **{name: typed, other: "Моё", "press": press})
        assert page.status == 422, told(page.text)
        assert f'<a href="#{name}">' in page.html
        assert (page.values[other], page.values[name]) == ("Моё", typed.strip())
    assert await held(world) == first


@pytest.mark.parametrize(("length", "status"), [(30_000, 200), (30_001, 422), (200_000, 422)])
async def test_a_text_too_long_is_told_by_the_name_of_its_field(world: World, length: int, status: int) -> None:
    """A browser sends the form as parts, so that a text far larger than other forms arrives and is answered."""
    admin = await at_work(world, "administrator")
    form = await admin.get(OFFER)
    assert 'enctype="multipart/form-data"' in form.html
    data = FormData(default_to_multipart=True)
    for field, value in {**form.values, "text_ru": "я" * length, "title_ru": "Моё", "press": "check"}.items():
        data.add_field(field, value)
    page = await admin.post(OFFER, data, **same_site(world))
    assert page.status == status
    if status == 422:
        assert '<a href="#text_ru">' in page.html
        assert f"В тексте {length} знаков, а помещается 30000" in page.text
        assert (page.values["title_ru"], len(page.values["text_ru"])) == ("Моё", length)


async def test_what_is_written_is_shown_and_never_run(world: World, visitor: Visitor) -> None:
    admin = await at_work(world, "administrator")
    evil = '<script>alert(1)</script> & "{braces}" %s \0'
    check = await looked(admin, title_ru="{price} <b>", text_ru=evil)
    shown = await saved(admin, check)
    for page in (check, shown, await visitor.form(), await visitor.get("/terms")):
        assert "<script>alert" not in page.html
        assert "<b>" not in page.html
    assert (await held(world)).text_ru == evil.replace("\0", "").strip()


# --- whose it is to change


async def test_whoever_changes_the_catalogue_of_one_clinic_reads_the_texts_and_changes_none(world: World) -> None:
    own = await at_work(world, ("administrator", "tverskaya"))
    listed = await own.get("/desk/texts")
    assert (listed.status, "Их меняет администратор всех клиник" in listed.text) == (200, True)
    assert OFFER not in listed.links
    assert (await own.get("/desk/texts/offer/2026-11-01")).status == 200
    assert (await own.get(OFFER)).status == 403
    form = await (await at_work(world, "administrator", email="all@clinic.example")).get(OFFER)
    sent = await _posted(own, form, listed, press="save", text_ru=NEW)
    assert sent.status == 403
    assert (await held(world)).version == "2026-11-01"


@pytest.mark.parametrize(
    "path", ["/desk/texts/nothing", "/desk/texts/offer/1999-01-01", "/desk/texts/nothing/2026-11-01"]
)
async def test_what_there_is_not_is_not_there(world: World, path: str) -> None:
    admin = await at_work(world, "administrator")
    assert (await admin.get(path)).status == 404


# --- what is kept of it


async def test_every_version_can_be_read_with_what_it_changed(world: World) -> None:
    """Who wrote it, which words it added and which it removed; in the history of the form as well."""
    admin = await at_work(world, "administrator")
    await write(admin, text_ru="Деньги возвращаются за 10 дней.")
    shown = await write(admin, text_ru="Деньги возвращаются за 5 рабочих дней.")
    assert shown.text.count("Новый текст, действует сразу") == 2
    link = next(link for link in shown.links if link.endswith("/2026-12-02.2"))
    page = await admin.get(link)
    assert "Ольга Смирнова" in page.text
    assert (difference(page, "del"), difference(page, "ins")) == (["10"], ["5 рабочих"])
    first = await admin.get(f"{OFFER}/2026-11-01")
    assert "Этот текст пришёл из файла установки" in first.text


async def test_the_audit_says_which_version_with_digests_of_its_words(world: World) -> None:
    admin = await at_work(world, "administrator")
    await write(admin, text_ru=NEW, **{"from": (await moscow(world, 5)).isoformat()})
    row = (await world.tx(lambda tx: rows(tx, _AUDIT)))[0]
    assert (row.object, row.data["version"], row.data["required"]) == ("offer", "2026-12-07", True)
    assert row.data["sha256"]["text_ru"] == hashlib.sha256(NEW.encode()).hexdigest()
    await write(admin, **{"drop-2026-12-07": "yes"})
    row = (await world.tx(lambda tx: rows(tx, _AUDIT)))[0]
    assert row.data == {"withdrawn": ["2026-12-07"]}
    assert "Текст согласия изменён" in (await admin.get("/desk/audit")).text
    assert await world.broken() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE legal_text SET text_ru = 'иначе'",
        "UPDATE legal_text SET valid_from = valid_from + interval '1 day'",
        "DELETE FROM legal_text",
        "UPDATE legal_text SET withdrawn_by = 'x', withdrawn_at = app_now()",
        (
            "INSERT INTO legal_text (kind, version, valid_from, required, title_ru, title_en, text_ru, text_en, written_by)"
            " VALUES ('offer', 'x', app_now() - interval '1 day', true, 'a', 'a', 'a', 'a', 'x')"
        ),
    ],
)
async def test_the_database_lets_nobody_rewrite_what_held(world: World, statement: str) -> None:
    """Not by the application's role: neither words nor days, and nothing is taken back once it began."""
    admin = await at_work(world, "administrator")
    await write(admin, text_ru=NEW)
    await world.advance(minutes=1)

    async def work(tx: Any) -> None:
        await tx.execute(sql(statement))

    with pytest.raises(DATABASE_TROUBLE):
        await in_transaction(world.service.engine, work)
    assert (await held(world)).text_ru == NEW
