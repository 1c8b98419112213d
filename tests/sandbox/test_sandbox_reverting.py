"""Giving money back: refunds, reversals, declines; and the journal that must agree."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.sandbox import (
    Bank,
    Dialect,
    Kind,
    Order,
    Outcome,
    Status,
    Totals,
    confirm,
    pay,
)
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.reverting import decline, refund, reverse
from tests.sandbox.rehearsal import (
    CHALLENGE,
    FRICTIONLESS,
    NOON,
    REFUSED,
    bank,
    kinds,
    paid,
    register,
)


def moscow(day: int, hour: int, minute: int = 0, second: int = 0) -> float:
    return datetime(2026, 5, day, hour, minute, second, tzinfo=MOSCOW).timestamp()


def refused(reason: Reason) -> pytest.RaisesExc[Refusal]:
    """The block must end in this refusal."""
    return pytest.raises(Refusal, check=lambda error: error.reason is reason)


Deed = Callable[[Bank, Order, random.Random], object]

DEEDS: list[Deed] = [
    lambda here, order, _dice: pay(here, order, FRICTIONLESS),
    lambda here, order, _dice: pay(here, order, CHALLENGE),
    lambda here, order, _dice: pay(here, order, REFUSED),
    lambda here, order, dice: confirm(here, order.challenge or "", dice.choice(["111111", "0"])),
    lambda here, order, dice: refund(here, order, dice.choice([0, 1, 9000]), external_id=dice.choice(["r-1", "r-2"])),
    lambda here, order, _dice: reverse(here, order),
    lambda here, order, _dice: decline(here, order),
    lambda here, _order, dice: here.advance(dice.choice([1, 600, 50_000])),
]


# Refunds


def test_each_refund_lowers_the_deposited_sum() -> None:
    """The first one, even partial, turns 2 into 4; captured stays deposited + refunded."""
    here = bank()
    order = paid(here)
    steps = []
    for kopecks in (100, 9800, 0):
        refund(here, order, kopecks, external_id=None)
        steps.append((order.status, order.deposited, order.refunded))
    assert steps == [
        (Status.REFUNDED, 19800, 100),
        (Status.REFUNDED, 10000, 9900),
        (Status.REFUNDED, 0, 19900),
    ]
    totals = here.journal.totals()[order.id]
    assert (totals.deposited, totals.refunded, totals.kept) == (19900, 19900, 0)


def test_no_refund_exceeds_what_is_left() -> None:
    """One kopeck too much is refused, and so is anything after the last kopeck."""
    here = bank()
    order = paid(here)
    with refused(Reason.REFUND_TOO_LARGE):
        refund(here, order, 19901, external_id=None)
    refund(here, order, 19900, external_id=None)
    for kopecks in (1, 0):
        with refused(Reason.REFUND_TOO_LARGE):
            refund(here, order, kopecks, external_id=None)


def test_a_known_refund_id_is_replayed() -> None:
    """The same id gives nothing twice, even when all is given back, and even against the lock."""
    here = bank()
    order = paid(here)
    first = refund(here, order, 19900, external_id="r-1", expected=19900)
    again = refund(here, order, 19900, external_id="r-1", expected=19900)
    assert first is again
    assert kinds(here).count(Kind.REFUNDED) == 1


def test_refund_ids_belong_to_their_order() -> None:
    """The same id on another order is another refund."""
    here = bank()
    one, two = paid(here, "A-1"), paid(here, "A-2")
    refund(here, one, 100, external_id="r-1")
    refund(here, two, 100, external_id="r-1")
    assert (one.refunded, two.refunded) == (100, 100)


def test_the_expected_sum_locks_the_refund() -> None:
    """A blind repetition fails because the first refund lowered the deposited sum."""
    here = bank()
    order = paid(here)
    refund(here, order, 100, external_id=None, expected=19900)
    with refused(Reason.REFUND_LOCKED):
        refund(here, order, 100, external_id=None, expected=19900)
    assert order.refunded == 100


@pytest.mark.parametrize("state", ["open", "at the issuer", "declined", "reversed"])
def test_only_paid_orders_are_refunded(state: str) -> None:
    """Every other state refuses, and no money moves."""
    here = bank()
    order = register(here)
    if state == "at the issuer":
        pay(here, order, CHALLENGE)
    elif state == "declined":
        decline(here, order)
    elif state == "reversed":
        pay(here, order, FRICTIONLESS)
        reverse(here, order)
    with refused(Reason.NOT_PAID):
        refund(here, order, 100, external_id=None)
    assert Kind.REFUNDED not in kinds(here)


def test_a_bank_may_bar_refunds_on_the_day_of_payment() -> None:
    """With the knob set the refund works from the next Moscow day on."""
    here = bank(refund_same_day=False)
    order = paid(here)
    with refused(Reason.REFUND_TOO_EARLY):
        refund(here, order, 100, external_id=None)
    here.advance(12 * 3600)
    refund(here, order, 100, external_id=None)
    assert order.refunded == 100


# Reversals


@pytest.mark.parametrize(
    ("paid_at", "reversed_at", "works"),
    [
        (moscow(20, 0, 0), moscow(20, 23, 59, 59), True),
        (moscow(20, 23, 59, 59), moscow(21, 0, 0), False),
        (moscow(20, 23, 0), moscow(21, 1, 0), False),  # the same day in UTC
        (moscow(21, 1, 0), moscow(21, 5, 0), True),  # another day in UTC
    ],
)
def test_a_payment_is_reversed_within_its_moscow_day(paid_at: float, reversed_at: float, works: bool) -> None:
    """The banking day is Moscow's, not UTC's."""
    here = bank(paid_at)
    order = paid(here)
    here.advance(reversed_at - paid_at)
    if works:
        reverse(here, order)
    else:
        with refused(Reason.REVERSE_IMPOSSIBLE):
            reverse(here, order)
    assert (order.status is Status.REVERSED) == works
    assert order.deposited == (0 if works else 19900)


def test_a_late_reversal_spends_the_only_chance() -> None:
    """After a refused reversal only a refund is left."""
    here = bank()
    order = paid(here)
    with refused(Reason.REVERSE_PARTIAL):
        reverse(here, order, 100)
    with refused(Reason.REVERSE_IMPOSSIBLE):
        reverse(here, order)
    refund(here, order, 0, external_id=None)
    assert order.refunded == 19900


def test_trying_too_early_spends_nothing() -> None:
    """A reversal of an unpaid order is refused and does not bar the real one."""
    here = bank()
    order = register(here)
    with refused(Reason.REVERSE_IMPOSSIBLE):
        reverse(here, order)
    pay(here, order, FRICTIONLESS)
    reverse(here, order)
    assert (order.status, order.approved) == (Status.REVERSED, 19900)


def test_after_a_refund_there_is_no_reversal() -> None:
    """Money that is partly back cannot be reversed."""
    here = bank()
    order = paid(here)
    refund(here, order, 1, external_id=None)
    with refused(Reason.REVERSE_IMPOSSIBLE):
        reverse(here, order)


def test_the_window_can_be_taken_away() -> None:
    """Some installations reverse at any time."""
    here = bank(reverse_same_day_only=False)
    order = paid(here)
    here.advance(5 * 24 * 3600)
    reverse(here, order)
    assert here.journal.totals()[order.id].kept == 0


# Declines


def test_an_open_order_can_be_declined_once() -> None:
    """It ends with the merchant's code, and the payer can do nothing more."""
    here = bank()
    order = register(here)
    decline(here, order)
    assert (order.status, order.action_code) == (Status.DECLINED, 4005)
    assert pay(here, order, FRICTIONLESS).outcome is Outcome.FINISHED
    assert order.deposited == 0
    with refused(Reason.DECLINE_IMPOSSIBLE):
        decline(here, order)


def test_an_order_at_the_issuer_is_busy() -> None:
    """The payer is at it, so the merchant has to wait."""
    here = bank()
    order = register(here)
    pay(here, order, CHALLENGE)
    with refused(Reason.BUSY):
        decline(here, order)


def test_a_paid_order_cannot_be_declined() -> None:
    """Money is given back by other means."""
    here = bank()
    order = paid(here)
    with refused(Reason.DECLINE_IMPOSSIBLE):
        decline(here, order)
    assert order.deposited == 19900


# The journal


def test_the_journal_numbers_its_rows_and_names_everything() -> None:
    """One row for each effect, in order, with what an outsider needs to add up."""
    here = bank()
    order = paid(here, dialect=Dialect.ECOM)
    refund(here, order, 900, external_id="r-9")
    rows = [effect.as_json() for effect in here.journal.effects]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1] == {
        "seq": 4,
        "at": int(NOON * 1000),
        "kind": "refunded",
        "merchant": "sandbox-api",
        "order_id": order.id,
        "number": "A-1",
        "amount": 900,
        "external_id": "r-9",
        "action_code": 0,
    }


@given(st.integers(), st.lists(st.sampled_from(DEEDS), max_size=40))
def test_the_journal_agrees_with_the_orders_whatever_happens(seed: int, deeds: list[Deed]) -> None:
    """Rows add up to what each order says of itself, no id is used twice, and no order gives back more than it got."""
    here, dice = bank(), random.Random(seed)  # noqa: S311  (repeatable on purpose)
    orders = [register(here, f"A-{index}") for index in range(3)]
    for deed in deeds:
        with contextlib.suppress(Refusal):
            deed(here, dice.choice(orders), dice)
    totals = here.journal.totals()
    for order in orders:
        sums = totals.get(order.id, Totals())
        assert (sums.kept, sums.refunded) == (order.deposited, order.refunded)
        assert 0 <= order.deposited <= sums.deposited <= order.amount
        ids = [one.external_id for one in here.journal.effects if one.order_id == order.id and one.external_id]
        assert len(ids) == len(set(ids))
