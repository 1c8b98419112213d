"""One window of a browser: everything it says and asks for is kept, to be judged at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Frame, Page, Request, Response

from checkout.ground.observe import CSP_REPORTS
from tests.world import World

AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SCRIPTS: Final = """() => performance.getEntriesByType("resource").filter(one => one.initiatorType === "script")
  .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong: what is right would be described on a thousand lines, and take most of the time.
LOOK: Final = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ['violations'], iframes: false}))
  .violations.map(one => `${one.id}: ${one.nodes[0].html}`)"""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page costs to open. `wire`: bytes with their headers; `script`: bytes unpacked."""

    requests: int
    wire: int
    script: int

    @property
    def light(self) -> bool:
        return self.requests <= 4 and self.wire <= 30_000 and self.script <= 8_000


@dataclass  # without slots: playwright keeps a mark on whoever listens
class Visit:
    """One payer with one browser window."""

    world: World
    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    loaded: list[Request] = field(default_factory=list)  # what the page that is shown has asked for, itself first
    leading: Request | None = None  # to another page, which may never come
    booked: bool = False  # an order was made in this window
    staff: bool = False  # somebody of the staff is signed in
    provoked: int = 0  # reports that the test meant to cause
    friends: frozenset[str] = frozenset()  # hosts of other sites that this test opens itself

    def heard(self, message: ConsoleMessage) -> None:
        # The browser notes by itself every answer that is an error; those are asked for here, and are no complaint.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.leading = request
        else:
            self.loaded.append(request)
        host = urlsplit(request.url).netloc
        ours = {urlsplit(self.world.url).netloc, urlsplit(self.world.bank.base_url).netloc}
        if host not in ours | self.friends:
            self.strangers.append(request.url)

    def came(self, frame: Frame) -> None:
        """Another page is shown; a jump within the same one was led to by no request."""
        if frame == self.page.main_frame and self.leading is not None:
            self.loaded, self.leading = [self.leading], None

    def answered(self, response: Response) -> None:
        sent = response.request
        self.booked |= (sent.method, urlsplit(sent.url).path, response.status) == ("POST", "/book", 303)

    async def axe(self) -> list[str]:
        """What axe finds wrong with the page as it stands, and with each frame in it."""
        wrong: list[str] = []
        for frame in self.page.frames:
            if not await frame.evaluate("'axe' in window"):
                await frame.evaluate(AXE)
            wrong += await frame.evaluate(LOOK, RULES)
        return wrong

    async def weight(self, frame: Frame | None = None) -> Weight:
        """Of the page that is shown, or of a frame in it. The quiet looks of a page that waits are no part of it."""
        whole = frame or self.page.main_frame
        asked = [request for request in self.loaded if request.frame == whole]
        counted = [request for request in asked if request.resource_type != "fetch" or request.url != whole.url]
        sizes = [await request.sizes() for request in counted]
        wire = sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)
        return Weight(len(counted), wire, await whole.evaluate(SCRIPTS))

    async def width_overflows(self) -> bool:
        return bool(await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def csp_reports() -> float:
    """How often browsers have told this process that our policy kept something from them."""
    return sum(
        sample.value for metric in CSP_REPORTS.collect() for sample in metric.samples if sample.name.endswith("_total")
    )


Visiting = Callable[..., Awaitable[Visit]]
