"""`make screenshots`: the main pages as a payer sees them, for the README. The same words each time they are taken.

The clock stands still at a morning of its own, and what chance has made (codes, the bank's numbers) is written over.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.async_api import Browser
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from checkout import postgres
from checkout.ground.ids import CODE_ALPHABET
from checkout.ground.observe import set_up_logging
from gateways import sandbox
from tests.browser.chromium import open_chromium
from tests.browser.scene import Scene
from tests.browser.states import STATES
from tests.browser.visit import Visit
from tests.setting import EMPTIED
from tests.world import World, furnish, open_world

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "screens"
MORNING: Final = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
_STILL: Final = """CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT timestamptz ''2026-12-01 09:00Z'' + (SELECT clock_offset FROM installation)'"""
# In every word of the page, and only of the page.
_SAME: Final = f"""() => {{
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data
    .replace(/\\b[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}\\b/g, "5f0c41e7-8a3b-4d26-9c1e-7b20d94e6a18")
    .replace(/pay_[0-9A-Z]{{26}}/g, "pay_01KBCD5FGHJKMNPQRSTVWXYZ23")
    .replace(/\\b[{CODE_ALPHABET}]{{8}}\\b/g, "KM7RW4TE");
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
    await owner.dispose()


async def _take(browser: Browser, shot: Shot, world: World) -> None:
    context = await browser.new_context(
        locale="ru-RU",
        timezone_id="Europe/Moscow",
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        viewport={"width": shot.width, "height": shot.height},
    )
    page = await context.new_page()
    async with AsyncExitStack() as after:
        scene = Scene(world, "ru", Visit(world, page), after)
        address = await STATES[shot.state].bring(scene)
        if address is not None:
            await scene.open(address)
        await page.evaluate(_SAME)
        await page.evaluate("top => document.querySelector(top).scrollIntoView()", shot.top)
        await page.screenshot(path=FOLDER / f"{shot.file}.png", animations="disabled")
    await context.close()


if __name__ == "__main__":
    main()
