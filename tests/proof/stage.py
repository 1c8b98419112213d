"""What a history is played on: a database of its own with a clock of its own, one service and one bank a history."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from checkout.catalogue import file, seed
from checkout.ground import crypto
from checkout.ground.config import Config
from checkout.ground.db import Tx, in_transaction, open_engine, run, sql
from checkout.ground.errors import Refusal
from checkout.ground.ids import OrderId, RefundId
from checkout.ground.migrate import migrate
from checkout.ground.service import Service
from checkout.postgres import Urls
from checkout.privacy.person import Person
from gateways import sandbox
from gateways.sandbox.faults import CALLBACK, CALLBACK_FAULTS
from gateways.sberbank import SberbankConfig, make
from tests.emptying import TABLES, emptying
from tests.proof.offer import PLAIN, Offer
from tests.proof.offer import drawn as offer_drawn
from tests.proof.ports import BankLine, Chances, FaultyEngine, Injected, Weather
from tests.proof.schedule import Scheduler, Temper, dice
from tests.setting import CALLBACK_SECRET, configured

Result = TypeVar("Result")
KINDS: Final = ("sberbank-legacy", "sberbank")
STAGES: Final = ("one", "two")
BANK: Final = "http://127.0.0.1"
# Our client measures its patience by the real clock, which is no part of a history: the weather says what takes too long.
PATIENT: Final = {"total_seconds": 86_400.0}
# The clock stands still by itself: a history that runs twice sees the same time twice.
_STILL: Final = """CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT to_timestamp(0) + (SELECT clock_offset FROM installation)'"""
_OF_A_HISTORY: Final = ("clinic", "resource", "resource_service", "clinic_service", "opening_hours")
_CLINIC: Final = sql("""
WITH c AS (INSERT INTO clinic (slug, merchant, name_ru, name_en, address_ru, address_en, zone, phone, step_minutes)
           VALUES (:slug, 'zdorovie', 'Буря', 'Storm', '-', '-', :zone, '-', 30) RETURNING id),
 r AS (INSERT INTO resource (clinic_id, slug, kind, name)
       SELECT c.id, 'room-' || n, 'room', 'Кабинет' FROM c, generate_series(1, CAST(:rooms AS int)) n RETURNING id, clinic_id),
 s AS (SELECT id FROM service WHERE slug IN ('consultation', 'massage')),
 g AS (INSERT INTO resource_service (resource_id, service_id) SELECT r.id, s.id FROM r, s),
 o AS (INSERT INTO clinic_service (clinic_id, service_id) SELECT c.id, s.id FROM c, s)
INSERT INTO opening_hours (clinic_id, weekday, opens, closes) SELECT c.id, d, '09:00', '12:00' FROM c, generate_series(1, 7) d""")
_FORGET: Final = """UPDATE payment SET watch_at = NULL WHERE watch_at IS NOT NULL;
UPDATE receipt SET due_at = NULL WHERE due_at IS NOT NULL;
UPDATE saved_card SET due_at = NULL WHERE due_at IS NOT NULL AND removed_at IS NULL"""
_SET_CLOCK: Final = "UPDATE installation SET clock_offset = $1"
# Ordinary mornings, the edges of Moscow's banking day, a leap day, a new year.
BEGINNINGS: Final = (
    datetime(2026, 3, 2, 6, 0, tzinfo=UTC),
    datetime(2026, 9, 16, 11, 30, tzinfo=UTC),
    datetime(2026, 6, 11, 20, 40, tzinfo=UTC),  # twenty minutes before midnight in Moscow
    datetime(2026, 12, 31, 20, 55, tzinfo=UTC),
    datetime(2028, 2, 29, 17, 0, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Hall:
    """What histories of one process share: the database with its two roles, and the configuration of each dialect."""

    engine: AsyncEngine
    owner: Any  # a bare asyncpg connection: the clock is moved some dozen times a history
    configs: dict[str, Config]
    vault: crypto.Vault
    to_empty: str

    async def open_clinic(self, slug: str, *, zone: str, rooms: int) -> None:
        """A clinic of a history's own: its places are nobody else's."""
        await in_transaction(self.engine, lambda tx: run(tx, _CLINIC, slug=slug, zone=zone, rooms=rooms))

    async def forget(self) -> None:
        """What earlier histories left to be looked at some day is nobody's: their bank is gone."""
        await self.owner.execute(_FORGET)

    async def set_clock(self, seconds: float) -> None:
        await self.owner.execute(_SET_CLOCK, timedelta(seconds=seconds))

    async def empty(self) -> None:
        """Forget all histories so far, so that the questions asked at the end stay cheap."""
        await self.owner.execute(self.to_empty)


@asynccontextmanager
async def open_hall(urls: Urls) -> AsyncIterator[Hall]:
    """A hall over a migrated database."""
    configs = {
        kind: configured(BANK, kind=kind, port=1, saved_cards=True, card_check=True, one_press=True) for kind in KINDS
    }
    first = configs[KINDS[0]]
    engine = open_engine(urls.app, pool=2, application="storm")
    owner = await asyncpg.connect(urls.owner.replace("+asyncpg", ""))
    schema = create_async_engine(urls.owner)
    try:
        to_empty = await emptying(schema, (*TABLES, *_OF_A_HISTORY))
        yield Hall(engine, owner, configs, crypto.vault(first.keys(), first.current_master_key), to_empty)
    finally:
        await owner.close()
        await schema.dispose()
        await engine.dispose()


async def make_database(urls: Urls, name: str) -> Urls:
    """A fresh, migrated database beside the tests' own, with a clock that stands still."""
    engine = create_async_engine(urls.owner, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    made = Urls(_named(urls.app, name), _named(urls.owner, name))
    await migrate(made.owner, "test")
    engine = create_async_engine(made.owner)
    async with engine.begin() as tx:
        await tx.execute(text(_STILL))
    await engine.dispose()
    await _fill(made.app)
    return made


async def _fill(url: str) -> None:
    """The services that are sold; each history adds a clinic of its own."""
    engine = open_engine(url, pool=1)
    await in_transaction(engine, lambda tx: seed.seed(tx, file.load(seed.FICTIONAL)))
    await engine.dispose()


def _named(url: str, database: str) -> str:
    """The same address with another database's name."""
    address, mark, query = url.partition("?")
    return address.rpartition("/")[0] + "/" + database + mark + query


@dataclass(slots=True)
class Stage:
    """One history under way. `service` is shaken by the weather, `calm` is the same without it."""

    seed: int
    hall: Hall
    service: Service
    calm: Service
    bank: sandbox.Bank
    line: BankLine
    scheduler: Scheduler
    weather: Weather
    clinic: str
    offer: Offer
    payer: Person
    callback_trouble: float
    muted: bool
    orders: list[OrderId] = field(default_factory=list)
    refunds: list[RefundId] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def rng(self, name: str) -> random.Random:
        """An actor's own dice, so that one actor's choices do not shift another's."""
        return dice(self.seed, name)

    async def nap(self, seconds: float) -> None:
        await self.scheduler.pause("wakes", seconds)

    async def tx(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        return await in_transaction(self.service.engine, work)

    async def trying(self, what: str, deed: Awaitable[Result]) -> Result | None:
        """Do it as a web request would: a refusal and trouble with the database are answers, anything else is a fault."""
        try:
            result = await deed
        except Refusal as refusal:
            self.outcomes[f"{what}: {refusal.code}"] += 1
            self.scheduler.say(f"    {what}: {refusal.code}")
            return None
        except Injected:
            self.outcomes[f"{what}: database trouble"] += 1
            return None
        self.outcomes[f"{what}: done"] += 1
        return result

    def callback_weather(self) -> None:
        """Something befalls the next callback that the bank queues, perhaps."""
        waiting = any(rule.method == CALLBACK for rule in self.bank.faults.rules)
        if not waiting and self.weather.strikes(self.callback_trouble):
            kind = self.weather.rng.choice(sorted(CALLBACK_FAULTS))
            self.bank.faults.add(sandbox.Rule(sandbox.Fault(kind), method=CALLBACK))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a history is like before anybody acts. `beginning`: virtual seconds since the epoch."""

    seed: int
    kind: str
    stages: str
    beginning: float
    merchant: sandbox.Merchant
    temper: Temper
    chances: Chances
    callback_trouble: float
    muted: bool
    offer: Offer = PLAIN


def drawn(seed: int) -> Plan:
    """A plan out of a seed, whose last two bits say which dialect the bank speaks, and in how many stages it is paid."""
    rng, offer = dice(seed), offer_drawn(seed, STAGES[seed // 2 % 2])
    return Plan(
        seed=seed,
        kind=KINDS[seed % 2],
        stages=STAGES[seed // 2 % 2],
        beginning=rng.choice(BEGINNINGS).timestamp() + rng.choice((0, 0, 3600, 86_400)),
        merchant=replace(
            merchant(KINDS[seed % 2], rng.choice((sandbox.Dialect.LEGACY, sandbox.Dialect.ECOM))),
            receipt_seconds=offer.printing,
        ),
        temper=Temper(
            crash=rng.choice((0, 0.01, 0.04)),
            freeze=rng.choice((0, 0.03, 0.1)),
            leap=rng.choice((0, 0.02, 0.1)),
            drift=rng.choice((0.1, 0.3)),
        ),
        chances=Chances(rng.choice((0, 0.02, 0.06)), rng.choice((0, 0.1, 0.2, 0.35)), lies=rng.random() < 0.3),
        callback_trouble=rng.choice((0, 0.3, 0.7)),
        muted=rng.random() < 0.2,
        offer=offer,
    )


def uneventful(seed: int, kind: str, stages: str = "one") -> Plan:
    """Nothing goes wrong unless the test makes it, and the bank never rings."""
    still = Temper(0, 0, 0, 0), Chances(0, 0, lies=False)
    return Plan(
        seed, kind, stages, BEGINNINGS[0].timestamp(), merchant(kind, sandbox.Dialect.LEGACY), *still, 0, muted=True
    )


def merchant(kind: str, spoken: sandbox.Dialect) -> sandbox.Merchant:
    """Our contract at the bank; a bank of the new dialect may ring in either, one of the old only in its own."""
    new = kind == "sberbank"
    return sandbox.Merchant(
        callback_url="http://localhost:1/callbacks/zdorovie",
        callback_secret=CALLBACK_SECRET,
        callback_dialect=spoken if new else sandbox.Dialect.LEGACY,
        refund_same_day=not new,
        pays_without_cvc=True,
        refund_same_day_cart=not new,
        callback_spacing=60.0 if new else 30.0,
    )


async def set_stage(hall: Hall, plan: Plan, say: Callable[[str], None]) -> Stage:
    """Everything that a history needs."""
    clock = sandbox.Clock.virtual(plan.beginning)
    bank = sandbox.Bank([plan.merchant], clock=clock, rng=dice(plan.seed, "bank"), base_url=BANK)

    async def advance(seconds: float) -> None:
        bank.advance(seconds)
        await hall.set_clock(clock.now())

    scheduler = Scheduler(dice(plan.seed, "turns"), plan.temper, clock.now, advance, say)
    weather = Weather(dice(plan.seed, "weather"), plan.chances)
    line = BankLine(bank, scheduler, weather)
    config, contract = _contract(hall.configs[plan.kind], plan)
    slug = config.merchants[0].slug
    gateways = {slug: make(contract, name=slug, transport=line)}
    await hall.set_clock(plan.beginning)
    await hall.forget()
    return Stage(
        seed=plan.seed,
        hall=hall,
        service=Service(config, FaultyEngine(hall.engine, scheduler, weather), gateways, hall.vault),
        calm=Service(config, hall.engine, gateways, hall.vault),
        bank=bank,
        line=line,
        scheduler=scheduler,
        weather=weather,
        clinic=f"storm-{plan.seed}",
        offer=plan.offer,
        payer=_payer(plan.seed),
        callback_trouble=plan.callback_trouble,
        muted=plan.muted,
    )


def _payer(seed: int) -> Person:
    """A contact of the history's own: cards that are saved under it are nobody else's."""
    return Person("Мария Петрова", f"+79{seed % 10**9:09}", f"maria-{seed}@example.com")


def _contract(config: Config, plan: Plan) -> tuple[Config, SberbankConfig]:
    """The configuration in the plan's stages, and the bank's block of it as the client is to have it."""
    merchant_ = config.merchants[0]
    block = merchant_.gateway.model_copy(update={"stages": plan.stages})
    offering = plan.offer.of(merchant_.model_copy(update={"gateway": block}))
    ours = config.model_copy(update={"merchants": (offering,)})
    signed = plan.merchant.callback_dialect is not sandbox.Dialect.ECOM  # whose callbacks never are
    return ours, offering.gateway.model_copy(update=PATIENT if signed else {**PATIENT, "callback_secret": None})
