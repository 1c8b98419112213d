"""What comes of chargebacks: won, told to their payer, in the books, watched for, and never undone by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.books import registry_lists
from checkout.books.registry import Kind
from checkout.books.sources import ORDERS, PAYMENTS
from checkout.ground.db import IntegrityError, one, run, sql
from checkout.payment import cancel
from checkout.payment.order import Word
from checkout.payment.settle import settle
from gateways.sandbox import chargebacks as at_the_bank
from migrations.scripts import statements
from refunds import panel
from refunds.chargebacks import recognise
from refunds.chargebacks.chargeback import State
from refunds.chargebacks.source import CHARGEBACK_ROWS
from refunds.source import REFUNDS
from tests.flows.registry import Said, brought_in
from tests.flows.test_earned import earned, given
from tests.flows.test_export import exported
from tests.refunds.disputes import asked, balances, charged_back, found, only, open_breaks, said, sound
from tests.world import World, roubles

_POSTED = "SELECT id FROM ledger_tx WHERE kind = 'chargeback'"
_PAYMENT = sql("SELECT refunded, reserved, charged_back, dispute FROM payment WHERE id = :id")


async def test_what_was_won_is_ours_again(world: World) -> None:
    """The money counts for the visit as before, and the flag, which stays on, takes nothing a second time."""
    order, payment = await world.paid()
    before = await balances(world)
    await charged_back(world, payment)
    disputed = await said(world, await only(world, order), "dispute")
    won = await said(world, disputed, "win")
    assert won.state is State.WON
    assert await balances(world) == before
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded) == (roubles(2500), roubles(0))
    await settle(world.service, payment)
    await recognise.recognise_due(world.service)
    assert len(await found(world, order)) == 1
    assert (await asked(world, order.id, 2500)).amount == roubles(2500)
    assert await sound(world)


async def test_the_registry_brings_the_money_back(world: World, tmp_path: Path) -> None:
    """Given up for lost, and yet the bank pays it out again: its line is believed and settled."""
    order, payment = await world.paid()
    lines = [Said("1", payment), Said("2", payment, "chargeback", fee="0,00")]
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    await said(world, await only(world, order), "lose")
    await brought_in(world, tmp_path / "b.csv", *lines, Said("3", payment, "chargeback_won", fee="0,00"))
    assert await open_breaks(world) == [Kind.CHARGEBACK_WON]
    await recognise.recognise_due(world.service)
    assert (await only(world, order)).state is State.WON
    assert await open_breaks(world) == []
    assert await balances(world) == {"bank_account": 245_000, "bank_fee": 5_000, "customer": -250_000}
    assert await sound(world)


async def test_a_line_that_brings_money_back_may_come_before_the_one_that_took_it(world: World, tmp_path: Path) -> None:
    """Registries are brought in in any order, and the flag is seen last: it is one chargeback, and its money is ours."""
    order, payment = await world.paid()
    await brought_in(world, tmp_path / "b.csv", Said("1", payment), Said("3", payment, "chargeback_won", fee="0,00"))
    await brought_in(world, tmp_path / "a.csv", Said("2", payment, "chargeback", fee="0,00"))
    await charged_back(world, payment)
    assert (await only(world, order)).state is State.WON
    assert (await world.facts(order.id)).refunded == roubles(0)
    assert await open_breaks(world) == []
    assert await sound(world)


async def test_what_a_line_names_smaller_has_its_hour(world: World, tmp_path: Path) -> None:
    """The flag took everything, the visit was called off: what the line leaves of it is ours again, and to be decided."""
    order, payment = await world.paid()
    await charged_back(world, payment, 1000)
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="key:site"))
    assert await world.word(order.id) is not Word.TO_DECIDE
    lines = (Said("1", payment), Said("2", payment, "chargeback", amount="1000,00", fee="0,00"))
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    assert await world.word(order.id) is Word.TO_DECIDE
    assert await sound(world)


async def test_nobody_asks_for_a_line_of_a_sum_that_was_only_supposed(world: World, tmp_path: Path) -> None:
    """Days pass until the line names a smaller one: that the registry knew nothing of the whole is no question any more."""
    _, payment = await world.paid()
    day = (await world.now()).date()
    await world.advance(days=1)
    await charged_back(world, payment, 1000)
    await world.advance(days=5)
    _, later = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment, day=day), Said("3", later))
    assert await open_breaks(world) == [Kind.REFUND_MISSING]
    await brought_in(world, tmp_path / "b.csv", Said("2", payment, "chargeback", amount="1000,00", fee="0,00"))
    await recognise.recognise_due(world.service)
    assert await open_breaks(world) == []
    assert await sound(world)


async def test_a_supposed_sum_that_was_won_by_hand_stands_in_no_lines_way(world: World, tmp_path: Path) -> None:
    """The lines name a smaller sum, gone and come again: both are booked, and nothing is left to people."""
    order, payment = await world.paid()
    await charged_back(world, payment, 1000)
    await said(world, await only(world, order), "win")
    taken = Said("2", payment, "chargeback", amount="1000,00", fee="0,00")
    await brought_in(world, tmp_path / "a.csv", Said("1", payment), taken)
    await recognise.recognise_due(world.service)
    await brought_in(world, tmp_path / "b.csv", Said("3", payment, "chargeback_won", amount="1000,00", fee="0,00"))
    await recognise.recognise_due(world.service)
    assert (await world.facts(order.id)).refunded == roubles(0)
    assert await open_breaks(world) == []
    assert await sound(world)


async def test_won_by_hand_and_then_named_by_the_registry(world: World, tmp_path: Path) -> None:
    """The line of what we know already agrees at once; until it comes, the bank owes us the money."""
    order, payment = await world.paid()
    lines = [Said("1", payment), Said("2", payment, "chargeback", fee="0,00")]
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    await said(world, await only(world, order), "win")
    (owed,) = await world.tx(registry_lists.owed)
    assert owed.total == roubles(2500)
    await brought_in(world, tmp_path / "b.csv", *lines, Said("3", payment, "chargeback_won", fee="0,00"))
    assert await world.tx(registry_lists.owed) == []
    assert await open_breaks(world) == []
    assert await sound(world)


async def test_the_bank_counts_from_its_own_day(world: World, tmp_path: Path) -> None:
    """The registry's line is three days old: so many days fewer are left to answer."""
    order, payment = await world.paid()
    happened = (await world.now()).date() - timedelta(days=3)
    line = Said("2", payment, "chargeback", fee="0,00", day=happened)
    await brought_in(world, tmp_path / "a.csv", line)
    await recognise.recognise_due(world.service)
    assert (await only(world, order)).answer_by == happened + timedelta(days=10)


async def test_its_payer_reads_whose_hand_it_was(world: World, tmp_path: Path) -> None:
    """Their bank gave the money back, of the sum that it told; and later, that the clinic has it again."""
    order, payment = await world.paid()
    await charged_back(world, payment, 1000)
    lines = (Said("1", payment), Said("2", payment, "chargeback", amount="1000,00", fee="0,00"))
    await brought_in(world, tmp_path / "a.csv", *lines)
    await recognise.recognise_due(world.service)
    (row,) = await world.tx(lambda tx: panel.rows(tx, order, "ru"))
    assert (row.heading.replace("\N{NO-BREAK SPACE}", " "), row.steps) == ("Возврат 1 000 ₽", ())
    assert any("Деньги вернул банк, выпустивший карту" in line for line in row.lines)
    await said(world, await only(world, order), "win")
    (row,) = await world.tx(lambda tx: panel.rows(tx, order, "ru"))
    assert any("они снова засчитаны за визит" in line for line in row.lines)


async def test_revenue_goes_with_the_money_and_comes_with_it(world: World) -> None:
    """A visit was given: while its money is away nothing is earned; once it is won, all of it is."""
    order, payment = await world.paid()
    await given(world, order)
    assert await earned(world) == 2500
    await charged_back(world, payment)
    assert await earned(world) == 0
    await said(world, await only(world, order), "win")
    assert await earned(world) == 2500
    assert await sound(world)


async def test_every_table_to_export_adds_up(world: World, tmp_path: Path) -> None:
    """One is away and one was won: the files are written, which they are only if rows and ledger say the same."""
    for command in ("lose", "win"):
        order, payment = await world.paid()
        await charged_back(world, payment)
        await said(world, await only(world, order), command)
    sums = {
        source.name: (await exported(world, source, tmp_path / f"{source.name}.csv")).totals
        for source in (PAYMENTS, ORDERS, REFUNDS, CHARGEBACK_ROWS)
    }
    assert sums["payments"] == {"captured": 500_000, "refunded": 250_000}
    assert (sums["orders"]["paid"], sums["orders"]["refunded"]) == (500_000, 250_000)
    assert sums["refunds"] == {"returned": 250_000}
    assert sums["chargebacks"] == {"gone": 250_000}
    told = (tmp_path / "chargebacks.csv").read_text(encoding="utf-8")
    assert "Проиграли" in told
    assert "Выиграли: деньги у нас" in told


async def test_two_who_decide_are_one_decision(world: World) -> None:
    """One says won, another lost, at once: one is refused, and the books say what the other said."""
    order, payment = await world.paid()
    await charged_back(world, payment)
    seen = await only(world, order)
    ends = await asyncio.gather(said(world, seen, "win"), said(world, seen, "lose"), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Chargeback", "Conflict"]
    assert await sound(world)


async def test_a_day_later_the_watch_looks_by_itself(world: World) -> None:
    """Nobody rings for a chargeback: a payment that was taken is looked at once a day."""
    order, payment = await world.paid()
    await charged_back(world, payment, looked=False)
    await recognise.watch(world.service)
    assert await found(world, order) == []
    await world.advance(days=1)
    await world.heard()  # a row that a callback is at just now waits for the next round
    await recognise.watch(world.service)
    await recognise.recognise_due(world.service)
    assert (await only(world, order)).payment_id == payment


async def test_the_watch_ends(world: World) -> None:
    """A look a day, and one when the days are over: then none, however long the payment is kept."""
    _, payment = await world.paid()
    await world.heard()
    looks = []
    for days in (1, 0, 1, 60, 60):
        await world.advance(days=days)
        before = (await world.payment(payment)).belief.looks
        await recognise.watch(world.service)
        looks.append((await world.payment(payment)).belief.looks - before)
    assert looks == [1, 0, 1, 1, 0]


async def test_what_was_booked_before_there_were_chargebacks_is_one(
    world: World, owner: AsyncEngine, tmp_path: Path
) -> None:
    """The migration finds the money that had gone; it waits for somebody to say what came of it, and nothing is broken."""
    order, payment = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment), Said("2", payment, "chargeback", fee="0,00"))
    await recognise.recognise_due(world.service)
    migration = import_module("migrations.versions.0019_chargebacks")
    async with owner.begin() as tx:
        await tx.execute(text("DELETE FROM event WHERE subject = 'chargeback'"))
        await tx.execute(text("DELETE FROM chargeback"))
        for statement in statements(migration.BOOKED_BEFORE):
            await tx.exec_driver_sql(statement)
    before = await only(world, order)
    assert (before.state, before.amount, before.reference) == (State.OPEN, roubles(2500), "2")
    assert (await said(world, before, "win")).state is State.WON
    assert await sound(world)


async def test_the_database_lets_nothing_of_it_be_undone(world: World) -> None:
    """Lost stays lost, what is gone stays gone, and flagged money is promised to nobody, whoever writes the statement."""
    order, payment = await world.paid()
    at_the_bank.charge_back(world.bank, world.bank.find(world.merchant, number=str(payment)))
    await settle(world.service, payment)
    for_id = {"id": payment.uuid}
    with pytest.raises(IntegrityError):
        await world.tx(lambda tx: run(tx, sql("UPDATE payment SET reserved = 100 WHERE id = :id"), **for_id))
    await recognise.recognise_due(world.service)
    lost = await said(world, await only(world, order), "lose")
    with pytest.raises(IntegrityError):
        await world.tx(
            lambda tx: run(tx, sql("UPDATE chargeback SET state = 'open', decided_by = NULL, decided_at = NULL"))
        )
    with pytest.raises(IntegrityError):
        await world.tx(
            lambda tx: run(tx, sql("UPDATE refund SET state = 'restored' WHERE id = :id"), id=lost.refund_id.uuid)
        )
    with pytest.raises(IntegrityError):
        await world.tx(lambda tx: run(tx, sql("UPDATE payment SET reserved = 100 WHERE id = :id"), **for_id))
    row = await world.tx(lambda tx: one(tx, _PAYMENT, **for_id))
    assert row is not None
    assert (row.refunded, row.reserved, row.charged_back, row.dispute) == (250_000, 0, 250_000, "booked")


@pytest.mark.parametrize(
    ("act", "finds"),
    [
        ("UPDATE payment SET dispute = 'flagged'", {"I48"}),
        ("UPDATE payment SET charged_back = charged_back - 100", {"I48"}),
        ("DELETE FROM chargeback", {"I45", "I48"}),
        ("UPDATE chargeback SET state = 'won', decided_by = 'anna', decided_at = app_now()", {"I45", "I48"}),
        (f"UPDATE ledger_entry SET amount = 2 * amount WHERE tx_id IN ({_POSTED})", {"I45"}),  # noqa: S608 - ours
        ("UPDATE event SET from_state = 'lost' WHERE subject = 'chargeback'", {"I11.chargeback"}),
    ],
)
async def test_what_is_done_to_it_by_hand_is_found(world: World, owner: AsyncEngine, act: str, finds: set[str]) -> None:
    """By whoever owns the database, past every flow: the watch names the rule that it breaks."""
    _, payment = await world.paid()
    await charged_back(world, payment)
    assert await sound(world)
    async with owner.begin() as tx:
        await tx.execute(text(act))
    assert finds <= {violation.invariant for violation in await world.broken()}
