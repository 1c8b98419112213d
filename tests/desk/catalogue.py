"""What is done on the catalogue's screens again and again: fill a form in, look what would come of it, save; and what then is."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

from checkout.catalogue import held_store, store
from checkout.catalogue.file import Catalogue, ClinicEntry, ResourceEntry, ServiceEntry
from gateways.money import Money
from tests.desk.clerk import Clerk
from tests.pages.visitor import Seen, told
from tests.world import World

SERVICE: Final = "/desk/catalogue/services/consultation"
CLINIC: Final = "/desk/catalogue/clinics/tverskaya"
ORLOV: Final = "/desk/catalogue/clinics/tverskaya/resources/orlov"


async def looked(clerk: Clerk, path: str, **typed: str) -> Seen:
    """The form filled in, and what would come of it."""
    return await clerk.press_all(await clerk.get(path), path, press="check", **typed)


async def saved(clerk: Clerk, check: Seen) -> Seen:
    """What was looked at, saved: the page that it leads to."""
    sent = await clerk.press_all(check, check.path, press="save")
    assert sent.status == 303, told(sent.text)
    return await clerk.get(sent.location)


async def changed(clerk: Clerk, path: str, **typed: str) -> Seen:
    check = await looked(clerk, path, **typed)
    assert check.status == 200, told(check.text)
    return await saved(clerk, check)


def lines(page: Seen) -> list[list[str]]:
    """What a preview says would change: what, from, to."""
    found = re.findall(r"<tr data-line><th[^>]*>(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>", page.html, re.DOTALL)
    return [[told(cell) for cell in line] for line in found]


async def service(world: World, slug: str = "consultation") -> ServiceEntry:
    return next(one for one in (await held(world)).services if one.slug == slug)


async def clinic(world: World, slug: str = "tverskaya") -> ClinicEntry:
    return next(one for one in (await held(world)).clinics if one.slug == slug)


async def resource(world: World, slug: str = "orlov") -> ResourceEntry:
    return next(one for one in (await clinic(world)).resources if one.slug == slug)


async def held(world: World) -> Catalogue:
    return await world.tx(held_store.offered)


async def price(world: World, slug: str = "consultation") -> Money:
    """What a payer would pay now."""

    async def work(tx: Any) -> Money:
        return next(found.price for found, _ in await store.services(tx) if found.slug == slug)

    return await world.tx(work)


async def moscow(world: World, days: int) -> date:
    return (await world.now() + timedelta(hours=3, days=days)).date()
