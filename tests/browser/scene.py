"""What a state is, and the scene in which it is brought about: one payer, a fresh world, a window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from playwright.async_api import Page

from checkout.ground.config import Brakes
from checkout.ground.db import run
from checkout.ground.errors import Unavailable
from checkout.ground.ids import PaymentId
from checkout.payment.order import Order
from checkout.payment.pay import return_token
from checkout.payment.place import link_token, pay_token
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.gateway import Way
from gateways.sandbox import Fault, Rule
from tests.browser.payer import fill
from tests.browser.visit import Visit
from tests.world import World

STATUS: Final = "getOrderStatusExtended.do"
# A code before every booking, one form and one bank page an hour, hardly a wrong link forgiven.
STRICT: Final = Brakes(
    contact_code="email",
    code_after_holds=0,
    address_orders_burst=1,
    address_orders_per_hour=1,
    address_payments_burst=1,
    address_payments_per_hour=1,
    wrong_links_burst=1,
    wrong_links_per_hour=1,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One payer before a world of their own, in one language. `after`: what has to be undone when they have left."""

    world: World
    language: str
    visit: Visit
    after: AsyncExitStack

    @property
    def page(self) -> Page:
        return self.visit.page

    async def order(self, **wish: Any) -> Order:
        return await self.world.order(language=self.language, **wish)

    async def paid(self, **wish: Any) -> tuple[Order, PaymentId]:
        return await self.world.paid(language=self.language, **wish)

    async def started(self, *, guest: bool = False, **wish: Any) -> tuple[Order, PaymentId]:
        """An order whose payer, or whose guest, was led to the bank; as in all that begins like this."""
        order = await self.order(**wish)
        return order, (await self.world.start(order, guest=guest)).payment_id

    def home(self, order: Order, rest: str = "") -> str:
        return f"/o/{link_token(self.world.service, order.id)}{rest}"

    def guest(self, order: Order) -> str:
        return f"/p/{pay_token(self.world.service, order.id)}"

    def back(self, payment: PaymentId) -> str:
        """Where the bank sends the payer."""
        return f"/r/{return_token(self.world.service, payment)}"

    async def open(self, address: str) -> None:
        await self.page.goto(address if "://" in address else self.world.url + address)

    async def form(self, service: str = "consultation") -> datetime:
        """Open the form for the first free time, and fill it in."""
        await self.open(f"/book?service={service}&clinic=tverskaya")
        await self.page.locator(".soonest a").click()
        await fill(self.page)
        return datetime.fromisoformat(await self.page.locator("[name=at]").input_value())

    async def press(self, button: str = "#form") -> None:
        await self.page.locator(button).click()

    async def change(self, statement: Any, **facts: Any) -> None:
        """Change the catalogue."""
        await self.world.tx(lambda tx: run(tx, statement, **facts))

    async def rest(self) -> None:
        """A day later no brake remembers anything."""
        await self.world.advance(days=1)

    def at_bank(self, payment: PaymentId) -> sandbox.Order:
        return self.world.bank.find(self.world.merchant, number=str(payment))

    def newest(self) -> PaymentId:
        """The payment that reached the bank last."""
        return PaymentId.parse(self.world.bank.recent(1)[0].number)

    async def to_the_bank(self) -> None:
        """Send the form, and wait for the bank's."""
        await self.press()
        await self.page.wait_for_selector("#pan")

    async def refused(self, *, guest: bool = False) -> tuple[Order, PaymentId]:
        """An order for which three cards without money were tried."""
        order, payment = await self.started(guest=guest)
        await self.world.refuse(payment)
        return order, payment

    async def unwanted(self, *, guest: bool = False) -> Order:
        """The bank did not want the order."""
        return await self._without_page(Rule(Fault.REFUSE, method="register.do", value=3), guest=guest)

    async def unheard(self) -> Order:
        """The bank did not answer."""
        return await self._without_page(Rule(Fault.CUT_BEFORE, method="register.do"))

    async def _without_page(self, rule: Rule, *, guest: bool = False) -> Order:
        order = await self.order()
        self.world.bank.faults.add(rule)
        with suppress(Unavailable):
            await self.world.start(order, guest=guest)
        return order

    async def timed_out(self, *, guest: bool = False) -> Order:
        """The bank's page was open for too long; the time is still held."""
        order, payment = await self.started(guest=guest)
        await self.world.advance(minutes=21)
        await settle(self.world.service, payment)
        return order

    async def released(self, *, guest: bool = False) -> Order:
        """The bank took its hold on the money back."""
        order, payment = await self.started(guest=guest)
        found = self.at_bank(payment)
        found.status, found.action_code = sandbox.Status.REVERSED, 0
        await settle(self.world.service, payment)
        return order

    async def run_out(self) -> Order:
        """Nobody paid in time."""
        order = await self.order()
        await self.world.advance(minutes=16)
        await self.world.sweep()
        return order

    def mumbles(self) -> None:
        """From now on the bank answers nothing that can be understood."""
        self.world.bank.faults.add(Rule(Fault.HTML, method=STATUS, times=None))


Arrive = TypeVar("Arrive", bound=Callable[[Scene], Awaitable[str | None]])


@dataclass(frozen=True, slots=True)
class State:
    """`bring` answers the address to open, None where the payer came there by pressing and has the page before them.

    `template` shows it, None: the bank's own page. `face`: what the page calls itself in `X-Face`, where it has one.
    `brakes`: those of the installation, where the state needs them. `light`: whether the budgets of a payer's page hold.
    `bank`, `methods`: the kind of the bank, and what payers may pay by. `saves`: it keeps cards. `checks`: also without a
    payment. `presses`: a press charges them.
    """

    name: str
    bring: Callable[[Scene], Awaitable[str | None]]
    template: str | None
    face: str | None = None
    status: int = 200
    brakes: Brakes | None = None
    light: bool = True
    bank: str = "sberbank-legacy"
    methods: tuple[Way, ...] = (Way.CARD,)
    saves: bool = False
    checks: bool = False
    presses: bool = False

    def __str__(self) -> str:
        return self.name


class States(dict[str, State]):
    """States by name."""

    def state(self, template: str | None, face: str | None = None, **facts: Any) -> Callable[[Arrive], Arrive]:
        """The function below brings it about, and is its name."""

        def keep(bring: Arrive) -> Arrive:
            self[bring.__name__] = State(bring.__name__, bring, template, face, **facts)
            return bring

        return keep

    def address(self, name: str, address: str, template: str, **facts: Any) -> None:
        """One that needs nothing but its address."""

        async def bring(_scene: Scene) -> str:
            return address

        self[name] = State(name, bring, template, **facts)
