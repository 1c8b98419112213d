"""Legal texts at the desk under two hands, badly typed, by strangers, and as a record that nobody rewrites."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from aiohttp import FormData

from checkout.catalogue import legal_store
from checkout.catalogue.legal import Wish
from checkout.ground.db import DATABASE_TROUBLE, in_transaction, rows, sql, transaction
from tests.desk.clerk import Clerk, at_work, two_administrators
from tests.desk.texts import NEW, OFFER, difference, held, looked, moscow, saved, write
from tests.pages.visitor import Seen, Visitor, same_site, told
from tests.world import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world, headers={"Accept-Language": "ru"})


_WAITING = sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
_AUDIT = sql("SELECT object, data FROM audit WHERE action = 'text.change' ORDER BY seq DESC LIMIT 1")


# --- two at one text


@pytest.mark.parametrize("press", ["check", "save"])
async def test_whoever_comes_second_is_told_who_changed_what_and_loses_nothing(world: World, press: str) -> None:
    """The other's change stands in the form beside one's own; saved once more, both are kept."""
    olga, nina = await two_administrators(world)
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
    olga, nina = await two_administrators(world)
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
