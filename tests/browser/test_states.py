"""Every state of the payer's pages, light and dark, narrow and wide, and with words longer by two fifths.

In one language or the other by turns; `make proof` looks in both.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final

import pytest
from jinja2 import Template

from checkout.postgres import Urls
from checkout.web.pages import environment
from checkout.web.payer.guest import MARKS as TOLD
from checkout.web.payer.standing import REFUSED, Face
from tests.browser.light import barriers, by_turns
from tests.browser.scene import Scene, State
from tests.browser.states import STATES
from tests.browser.strain import GROW, LARGE, SMALL, TINY
from tests.browser.tongues import foreign
from tests.browser.visit import Visiting, Weight
from tests.world import World, open_world

EXTENDS: Final = re.compile(r'{% extends "(.+)" %}')
NOT_FOR_PAYERS: Final = {"problem.html"}


@pytest.fixture
async def world(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]], state: State
) -> AsyncIterator[World]:
    """With the brakes, the bank and the ways to pay that the state needs."""
    _ = emptied
    changed: dict[str, Any] = {"brakes": state.brakes} if state.brakes else {}
    async with open_world(
        urls,
        move,
        kind=state.bank,
        methods=state.methods,
        saved_cards=state.saves,
        card_check=state.checks,
        one_press=state.presses,
        **changed,
    ) as found:
        yield found


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates that were shown."""
    names: list[str] = []
    templates = environment()
    load = templates.get_template

    def noted(name: str, *more: Any) -> Template:
        names.append(name)
        return load(name, *more)

    monkeypatch.setattr(templates, "get_template", noted)
    return names


@pytest.mark.usefixtures("quiet_logs")
@pytest.mark.parametrize("state", STATES.values(), ids=str)
async def test_a_state_has_no_barrier(
    visiting: Visiting,
    world: World,
    state: State,
    rendered: list[str],
    weighed: Callable[[str, Weight, str], None],
) -> None:
    """Axe finds nothing, nothing scrolls sideways, every word is of the page's language, and the page weighs little."""
    async with AsyncExitStack() as after:
        scenes = [
            Scene(world, language, await visiting(javascript=True, language=f"{language}-RU"), after)
            for language in by_turns(state.name)
        ]
        for scene in scenes:
            await opened(scene, state)
        wrong = await asyncio.gather(*(judged(scene, state) for scene in scenes))
        found = [await scene.visit.weight() for scene in scenes]
    assert not [line for lines in wrong for line in lines]
    assert state.template is None or state.template in rendered
    assert not state.light or all(weight.light for weight in found), found
    for weight in found:
        weighed(state.template or "the bank", weight, state.name)


async def opened(scene: Scene, state: State) -> None:
    """The page of the state, with the status and under the name that it should have."""
    address = await state.bring(scene)
    if address is not None:
        await scene.open(address)
    shown = await scene.visit.loaded[0].response()
    assert shown is not None
    assert (shown.status, shown.headers.get("x-face")) == (state.status, state.face)
    assert await scene.page.locator("html").get_attribute("lang") == scene.language


async def judged(scene: Scene, state: State) -> list[str]:
    """What is wrong with the page that is open."""
    page = scene.page
    wrong = await barriers(scene.visit, state.name, scene.language)
    if state.template is None:
        return wrong
    wrong += [f"{scene.language}: {line}" for line in await foreign(page, scene.language, scene.world.config)]
    wrong += [f"small: {line}" for line in await page.evaluate(SMALL)]
    wrong += [f"tiny: {line}" for line in await page.evaluate(TINY)]
    await page.evaluate(GROW)
    if await scene.visit.width_overflows():
        wrong.append(f"{scene.language}: scrolls sideways with longer words")
    await page.set_viewport_size({"width": 640, "height": 844})
    await page.evaluate(LARGE)
    if await scene.visit.width_overflows():
        wrong.append(f"{scene.language}: scrolls sideways with larger letters")
    return wrong


def test_every_page_and_every_face_has_a_state() -> None:
    """A page or a face that is new here has to be brought about, in both languages and all sizes, before it is shown."""
    bases = {name: EXTENDS.findall(source(name)) for name in environment().list_templates(["html"])}
    pages = {name for name, base in bases.items() if base} - {base for found in bases.values() for base in found}
    states = STATES.values()
    ours = {name for name in pages - NOT_FOR_PAYERS if not name.startswith("desk/")}
    assert {state.template for state in states} - {None} == ours
    assert {state.face for state in states if state.template == "order.html"} == {*Face, REFUSED}
    assert {state.face for state in states if state.template == "guest.html"} == set(TOLD)


def source(template: str) -> str:
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), template)[0]
