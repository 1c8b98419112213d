"""Every state of the staff's pages, light and dark, narrow and wide, and with words longer by two fifths.

In one language or the other by turns; `make proof` looks in both.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from checkout.web.pages import environment
from tests.browser.desk import Desk, DeskState, sit_down
from tests.browser.desk_states import DESK_STATES
from tests.browser.light import barriers, by_turns
from tests.browser.strain import GROW, SMALL, TINY
from tests.browser.visit import Visiting
from tests.world import World

EXTENDS: Final = re.compile(r'{% extends "(.+)" %}')


@pytest.mark.usefixtures("quiet_logs")
@pytest.mark.parametrize("state", DESK_STATES.values(), ids=str)
async def test_a_state_has_no_barrier(visiting: Visiting, world: World, state: DeskState) -> None:
    """Axe finds nothing, nothing scrolls sideways, and what is to be pressed is large enough."""
    for language in by_turns(state.name):
        visit = await visiting(javascript=True, language=f"{language}-RU", width=1280)
        desk = await sit_down(world, visit, state, language)
        address = await state.bring(desk)
        if address is not None:
            await desk.open(address)
        shown = await visit.loaded[0].response()
        assert shown is not None
        assert shown.status == state.status
        assert await desk.page.locator("html").get_attribute("lang") == language
        assert not await judged(desk, state)


async def judged(desk: Desk, state: DeskState) -> list[str]:
    """What is wrong with the page that is open."""
    page = desk.page
    wrong = await barriers(desk.visit, state.name, desk.language)
    wrong += [f"small: {line}" for line in await page.evaluate(SMALL)]
    wrong += [f"tiny: {line}" for line in await page.evaluate(TINY)]
    await page.evaluate(GROW)
    if await desk.visit.width_overflows():
        wrong.append(f"{desk.language}: scrolls sideways with longer words")
    return wrong


def test_every_page_of_the_staff_has_a_state() -> None:
    """A page that is new here is brought about, in both languages and all sizes, before it is shown."""
    names = environment().list_templates(["html"])
    loader = environment().loader
    assert loader is not None
    bases = {name: EXTENDS.search(loader.get_source(environment(), name)[0]) for name in names}
    frames = {found[1] for found in bases.values() if found}
    pages = {name for name, found in bases.items() if name.startswith("desk/") and found} - frames
    assert {state.template for state in DESK_STATES.values()} == pages
