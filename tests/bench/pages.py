"""The payer's pages in a browser, on a slow line and a slow processor. The browser is started here and nowhere else."""

from __future__ import annotations

from tests.bench.stage import Stage
from tests.browser.chromium import open_chromium
from tests.browser.speed import Pace, measured

TIMES = 5


async def paced(stage: Stage) -> dict[str, Pace]:
    """Each page of the way, from the services to the paid order. The parts must be running."""
    async with open_chromium() as browser:
        return await measured(browser, stage.url, times=TIMES)
