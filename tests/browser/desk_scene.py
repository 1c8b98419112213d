"""A fortnight at the fictional clinics, for the pictures of the desk: who came, what was paid, what went back and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from checkout.books import chain, figures_store
from checkout.catalogue import legal, legal_store
from checkout.catalogue.file import ACCOUNTS_ZONE
from checkout.ground.db import run, sql
from checkout.ground.ids import PaymentId
from checkout.payment import settle, visit
from checkout.payment.order import Order, Plan
from checkout.payment.visit import Outcome
from checkout.privacy.person import Person, person
from checkout.till import move
from checkout.till.take import take
from checkout.till.till import Reason, Shift, Tender
from gateways.sandbox import reverting
from refunds import approve, issue, store
from tests.desk.clerk import Clerk, hired
from tests.flows.drawer import closed, held
from tests.flows.registry import Said, brought_in
from tests.world import MOSCOW, POOR, World, roubles

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES: Final = (
    "Анна Соколова",
    "Иван Кузнецов",
    "Мария Петрова",
    "Олег Васильев",
    "Татьяна Морозова",
    "Павел Новиков",
    "Елена Фёдорова",
    "Сергей Михайлов",
    "Юлия Алексеева",
    "Дмитрий Лебедев",
    "Наталья Козлова",
    "Андрей Степанов",
)
# A day's visits: paid by card, at the desk in cash, by its terminal; then cards without money, and refunds.
DAYS: Final = ((2, 1, 0, 0, 0), (3, 1, 1, 1, 0), (1, 2, 0, 0, 1), (4, 1, 1, 0, 0), (2, 0, 0, 1, 0), (3, 2, 1, 2, 1))
_AT_WORK: Final = sql("INSERT INTO worker (id, seen_at) VALUES (gen_random_uuid(), app_now())")


def _payers() -> Iterator[Person]:
    """One after another; each with a telephone of their own."""
    for number, name in cycle(enumerate(NAMES, 1)):
        yield person(name=name, phone=f"+7 912 345-{number:02}-{number * 7:02}", email=f"payer{number}@example.com")


@dataclass(slots=True)
class House:
    """The clinics' people at their work. `olga` has the desk, `nina` the books, `boris` looks over both."""

    world: World
    olga: Clerk
    nina: Clerk
    boris: Clerk
    payers: Iterator[Person] = field(default_factory=_payers)
    payments: list[PaymentId] = field(default_factory=list)

    async def card(self, starts_at: datetime | None = None, **wish: object) -> Order:
        order, payment = await self.world.paid(payer=next(self.payers), starts_at=starts_at, **wish)
        self.payments.append(payment)
        return order

    async def at_clinic(self, starts_at: datetime | None = None, **wish: object) -> Order:
        """Booked, to be paid at the desk."""
        found: Order = await self.world.order(
            payer=next(self.payers),
            starts_at=starts_at,
            plan=Plan.AT_CLINIC,
            **wish,  # type: ignore[arg-type]  # the wish of an order
        )
        return found

    async def takes(self, order: Order, amount: int, *, tender: Tender = Tender.CASH, received: int = 0) -> None:
        await self.world.tx(
            lambda tx: take(
                tx,
                self.world.service,
                order.id,
                roubles(amount),
                principal=name_of(self.olga),
                tender=tender,
                reference=None if tender is Tender.CASH else "418812345678",
                received=roubles(received or amount) if tender is Tender.CASH else None,
            )
        )

    async def asks(self, order: Order, amount: int, reason: str) -> store.Refund:
        ask = issue.Ask(roubles(amount), reason)
        return await self.world.tx(
            lambda tx: issue.request(tx, self.world.service, order.id, ask, principal=name_of(self.olga))
        )

    async def gives_back(self, order: Order, amount: int, reason: str) -> None:
        refund = await self.asks(order, amount, reason)
        await self.world.tx(lambda tx: approve.decide(tx, refund.id, "approve", principal=name_of(self.nina)))
        await self.world.sweep()


def name_of(clerk: Clerk) -> str:
    return f"staff:{clerk.staff_id}"


async def house(world: World) -> House:
    """Hired."""
    return House(
        world,
        await hired(world, ("senior-cashier", "tverskaya"), email="olga@clinic.example", name="Ольга Смирнова"),
        await hired(world, "accountant", email="nina@clinic.example", name="Нина Орлова"),
        await hired(world, "controller", "administrator", email="boris@clinic.example", name="Борис Ильин"),
    )


async def past(home: House) -> None:
    """The days before today, each with its shift; yesterday evening at the end."""
    world, left = home.world, 3000
    for cards, cash, terminal, poor, back in DAYS:
        shift = await world.open_till(left, principal=name_of(home.olga))
        orders = [await home.card() for _ in range(cards)]
        for _ in range(cash):
            await home.takes(await home.at_clinic(), 2500)
        for _ in range(terminal):
            await home.takes(await home.at_clinic(), 2500, tender=Tender.TERMINAL)
        for _ in range(poor):
            started = await world.start(await world.order(payer=next(home.payers)))
            await world.pay_at_bank(started.payment_id, POOR)
            await settle.settle(world.service, started.payment_id)
        for order in orders[:back]:
            await home.gives_back(order, 1000, "Отказ от услуги")
        left = await _evening(home, shift)
        await world.advance(days=1)
        await world.sweep()


async def _evening(home: House, shift: Shift) -> int:
    """The takings go to the bank, what is left is counted: roubles."""
    world, who = home.world, name_of(home.olga)
    takings = await held(world, shift) - roubles(3000)
    if takings:
        await world.tx(lambda tx: move.pay_out(tx, shift.id, takings, Reason.BANK, note="инкассация", principal=who))
    await closed(world, shift, await held(world, shift), principal=who)
    return 3000


async def today(home: House) -> None:
    """Noon: some were here, one did not come, some are still to come and owe; the drawer has been at work."""
    world, who = home.world, name_of(home.olga)
    free = [at for at in await world.free(days=1) if at.astimezone(MOSCOW).hour >= 9]
    first = await home.card(free[0])
    second = await home.at_clinic(free[2])
    missed = await home.card(free[4])
    await home.card(free[8], lines=(("consultation", 1), ("insoles", 1)))
    await home.at_clinic(free[9])
    await home.card(free[10], plan=Plan.DEPOSIT)
    await home.at_clinic(free[12])
    await world.advance(days=1)
    shift = await world.open_till(3000, principal=who)
    await home.takes(second, 2500, received=3000)
    await world.tx(
        lambda tx: move.pay_out(tx, shift.id, roubles(640), Reason.EXPENSE, note="вода для кулера", principal=who)
    )
    for order, outcome in ((first, Outcome.GIVEN), (second, Outcome.GIVEN), (missed, Outcome.NO_SHOW)):
        await world.tx(lambda tx, order=order, outcome=outcome: visit.mark(tx, order.id, outcome, principal=who))  # type: ignore[misc]  # of this round


async def wishes(home: House) -> Order:
    """Refunds that wait for their second person, one that the bank has; the order with the longest story."""
    for amount, reason in ((2500, "Отказ от услуги"), (1200, "Услуга оказана не полностью"), (700, "Оплачено дважды")):
        await home.asks(await home.card(), amount, reason)
        await home.world.advance(minutes=7)
    world = home.world
    order = await world.order(payer=next(home.payers), lines=(("consultation", 1), ("insoles", 1)))
    started = await world.start(order)
    await world.pay_at_bank(started.payment_id, POOR)
    await settle.settle(world.service, started.payment_id)
    await world.pay_at_bank(started.payment_id)
    await settle.settle(world.service, started.payment_id)
    await world.sweep()
    await world.advance(minutes=3)
    await home.gives_back(order, 500, "Скидка пенсионеру")
    return order


async def owing(home: House) -> Order:
    """Somebody who is at the desk now: booked for today, with nothing paid."""
    free = await home.world.free(days=0)
    return await home.at_clinic(free[-1])


async def registry(home: House) -> None:
    """The bank's file of the last days: two lines that do not agree, one that nobody knows, what is still owed."""
    known = home.payments[:-6]
    lines = [Said(f"4188123456{number:02}", payment) for number, payment in enumerate(known, 1)]
    lines[-1] = Said("418812345699", known[-1], amount="2400,00")
    lines.append(Said("418812345677", "pay_01KBCD5FGHJKMNPQRSTVWXYZ23", amount="1800,00"))
    with TemporaryDirectory() as folder:
        await brought_in(home.world, Path(folder) / "registry.csv", *lines)
    gone = home.world.bank.find(home.world.merchant, number=str(home.payments[-1]))
    reverting.refund(home.world.bank, gone, 70_000, external_id=None)
    await settle.settle(home.world.service, home.payments[-1])
    await figures_store.count(home.world.service)
    await home.world.tx(lambda tx: run(tx, _AT_WORK))
    while await chain.keep(home.world.service):
        pass


async def texts(home: House) -> None:
    """A new offer is planned for the new year."""
    consents = home.world.config.consents
    offer = next(one for one in consents if one.kind == "offer")
    wanted = offer.model_copy(
        update={
            "text_ru": offer.text_ru.replace("за 5–30 рабочих дней", "не позже 10 рабочих дней"),
            "text_en": offer.text_en.replace("within 5–30 working days", "within 10 working days"),
        }
    )
    wish = legal.Wish("offer", wanted, datetime(2027, 1, 1, tzinfo=ACCOUNTS_ZONE), (), 0)
    await home.world.tx(lambda tx: legal_store.change(tx, consents, wish, principal=name_of(home.boris)))
