"""Sixty-four contenders for one thing: a place, the last kopeck, a key, a page at the bank, a receipt number.

Real concurrency on real connections. Where a guard stands alone, its twin test shows that without it more than one wins.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import pytest
from pydantic import BaseModel
from ulid import ULID

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx, in_transaction, one, open_engine, sql
from checkout.ground.errors import Conflict, Refusal
from checkout.ground.ids import OrderId
from checkout.payment import cancel, extend, move, orders, pay, settle, store
from checkout.payment.expire import expire_due
from checkout.postgres import Urls
from checkout.till import begin
from checkout.till.take import take
from checkout.web.once import Once, Replay
from checkout.worker import settle_due
from gateways import sandbox
from gateways.money import Money
from gateways.sandbox import Kind
from refunds import approve, issue, late, run
from tests.proof import pages, payers
from tests.proof.batch import broken
from tests.proof.calm import quiet
from tests.proof.conftest import option
from tests.proof.reckoning import reckon
from tests.proof.stage import KINDS, Hall, Stage, set_stage, uneventful

CROWD: Final = 64
CONNECTIONS: Final = 24
PRICE: Final = Money(250_000)
PART: Final = Money(10_000)
DAY: Final = 86_400.0  # seconds; so long waits money without a visit
_COUNT: Final = sql("SELECT count(*) AS n FROM orders")
_RECEIPTS: Final = sql("SELECT array_agg(receipt_no ORDER BY receipt_no) AS n FROM cash_entry")
_LIVE: Final = sql("SELECT count(*) AS n FROM payment WHERE state IN ('registering', 'pending', 'unknown')")
Result = TypeVar("Result")


@pytest.fixture
async def stage(hall: Hall, proof_urls: Urls) -> AsyncIterator[Stage]:
    """An empty stage whose service has connections for a crowd."""
    await hall.empty()
    engine = open_engine(proof_urls.app, pool=CONNECTIONS)
    found = await set_stage(hall, uneventful(2, KINDS[0]), lambda _line: None)
    found.calm = replace(found.calm, engine=engine)
    yield found
    await engine.dispose()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> range:
    """Each race is run several times; a proof runs it often."""
    return range(max(3, (option(request.config, "histories", 1000) or 0) // 200))


async def rush(deed: Callable[[], Awaitable[Result]]) -> tuple[list[Result], list[BaseException]]:
    """Everybody at once: what the winners got, and how the others were turned away."""
    results = await asyncio.gather(*(deed() for _ in range(CROWD)), return_exceptions=True)
    won = [result for result in results if not isinstance(result, BaseException)]
    return won, [result for result in results if isinstance(result, BaseException)]


def refused(lost: list[BaseException], *codes: str) -> bool:
    """Whether everybody who lost was told so in a proper answer."""
    return all(isinstance(reason, Refusal) and reason.code in codes for reason in lost)


async def clinic(stage: Stage, rooms: int = 1) -> str:
    slug = f"race-{ULID()}".lower()
    await stage.hall.open_clinic(slug, zone="Europe/Moscow", rooms=rooms)
    return slug


async def ordered(stage: Stage, slug: str | None = None) -> OrderId:
    order_id = await payers.tomorrow(stage.calm, slug or await clinic(stage))
    stage.orders.append(order_id)
    return order_id


async def paid(stage: Stage) -> OrderId:
    order_id = await ordered(stage)
    found = await pay.start(stage.calm, order_id, principal="key:site")
    at_bank = stage.bank.lookup(str(found.payment_id))
    assert at_bank is not None
    sandbox.pay(stage.bank, at_bank, pages.GOOD)
    await settle.settle(stage.calm, found.payment_id)
    return order_id


async def tx(stage: Stage, work: Callable[[Tx], Awaitable[Result]]) -> Result:
    return await in_transaction(stage.calm.engine, work)


async def number(stage: Stage, statement: Any) -> Any:
    row = await tx(stage, lambda tx: one(tx, statement))
    assert row is not None
    return row.n


async def books_are_right(stage: Stage) -> bool:
    """Invariants at once, and once the workers have done their rounds also against the bank's journal."""
    return not await broken(stage.hall) and not await quiet(stage) and not await reckon(stage)


async def test_one_place_is_sold_once(stage: Stage, rounds: range) -> None:
    """Sixty-four payers, one room, one time: one order, the others are shown the nearest times."""
    for already in rounds:
        slug = await clinic(stage)
        won, lost = await rush(lambda: payers.tomorrow(stage.calm, slug))  # noqa: B023 - it is over within the round
        stage.orders += won
        assert len(won) == 1
        assert refused(lost, "slot_taken")
        assert await number(stage, _COUNT) == already + 1
    assert await books_are_right(stage)


async def test_the_same_money_is_promised_once(stage: Stage, rounds: range) -> None:
    """Sixty-four wishes for the whole sum: one promise."""
    for _ in rounds:
        order_id = await paid(stage)
        won, lost = await rush(lambda: ask(stage, order_id, PRICE))  # noqa: B023 - as above
        assert len(won) == 1
        assert refused(lost, "more_than_left", "nothing_to_refund")
    assert await books_are_right(stage)


async def test_partial_refunds_stop_at_the_last_kopeck(stage: Stage) -> None:
    """Sixty-four wishes for 100 roubles out of 2 500: twenty-five promises, not one kopeck more."""
    order_id = await paid(stage)
    won, lost = await rush(lambda: ask(stage, order_id, PART))
    assert len(won) == PRICE.amount // PART.amount
    assert refused(lost, "more_than_left", "nothing_to_refund")
    assert await books_are_right(stage)


async def ask(stage: Stage, order_id: OrderId, amount: Money) -> Any:
    wish = issue.Ask(amount, "the doctor was ill")
    return await tx(stage, lambda tx: issue.request(tx, stage.calm, order_id, wish, principal="anna"))


async def test_a_refund_is_decided_once(stage: Stage, rounds: range) -> None:
    """Sixty-four people approve or reject the same refund: one decision stands."""
    for _ in rounds:
        refund = await ask(stage, await paid(stage), PRICE)
        commands = iter(["approve", "reject"] * CROWD)
        won, lost = await rush(
            lambda: tx(stage, lambda tx: approve.decide(tx, refund.id, next(commands), principal="boris"))  # noqa: B023 - as above
        )
        assert len(won) == 1
        assert refused(lost, "wrong_state")
    assert await books_are_right(stage)


async def test_one_page_at_the_bank_is_opened(stage: Stage, rounds: range) -> None:
    """Sixty-four clicks on "pay": one bank order; whoever came too early is asked to wait."""
    for already in rounds:
        order_id = await ordered(stage)
        won, lost = await rush(lambda: pay.start(stage.calm, order_id, principal="key:site"))  # noqa: B023 - as above
        assert len({found.payment_id for found in won}) == 1
        assert refused(lost, "payment_being_checked")
        assert len(stage.bank.recent(CROWD * CROWD)) == already + 1
    assert await books_are_right(stage)


async def test_the_index_alone_keeps_one_payment_alive(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even without the order's lock: the unique index lets one intent in."""
    monkeypatch.setattr(orders, "_LOCK", orders._READ)  # noqa: SLF001 - the guard itself
    order_id = await ordered(stage)
    await rush(lambda: pay.start(stage.calm, order_id, principal="key:site"))
    assert await number(stage, _LIVE) == 1


async def test_many_pages_are_opened_without_lock_and_index(
    stage: Stage, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither lock nor index: the payer can pay the same visit several times."""
    monkeypatch.setattr(orders, "_LOCK", orders._READ)  # noqa: SLF001 - the guard itself
    rule = await hall.owner.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = 'payment_one_live'")
    await hall.owner.execute("DROP INDEX payment_one_live")
    try:
        order_id = await ordered(stage)
        await rush(lambda: pay.start(stage.calm, order_id, principal="key:site"))
        assert await number(stage, _LIVE) > 1
    finally:
        await hall.empty()
        await hall.owner.execute(rule)


async def test_money_is_booked_once_however_many_look(stage: Stage, rounds: range) -> None:
    """Sixty-four look at the bank at once: one takes the lease, one posting."""
    for _ in rounds:
        order_id = await ordered(stage)
        found = await pay.start(stage.calm, order_id, principal="key:site")
        at_bank = stage.bank.lookup(str(found.payment_id))
        assert at_bank is not None
        sandbox.pay(stage.bank, at_bank, pages.GOOD)
        _won, lost = await rush(lambda: settle.settle(stage.calm, found.payment_id))  # noqa: B023 - as above
        assert not lost
        assert (await tx(stage, lambda tx: orders.facts(tx, order_id))).paid == PRICE  # noqa: B023 - as above
    assert [one.kind for one in stage.bank.journal.effects].count(Kind.DEPOSITED) == len(rounds)
    assert await books_are_right(stage)


async def test_cash_is_taken_once(stage: Stage, rounds: range) -> None:
    """Sixty-four cashiers take the whole sum for one visit: one drawer is fuller."""
    for _ in rounds:
        slug = await clinic(stage)
        order_id = await ordered(stage, slug)
        await opened(stage, slug)
        won, lost = await rush(lambda: _takes(stage, order_id))  # noqa: B023 - as above
        assert len(won) == 1
        assert refused(lost, "nothing_due")
    assert await books_are_right(stage)


@pytest.mark.parametrize("left", [86_400.0, 1.0, 0.0])
async def test_tabs_that_contradict_each_other_end_in_one_story(stage: Stage, rounds: range, left: float) -> None:
    """Sixty-four presses on one paid visit: another time, off, the money back, while workers look on.

    `left`: seconds before the money of a visit that was called off goes back; a whole day means that it stands.
    """
    for _ in rounds:
        order_id = await paid(stage)
        if left < DAY:
            await calls_off(stage, order_id)
            await stage.scheduler.advance(DAY - left)
        presses = itertools.cycle(await _presses(stage, order_id))
        _won, lost = await rush(lambda: next(presses)())  # noqa: B023, PLW0108 - each takes the next one
        assert refused(lost, *MAY_BE_TOLD), {repr(one) for one in lost}
        assert await books_are_right(stage)


@pytest.mark.parametrize("passed", [0.0, 899.0, 900.0])
async def test_presses_on_a_held_time_end_in_one_story(stage: Stage, rounds: range, passed: float) -> None:
    """Sixty-four presses on one unpaid visit, the desk and the workers among them; `passed`: seconds of its fifteen minutes."""
    for _ in rounds:
        slug = await clinic(stage)
        order_id = await ordered(stage, slug)
        await opened(stage, slug)
        await stage.scheduler.advance(passed)
        presses = itertools.cycle(await _presses_on_a_hold(stage, order_id))
        _won, lost = await rush(lambda: next(presses)())  # noqa: B023, PLW0108 - each takes the next one
        assert refused(lost, *MAY_BE_TOLD), {repr(one) for one in lost}
        assert await books_are_right(stage)


MAY_BE_TOLD: Final = (
    "bank_session_open",
    "hold_not_extendable",
    "hold_used_up",
    "payment_being_checked",
    "slot_taken",
    "order_closed",
    "refund_on_its_way",
    "nothing_due",
)


async def _presses(stage: Stage, order_id: OrderId) -> list[Callable[[], Awaitable[Any]]]:
    order, _ = await tx(stage, lambda tx: orders.read(tx, order_id))
    free = await tx(stage, lambda tx: payers.starts(tx, order.clinic, "consultation"))
    (payment,) = await tx(stage, lambda tx: store.of_order(tx, order_id))
    moves = [partial(_moves, stage, order_id, start) for start in free]
    return [
        *moves,
        partial(calls_off, stage, order_id),
        partial(calls_off, stage, order_id, at_once=True),
        partial(tx, stage, lambda tx: cancel.give_back(tx, order_id, principal="payer")),
        partial(late.give_back_due, stage.calm),
        partial(run.run_due, stage.calm),
        partial(settle.settle, stage.calm, payment.id),
        partial(pay.start, stage.calm, order_id, principal="guest", guest=True),
    ]


async def _presses_on_a_hold(stage: Stage, order_id: OrderId) -> list[Callable[[], Awaitable[Any]]]:
    order, _ = await tx(stage, lambda tx: orders.read(tx, order_id))
    free = await tx(stage, lambda tx: payers.starts(tx, order.clinic, "consultation"))
    moves = [partial(pay.letting_go, stage.calm, order_id, partial(_moves, stage, order_id, start)) for start in free]
    return [
        *moves,
        partial(pay.letting_go, stage.calm, order_id, partial(calls_off, stage, order_id, at_once=True)),
        partial(tx, stage, lambda tx: extend.extend(tx, stage.calm, order_id, principal="payer")),
        partial(pay.start, stage.calm, order_id, principal="payer"),
        partial(_pays, stage, order_id),
        partial(pay.letting_go, stage.calm, order_id, partial(_takes, stage, order_id)),
        partial(expire_due, stage.calm),
        partial(settle_due, stage.calm),
    ]


async def _pays(stage: Stage, order_id: OrderId) -> None:
    """A guest goes to the bank's page and pays there, if it is still open."""
    found = await pay.start(stage.calm, order_id, principal="guest", guest=True)
    at_bank = stage.bank.lookup(str(found.payment_id))
    assert at_bank is not None
    sandbox.pay(stage.bank, at_bank, pages.GOOD)


async def _moves(stage: Stage, order_id: OrderId, start: datetime) -> Any:
    return await tx(stage, lambda tx: move.move(tx, stage.calm, order_id, start, principal="payer"))


async def calls_off(stage: Stage, order_id: OrderId, *, at_once: bool = False) -> None:
    await tx(stage, lambda tx: cancel.cancel(tx, stage.calm, order_id, principal="payer", at_once=at_once))


async def test_receipt_numbers_have_no_gaps(stage: Stage) -> None:
    """Sixty-four orders of one clinic are paid in cash at once: receipts 1 to 64, each once."""
    slug = await clinic(stage, rooms=CROWD)
    await opened(stage, slug)
    waiting = iter([await ordered(stage, slug) for _ in range(CROWD)])
    _, lost = await rush(lambda: _takes(stage, next(waiting)))
    assert not lost
    assert await number(stage, _RECEIPTS) == list(range(1, CROWD + 1))
    assert await books_are_right(stage)


async def opened(stage: Stage, slug: str) -> None:
    """The clinic's till, with nothing in its drawer yet."""

    async def work(tx: Tx) -> None:
        place = await catalogue.clinic(tx, slug)
        assert place is not None
        counted = await begin.count(tx, place.id, begin.Cash(amount=Money(0)), principal="olga")
        await begin.open_shift(tx, place.id, counted.id, principal="olga")

    await tx(stage, work)


async def _takes(stage: Stage, order_id: OrderId) -> Any:
    return await tx(stage, lambda tx: take(tx, stage.calm, order_id, PRICE, principal="olga"))


class _Answer(BaseModel):
    order: str


async def test_one_key_has_one_effect(stage: Stage, rounds: range) -> None:
    """Sixty-four posts under one key, with room for all of them: one order; the others wait or get its answer."""
    for already in rounds:
        slug, key = await clinic(stage, rooms=CROWD), str(ULID())

        async def place(_tx: Tx, slug: str = slug) -> _Answer:
            return _Answer(order=str(await payers.tomorrow(stage.calm, slug)))

        async def post(key: str = key, place: Callable[[Tx], Awaitable[_Answer]] = place) -> str:
            try:
                return (await Once(stage.calm, "key:site", key, b"the same", 201)(place)).order
            except Replay as replay:
                return _Answer.model_validate_json(replay.answer).order

        won, lost = await rush(post)
        assert len(set(won)) == 1
        assert all(isinstance(reason, Conflict) and reason.code == "request_running" for reason in lost)
        assert await number(stage, _COUNT) == already + 1
