"""The sandbox bank's own registry, brought in by our importer: the layout both sides wrote down by themselves is one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from checkout.books import registry_lists
from checkout.books.match import Imported, bring_in
from checkout.books.registry import Kind
from checkout.books.registry_lists import ONLY_OURS, ONLY_THEIRS, Wanted
from checkout.books.template import templates
from checkout.ground.config import Tariff
from checkout.ground.ids import PaymentId
from gateways import sandbox
from gateways.sandbox import reverting
from gateways.sandbox.chargebacks import charge_back
from gateways.sandbox.clock import banking_day
from gateways.sandbox.orders import Registration
from gateways.sandbox.registry import HEADERS, as_csv, lines
from tests.flows.test_registry import balances, broken, charging, kinds, refunded
from tests.world import World, roubles


def today(world: World) -> date:
    return banking_day(world.bank.clock.now())


def written(world: World, path: Path, day: date) -> Path:
    """The bank's file of a day, as its control interface hands it out."""
    path.write_bytes(as_csv(lines(world.bank, world.merchant, day), day))
    return path


async def imported(world: World, path: Path, percent: str = "2") -> Imported:
    layout = ("sberbank", templates()["sberbank"])
    service = charging(world, Tariff(percent=Decimal(percent)))
    return await world.tx(lambda tx: bring_in(tx, service, path, layout, "zdorovie", principal="anna", force=False))


def test_both_sides_have_the_same_columns() -> None:
    """Written down twice, by a bank and by its client, who share no code."""
    assert list(HEADERS) == templates()["sberbank"].headers


async def test_the_banks_registry_of_a_day_agrees_with_our_books(world: World, tmp_path: Path) -> None:
    """Payments and a refund: all matched, nothing only ours, nothing only theirs; the fee is the tariff's."""
    order, payment = await world.paid()
    returned = await refunded(world)
    done = await imported(world, written(world, tmp_path / "day.csv", today(world)))
    assert (done.lines, done.fresh, done.matched, done.breaks) == (3, 3, 3, ())
    pairs = await world.tx(
        lambda tx: registry_lists.matched(tx, since=today(world), until=today(world), merchant="zdorovie", limit=9)
    )
    assert {(pair.payment, pair.refund is not None) for pair in pairs} == {
        (payment, False),
        (returned, False),
        (returned, True),
    }
    (pair,) = await world.tx(lambda tx: registry_lists.of_order(tx, order.id))
    assert (pair.entry.fee, pair.entry.net) == (roubles(50), roubles(2450))
    assert await kinds(world) == []
    assert await balances(world) == {"bank_account": 390_000, "bank_fee": 10_000, "customer": -400_000}
    assert await broken(world) == []


async def test_the_three_lists_are_right(world: World, tmp_path: Path) -> None:
    """What agrees; what only the bank has, an order of another shop's and a refund from its cabinet; what only we have."""
    _, sound = await world.paid()
    elsewhere(world)
    _, given_back = await world.paid()
    reverting.refund(world.bank, at_bank(world, given_back), 1000, external_id=None)
    later = await refunded(world)
    undone(world, later)
    done = await imported(world, written(world, tmp_path / "day.csv", today(world)))
    assert (done.lines, done.matched) == (5, 3)
    theirs = await world.tx(lambda tx: registry_lists.breaks(tx, Wanted(kinds=ONLY_THEIRS), limit=9))
    assert sorted((str(one.kind), one.entry.amount if one.entry else None) for one in theirs) == [
        (str(Kind.MISSING_WITH_US), roubles(10)),
        (str(Kind.REFUND_UNKNOWN), roubles(10)),
    ]
    await world.advance(days=4)
    _ = await world.paid()
    done = await imported(world, written(world, tmp_path / "later.csv", today(world)))
    ours = await world.tx(lambda tx: registry_lists.breaks(tx, Wanted(kinds=ONLY_OURS), limit=9))
    assert [(one.kind, one.payment, one.ours) for one in ours] == [(Kind.REFUND_MISSING, later, roubles(1000))]
    assert sound not in {one.payment for one in (*theirs, *ours)}


async def test_a_chargeback_is_known_by_its_line(world: World, tmp_path: Path) -> None:
    """The payer's bank takes the money; the line of the bank's own file is a break that names the payment."""
    _, payment = await world.paid()
    charge_back(world.bank, at_bank(world, payment))
    done = await imported(world, written(world, tmp_path / "day.csv", today(world)))
    assert (done.lines, done.matched) == (2, 1)
    (found,) = await world.tx(lambda tx: registry_lists.breaks(tx, Wanted(kinds=ONLY_THEIRS), limit=9))
    assert (found.kind, found.payment) == (Kind.CHARGEBACK, payment)


async def test_another_fee_than_the_tariffs_is_seen(world: World, tmp_path: Path) -> None:
    """The bank keeps two percent; a contract that says one and a half makes the difference a break."""
    await world.paid()
    done = await imported(world, written(world, tmp_path / "day.csv", today(world)), percent="1.5")
    assert [kind for kind, _ in done.breaks] == [Kind.FEE]


def at_bank(world: World, payment: PaymentId) -> sandbox.Order:
    return world.bank.find(world.merchant, number=str(payment))


def elsewhere(world: World) -> None:
    """An order of ten roubles that the merchant took by another shop."""
    now = world.bank.clock.now()
    asked = Registration(
        number="elsewhere-1",
        amount=1000,
        currency="643",
        return_url="https://other.example/",
        expires_at=now + 600,
        language="ru",
        dialect=sandbox.Dialect.LEGACY,
    )
    sandbox.pay(
        world.bank, world.bank.register(world.merchant, asked), sandbox.CardEntry("4111111111111111", "203412", "123")
    )


def undone(world: World, payment: PaymentId) -> None:
    """The bank forgets the refund."""
    reverting.undo_refund(world.bank, at_bank(world, payment))
