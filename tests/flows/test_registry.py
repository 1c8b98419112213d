"""The bank's registry against our books: what agrees is settled, what does not is found and can be cured."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.books import cure, match, registry_lists
from checkout.books.registry import Cure, Kind, State
from checkout.books.registry_file import RegistryError
from checkout.books.registry_lists import ONLY_OURS, ONLY_THEIRS, Shown, Wanted
from checkout.ground.config import Tariff
from checkout.ground.db import rows, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from checkout.payment.settle import settle
from gateways import sandbox
from gateways.money import Money
from gateways.sandbox import reverting
from refunds import approve, external, issue
from refunds.chargebacks import recognise
from tests.flows.registry import Said, brought_in
from tests.world import World, roubles

_BALANCES = sql(
    "SELECT split_part(account, ':', 1) AS name, sum(amount)::bigint AS amount FROM ledger_entry GROUP BY 1"
)
_AUDITED = sql("SELECT action, outcome FROM audit ORDER BY seq")


async def balances(world: World) -> dict[str, int]:
    """Kopecks by account name."""
    return {row.name: row.amount for row in await world.tx(lambda tx: rows(tx, _BALANCES)) if row.amount}


async def broken(world: World) -> list[str]:
    return [violation.invariant for violation in await world.broken()]


async def shown(world: World, **wanted: object) -> list[Shown]:
    return await world.tx(lambda tx: registry_lists.breaks(tx, Wanted(**wanted), limit=100))  # type: ignore[arg-type]


async def kinds(world: World) -> list[str]:
    return sorted(str(one.kind) for one in await shown(world))


async def one(world: World, kind: Kind) -> Shown:
    (found,) = await shown(world, kinds=[kind])
    return found


def charging(world: World, tariff: Tariff) -> Service:
    """The same installation, whose contract with the bank is configured."""
    (merchant,) = world.config.merchants
    config = world.config.model_copy(update={"merchants": (merchant.model_copy(update={"tariff": tariff}),)})
    return replace(world.service, config=config)


async def refunded(world: World, amount: int = 1000) -> PaymentId:
    """A payment of which so many roubles went back, as two people wanted it."""
    order, payment = await world.paid()
    ask = issue.Ask(roubles(amount), "a reason")
    asked = await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await world.tx(lambda tx: approve.decide(tx, asked.id, "approve", principal="boris"))
    await world.sweep()
    return payment


def refund_at_the_bank(world: World, payment: PaymentId, amount: int) -> None:
    """Somebody gives money back in the bank's own cabinet."""
    order = world.bank.find(world.merchant, number=str(payment))
    reverting.refund(world.bank, order, amount, external_id=None)


async def test_what_agrees_is_settled(world: World, tmp_path: Path) -> None:
    """The bank's debt becomes money on the account and a fee; the order tells both, and nothing is left to decide."""
    order, payment = await world.paid()
    done = await brought_in(world, tmp_path / "one.csv", Said("r1", payment))
    assert (done.lines, done.fresh, done.matched, done.breaks) == (1, 1, 1, ())
    assert await balances(world) == {"bank_account": 245_000, "bank_fee": 5_000, "customer": -250_000}
    (pair,) = await world.tx(lambda tx: registry_lists.of_order(tx, order.id))
    assert (pair.entry.fee, pair.entry.net, pair.code) == (roubles(50), roubles(2450), order.code)
    assert await world.tx(registry_lists.owed) == []
    assert await broken(world) == []


async def test_the_same_again_changes_nothing(world: World, tmp_path: Path) -> None:
    """The same file is known by its content; the same lines in a longer file are settled once."""
    _, first = await world.paid()
    _, second = await world.paid()
    lines = [Said("r1", first), Said("r2", second)]
    await brought_in(world, tmp_path / "a.csv", lines[0])
    before = await balances(world)
    assert (await brought_in(world, tmp_path / "b.csv", lines[0])).known
    assert await balances(world) == before
    longer = await brought_in(world, tmp_path / "c.csv", *lines)
    assert (longer.lines, longer.fresh, longer.matched) == (2, 1, 1)
    assert await balances(world) == {"bank_account": 490_000, "bank_fee": 10_000, "customer": -500_000}
    assert await shown(world) == []


async def test_every_kind_of_break_is_found(world: World, tmp_path: Path) -> None:
    """Nine payments, each with another trouble; one registry; each trouble by its name, and nothing else."""
    paid = [(await world.paid())[1] for _ in range(7)]
    sound, unnamed, differing, dear, twice, gone, disputed = paid
    forgotten = await refunded(world)
    unpaid = await world.start(await world.order())
    two_percent = charging(world, Tariff(percent=Decimal(2)))
    lines = [
        Said("1", sound),
        Said("2", "pay_of_somebody_else"),
        Said("3", unpaid.payment_id),
        Said("4", differing, amount="2400,00", fee="48,00"),
        Said("5", dear, fee="75,00"),
        Said("6", twice),
        Said("7", twice),
        Said("8", gone),
        Said("9", gone, "refund", amount="700,00", fee="0,00"),
        Said("10", disputed),
        Said("11", disputed, "chargeback", fee="0,00"),
        Said("12", forgotten),
    ]
    first = await brought_in(world, tmp_path / "a.csv", *lines, service=two_percent)
    assert dict(first.breaks)[Kind.CHARGEBACK] == 1  # booked by itself a moment later
    await world.advance(days=4)
    await world.sweep()
    done = await brought_in(world, tmp_path / "b.csv", Said("13", sound), service=two_percent)
    assert dict(done.breaks)[Kind.DUPLICATE] == 1
    assert await kinds(world) == [
        "amount",
        "duplicate",
        "duplicate",
        "fee",
        "missing_at_bank",
        "missing_with_us",
        "missing_with_us",
        "refund_missing",
        "refund_unknown",
    ]
    assert (await one(world, Kind.MISSING_AT_BANK)).payment == unnamed
    assert {found.kind for found in await shown(world, kinds=ONLY_OURS)} == set(ONLY_OURS)
    assert not {found.kind for found in await shown(world, kinds=ONLY_THEIRS)} & set(ONLY_OURS)
    assert await broken(world) == []


async def test_money_of_another_merchant_or_currency_is_found(world: World, tmp_path: Path, owner: AsyncEngine) -> None:
    """The number is ours, but not this merchant's."""
    _, payment = await world.paid()
    async with owner.begin() as tx:
        await tx.execute(text("UPDATE payment SET merchant = 'another'"))
    await brought_in(world, tmp_path / "a.csv", Said("1", payment), force=True)
    assert await kinds(world) == ["foreign"]


async def test_a_file_of_nobody_is_refused(world: World, tmp_path: Path) -> None:
    """Without one order of ours it is probably another merchant's; whoever knows better says so."""
    await world.paid()
    with pytest.raises(RegistryError, match="Not one operation is of our orders"):
        await brought_in(world, tmp_path / "a.csv", Said("1", "pay_x"))
    assert await world.tx(registry_lists.files) == []
    await brought_in(world, tmp_path / "a.csv", Said("1", "pay_x"), force=True)
    assert await kinds(world) == ["missing_at_bank", "missing_with_us"]


async def test_a_fault_in_the_last_line_undoes_the_first(world: World, tmp_path: Path) -> None:
    """All of a file or nothing: the fault is named by line and column."""
    _, payment = await world.paid()
    before = await balances(world)
    with pytest.raises(RegistryError, match=r"line 3: amount: “2\.500,00” is no sum"):
        await brought_in(world, tmp_path / "a.csv", Said("1", payment), Said("2", payment, amount="2.500,00"))
    assert await balances(world) == before


async def test_a_payment_that_we_learn_of_later_is_settled_then(world: World, tmp_path: Path) -> None:
    """The bank was paid and we were not told: looking again brings payment, settlement and the end of the break."""
    started = await world.start(await world.order())
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
    await world.pay_at_bank(started.payment_id)
    await brought_in(world, tmp_path / "a.csv", Said("1", started.payment_id))
    found = await one(world, Kind.MISSING_WITH_US)
    await cure.look_again(world.service, found.id, "anna")
    assert (await one(world, Kind.MISSING_WITH_US)).state is State.OPEN
    await world.sweep()
    await match.judge_again(world.service)
    assert await shown(world) == []
    assert await balances(world) == {"bank_account": 245_000, "bank_fee": 5_000, "customer": -250_000}
    assert await broken(world) == []


async def test_a_refund_made_at_the_bank_is_booked(world: World, tmp_path: Path) -> None:
    """It rests on what the bank shows: before that nothing is booked; after it the line is settled."""
    order, payment = await world.paid()
    lines = [Said("1", payment), Said("2", payment, "refund", amount="700,00", fee="0,00")]
    await brought_in(world, tmp_path / "a.csv", *lines)
    found = await one(world, Kind.REFUND_UNKNOWN)
    with pytest.raises(Conflict) as refused:
        await external.book_break(world.service, found.id, "anna")
    assert refused.value.code == "nothing_to_book"
    refund_at_the_bank(world, payment, 70_000)
    await external.book_break(world.service, found.id, "anna")
    assert await balances(world) == {"bank_account": 175_000, "bank_fee": 5_000, "customer": -180_000}
    facts = await world.facts(order.id)
    assert (facts.paid, facts.refunded) == (roubles(2500), roubles(700))
    assert await shown(world) == []
    assert await broken(world) == []


async def test_a_chargeback_is_booked(world: World, tmp_path: Path) -> None:
    """No status of the bank shows it; it cannot be given back a second time."""
    order, payment = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment), Said("2", payment, "chargeback", fee="0,00"))
    found = await one(world, Kind.CHARGEBACK)
    await recognise.book_break(world.service, found.id, "anna")
    assert (await world.facts(order.id)).refunded == roubles(2500)
    ask = issue.Ask(roubles(100), "again")
    with pytest.raises(Conflict):
        await world.tx(lambda tx: issue.request(tx, world.service, order.id, ask, principal="anna"))
    await settle(world.service, payment)
    assert await balances(world) == {"bank_account": -5_000, "bank_fee": 5_000}
    assert await broken(world) == []


async def test_what_cannot_be_cured_is_accepted_with_a_note(world: World, tmp_path: Path) -> None:
    """A sum that differs is settled as the bank paid it; the rest is still owed, and who decided is on record."""
    order, payment = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment, amount="2400,00", fee="48,00"))
    found = await one(world, Kind.AMOUNT)
    with pytest.raises(Invalid):
        await cure.accept(world.service, found.id, "anna", "  ")
    await cure.ask_bank(world.service, found.id, "anna", "SD-1")
    await cure.accept(world.service, found.id, "anna", "The bank kept 100 ₽")
    with pytest.raises(Conflict):
        await cure.accept(world.service, found.id, "boris", "again")
    assert (await balances(world))["bank_clearing"] == 10_000
    (owed,) = await world.tx(registry_lists.owed)
    assert (owed.total, owed.by_age) == (roubles(100), ((0, roubles(100), 1),))
    assert (await world.events(order.id))[-2:] == ["payment.registry_break", "payment.registry_break"]
    audited = [(row.action, row.outcome) for row in await world.tx(lambda tx: rows(tx, _AUDITED))]
    assert audited == [("registry.import", "done"), ("registry.cure", "asked"), ("registry.cure", "accepted")]
    assert await broken(world) == []


async def test_what_the_bank_owes_is_the_ledgers_clearing(world: World, tmp_path: Path) -> None:
    """By age; money that goes back is less owed."""
    await refunded(world)
    await world.advance(days=2)
    _, payment = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment))
    await world.paid()
    (owed,) = await world.tx(registry_lists.owed)
    assert owed.total == Money((await balances(world))["bank_clearing"]) == roubles(4000)
    assert [(days, amount) for days, amount, _ in owed.by_age] == [(0, roubles(2500)), (2, roubles(1500))]


async def test_the_fee_is_held_against_the_registry_before(world: World, tmp_path: Path) -> None:
    """Without a tariff in the configuration a new rate is a question once, and rounding none."""
    first, second, third, fourth = [(await world.paid())[1] for _ in range(4)]
    await brought_in(world, tmp_path / "a.csv", Said("1", first, fee="52,50"))
    await brought_in(world, tmp_path / "b.csv", Said("2", second, fee="52,51"))
    await brought_in(world, tmp_path / "c.csv", Said("3", third, fee="55,00"))
    await brought_in(world, tmp_path / "d.csv", Said("4", fourth, fee="55,01"))
    assert (await one(world, Kind.FEE)).payment == third


@pytest.mark.parametrize(
    ("plant", "name"),
    [
        ("UPDATE ledger_entry SET account = 'bank_account:another' WHERE account LIKE 'bank_account%'", "I35"),
        ("UPDATE registry_match SET difference = 100", "I36"),
        ("DELETE FROM registry_break WHERE kind = 'missing_with_us'", "I37"),
        ("UPDATE ledger_entry SET account = 'bank_clearing:another' WHERE account LIKE 'bank_clearing%' AND amount > 0",
         "I38"),
    ],
)  # fmt: skip
async def test_a_planted_break_is_found(
    world: World, tmp_path: Path, owner: AsyncEngine, plant: str, name: str
) -> None:
    """What nobody may do to the registry and its postings, done by the owner of the tables."""
    _, payment = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment), Said("2", "pay_x"))
    assert await broken(world) == []
    async with owner.begin() as tx:
        await tx.execute(text(plant))
    assert await broken(world) == [name]


async def test_the_service_cannot_rewrite_what_the_bank_said(world: World) -> None:
    """Lines and matches are only ever added."""
    for table in ("registry_file", "registry_line", "registry_match"):
        with pytest.raises(Exception, match="permission denied"):
            await world.tx(lambda tx, t=table: run(tx, sql(f"DELETE FROM {t}")))  # type: ignore[misc]  # noqa: S608 - ours


def test_each_cure_is_somebodys() -> None:
    """Every cure that a break offers has a function that does it."""
    assert {*cure.DOERS, Cure.BOOK} == set(Cure)


async def test_of_two_who_decide_one_wins(world: World, tmp_path: Path) -> None:
    """The same break, accepted by two people at once: one decision, one settlement, one refusal."""
    _, payment = await world.paid()
    await brought_in(world, tmp_path / "a.csv", Said("1", payment, amount="2400,00", fee="48,00"))
    found = await one(world, Kind.AMOUNT)
    both = [cure.accept(world.service, found.id, who, "so be it") for who in ("anna", "boris")]
    lost = [outcome for outcome in await asyncio.gather(*both, return_exceptions=True) if outcome is not None]
    assert [getattr(outcome, "code", None) for outcome in lost] == ["wrong_state"]
    assert await broken(world) == []


async def test_of_two_imports_at_once_one_counts(world: World, tmp_path: Path) -> None:
    """The same file from two tabs: one brings it in, the other finds it there."""
    _, payment = await world.paid()
    both = [brought_in(world, tmp_path / "a.csv", Said("1", payment)) for _ in range(2)]
    done = await asyncio.gather(*both)
    assert sorted((one.known, one.matched) for one in done) == [(False, 1), (True, 0)]
    assert await broken(world) == []
