"""Guards that can be taken away, so that the storm can prove that it would notice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pytest

from checkout.booking.booking import State as Booking
from checkout.ground.db import sql
from checkout.payment import back_store, lease_store, ledger_store, move, payment, receipts, settle, unbinding, visit
from checkout.payment.card import Card
from checkout.payment.order import Facts
from checkout.payment.payment import Belief, Report, State
from gateways.gateway import BankOrder, Capabilities
from refunds import issue, refund, run
from refunds import store as refunds

Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Guard:
    """A sentence that the code keeps, how to make it forget it, and the constraint that stands behind it, if any."""

    sentence: str
    forget: Callable[[Patch], None]
    constraint: tuple[str, str] | None = None  # how to drop it, how to put it back
    rare: str = ""  # which accidents have to meet before it is missed, if that is one history in fifty or fewer


@contextmanager
def without(guard: Guard) -> Iterator[None]:
    """The code without the guard."""
    with Patch.context() as patch:
        guard.forget(patch)
        yield


def _rewritten(patch: Patch, module: Any, name: str, before: str, after: str) -> None:
    """One statement with another condition; fails if it does not hold the first any more."""
    statement = str(getattr(module, name))
    assert before in statement, f"{module.__name__}.{name} has no {before!r}"
    patch.setattr(module, name, sql(statement.replace(before, after)))


def _no_fence(patch: Patch) -> None:
    _rewritten(patch, lease_store, "_FENCED", "p.token = :token", "p.token >= :token")
    _rewritten(patch, lease_store, "_WRITE", "token = :token", "token >= :token")


def _no_refund_fence(patch: Patch) -> None:
    _rewritten(patch, refunds, "_FENCED", "r.token = :token AND r.state = 'sending'", "r.token >= :token")
    _rewritten(patch, refunds, "_FINISH", "token = :token", "token >= :token")


def _no_amount(patch: Patch) -> None:
    def status_alone(belief: Belief, fact: BankOrder) -> Report:
        return payment.report(replace(belief, amount=fact.amount), fact)

    patch.setattr(settle, "report", status_alone)


def _no_reservation(patch: Patch) -> None:
    _rewritten(patch, back_store, "_RESERVE", " AND captured - refunded - reserved >= :amount", "")
    patch.setattr(issue, "left", lambda one: one.captured)


def _no_one_in_flight(patch: Patch) -> None:
    _rewritten(patch, refunds, "_CLAIM", "AND other.state IN ('sending', 'unknown')", "AND false")


def _no_look_before_sending(patch: Patch) -> None:
    def blindly(plan: refund.Plan, fact: BankOrder, can: Capabilities, *, now: datetime) -> refund.Act:
        fresh = replace(plan, key=f"{plan.key}!")  # nothing at the bank is recognised as ours
        return refund.decide(fresh, fact, can, now=now)

    patch.setattr(run, "decide", blindly)


def _no_second_look(patch: Patch) -> None:
    def once(state: State, **facts: Any) -> datetime | None:
        return payment.next_look(state, **{**facts, "heard": True})

    patch.setattr(settle, "next_look", once)


def _no_watch_over_promises(patch: Patch) -> None:
    """Only what is not promised is seen to be ours; the promised rest is forgotten."""
    patch.setattr(Facts, "ours", property(lambda facts: facts.paid - facts.refunded - facts.reserved))
    patch.setattr(Facts, "kept", property(lambda facts: facts.ours))


def _no_way_back(patch: Patch) -> None:
    """Money that was promised or sent back still moves a visit."""
    patch.setattr(Facts, "untouched", property(lambda facts: bool(facts.paid)))


def _no_leaving(patch: Patch) -> None:
    patch.setattr(move, "LEFT", (Booking.HELD, Booking.EXPIRED))


def _no_posting(patch: Patch) -> None:
    _rewritten(patch, ledger_store, "_POST", "SELECT t.id, e.account, e.amount", "SELECT t.id, e.account, e.amount / 2")


def _no_revenue(patch: Patch) -> None:
    async def kept(*_whatever: object) -> None:
        return None

    patch.setattr(visit, "earn", kept)


def _no_way_of_the_bank(patch: Patch) -> None:
    _rewritten(patch, lease_store, "_WRITE", "way = coalesce(:way, way)", "way = way")


def _no_unbinding(patch: Patch) -> None:
    """A card is called unbound without a word with the bank."""

    async def unasked(_bank: object, held: Card) -> unbinding.Heard:
        seen = unbinding.Heard("unknown") if held.unbinding is None else unbinding.Heard("unbound", done=True)
        await asyncio.sleep(0)
        return seen

    patch.setattr(unbinding, "_heard", unasked)


def _no_receipt_of_a_refund(patch: Patch) -> None:
    async def nothing(*_whatever: object, **_named: object) -> None:
        return None

    patch.setattr(receipts, "returned", nothing)


def _no_flag(patch: Patch) -> None:
    """Whoever is about to send a refund does not see that the money was charged back."""
    read = run._read  # noqa: SLF001 - it is what is taken away

    async def blind(*given: Any) -> BankOrder:
        return replace(await read(*given), chargeback=False)

    patch.setattr(run, "_read", blind)


IN_FLIGHT: Final = (
    "CREATE UNIQUE INDEX refund_one_in_flight ON refund (payment_id) WHERE state IN ('sending', 'unknown')"
)
ENOUGH_LEFT: Final = """ALTER TABLE payment ADD CONSTRAINT payment_never_more_back_than_in
CHECK (refunded + reserved <= captured)"""

GUARDS: Final = {
    "fence": Guard(
        "a result is written only under the newest token",
        _no_fence,
        rare="somebody is stopped past his lease between the bank's answer and its writing, and another learns more",
    ),
    "refund fence": Guard(
        "a refund's result is written only under the newest token",
        _no_refund_fence,
        rare="a worker is stopped past its lease with a refund in hand, and another takes the same refund",
    ),
    "amount": Guard(
        "another sum than the ordered one is not believed",
        _no_amount,
        rare="the bank lies about the sum in the very look that first shows the money",
    ),
    "reservation": Guard(
        "what is promised counts as gone",
        _no_reservation,
        ("ALTER TABLE payment DROP CONSTRAINT payment_never_more_back_than_in", ENOUGH_LEFT),
    ),
    "one in flight": Guard(
        "one refund of a payment is at the bank at a time",
        _no_one_in_flight,
        ("DROP INDEX refund_one_in_flight", IN_FLIGHT),
        rare="two refunds of one payment are due while one of them is at the bank",
    ),
    "look before sending": Guard("what the bank has done already is recognised by its key", _no_look_before_sending),
    "second look": Guard(
        "a look that was not answered is repeated",
        _no_second_look,
        rare="the bank is silent just when a callback or the end of a session makes us ask for the last time",
    ),
    "watch over promises": Guard(
        "a promise that is taken back is decided again",
        _no_watch_over_promises,
        rare="all of the money is promised when the visit is called off, and the promise is taken back after that",
    ),
    "leaving": Guard("a visit that is moved leaves its old time", _no_leaving),
    "way back": Guard(
        "money that goes back moves no visit",
        _no_way_back,
        rare="another time is chosen in a tab that is older than what sent the money back",
    ),
    "revenue": Guard("a visit that is given earns its money", _no_revenue),
    "posting": Guard("what is booked is what was taken", _no_posting),
    "way": Guard(
        "how it was paid is the bank's word",
        _no_way_of_the_bank,
        rare="a code is left for the card, or the card for a code, and the other one is paid",
    ),
    "unbinding": Guard(
        "a removed card is unbound when the bank says so",
        _no_unbinding,
        rare="a saved card is removed: two histories in ten",
    ),
    "receipt of a refund": Guard(
        "money that goes back has its receipt",
        _no_receipt_of_a_refund,
        rare="the bank makes receipts: one history in seven",
    ),
    "flag": Guard(
        "money that was charged back is not sent to its payer",
        _no_flag,
        rare="a refund is on its way to the bank just when the payer's bank takes the money",
    ),
}
