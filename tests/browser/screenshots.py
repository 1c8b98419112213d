"""`make screenshots`: the main pages as payers and staff see them, for the README. The same words each time they are taken.

The clock stands still at a morning of its own, and what chance has made (codes, the bank's numbers) is written over.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from checkout import postgres
from checkout.ground.ids import CODE_ALPHABET
from checkout.ground.observe import set_up_logging
from gateways import sandbox
from refunds import queue
from tests.browser import desk_scene
from tests.browser.chromium import open_chromium
from tests.browser.desk import signed_in
from tests.browser.scene import Scene
from tests.browser.states import STATES
from tests.browser.visit import Visit
from tests.setting import EMPTIED
from tests.world import World, furnish, open_world

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "screens"
QUALITY: Final = 90
MORNING: Final = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
_STILL: Final = """CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT timestamptz ''2026-12-01 09:00Z'' + (SELECT clock_offset FROM installation)'"""
# In every word of the page, and only of the page; of codes each has its own. Fields of dates speak the language of the
# browser itself, which here may know English alone: they are written as a Russian one shows them.
_CODES: Final = (
    *("KM7RW4TE", "7HX3QP9C", "TN5VD2LA", "W8EJ4RKG", "3PCY6MZB", "QA9FT7HU", "XL2GS5ND", "5RVK8WJE"),
    *("BD6ZQ3TP", "9MFC4XHY", "GE7UN2KR", "4JTW9LSA", "HV3PB8QD", "Z6RKX5MC", "NY2EG7FT", "8SDA4VJW"),
)
_SAME: Final = f"""() => {{
  const codes = {json.dumps(_CODES)}, known = new Map();
  const named = (code) => {{
    if (!known.has(code)) known.set(code, codes[known.size % codes.length]);
    return known.get(code);
  }};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data
    .replace(/\\b[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}\\b/g, "5f0c41e7-8a3b-4d26-9c1e-7b20d94e6a18")
    .replace(/\\b(pay|ord|rf|stf|shf|cus)_[0-9A-Z]{{26}}/g, "$1_01KBCD5FGHJKMNPQRSTVWXYZ23")
    .replace(/\\b[{CODE_ALPHABET}]{{8}}\\b/g, named);
  document.querySelectorAll("[type=date]").forEach((field) => {{
    const shown = field.value.split("-").reverse().join(".") || "дд.мм.гггг";
    field.style.flex = getComputedStyle(field).flex;
    field.type = "text";
    field.value = shown;
  }});
}}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A state, and how much of its page is shown: pixels of width and height, from the top or from an element on."""

    file: str
    state: str
    width: int = 390
    height: int = 844
    dark: bool = False
    top: str = "body"


SHOTS: Final = (
    Shot("services", "services_counted"),
    Shot("time", "times", height=1200),
    Shot("contacts", "form", height=1200, top="#contacts-title"),
    Shot("bank", "bank_form"),
    Shot("booked", "booked"),
    Shot("booked-dark", "booked", dark=True),
    Shot("declined", "declined"),
    Shot("late", "late"),
    Shot("move", "move_chosen"),
    Shot("refund", "refund_done"),
    Shot("services-wide", "services_counted", width=1280, height=900),
)


@dataclass(frozen=True, slots=True)
class DeskShot:
    """A page of the staff as `who` sees it. `{code}`, `{owing}`, `{refund}` of its address: of the fortnight's own orders."""

    file: str
    who: str
    address: str
    height: int = 900
    width: int = 1280
    dark: bool = False
    top: str = "body"


DESK_SHOTS: Final = (
    DeskShot("desk-till", "olga", "/desk/till"),
    DeskShot("desk-take", "olga", "/desk/till/take/{owing}", height=1020),
    DeskShot("desk-today", "olga", "/desk/today", height=1000),
    DeskShot("desk-order", "nina", "/desk/orders/{code}"),
    DeskShot("desk-story", "nina", "/desk/orders/{code}", top="#why"),
    DeskShot("desk-refunds", "nina", "/desk/refunds", height=700),
    DeskShot("desk-refund-new", "nina", "/desk/orders/{code}/refund"),
    DeskShot("desk-refund", "nina", "/desk/refunds/{refund}"),
    DeskShot("desk-worklist", "nina", "/desk/worklist", height=700),
    DeskShot("desk-dashboard", "nina", "/desk/dashboard", height=1100),
    DeskShot("desk-registry", "nina", "/desk/registry"),
    DeskShot("desk-text", "boris", "/desk/texts/offer/2027-01-01", height=1240),
    DeskShot("desk-people", "boris", "/desk/people", height=600),
    DeskShot("desk-audit", "boris", "/desk/audit"),
    DeskShot("desk-take-dark", "olga", "/desk/till/take/{owing}", width=390, height=844, dark=True),
    DeskShot("desk-today-dark", "olga", "/desk/today", width=390, height=844, dark=True),
    DeskShot("desk-refund-dark", "nina", "/desk/refunds/{refund}", width=390, height=844, dark=True),
)


def main() -> None:
    set_up_logging(level="ERROR")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _database() as urls:
        asyncio.run(_taken(urls))


@contextmanager
def _database() -> Iterator[postgres.Urls]:
    """A cluster for these minutes."""
    folder = Path(tempfile.mkdtemp(prefix="ccs-"))
    folder.chmod(0o711)  # as root the server runs as a user who must be able to pass through
    server = postgres.start(folder / "db", durable=False)
    try:
        yield server.urls
    finally:
        postgres.stop(server)
        shutil.rmtree(folder, ignore_errors=True)


async def _taken(urls: postgres.Urls) -> None:
    await furnish(urls)
    owner = create_async_engine(urls.owner)

    async def run(statement: str, **facts: timedelta) -> None:
        async with owner.begin() as tx:
            await tx.execute(text(statement), facts)

    async def move(step: timedelta) -> None:
        await run("UPDATE installation SET clock_offset = clock_offset + :step", step=step)

    await run(_STILL)
    async with open_chromium() as browser:
        for shot in SHOTS:
            await run(f"TRUNCATE {EMPTIED} RESTART IDENTITY CASCADE")
            await run("UPDATE installation SET clock_offset = '0'")
            async with open_world(urls, move) as world:
                world.bank.clock = sandbox.Clock.virtual(MORNING.timestamp())
                await _take(browser, shot, world)
        await run(f"TRUNCATE {EMPTIED} RESTART IDENTITY CASCADE")
        await run("UPDATE installation SET clock_offset = '0'")
        async with open_world(urls, move) as world:
            world.bank.clock = sandbox.Clock.virtual(MORNING.timestamp())
            await _desk_taken(browser, world)
    await owner.dispose()


@asynccontextmanager
async def _window(browser: Browser, shot: Shot | DeskShot) -> AsyncIterator[Page]:
    context = await browser.new_context(
        locale="ru-RU",
        timezone_id="Europe/Moscow",
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        viewport={"width": shot.width, "height": shot.height},
    )
    yield await context.new_page()
    await context.close()


async def _take(browser: Browser, shot: Shot, world: World) -> None:
    async with _window(browser, shot) as page, AsyncExitStack() as after:
        scene = Scene(world, "ru", Visit(world, page), after)
        address = await STATES[shot.state].bring(scene)
        if address is not None:
            await scene.open(address)
        await _keep(page, shot)


async def _desk_taken(browser: Browser, world: World) -> None:
    """One fortnight for all of them."""
    home = await desk_scene.house(world)
    await desk_scene.past(home)
    await desk_scene.today(home)
    order = await desk_scene.wishes(home)
    await desk_scene.registry(home)
    await desk_scene.texts(home)
    asked = await world.tx(lambda tx: queue.page(tx, queue.Tab.MINE, queue.Filter(), None, after=None))
    owing = await desk_scene.owing(home)
    named = {"code": order.code, "owing": owing.code, "refund": asked[0].refund.id}
    for shot in DESK_SHOTS:
        async with _window(browser, shot) as page:
            await signed_in(world, Visit(world, page), getattr(home, shot.who), "ru")
            await page.goto(world.url + shot.address.format_map(named), wait_until="load")
            await _keep(page, shot)


async def _keep(page: Page, shot: Shot | DeskShot) -> None:
    """What is in the window, from the shot's top on: small, for pages that many people load."""
    await page.evaluate(_SAME)
    await page.evaluate("top => document.querySelector(top).scrollIntoView()", shot.top)
    line = await page.context.new_cdp_session(page)
    taken = await line.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (FOLDER / f"{shot.file}.webp").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
