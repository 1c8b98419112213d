"""Passkeys: registered once, shown instead of a code, asked of whoever approves refunds; copies and forgeries are refused."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.ground.db import rows, sql
from checkout.postgres import Urls
from tests.desk.authenticator import Authenticator
from tests.desk.clerk import PASSWORD, Clerk, at_work, hired
from tests.pages.visitor import Seen
from tests.world import World, open_world

_AUDIT = sql("SELECT action, outcome FROM audit ORDER BY seq DESC LIMIT 1")


def _options(page: Seen) -> str:
    found = re.search(r'data-options="([^"]+)"', page.html)
    assert found is not None, page.text
    return html.unescape(found[1])


async def added(clerk: Clerk, key: Authenticator | None = None) -> Authenticator:
    made = key or Authenticator(clerk.world.url)
    form = await clerk.get("/desk/passkey")
    sent = await clerk.press_all(form, "/desk/passkey", passkey=made.create(_options(form)), name="Ноутбук")
    assert sent.location == "/desk/me", sent.text
    return made


async def _half(clerk: Clerk) -> Clerk:
    """The same person on another machine, with the password shown."""
    other = Clerk(clerk.world, email=clerk.email, used=clerk.used)
    await other.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    return other


async def _enters(clerk: Clerk, key: Authenticator) -> Seen:
    other = await _half(clerk)
    form = await other.get("/desk/second")
    return await other.press(form, "/desk/second", passkey=key.get(_options(form)))


async def _last(world: World) -> tuple[str, str]:
    row = (await world.tx(lambda tx: rows(tx, _AUDIT)))[0]
    return row.action, row.outcome


async def test_a_passkey_is_a_second_factor(world: World) -> None:
    """Added on one's own page, it opens the next session without a code; both ways stand side by side."""
    clerk = await at_work(world, "accountant")
    key = await added(clerk)
    assert "Ноутбук" in (await clerk.get("/desk/me")).text
    assert (await _enters(clerk, key)).location == "/desk"
    form = await (await _half(clerk)).get("/desk/second")
    assert "code" in form.fields
    assert (await _enters(clerk, key)).location == "/desk"  # its counter has moved on


async def test_a_passkey_is_a_proof(world: World) -> None:
    """A form that needs a fresh proof is carried through it and done."""
    admin = await at_work(world, "administrator")
    key = await added(admin)
    form = await admin.get("/desk/people/new")
    await world.advance(minutes=6)
    typed = {"name": "Нина Орлова", "email": "nina@clinic.example", "grant-cashier-all": "yes"}
    asked = await admin.post("/desk/people/new", {**form.values, **typed})
    done = await admin.press_all(asked, "/desk/people/new", **{"proof-passkey": key.get(_options(asked))})
    assert done.location.startswith("/desk/people/stf_")


async def test_whoever_has_no_code_gets_a_second_factor_by_their_passkey(world: World) -> None:
    """A cashier needs none; once there is a passkey, the password alone is not enough any more."""
    clerk = await hired(world, "cashier", authenticator=False)
    await clerk.enters()
    key = await added(clerk)
    other = await _half(clerk)
    assert (await other.get("/desk/me")).location == "/desk/second"
    assert "code" not in (await other.get("/desk/second")).fields
    assert (await _enters(clerk, key)).location == "/desk"


@pytest.mark.parametrize("how", ["count stands", "count falls back"])
async def test_a_copied_passkey_is_refused(world: World, how: str) -> None:
    """Two machines with one key count apart: the one that is behind gets nowhere, and the audit says why."""
    clerk = await at_work(world, "accountant")
    key = await added(clerk)
    copy = replace(key, counts=0) if how == "count stands" else replace(key, count=0, counts=1)
    assert (await _enters(clerk, key)).location == "/desk"
    refused = await _enters(clerk, copy)
    assert refused.status == 403
    assert "есть копия" in refused.text
    assert await _last(world) == ("passkey.copied", "denied")


async def test_a_passkey_that_does_not_count_works(world: World) -> None:
    """Those that sync between machines always say zero."""
    clerk = await at_work(world, "accountant")
    key = await added(clerk, Authenticator(world.url, counts=0))
    for _ in range(2):
        assert (await _enters(clerk, key)).location == "/desk"


@pytest.mark.parametrize(
    "wrong",
    [
        "another key",
        "another site",
        "another host",
        "not verified",
        "changed",
        "another session",
        "replayed",
        "rubbish",
        "{}",
    ],
)
async def test_what_does_not_fit_is_refused(world: World, wrong: str) -> None:
    """Each with the same words; the session stays closed."""
    clerk = await at_work(world, "accountant")
    key = await added(clerk)
    other = await _half(clerk)
    form = await other.get("/desk/second")
    options = _options(form)
    used = {
        "another key": replace(key, key=Authenticator(world.url).key),
        "another site": replace(key, origin="https://evil.example"),
        "another host": replace(key, host="evil.example"),
        "not verified": replace(key, verifies=False),
    }.get(wrong, key)
    brought = used.get(options)
    if wrong == "changed":
        said = json.loads(brought)
        said["response"]["signature"] = said["response"]["signature"][::-1]
        brought = json.dumps(said)
    elif wrong == "another session":
        brought = key.get(_options(await (await _half(clerk)).get("/desk/second")))
    elif wrong == "replayed":
        await other.press(form, "/desk/second", passkey=brought)
        other = await _half(clerk)
        form = await other.get("/desk/second")
    elif wrong in ("rubbish", "{}"):
        brought = wrong
    refused = await other.press(form, "/desk/second", passkey=brought)
    assert refused.status == 422
    assert "Ключ доступа не подошёл" in refused.text
    assert (await other.get("/desk/me")).location == "/desk/second"
    assert await _last(world) == ("session.open", "denied")


async def test_a_challenge_lives_for_five_minutes(world: World) -> None:
    clerk = await at_work(world, "accountant")
    key = await added(clerk)
    other = await _half(clerk)
    form = await other.get("/desk/second")
    brought = key.get(_options(form))
    await world.advance(minutes=6)
    assert (await other.press(form, "/desk/second", passkey=brought)).status == 422


@pytest.mark.parametrize("wrong", ["another site", "not verified", "shown, not made", "rubbish"])
async def test_what_does_not_fit_is_not_registered(world: World, wrong: str) -> None:
    """The form is shown again with what was typed, and nothing was kept."""
    clerk = await at_work(world, "accountant")
    key = Authenticator(
        "https://evil.example" if wrong == "another site" else world.url, verifies=wrong != "not verified"
    )
    form = await clerk.get("/desk/passkey")
    brought = {"rubbish": "rubbish", "shown, not made": key.get(_options(form))}.get(wrong, key.create(_options(form)))
    refused = await clerk.press_all(form, "/desk/passkey", passkey=brought, name="Ноутбук")
    assert refused.status == 422
    assert refused.values["name"] == "Ноутбук"
    assert "Ключей пока нет" in (await clerk.get("/desk/me")).text


async def test_a_passkey_belongs_to_one_person(world: World) -> None:
    """The same key for another account is told, and a colleague's key opens nobody else's session."""
    clerk, colleague = await at_work(world, "accountant"), await at_work(world, "controller")
    key, theirs = await added(clerk), await added(colleague)
    form = await colleague.get("/desk/passkey")
    assert (await colleague.press_all(form, "/desk/passkey", passkey=key.create(_options(form)))).status == 409
    assert (await _enters(clerk, theirs)).status == 422


async def test_a_removed_passkey_opens_nothing(world: World) -> None:
    clerk = await at_work(world, "accountant")
    key, second = await added(clerk), await added(clerk)
    page = await clerk.get("/desk/me")
    await clerk.press(page, "/desk/passkey/remove", passkey=page.fields["passkey"][0])
    assert (await _enters(clerk, key)).status == 422
    assert (await _enters(clerk, second)).location == "/desk"


async def test_a_lost_machine_takes_its_passkeys_along(world: World) -> None:
    """The administrator resets the second factor, of whatever kind; the next entry sets one up."""
    admin, clerk = await at_work(world, "administrator"), await at_work(world, "accountant")
    await added(clerk)
    place = f"/desk/people/{clerk.staff_id}"
    await admin.press(await admin.get(place), f"{place}/second")
    assert (await (await _half(clerk)).get("/desk/second")).heading == "Настройте второй шаг"


async def test_whoever_approves_refunds_is_asked_to_set_one_up(world: World) -> None:
    """A note on the first page, until there is one; others see none."""
    clerk, cashier = await at_work(world, "accountant"), await at_work(world, "cashier")
    assert "Добавьте ключ доступа" in (await clerk.get("/desk")).text
    assert "ключ доступа" not in (await cashier.get("/desk")).text
    await added(clerk)
    assert "Добавьте ключ доступа" not in (await clerk.get("/desk")).text


@pytest.fixture
async def strict(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """An installation that wants passkeys of whoever approves refunds."""
    _ = emptied
    async with open_world(urls, move, passkey_for=("refund.decide",)) as found:
        yield found


async def test_where_it_is_forced_no_room_opens_without_one(strict: World) -> None:
    """After password and code they are led to add one; from then on a code is not enough, neither to enter nor to prove."""
    clerk, cashier = await at_work(strict, "accountant"), await at_work(strict, "cashier")
    assert (await clerk.get("/desk")).location == "/desk/passkey"
    assert (await cashier.get("/desk")).status == 200
    key = await added(clerk)
    assert (await clerk.get("/desk")).status == 200
    other = await _half(clerk)
    form = await other.get("/desk/second")
    assert "code" not in form.fields
    refused = await other.press(form, "/desk/second", code=await clerk.code())
    assert refused.status == 403
    assert "нужен ключ доступа" in refused.text
    assert (await _enters(clerk, key)).location == "/desk"
    await strict.advance(minutes=6)
    proof = await clerk.get("/desk/proof")
    sent = await clerk.press_all(proof, "/desk/proof", **{"proof-code": await clerk.code()})
    assert sent.status == 403


async def test_where_it_is_forced_the_last_one_stays(strict: World) -> None:
    clerk = await at_work(strict, "accountant")
    await added(clerk)
    page = await clerk.get("/desk/me")
    carried = {name: page.values[name] for name in ("token", "form")}
    refused = await clerk.post("/desk/passkey/remove", {**carried, "passkey": page.fields["passkey"][0]})
    assert refused.status == 409
    assert "единственный ключ" in refused.text
