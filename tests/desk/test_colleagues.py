"""The demo's fictional staff: whoever reads the demo's page signs in as any of them."""

from __future__ import annotations

import re
from functools import partial

import pytest

from checkout.colleagues import CAST, Part, hire, new_pass, shown
from checkout.inbox import Inbox, showing
from tests.desk.clerk import Clerk
from tests.setting import free_port
from tests.world import World


async def _page(world: World, port: int) -> str:
    async with world.http.get(f"http://127.0.0.1:{port}/authenticator") as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.parametrize("part", CAST, ids=lambda part: part.role)
async def test_every_colleague_signs_in_with_what_the_page_shows(world: World, part: Part) -> None:
    """By password, and by the code of this moment where the role asks for one; a second start makes nobody twice."""
    passes, port = {one.role: new_pass() for one in CAST}, free_port()
    for _ in range(2):
        await hire(world.service, passes)
    async with showing(Inbox(), port, partial(shown, world.service, passes)):
        html = await _page(world, port)
    row = re.search(rf"<td>{part.email}</td>\s*<td><code>([\w-]+)</code></td><td>(?:<code>(\d{{6}})</code>)?", html)
    assert row is not None, html
    clerk = Clerk(world, email=part.email)
    entered = await clerk.post("/desk/login", {"email": part.email, "password": row[1]})
    assert entered.location == "/desk"
    if row[2]:
        form = await clerk.get("/desk/second")
        assert (await clerk.press(form, "/desk/second", code=row[2])).location == "/desk"
    assert (await clerk.get("/desk")).heading == "Что делаем?"
