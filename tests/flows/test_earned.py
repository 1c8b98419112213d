"""What is earned of the money: once the visit was given or the goods handed over, and no more than is kept."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.books.sources import ORDERS
from checkout.ground.db import rows, sql
from checkout.payment import orders, visit
from checkout.payment.earning import Work
from checkout.payment.order import Order, Plan, Word
from checkout.payment.settle import settle
from checkout.payment.visit import Outcome
from checkout.till import storno
from checkout.till.till import Reason
from gateways.money import Money
from migrations.scripts import statements
from refunds import approve, external, issue
from refunds.refund import State as Refund
from tests.desk.clerk import at_work
from tests.desk.counter import says
from tests.flows.drawer import accounts, taken
from tests.flows.test_export import exported
from tests.flows.test_visit import mark, to_the_visit, with_goods
from tests.pages.test_pages_money_back import changes_its_mind
from tests.world import World, roubles

_POSTINGS = sql("""
SELECT t.kind, sum(e.amount)::bigint AS amount FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id
 WHERE left(e.account, 8) = 'revenue:' GROUP BY t.id ORDER BY t.at, t.id""")


async def earned(world: World) -> int:
    """In roubles; and the books agree."""
    assert not await world.broken()
    return -(await accounts(world)).get("revenue", 0)


async def postings(world: World) -> list[tuple[str, int]]:
    return [(row.kind, -row.amount // 100) for row in await world.tx(lambda tx: rows(tx, _POSTINGS))]


async def given(world: World, order: Order) -> None:
    await to_the_visit(world, order)
    await mark(world, order)


async def gives_back(world: World, order: Order, amount: int, **lines: int) -> None:
    """Asked for, approved, and sent; of the named lines (line_1=100) or pro rata."""
    parts = {int(name.removeprefix("line_")): 100 * part for name, part in lines.items()} or None
    ask = issue.Ask(roubles(amount), "a reason", lines=parts)
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await world.tx(lambda tx: approve.decide(tx, asked.id, "approve", principal="boris"))
    if asked.at_the_desk:
        await world.tx(lambda tx: approve.pay_out(tx, asked.id, principal="olga"))
    await world.sweep()


async def test_money_is_the_customers_until_the_visit_was_given(world: World) -> None:
    """Then it is the clinic's; what was paid and what is due say the same as before. Marked again, nothing more is posted."""
    order, _ = await world.paid()
    assert await earned(world) == 0
    before = await world.facts(order.id)
    await given(world, order)
    await mark(world, order)
    assert await earned(world) == 2500
    assert await accounts(world) == {"bank_clearing": 2500, "revenue": -2500}
    after = await world.facts(order.id)
    assert (after.paid, after.refunded, after.due) == (before.paid, before.refunded, before.due)
    assert await world.word(order.id) is Word.PAID
    assert await postings(world) == [("given", 2500)]


async def test_revenue_stands_in_the_account_of_its_clinic(world: World) -> None:
    """Two clinics, two accounts."""
    here, _ = await world.paid()
    there, _ = await world.paid(clinic="krasny", starts_at=await world.soonest("consultation", "krasny"))
    await given(world, min(here, there, key=lambda one: one.starts_at))
    await given(world, max(here, there, key=lambda one: one.starts_at))
    kept = "SELECT DISTINCT account FROM ledger_entry WHERE left(account, 8) = 'revenue:' ORDER BY 1"
    named = [row.account for row in await world.tx(lambda tx: rows(tx, sql(kept)))]
    assert named == sorted(f"revenue:{order.clinic_id}" for order in (here, there))
    assert await earned(world) == 5000


async def test_money_that_comes_after_the_visit_is_earned_as_it_comes(world: World) -> None:
    """A deposit at the visit, the rest at the desk an hour later."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    await given(world, order)
    assert await earned(world) == 750
    await world.open_till()
    await taken(world, order, 1750)
    assert await earned(world) == 2500
    assert await postings(world) == [("given", 750), ("given", 1750)]


async def test_a_visit_that_was_given_for_nothing_earns_nothing_yet(world: World) -> None:
    """To be paid at the clinic, and not paid: no posting; then what was taken, and no more once that was a mistake."""
    order = await world.order(plan=Plan.AT_CLINIC)
    await given(world, order)
    assert await postings(world) == []
    shift = await world.open_till()
    receipt = (await taken(world, order, 2500)).receipt_no
    assert await earned(world) == 2500
    mistake = Reason.WRONG_ORDER
    await world.tx(lambda tx: storno.reverse(tx, world.service, shift.id, receipt, mistake, principal="nina"))
    assert await earned(world) == 0
    assert await postings(world) == [("given", 2500), ("unearned", -2500)]
    assert (await world.facts(order.id)).paid == roubles(0)


@pytest.mark.parametrize("by_card", [True, False])
async def test_a_refund_of_a_given_visit_takes_its_revenue_back(world: World, by_card: bool) -> None:
    """Part of it, then the rest: by the bank's road and over the counter alike. A refund that waits takes nothing back."""
    if by_card:
        order, _ = await world.paid()
    else:
        order = await world.order(plan=Plan.AT_CLINIC)
    await given(world, order)
    if not by_card:
        await world.open_till()
        await taken(world, order, 2500)
    ask = issue.Ask(roubles(100), "a reason")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    assert await earned(world) == 2500
    await world.tx(lambda tx: approve.decide(tx, asked.id, "cancel", principal="anna"))
    await gives_back(world, order, 1000)
    assert await earned(world) == 1500
    await gives_back(world, order, 1500)
    assert await earned(world) == 0
    assert await world.word(order.id) is Word.REFUNDED
    assert await postings(world) == [("given", 2500), ("unearned", -1000), ("unearned", -1500)]


async def test_services_and_goods_are_earned_each_in_their_time(world: World) -> None:
    """6 400 ₽ paid: 2 500 at the visit, 3 900 at the counter; a refund lowers the line it names."""
    order = await with_goods(world)
    await given(world, order)
    assert await earned(world) == 2500
    await gives_back(world, order, 500, line_1=500)
    assert await earned(world) == 2000
    await gives_back(world, order, 900, line_2=900)
    assert await earned(world) == 2000
    await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    assert await earned(world) == 5000
    await gives_back(world, order, 3000, line_2=3000)
    assert await earned(world) == 2000


async def test_goods_that_arrived_are_not_earned_yet(world: World) -> None:
    """They are earned by whoever receives them; before the visit, too."""
    order = await with_goods(world)
    await world.tx(lambda tx: visit.goods_arrived(tx, order.id, principal="olga"))
    assert await earned(world) == 0
    await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    assert await earned(world) == 3900


async def test_the_money_of_a_missed_visit_is_not_earned(world: World) -> None:
    """People decide about it; no posting does."""
    order, _ = await world.paid()
    await to_the_visit(world, order, hours=1)
    await mark(world, order, Outcome.NO_SHOW)
    assert await earned(world) == 0


async def test_a_surplus_is_never_earned_and_its_way_back_costs_no_revenue(world: World) -> None:
    """Paid twice: one sum is revenue, the other goes back by rule."""
    order, first = await world.paid_at_the_second()
    await given(world, order)
    assert await earned(world) == 2500
    changes_its_mind(world, first)
    await settle(world.service, first)
    assert await earned(world) == 2500
    await world.sweep()
    assert (await world.facts(order.id)).refunded == roubles(2500)
    assert await earned(world) == 2500
    assert await postings(world) == [("given", 2500)]


@pytest.mark.parametrize("basis", ["external", "chargeback"])
async def test_money_that_went_back_without_us_takes_its_revenue_back(world: World, basis: str) -> None:
    """Made in the bank's cabinet, or taken by the card's bank."""
    order, payment_id = await world.paid()
    await given(world, order)
    payment = await world.payment(payment_id)
    amount = roubles(2500)
    await world.tx(lambda tx: external.enter(tx, world.service, payment, amount, basis=basis, principal="anna"))
    assert -(await accounts(world)).get("revenue", 0) == 0
    assert "I39" not in [found.invariant for found in await world.broken()]


async def test_whoever_marks_at_once_with_a_payment_earns_it_once(world: World) -> None:
    """Eight presses while the rest is being taken: one visit, one revenue."""
    order, _ = await world.paid(plan=Plan.DEPOSIT)
    await to_the_visit(world, order)
    await world.open_till()
    marks = [mark(world, order) for _ in range(8)]
    await asyncio.gather(*marks[:4], taken(world, order, 1750), *marks[4:])
    assert await earned(world) == 2500


async def test_the_export_of_orders_tells_the_revenue_of_the_ledger(world: World, tmp_path: Path) -> None:
    """By order and in its totals; the order's page says it as well."""
    order = await with_goods(world)
    await given(world, order)
    done = await exported(world, ORDERS, tmp_path / "orders.csv")
    assert done.totals == {"total": 640_000, "paid": 640_000, "refunded": 0, "earned": 250_000}
    anna = await at_work(world, "accountant")
    assert "У клиники сейчас 6 400 ₽, из них выручка 2 500 ₽" in says(await anna.get(f"/desk/orders/{order.code}"))


async def test_a_refund_on_its_way_is_not_gone_yet(world: World) -> None:
    """The bank has it, and has not said so: the books wait with it."""
    order, _ = await world.paid()
    await given(world, order)
    ask = issue.Ask(roubles(2500), "a reason")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    done = await world.tx(lambda tx: approve.decide(tx, asked.id, "approve", principal="boris"))
    assert done.state is Refund.SCHEDULED
    assert await earned(world) == 2500
    await world.sweep()
    assert await earned(world) == 0


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE orders SET given_at = NULL",
        "UPDATE order_line SET amount = amount - 100, unit_price = unit_price - 100",
        "UPDATE ledger_entry SET account = 'revenue:0' WHERE left(account, 8) = 'revenue:'",
    ],
)
async def test_revenue_that_nothing_stands_behind_is_found(world: World, owner: AsyncEngine, act: str) -> None:
    """No visit, another price, another clinic: done past every guard, and found."""
    order, _ = await world.paid()
    await given(world, order)
    assert not await world.broken()
    async with owner.begin() as tx:
        await tx.execute(text(act))
    assert "I39" in [found.invariant for found in await world.broken()]


async def test_a_given_visit_without_its_revenue_is_found_and_the_migration_makes_it_good(
    world: World, owner: AsyncEngine
) -> None:
    """Of an installation that marked visits before there was revenue: the same sums, dated by the day they were earned."""
    order = await with_goods(world)
    await given(world, order)
    await gives_back(world, order, 500, line_1=500)
    await world.tx(lambda tx: visit.hand_over(tx, order.id, principal="olga"))
    await world.paid()
    assert await earned(world) == 5900
    versions = import_module("migrations.versions")
    (name,) = [one.name for one in iter_modules(versions.__path__) if one.name.endswith("_given_and_goods")]
    migration = import_module(f"migrations.versions.{name}")
    async with owner.begin() as tx:
        mine = "SELECT id FROM ledger_tx WHERE kind IN ('given', 'unearned')"
        await tx.execute(text(f"DELETE FROM ledger_entry WHERE tx_id IN ({mine})"))  # noqa: S608 - ours
        await tx.execute(text("DELETE FROM ledger_tx WHERE kind IN ('given', 'unearned')"))
    assert [found.invariant for found in await world.broken()] == ["I39"]
    async with owner.begin() as tx:
        for statement in statements(migration.EARNED_BEFORE):
            await (await tx.get_raw_connection()).driver_connection.execute(statement)  # type: ignore[union-attr]  # asyncpg's own
    assert await earned(world) == 5900
    (dated,) = await world.tx(lambda tx: rows(tx, sql("SELECT at, order_id FROM ledger_tx WHERE kind = 'given'")))
    kept, _ = await world.tx(lambda tx: orders.read(tx, order.id))
    assert (dated.order_id, dated.at) == (order.id.uuid, kept.handed_over_at)


def _work(**sums: int) -> Work:
    zero = dict.fromkeys(("total", "done", "paid", "gone", "lowered", "surplus", "booked"), 0)
    return Work(**{name: Money(amount) for name, amount in (zero | sums).items()})


@pytest.mark.parametrize(
    ("work", "earned_"),
    [
        (_work(total=100, done=100, paid=30), 30),
        (_work(total=100, done=60, paid=100), 60),
        (_work(total=100, done=60, paid=100, gone=20, lowered=20), 40),
        (_work(total=100, done=60, paid=100, gone=20), 60),
        (_work(total=100, done=100, paid=200, gone=100, surplus=100), 100),
        # The surplus went back as an ordinary refund, pro rata over lines that were paid twice.
        (_work(total=100, done=100, paid=200, gone=100, lowered=100), 100),
        (_work(total=100, done=100, paid=200, gone=150, lowered=150), 50),
        (_work(total=100, done=100, paid=100, gone=100, lowered=100), 0),
        (_work(total=100, paid=100), 0),
    ],
)
def test_what_is_earned_is_the_least_of_the_price_and_of_what_is_kept(work: Work, earned_: int) -> None:
    """By hand, case by case."""
    assert work.earned == Money(earned_)
    assert work.change == work.earned
