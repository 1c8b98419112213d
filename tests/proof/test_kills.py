"""SIGKILL at every boundary of every flow that moves money: another process finishes it, and nothing happens twice.

A flow is run again and again in a child that dies at its first hit, then at its second, until it lives to the end: so
each statement, each commit and each request, before and after, was once the last thing that a process did. `--kills=N`
goes round until N processes have died. The child talks to the database and to the bank over real sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.ground.ids import OrderId, PaymentId
from checkout.payment import (
    adding,
    cancel,
    card_check,
    card_store,
    cards,
    check_store,
    checking,
    orders,
    pay,
    payment,
    press,
    unbinding,
)
from checkout.payment.card import PRESS_CONSENT, Asked, Card
from checkout.payment.settle import settle
from checkout.payment.store import of_order
from checkout.postgres import Urls
from gateways import sandbox
from gateways.money import Money
from gateways.sandbox import Kind, bindings, paying
from refunds import approve, issue
from tests.proof import pages, payers
from tests.proof.batch import broken
from tests.proof.calm import quiet
from tests.proof.conftest import option
from tests.proof.offer import Offer
from tests.proof.reckoning import reckon
from tests.proof.stage import BANK, KINDS, Hall, Stage, set_stage, uneventful
from tests.proof.zygote import NEVER, VICTIM, Job, press_restore

ROOT: Final = Path(__file__).parent.parent.parent
LEASE: Final = 61.0  # seconds after which another worker may go on
DAY: Final = 86_400.0
WHOLE: Final = 250_000  # kopecks, the price of the visit
PART: Final = 100_000
OUT: Final = (Kind.REFUNDED, Kind.REVERSED)
_GONE: Final = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"


@dataclass(frozen=True, slots=True)
class Field:
    """Where flows are killed: a stage whose bank is also reached over HTTP, and the process that forks the victims."""

    stage: Stage
    urls: Urls
    kind: str
    bank: str
    zygote: asyncio.subprocess.Process

    async def run(self, deed: str, subject: UUID, hit: int) -> tuple[int, str]:
        """Let a child do the deed and die at its `hit`-th hit: exit status (-9: killed) and what it said last."""
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(Job(deed, str(subject), hit, self.urls.app, self.bank, self.kind).line())
        ending: dict[str, Any] = json.loads(await self.zygote.stdout.readline())
        # The server tells nobody when it has noticed that its client is dead.
        while await self.stage.hall.owner.fetchval(_GONE, VICTIM):  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.002)
        return ending["status"], ending["said"]


OpenField = Callable[[str, str], AbstractAsyncContextManager[Field]]


@pytest.fixture(scope="session")
async def zygote() -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.proof.zygote", stdin=pipe, stdout=pipe, cwd=ROOT
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest.fixture
def open_field(hall: Hall, proof_urls: Urls, zygote: asyncio.subprocess.Process) -> OpenField:
    """An empty field with a bank of the given dialect, which is paid in so many stages."""

    @asynccontextmanager
    async def opened(kind: str, stages: str) -> AsyncIterator[Field]:
        await hall.empty()
        plan = replace(uneventful(1, kind, stages), offer=Offer(cards=True))
        stage = await set_stage(hall, plan, lambda _line: None)
        stage.weather.off = True
        runner = await sandbox.start(sandbox.make_app(stage.bank), 0, base_url=BANK)
        try:
            yield Field(stage, proof_urls, kind, f"{BANK}:{runner.addresses[0][1]}", zygote)
        finally:
            await runner.cleanup()

    return opened


@pytest.fixture
def wanted(request: pytest.FixtureRequest) -> float:
    """How many processes must have died in each flow."""
    return (option(request.config, "kills", 0) or 0) / len(FLOWS)


# What is ready before the child begins: each returns the order, and what the deed is about.

Case = tuple[OrderId, UUID]


async def ordered(field: Field) -> Case:
    """A visit held, not paid."""
    stage = field.stage
    clinic = f"kill-{len(stage.orders)}"
    await stage.hall.open_clinic(clinic, zone="Europe/Moscow", rooms=1)
    order_id = await payers.tomorrow(stage.calm, clinic)
    stage.orders.append(order_id)
    return order_id, order_id.uuid


async def started(field: Field) -> tuple[OrderId, PaymentId]:
    """The payer is at the bank's page."""
    order_id, _ = await ordered(field)
    return order_id, (await pay.start(field.stage.calm, order_id, principal="key:site")).payment_id


async def at_the_page(field: Field) -> Case:
    order_id, _ = await started(field)
    return order_id, order_id.uuid


async def paid_unknown_to_us(field: Field) -> Case:
    """The bank has the money, or holds it in two stages; we have not heard."""
    order_id, payment_id = await started(field)
    _types_a_card(field, payment_id)
    return order_id, payment_id.uuid


async def held_to_cancel(field: Field) -> Case:
    """The bank holds the sum, we have not heard, and the visit is off."""
    order_id, _ = await paid_unknown_to_us(field)
    return order_id, order_id.uuid


async def about_to_press(field: Field) -> Case:
    """A card was saved by an earlier visit, and this one's payment is registered for it alone."""
    stage = field.stage
    earlier, _ = await ordered(field)
    saving = await pay.start(stage.calm, earlier, principal="key:site", card=Asked(save=True, read=PRESS_CONSENT))
    _types_a_card(field, saving.payment_id)
    await settle(stage.calm, saving.payment_id)
    merchant = stage.calm.config.merchants[0].slug
    (card,) = await in_transaction(stage.hall.engine, lambda tx: card_store.usable(tx, earlier, merchant))
    order_id, _ = await ordered(field)
    await in_transaction(stage.hall.engine, lambda tx: card_store.prove(tx, order_id, "email"))
    started_ = await pay.start(stage.calm, order_id, principal="key:site", card=Asked(card=card.id))
    return order_id, started_.payment_id.uuid


async def paid_and_due(field: Field) -> Case:
    """As before, and it is time to look."""
    case = await paid_unknown_to_us(field)
    await field.stage.scheduler.advance(payment.POLL.total_seconds() + 1)
    return case


async def paid(field: Field) -> OrderId:
    order_id, payment_id = await paid_unknown_to_us(field)
    await settle(field.stage.calm, PaymentId(payment_id))
    return order_id


async def part_to_give_back(field: Field) -> Case:
    """A partial refund, approved and due; the day after, because not every bank takes one at once."""
    order_id = await paid(field)
    await field.stage.scheduler.advance(DAY)
    return await _approved(field, order_id, PART)


async def whole_to_give_back(field: Field) -> Case:
    """The whole sum on the same day: a reversal, which has no key of its own at the bank."""
    return await _approved(field, await paid(field), WHOLE)


async def _approved(field: Field, order_id: OrderId, amount: int) -> Case:
    stage, ask = field.stage, issue.Ask(Money(amount), "the doctor was ill")
    asked = await in_transaction(
        stage.hall.engine, lambda tx: issue.request(tx, stage.calm, order_id, ask, principal="anna")
    )
    await in_transaction(stage.hall.engine, lambda tx: approve.decide(tx, asked.id, "approve", principal="boris"))
    return order_id, asked.id.uuid


async def late_money(field: Field) -> Case:
    """Paid, cancelled, and the time to decide is over."""
    order_id = await paid(field)
    await _cancelled(field, order_id)
    await field.stage.scheduler.advance(DAY)
    return order_id, order_id.uuid


async def card_typed_and_due(field: Field) -> Case:
    """A card that is added without paying has passed at the bank, and it is time to look."""
    order_id, _ = await ordered(field)
    await _adds_a_card(field, order_id)
    await field.stage.scheduler.advance(card_check.POLL.total_seconds() + 1)
    return order_id, order_id.uuid


async def card_removed(field: Field) -> Case:
    """Paid with consent to keep the card, which its payer has removed since; the bank was not told."""
    order_id, _ = await ordered(field)
    stage = field.stage
    started = await pay.start(stage.calm, order_id, principal="payer", card=Asked(save=True))
    _types_a_card(field, started.payment_id)
    await settle(stage.calm, started.payment_id)

    async def work(tx: Tx) -> None:
        order, _ = await orders.read(tx, order_id)
        (card,) = await cards.of(tx, stage.calm, order)
        await cards.remove(tx, stage.calm, order, card.id, principal="payer")

    await in_transaction(stage.hall.engine, work)
    return order_id, order_id.uuid


# What people do again when the first try broke off; workers need no telling.


async def nothing(_field: Field, _order_id: OrderId) -> None:
    """The next worker does it."""


async def pays_again(field: Field, order_id: OrderId) -> None:
    """The payer presses the button until there is a page, and pays."""
    for _ in range(5):
        with contextlib.suppress(Refusal):
            found = await pay.start(field.stage.calm, order_id, principal="key:site")
            _types_a_card(field, found.payment_id)
            return
        await field.stage.scheduler.advance(LEASE)
    pytest.fail("no page to pay on")


async def adds_again(field: Field, order_id: OrderId) -> None:
    """The payer presses until there is a page, and types the card, which is then theirs."""
    for _ in range(5):
        with contextlib.suppress(Refusal):
            await _adds_a_card(field, order_id)
            await card_is_kept(field, order_id)
            return
        await field.stage.scheduler.advance(LEASE)
    pytest.fail("no page to type a card on")


async def card_is_kept(field: Field, order_id: OrderId) -> None:
    """Once, and the last check of the order says so."""
    await field.stage.scheduler.advance(LEASE)
    await checking.run_due(field.stage.calm)
    stage = field.stage
    newest = await in_transaction(stage.hall.engine, lambda tx: check_store.newest(tx, order_id))
    assert newest is not None
    assert newest.state is card_check.State.KEPT
    order, _ = await in_transaction(stage.hall.engine, lambda tx: orders.read(tx, order_id))
    assert len(await in_transaction(stage.hall.engine, lambda tx: cards.of(tx, stage.calm, order))) == 1


async def _adds_a_card(field: Field, order_id: OrderId) -> None:
    check = await adding.start(field.stage.calm, order_id, principal="payer", language="ru")
    at_bank = field.stage.bank.lookup(check.number)
    assert at_bank is not None
    sandbox.pay(field.stage.bank, at_bank, pages.GOOD)


async def presses_again(field: Field, order_id: OrderId) -> None:
    """The payer presses once more; what is not charged even so is paid on the bank's page of the same order."""
    stage = field.stage
    (payment_id,) = [one.id for one in await in_transaction(stage.hall.engine, lambda tx: of_order(tx, order_id))]
    await press.press(stage.calm, payment_id, total=Money(WHOLE), address="203.0.113.7", principal="payer")
    order = stage.bank.lookup(str(payment_id))
    assert order is not None
    card = bindings.only(stage.bank, order)
    assert card is not None
    paying.pay_by_its_card(stage.bank, order, card, pages.GOOD.cvc)


async def cancels_again(field: Field, order_id: OrderId) -> None:
    await pay.abandon(field.stage.calm, order_id, given_up=True)
    await _cancelled(field, order_id)


async def _cancelled(field: Field, order_id: OrderId) -> None:
    stage = field.stage
    await in_transaction(stage.hall.engine, lambda tx: cancel.cancel(tx, stage.calm, order_id, principal="key:office"))


async def takes_it_back(field: Field, order_id: OrderId) -> None:
    """The payer presses until the card is there: one of ours, which the bank lets pay, and no other."""
    stage = field.stage
    await press_restore(stage.calm, order_id)
    for _ in range(3):  # of each of the two calls the first may have been cut
        await unbinding.run_due(stage.calm)
        await stage.scheduler.advance(LEASE)

    async def standing(tx: Tx) -> list[Card]:
        order, _ = await orders.read(tx, order_id)
        return await cards.of(tx, stage.calm, order)

    (card,) = await in_transaction(stage.hall.engine, standing)
    assert card.restores is not None
    assert stage.bank.bindings.by_id[card.binding].active


def _types_a_card(field: Field, payment_id: PaymentId) -> None:
    order = field.stage.bank.lookup(str(payment_id))
    assert order is not None
    sandbox.pay(field.stage.bank, order, pages.GOOD)


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow: the child's deed, what comes before and after it, and the money that may then have moved, once."""

    deed: str
    kind: str
    before: Callable[[Field], Awaitable[Case]]
    after: Callable[[Field, OrderId], Awaitable[None]]
    came: int = WHOLE
    went: int = 0
    stages: str = "one"


LEGACY, ECOM = KINDS
FLOWS: Final = {
    "register": Flow("start", LEGACY, ordered, pays_again),
    "register, new dialect": Flow("start", ECOM, ordered, pays_again),
    "press": Flow("press", ECOM, about_to_press, presses_again),
    "settle": Flow("settle", LEGACY, paid_unknown_to_us, nothing),
    "sweep": Flow("sweep", ECOM, paid_and_due, nothing),
    "refund": Flow("refund", LEGACY, part_to_give_back, nothing, went=PART),
    "refund, new dialect": Flow("refund", ECOM, part_to_give_back, nothing, went=PART),
    "reversal": Flow("refund", LEGACY, whole_to_give_back, nothing, went=WHOLE),
    "reversal, new dialect": Flow("refund", ECOM, whole_to_give_back, nothing, went=WHOLE),
    "late money": Flow("give back", ECOM, late_money, nothing, went=WHOLE),
    "cancel": Flow("cancel", LEGACY, at_the_page, cancels_again, came=0),
    "completion": Flow("settle", LEGACY, paid_unknown_to_us, nothing, stages="two"),
    "completion, new dialect": Flow("sweep", ECOM, paid_and_due, nothing, stages="two"),
    "card taken back": Flow("restore", LEGACY, card_removed, takes_it_back),
    "release": Flow("cancel", LEGACY, held_to_cancel, cancels_again, came=0, stages="two"),
    "card check": Flow("add a card", LEGACY, ordered, adds_again, came=0),
    "card check, new dialect": Flow("check cards", ECOM, card_typed_and_due, card_is_kept, came=0),
    "release, new dialect": Flow("cancel", ECOM, held_to_cancel, cancels_again, came=0, stages="two"),
}


@pytest.mark.parametrize("name", FLOWS)
async def test_killed_at_every_boundary(open_field: OpenField, wanted: float, tell: list[str], name: str) -> None:
    """Wherever the process dies, the money moves once, the books agree, and nothing stays open."""
    flow = FLOWS[name]
    killed: list[str] = []
    async with open_field(flow.kind, flow.stages) as field:
        while not killed or len(killed) < wanted:
            killed += await _every_boundary(field, flow)
    tell.append(f"kills: {len(killed):>6} {name}, at {len(set(killed))} boundaries")
    assert len(set(killed)) > MANY


MANY: Final = 8  # boundaries of the shortest flow: a transaction, a request, a transaction


async def _every_boundary(field: Field, flow: Flow) -> list[str]:
    """Kill at the first hit, at the second, until a child lives: where they died."""
    died: list[str] = []
    for hit in range(1, NEVER):
        order_id, subject = await flow.before(field)
        status, said = await field.run(flow.deed, subject, hit)
        assert status in (0, -9), f"hit {hit}: the child failed by itself"
        await _recovered(field, flow, order_id, f"hit {hit}, {said}")
        if status == 0:
            break
        died.append(f"{hit} {said}")
    assert not await broken(field.stage.hall)
    return died


async def _recovered(field: Field, flow: Flow, order_id: OrderId, where: str) -> None:
    stage = field.stage
    await stage.scheduler.advance(LEASE)
    await flow.after(field, order_id)
    assert not await quiet(stage), where
    assert not await reckon(stage), where
    assert await _moved(field, order_id) == (flow.came, flow.went, flow.went > 0), where


async def _moved(field: Field, order_id: OrderId) -> tuple[int, int, int]:
    """Kopecks that came to the bank for an order and went back, and in how many movements."""
    numbers = {str(one.id) for one in await in_transaction(field.stage.hall.engine, lambda tx: of_order(tx, order_id))}
    effects = [effect for effect in field.stage.bank.journal.effects if effect.number in numbers]
    came = sum(effect.amount for effect in effects if effect.kind is Kind.DEPOSITED)
    went = [effect.amount for effect in effects if effect.kind in OUT]
    return came, sum(went), len(went)
