"""Who is let in, how, and for how long."""

from __future__ import annotations

import re

import pyotp
import pytest

from checkout.ground.db import rows, sql
from checkout.people import staff_store
from tests.desk.clerk import PASSWORD, Clerk, at_work, hired
from tests.pages.visitor import Visitor, same_site
from tests.world import World

_AUDIT = sql("SELECT principal, action, outcome FROM audit ORDER BY seq")


async def _audited(world: World) -> list[tuple[str, str, str]]:
    return [tuple(row) for row in await world.tx(lambda tx: rows(tx, _AUDIT))]


async def test_a_stranger_is_led_to_the_door_and_back_to_where_he_wanted(world: World) -> None:
    """Nothing of a room is shown; after signing in he stands where he wanted to be."""
    clerk = await hired(world, "cashier", authenticator=False)
    page = await clerk.get("/desk/me")
    assert (page.status, page.location) == (303, "/desk/login?back=%2Fdesk%2Fme")
    form = await clerk.get(page.location)
    sent = await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD, "back": form.values["back"]})
    assert sent.location == "/desk/me"
    assert (await clerk.get("/desk/me")).heading == "Мои входы"


@pytest.mark.parametrize("back", ["https://evil.example/desk", "//evil.example", "/desk\\@evil", "/o/x", "/deskevil"])
async def test_the_door_leads_nowhere_else(world: World, back: str) -> None:
    """A link from a letter does not send a member of the staff to a stranger's site."""
    clerk = await hired(world, "cashier", authenticator=False)
    sent = await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD, "back": back})
    assert sent.location == "/desk"


async def test_a_wrong_name_and_a_wrong_password_look_alike(world: World) -> None:
    """The same answer, word for word; each is in the audit."""
    clerk = await hired(world, "cashier")
    wrong = [
        await clerk.post("/desk/login", {"email": email, "password": typed})
        for email, typed in ((clerk.email, "что-то совсем другое"), ("nobody@clinic.example", PASSWORD))
    ]
    assert [page.status for page in wrong] == [403, 403]
    assert wrong[0].html.replace(clerk.email, "") == wrong[1].html.replace("nobody@clinic.example", "")
    assert [entry[1:] for entry in await _audited(world)] == [("session.open", "denied")] * 2


async def test_guessing_is_braked(world: World) -> None:
    """After eight tries at one account nobody gets further for a while, not even with the right password."""
    clerk = await hired(world, "cashier", authenticator=False)
    for _ in range(8):
        assert (await clerk.post("/desk/login", {"email": clerk.email, "password": "мимо мимо мимо"})).status == 403
    page = await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    assert page.status == 429
    await world.advance(hours=1)
    assert (await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})).status == 303


async def test_whoever_deals_with_money_shows_a_second_factor(world: World) -> None:
    """The password alone opens no room; the code does, once."""
    clerk = await hired(world, "accountant")
    await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    assert (await clerk.get("/desk")).location == "/desk/second"
    assert (await clerk.get("/desk/me")).location == "/desk/second"
    code = await clerk.code()
    form = await clerk.get("/desk/second")
    assert (await clerk.press(form, "/desk/second", code=code)).location == "/desk"
    assert (await clerk.get("/desk")).status == 200

    thief = Clerk(world, email=clerk.email)
    await thief.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    again = await thief.press(await thief.get("/desk/second"), "/desk/second", code=code)
    assert again.status == 422
    assert "уже использован" in again.text


async def test_an_authenticator_is_set_up_at_the_first_entry(world: World) -> None:
    """A right code proves that it works; ten codes on paper are shown once, and each of them works once."""
    clerk = await hired(world, "accountant", authenticator=False)
    await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    form = await clerk.get("/desk/second")
    assert form.heading == "Настройте второй шаг"
    wrong = await clerk.press_all(form, "/desk/second", code="000000")
    assert wrong.status == 422
    secret = re.search(r'class="secret">([A-Z2-7]+)<', wrong.html)
    assert secret is not None
    assert secret[1] in form.html  # a mistyped code does not make another secret
    step = int((await world.now()).timestamp()) // 30
    paper = await clerk.press_all(wrong, "/desk/second", code=pyotp.TOTP(secret[1]).at(step * 30))
    codes = re.findall(r"<li><code>(\w{5}) (\w{5})</code>", paper.html)
    assert len(codes) == 10
    assert (await clerk.get("/desk")).status == 200

    for status in (303, 422):
        other = Clerk(world, email=clerk.email)
        await other.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
        sent = await other.press(await other.get("/desk/second"), "/desk/second", code=" ".join(codes[0]))
        assert sent.status == status


async def test_a_session_ends_by_itself(world: World) -> None:
    """A quarter of an hour without a word, or eight hours in all."""
    clerk = await at_work(world, "cashier")
    for _ in range(3):
        await world.advance(minutes=14)
        assert (await clerk.get("/desk")).status == 200
    await world.advance(minutes=16)
    assert (await clerk.get("/desk")).location == "/desk/login"

    await clerk.enters()
    for _ in range(34):
        await world.advance(minutes=14)
        assert (await clerk.get("/desk")).status == 200
    await world.advance(minutes=14)
    assert (await clerk.get("/desk")).location == "/desk/login"


async def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(world: World) -> None:
    clerk = await at_work(world, "cashier")
    kept = dict(clerk.cookies)
    page = await clerk.get("/desk")
    assert (await clerk.press(page, "/desk/logout")).location == "/desk/login"
    clerk.cookies = kept
    assert (await clerk.get("/desk")).location == "/desk/login"


async def test_each_entry_is_a_new_session(world: World) -> None:
    """A cookie that was planted before the sign-in lets nobody in after it."""
    clerk = await hired(world, "cashier", authenticator=False)
    clerk.headers["Cookie"] = "desk=planted"
    sent = await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    assert "desk=planted" not in sent.headers["Set-Cookie"]
    assert "HttpOnly" in sent.headers["Set-Cookie"]
    assert "SameSite=Strict" in sent.headers["Set-Cookie"]
    planted = Visitor(world, {"Cookie": "desk=planted"})
    assert (await planted.get("/desk")).location == "/desk/login"


@pytest.mark.parametrize("how", ["no token", "another's token", "another site"])
async def test_a_form_that_is_not_ours_does_nothing(world: World, how: str) -> None:
    """Refused and audited; the language stays what it was."""
    clerk = await at_work(world, "cashier")
    page = await clerk.get("/desk")
    sent = {"language": "en", "form": page.values["form"], "token": page.values["token"]}
    headers = same_site(world)
    if how == "no token":
        del sent["token"]
    elif how == "another's token":
        other = await at_work(world, "cashier", email="other@clinic.example")
        sent["token"] = (await other.get("/desk")).values["token"]
    else:
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await clerk.post("/desk/language", sent, **headers)).status == 403
    assert (await clerk.get("/desk")).language == "ru"
    assert (await _audited(world))[-1][1:] == ("session", "denied")


async def test_a_language_is_chosen_once_for_every_machine(world: World) -> None:
    clerk = await at_work(world, "cashier")
    await clerk.press(await clerk.get("/desk"), "/desk/language", language="en")
    other = Clerk(world, email=clerk.email, used=clerk.used)
    assert (await other.enters()).status == 303
    assert (await other.get("/desk")).language == "en"


async def test_a_disabled_member_is_out_at_once(world: World) -> None:
    """Out of the open session, and the door says no more than to a stranger."""
    clerk = await at_work(world, "cashier")
    assert clerk.staff_id is not None
    staff_id = clerk.staff_id
    await world.tx(lambda tx: staff_store.disable(tx, staff_id))
    assert (await clerk.get("/desk")).location == "/desk/login"
    assert (await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})).status == 403
