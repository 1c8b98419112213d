"""The texts that payers agree to, changed as an administrator does: the form, the look at it, the save."""

from __future__ import annotations

from typing import Final

from tests.desk.clerk import Clerk
from tests.pages.visitor import Seen, told

OFFER: Final = "/desk/texts/offer"


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
