"""A whole small world for a test: real PostgreSQL, the real application, the real sandbox bank over HTTP, one clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from ulid import ULID

from checkout.books import chain
from checkout.books.invariants import Violation, verify
from checkout.catalogue import file, free, seed
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Line
from checkout.ground.channels import Mail as MailServer
from checkout.ground.config import Config, Fiscal, Receipts
from checkout.ground.db import Tx, in_transaction, now, open_engine, rows, sql
from checkout.ground.ids import OrderId, PaymentId
from checkout.ground.migrate import migrate
from checkout.ground.service import Service, open_service
from checkout.inbox import Inbox, Mail, receiving
from checkout.notices import remind
from checkout.notices.send import send_due
from checkout.parts import INVARIANTS, LETTERS, PARTS
from checkout.payment import checking, day_off, expire, orders, pay, printing, settle, store, unbinding
from checkout.payment.card import PLAIN, Asked
from checkout.payment.order import Facts, Order, Plan, Word, word
from checkout.payment.pay import Started
from checkout.payment.place import Wish, place
from checkout.people import store as people
from checkout.postgres import Urls
from checkout.privacy.person import Person, person
from checkout.till import begin
from checkout.till.till import Shift
from checkout.web.app import make_app
from checkout.worker import settle_due
from gateways import sandbox
from gateways.gateway import Transport, Way
from gateways.money import Money
from gateways.sandbox.apps import Ask, AskKind
from refunds import late, run
from refunds.chargebacks.recognise import recognise_due
from tests.setting import CALLBACK_SECRET, KEYS, configured

Result = TypeVar("Result")
_CONNECTED: Final[dict[str, AsyncEngine]] = {}  # by address
GOOD = sandbox.CardEntry("4111111111111111", "203412", "123", "MARIA PETROVA")
POOR = sandbox.CardEntry("2202205000060910", "202806", "810", "MARIA PETROVA")
MARIA = person(name="Мария Петрова", phone="8 (912) 345-67-89", email="maria@example.com")
MOSCOW = ZoneInfo("Europe/Moscow")
_EVENTS = sql("SELECT kind, subject, from_state, to_state, principal FROM event WHERE order_id = :id ORDER BY seq")


@dataclass(slots=True)
class World:
    """What a test holds. `url`: the running application. `bank`: the bank's own books. `inbox`: every payer's mailbox."""

    service: Service
    bank: sandbox.Bank
    url: str
    http: aiohttp.ClientSession
    move: Callable[[timedelta], Awaitable[None]]
    merchant: sandbox.Merchant
    inbox: Inbox

    @property
    def config(self) -> Config:
        return self.service.config

    async def tx(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        return await in_transaction(self.service.engine, work)

    async def now(self) -> datetime:
        return await self.tx(now)

    async def advance(self, **step: float) -> None:
        """Move our clock and the bank's together, e.g. `advance(minutes=21)`."""
        await self.move(timedelta(**step))
        self.bank.advance(timedelta(**step).total_seconds())

    async def free(self, service: str = "consultation", clinic: str = "tverskaya", days: int = 1) -> list[datetime]:
        """Free starts on the day `days` from now."""

        async def find(tx: Tx) -> list[datetime]:
            place_ = await catalogue.clinic(tx, clinic)
            assert place_ is not None
            offered = (await catalogue.services_at(tx, place_.id))[service]
            moment = await now(tx)
            day = (moment + timedelta(days=days)).astimezone(place_.tz).date()
            return await free.free_starts(tx, place_, [Line(offered, 1)], day, day, now=moment)

        return await self.tx(find)

    async def soonest(self, service: str, clinic: str) -> datetime:
        """The first free start from tomorrow on: the clinics of Novosibirsk are closed on Sundays and on holidays."""
        for days in range(1, self.config.limits.booking_horizon_days):
            if found := await self.free(service, clinic, days):
                return found[0]
        raise LookupError(f"{clinic} never has {service}")

    async def order(
        self,
        *,
        plan: Plan = Plan.FULL,
        starts_at: datetime | None = None,
        lines: tuple[tuple[str, int], ...] = (("consultation", 1),),
        clinic: str = "tverskaya",
        principal: str = "key:site",
        language: str = "ru",
        payer: Person = MARIA,
        patient: Person | None = None,
    ) -> Order:
        """An order that holds the next free time (2 500 ₽ unless said otherwise)."""
        start = starts_at or await self.soonest(lines[0][0], clinic)
        wish = Wish(clinic, lines, start, payer, patient, plan, ("adult", "offer", "personal-data"), language)
        return await self.tx(lambda tx: place(tx, self.service, wish, principal=principal))

    async def start(self, order: Order, *, guest: bool = False, way: Way = Way.CARD, card: Asked = PLAIN) -> Started:
        return await pay.start(self.service, order.id, principal="key:site", guest=guest, way=way, card=card)

    async def open_till(self, amount: int = 0, *, clinic: str = "tverskaya", principal: str = "olga") -> Shift:
        """The clinic's shift, opened with so many roubles counted in the drawer; what differs is explained somehow."""

        async def begin_(tx: Tx) -> Shift:
            place_ = await catalogue.clinic(tx, clinic)
            assert place_ is not None
            found = await begin.count(tx, place_.id, begin.Cash(amount=roubles(amount)), principal=principal)
            return await begin.open_shift(tx, place_.id, found.id, explanation="for a test", principal=principal)

        return await self.tx(begin_)

    async def pay_at_bank(self, payment: PaymentId, card: sandbox.CardEntry = GOOD) -> None:
        """The payer types the card at the bank, and the right code if the issuer asks for one."""
        order = self.bank.find(self.merchant, number=str(payment))
        sandbox.pay(self.bank, order, card)
        if order.challenge is not None:
            sandbox.confirm(self.bank, order.challenge, sandbox.ACS_CODES[0])

    def ask(self, payment: PaymentId, kind: AskKind = AskKind.SBP) -> Ask:
        """What waits for the payer in the banking application."""
        found = self.bank.apps.newest(self.bank.find(self.merchant, number=str(payment)), kind)
        assert found is not None
        return found

    async def paid(self, **wish: Any) -> tuple[Order, PaymentId]:
        """An order paid by card and known to be."""
        order = await self.order(**wish)
        started = await self.start(order)
        await self.pay_at_bank(started.payment_id)
        await settle.settle(self.service, started.payment_id)
        return order, started.payment_id

    async def lapsed(self) -> tuple[Order, PaymentId]:
        """An order whose payment the bank called expired, and whose place was therefore given back."""
        order = await self.order()
        started = await self.start(order)
        await self.advance(minutes=40)
        await self.sweep()
        assert await self.word(order.id) is Word.EXPIRED
        return order, started.payment_id

    async def refuse(self, payment: PaymentId) -> None:
        """As many cards without money as the bank lets one try; and we know of it."""
        for _ in range(3):
            await self.pay_at_bank(payment, POOR)
        await settle.settle(self.service, payment)

    async def paid_at_the_second(self) -> tuple[Order, PaymentId]:
        """An order whose first bank order came to nothing and whose second was paid; and the first one's payment."""
        order = await self.order()
        first = await self.start(order)
        await self.refuse(first.payment_id)
        second = await self.start(order)
        await self.pay_at_bank(second.payment_id)
        await settle.settle(self.service, second.payment_id)
        return order, first.payment_id

    async def heard(self) -> None:
        """Wait until the callbacks that are due have been answered: writing one down locks its payment."""
        async with asyncio.timeout(15):
            while self.bank.outbox.busy(self.bank.clock.now()):  # noqa: ASYNC110 - the bank is another process by its nature
                await asyncio.sleep(0.002)

    async def sweep(self) -> None:
        """One round of each of the worker's chores, whatever is due now."""
        await self.heard()
        while await day_off.run_due(self.service):
            pass
        chores = (settle_due, recognise_due, run.run_due, late.give_back_due)
        while sum([await chore(self.service) for chore in chores]):
            pass
        await expire.expire_due(self.service)
        await remind.remind_due(self.service)
        while await printing.run_due(self.service):
            pass
        for cards in (checking.run_due, unbinding.run_due):
            while await cards(self.service):
                pass
        await self.letters()

    async def letters(self) -> list[Mail]:
        """What lies in the mailbox, oldest first, once everything that is due has been told."""
        while await send_due(LETTERS, self.service):
            pass
        return list(self.inbox)

    async def facts(self, order_id: OrderId) -> Facts:
        return await self.tx(lambda tx: orders.facts(tx, order_id))

    async def word(self, order_id: OrderId) -> Word:
        return word(await self.facts(order_id))

    async def payment(self, payment_id: PaymentId) -> store.Payment:
        found = await self.tx(lambda tx: store.read(tx, payment_id))
        assert found is not None
        return found

    async def events(self, order_id: OrderId) -> list[str]:
        """What happened to the order, in order: `subject.kind`."""
        found = await self.tx(lambda tx: rows(tx, _EVENTS, id=order_id.uuid))
        return [f"{row.subject}.{row.kind}" for row in found]

    async def broken(self) -> list[Violation]:
        """The invariants that do not hold, once everything that is due has been told."""
        await self.letters()
        while await chain.keep(self.service):
            pass
        found = await verify(self.service.engine, INVARIANTS)
        return found + await chain.verify(self.service.engine, self.service.vault)

    async def api(
        self,
        method: str,
        path: str,
        role: str | None = "admin",
        body: Any = None,
        *,
        key: str | None = None,
        **headers: str,
    ) -> tuple[int, Any]:
        """Status and JSON of one API call, with a fresh idempotency key unless one is given."""
        sent = {"Idempotency-Key": key or str(ULID()), **headers}
        if role:
            sent["Authorization"] = f"Bearer {KEYS[role]}"
        async with self.http.request(method, self.url + path, json=body, headers=sent) as answer:
            return answer.status, await answer.json(content_type=None)


async def furnish(urls: Urls, clock: str = "") -> None:
    """Migrate an empty database, set its clock by a statement if one is given, bring in the catalogue and the keys."""
    await migrate(urls.owner, "test")
    if clock:
        owner = create_async_engine(urls.owner)
        async with owner.begin() as tx:
            await tx.execute(sql(clock))
        await owner.dispose()
    await stock(urls)
    engine = open_engine(urls.app, pool=1)
    for name, secret in KEYS.items():
        role = name.partition("-")[0]
        await in_transaction(engine, partial(people.keep_key, name=name, role=role, secret=secret))
    await engine.dispose()


async def stock(urls: Urls) -> None:
    """Bring the fictional catalogue into an empty one."""
    engine = open_engine(urls.app, pool=1)
    await in_transaction(engine, lambda tx: seed.seed(tx, file.load(seed.FICTIONAL)))
    await engine.dispose()


@asynccontextmanager
async def connected(urls: Urls) -> AsyncIterator[None]:
    """Meanwhile all worlds over this database share their connections: a new one has to learn the whole schema first."""
    engine = _CONNECTED[urls.app] = open_engine(urls.app)
    try:
        yield
    finally:
        del _CONNECTED[urls.app]
        await engine.dispose()


def roubles(amount: int) -> Money:
    return Money(amount * 100)


def mail_to(port: int) -> MailServer:
    """Letters go to a mailbox on this machine."""
    return MailServer(host="127.0.0.1", port=port, security="none", sender="Клиника <pay@zdorovie.example>")


@asynccontextmanager
async def open_world(
    urls: Urls,
    move: Callable[[timedelta], Awaitable[None]],
    *,
    kind: str = "sberbank-legacy",
    transport: Transport | None = None,
    embed_hosts: tuple[str, ...] = (),
    receipts: Receipts | None = None,
    fiscal: Fiscal | None = None,
    methods: tuple[Way, ...] = (Way.CARD,),
    stages: str = "one",
    saved_cards: bool = False,
    card_check: bool = False,
    contract: Mapping[str, Any] | None = None,
    one_press: bool = False,
    inbox: Inbox | None = None,
    **changed: Any,
) -> AsyncIterator[World]:
    """The application on a free port, a bank of its own over HTTP, a mailbox over SMTP; closed in order.

    `contract`, `changed`: keys of the merchant's `gateway` and of the configuration that this test sets.
    """
    merchant = sandbox.Merchant(callback_secret=CALLBACK_SECRET, callback_spacing=0.2, pays_without_cvc=one_press)
    bank = sandbox.Bank([merchant])
    bank_runner = await sandbox.start(sandbox.make_app(bank), 0)
    runner: web.AppRunner | None = None
    mailbox = inbox or Inbox()
    try:
        async with (
            receiving(mailbox) as port,
            open_service(
                configured(
                    bank.base_url,
                    kind=kind,
                    embed_hosts=embed_hosts,
                    receipts=receipts,
                    fiscal=fiscal,
                    methods=methods,
                    stages=stages,
                    saved_cards=saved_cards,
                    card_check=card_check,
                    contract=contract,
                    one_press=one_press,
                ).model_copy(update={"mail": mail_to(port), **changed}),
                urls.app,
                transport=transport,
            ) as opened,
        ):
            service = replace(opened, engine=_CONNECTED.get(urls.app, opened.engine))
            config = service.config
            bank.clock.offset += (await in_transaction(service.engine, now)).timestamp() - bank.clock.now()
            runner = web.AppRunner(
                make_app(service, PARTS.rooms, PARTS.panels, PARTS.work), access_log=None, shutdown_timeout=1.0
            )
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", config.listen.port).start()
            async with aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=30), cookie_jar=aiohttp.DummyCookieJar()
            ) as http:
                yield World(service, bank, config.public_url, http, move, merchant, mailbox)
            await runner.cleanup()
            runner = None
    finally:
        if runner is not None:
            await runner.cleanup()
        await bank_runner.cleanup()
