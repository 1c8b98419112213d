"""The staff's pages on a host name of their own: nothing of the payers answers there, and nothing of theirs elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from checkout.ground.config import Config
from checkout.postgres import Urls
from checkout.web.routes import Page, Screen
from tests.api.every import EVERY, filled
from tests.desk.clerk import PASSWORD, hired
from tests.pages.visitor import Visitor
from tests.setting import configured
from tests.world import World, open_world

DESK: Final = "desk.clinic.example"
BOTH: Final = ("/static/{name:[a-z0-9./-]+}", "/csp-reports", "/healthz", "/readyz", "/metrics")


@pytest.fixture
async def apart(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    _ = emptied
    async with open_world(urls, move, desk_hosts=(DESK,)) as found:
        yield found


async def _status(world: World, method: str, path: str, host: str) -> int:
    async with world.http.request(method, world.url + path, headers={"Host": host}, allow_redirects=False) as answer:
        return answer.status


async def test_every_route_answers_under_one_name_alone(apart: World) -> None:
    """By the registry: a screen or a door of the staff on their host, everything else on the payers'; both say 404 else."""
    payers = urlsplit(apart.url).netloc
    for entry in EVERY:
        path = filled(entry.path)
        staff = isinstance(entry, Screen) or (isinstance(entry, Page) and entry.path.startswith("/desk"))
        if entry.path in BOTH or entry.path == "/":
            continue
        wrong = payers if staff else DESK
        assert await _status(apart, entry.method, path, wrong) == 404, (entry.path, wrong)
    assert await _status(apart, "GET", "/desk/login", DESK) == 200
    assert await _status(apart, "GET", "/desk", DESK) == 303
    assert await _status(apart, "GET", "/", payers) == 200
    assert await _status(apart, "GET", "/", DESK) == 303  # to the desk
    assert await _status(apart, "GET", "/v1/clinics", payers) == 200


@pytest.mark.parametrize("path", ["/static/desk.css", "/static/payer.css", "/healthz", "/readyz"])
async def test_what_both_need_is_there_for_both(apart: World, path: str) -> None:
    for host in (DESK, urlsplit(apart.url).netloc):
        assert await _status(apart, "GET", path, host) == 200


async def test_another_name_is_nobodys(apart: World) -> None:
    assert await _status(apart, "GET", "/desk/login", "evil.example") == 421


async def test_the_staff_sign_in_under_their_name(apart: World) -> None:
    """The session's cookie is set there, and a form from the payers' host does not open the door."""
    clerk = await hired(apart, "cashier", authenticator=False)
    typed = {"email": clerk.email, "password": PASSWORD}
    visitor = Visitor(apart, {"Host": DESK})
    assert (await visitor.post("/desk/login", typed, Origin=apart.url)).status == 403
    assert (await visitor.post("/desk/login", typed, Origin=f"http://{DESK}")).location == "/desk"
    assert (await visitor.get("/desk")).status == 200


async def test_an_invitation_leads_to_the_staffs_host(apart: World) -> None:
    """So do passkeys: they are made for it."""
    admin, nina = await hired(apart, "administrator"), await hired(apart, "cashier")
    admin.headers["Host"] = DESK
    await admin.enters()
    place = f"/desk/people/{nina.staff_id}"
    shown = await admin.press(await admin.get(place), f"{place}/link")
    assert f'value="http://{DESK}/desk/ticket/' in shown.html
    assert "&#34;id&#34;: &#34;desk.clinic.example&#34;" in (await admin.get("/desk/passkey")).html


async def test_one_name_for_all_is_what_is_shipped(world: World) -> None:
    """Without the setting both answer under every allowed name."""
    host = urlsplit(world.url).netloc
    assert await _status(world, "GET", "/desk/login", host) == 200
    assert await _status(world, "GET", "/", host) == 200


def test_a_name_cannot_be_both() -> None:
    whole = configured("http://127.0.0.1:1").model_dump()
    with pytest.raises(ValidationError, match="desk_hosts"):
        Config.model_validate({**whole, "desk_hosts": whole["allowed_hosts"]})
