"""In which light and how wide a state is looked at, and what axe and the edge of the window say there."""

from __future__ import annotations

import os
import zlib
from itertools import product
from typing import Final

from checkout.web.words import LANGUAGES
from tests.browser.visit import Visit

COLOURS: Final = ("light", "dark")
WIDTHS: Final = (1280, 320)
COMBINATIONS: Final = tuple(product(COLOURS, WIDTHS))
# `make proof` looks at every combination in each language.
EVERY: Final = os.environ.get("EVERY_COMBINATION") == "1"
OPEN: Final = "document.querySelectorAll('details').forEach(one => { one.open = true; })"


def combinations(state: str, language: str) -> tuple[tuple[str, int], ...]:
    """One for each language, opposite ones, so that a state is seen in both colours and at both widths; all if asked."""
    if EVERY:
        return COMBINATIONS
    turn = zlib.crc32(state.encode()) % len(COMBINATIONS)
    return (COMBINATIONS[turn if language == LANGUAGES[0] else -1 - turn],)


def by_turns(state: str) -> tuple[str, ...]:
    """The language in which a state is looked at; both if asked."""
    return tuple(LANGUAGES) if EVERY else (LANGUAGES[zlib.crc32(state.encode()[::-1]) % len(LANGUAGES)],)


async def barriers(visit: Visit, state: str, language: str) -> list[str]:
    """What is wrong with the page that is open, with all that can be unfolded open."""
    page, wrong = visit.page, []
    await page.evaluate(OPEN)
    for colour, width in combinations(state, language):
        await page.emulate_media(color_scheme=colour)  # type: ignore[arg-type]  # one of two literals
        await page.set_viewport_size({"width": width, "height": 844})
        wrong += [f"{language}, {colour}, {width} px: {line}" for line in await visit.axe()]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        if await visit.width_overflows():
            wrong.append(f"{language}, {width} px: scrolls sideways")
    return wrong
