"""The texts that payers agree to, changed as an administrator does: the form, the look at it, the save."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from checkout.catalogue import legal_store
from checkout.ground.config import Consent
from tests.desk.clerk import Clerk
from tests.pages.visitor import Seen, told
from tests.world import World

OFFER: Final = "/desk/texts/offer"
NEW: Final = "Новые условия.\n\nВторой абзац: деньги возвращаются за 10 дней."


async def looked(clerk: Clerk, path: str = OFFER, **typed: str) -> Seen:
    """The form filled in, and what would come of it."""
    return await clerk.press_all(await clerk.get(path), path.partition("?")[0], press="check", **typed)


async def saved(clerk: Clerk, check: Seen) -> Seen:
    """What was looked at, saved: the page that it leads to."""
    sent = await clerk.press_all(check, check.path, press="save")
    assert sent.status == 303, told(sent.text)
    return await clerk.get(sent.location)


async def write(clerk: Clerk, path: str = OFFER, **typed: str) -> Seen:
    """Looked at and saved."""
    check = await looked(clerk, path, **typed)
    assert check.status == 200, told(check.text)
    return await saved(clerk, check)


async def held(world: World, kind: str = "offer") -> Consent:
    """The text as it is in force."""
    found = await world.tx(lambda tx: legal_store.in_force(tx, world.config.consents))
    return next(one for one in found if one.kind == kind)


async def moscow(world: World, days: int) -> date:
    return (await world.now() + timedelta(hours=3, days=days)).date()


def difference(page: Seen, sign: str) -> list[str]:
    """What a page shows as struck through (`del`) or as new (`ins`)."""
    found = re.findall(rf"<{sign}><span[^>]*>[^<]*</span>(.*?)</{sign}>", page.html, re.DOTALL)
    return [told(one).strip() for one in found]
