"""Thousands of malformed answers of a bank: none crashes the client, is believed, or outlasts the limits.

*Believed* has three meanings, and each is tried:

A reading is believed when `settle` would book money on it: when `payment.judge` makes of a pending payment a captured
one. Of an answer in which one value is wrong that must never happen unless the bank really has the whole sum; and of
one that is wrong in more places, or as a whole, only if the body itself says so in every part that a person would
read: our number, status 2 (or 4), our sum, roubles, deposited and refunded together the whole of it, and no error.
A registration is believed when somebody would be sent to its page: that must be on the bank's own host, and about the
order that the answer names.
A yes (to a refund, a reversal or a decline) is believed only with its zero, over HTTP 200.

    python -m pytest tests/proof/test_malformed_answers.py --answers=50000
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import pytest

from checkout.payment.payment import Belief, Report, State, judge, report
from gateways.gateway import BankOrder, GatewayError, Refused, Registered, Unreachable
from gateways.money import Money
from gateways.sberbank.addresses import authority
from gateways.sberbank.verdicts import Operation
from tests.gateways.corpus import ORIGIN, PATHS, SUM, Mutant, Truth, answering, mutants, truths
from tests.proof.conftest import option

FEWEST: Final = 2_000
SEED: Final = "20261127"
AT_ONCE: Final = 200
LONGEST: Final = 5.5  # seconds: `total_seconds` of the corpus's contract, and its grace
PENDING: Final = Belief(State.PENDING, SUM, Money(0), Money(0), looks=1, missed=False, session_ends_at=None)
# Operations whose true answers are not recorded in the corpus yet.
UNTRIED: Final = frozenset(
    {"hold", "complete", "receipts", "receipt_again", "receipt_close", "code", "code_state", "code_reject", "push"}
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant, what the client made of it, and how long that took in seconds."""

    mutant: Mutant
    result: BankOrder | Registered | GatewayError | None
    seconds: float

    @property
    def outcome(self) -> str:
        return "understood" if not isinstance(self.result, GatewayError) else type(self.result).__name__


@pytest.fixture(scope="session")
async def tried(request: pytest.FixtureRequest) -> list[Tried]:
    """The whole corpus, given to the client."""
    wanted = option(request.config, "answers", 3_600) or FEWEST
    known = [truth for kind in PATHS for truth in await truths(kind)]
    each = -(-wanted // len(known))
    corpus = [mutant for truth in known for mutant in mutants(truth, each, SEED, stranger_of(truth, known))]
    found: list[Tried] = []
    for start in range(0, len(corpus), AT_ONCE):
        found += await asyncio.gather(*map(try_out, corpus[start : start + AT_ONCE]))
    return found


def stranger_of(truth: Truth, known: list[Truth]) -> Truth:
    """What the same bank says of another order: of the paid one, or of one that this is not."""
    named = {other.name: other for other in known if other.kind == truth.kind}
    paid = named["look paid"]
    return paid if paid.number != truth.number else named["look reversed"]


async def try_out(mutant: Mutant) -> Tried:
    """Anything but an error of our own ends the test here."""
    started = perf_counter()
    try:
        result: BankOrder | Registered | GatewayError | None
        result = await mutant.truth.call(answering(mutant.truth.kind, mutant.response))
    except GatewayError as error:
        result = error
    return Tried(mutant, result, perf_counter() - started)


def of(found: list[Tried], *operations: Operation) -> list[Tried]:
    return [one for one in found if one.mutant.truth.operation in operations]


def told_payment(body: bytes) -> bool:
    """Whether the bytes say in every part that a person would read that our order is paid, and was not declined."""
    said = json.loads(body)
    sums = said.get("paymentAmountInfo") or {"depositedAmount": said["amount"], "refundedAmount": 0}
    return (
        str(said["orderStatus"]) in {"2", "4"}
        and str(said["amount"]) == str(SUM.amount)
        and int(sums["depositedAmount"]) + int(sums["refundedAmount"]) == SUM.amount
        and str(said["currency"]) in {"643", "810"}
        and str(said.get("errorCode") or "0") == "0"
    )


def test_the_corpus_is_what_it_says(tried: list[Tried], tell: list[str]) -> None:
    """Every operation of the client in both dialects, at least two thousand answers, and every way of ending is met."""
    met = {one.mutant.truth.operation.value for one in tried}
    assert {operation.value for operation in Operation} <= met | UNTRIED
    assert not met & UNTRIED
    different = {(one.mutant.truth.kind, one.mutant.truth.name, one.mutant.response) for one in tried}
    assert len(different) >= FEWEST
    outcomes = Counter(one.outcome for one in tried)
    assert min(outcomes[name] for name in ("understood", "Garbled", "Unreachable", "Throttled", "WrongState")) > 0
    tell.append(f"malformed answers: {len(tried)}, {len(different)} different: {dict(outcomes.most_common())}")
    ways = Counter(one.mutant.way for one in tried)
    tell.append(f"malformed answers: ways of spoiling: {dict(ways.most_common())}")


def test_no_answer_outlasts_the_limits(tried: list[Tried], tell: list[str]) -> None:
    """The time for all tries of a reading holds, whatever has to be read."""
    slowest = max(tried, key=lambda one: one.seconds)
    tell.append(
        f"malformed answers: the slowest took {slowest.seconds:.2f} s with its repetitions ({slowest.mutant.way})"
    )
    assert slowest.seconds < LONGEST


def test_one_wrong_value_never_makes_money(tried: list[Tried], tell: list[str]) -> None:
    """A payment is booked only where the bank truly has the whole sum, and one that it has is never given up."""
    single = [one for one in of(tried, Operation.LOOK) if one.mutant.places == 1 and isinstance(one.result, BankOrder)]
    states = Counter(state for one in single if (state := settled(one)))
    assert states[State.CAPTURED] > 0
    for one in single:
        truth, state = one.mutant.truth, settled(one)
        assert state is not State.CAPTURED or truth.captured == SUM.amount, one
        gone = state in {State.DECLINED, State.LAPSED, State.VOIDED}
        assert not gone or truth.captured == 0, one
    tell.append(f"malformed answers: with one wrong value a payment becomes {dict(states)}")


def test_only_a_body_that_says_so_makes_money(tried: list[Tried]) -> None:
    """However much of a reading is wrong: the money that is booked stands in it, about our order and no other."""
    for one in of(tried, Operation.LOOK):
        if isinstance(one.result, BankOrder):
            assert one.result.number == one.mutant.truth.number, one
            assert settled(one) is not State.CAPTURED or told_payment(one.mutant.response.body), one
            assert one.mutant.way != "strangers", one


def test_a_registration_never_leads_elsewhere(tried: list[Tried]) -> None:
    """Nobody is sent to another host, or to another order's page."""
    made = [(one, one.result) for one in of(tried, Operation.REGISTER) if isinstance(one.result, Registered)]
    assert made
    for one, registered in made:
        said: dict[str, Any] = json.loads(one.mutant.response.body)
        assert authority(registered.form_url) == authority(ORIGIN), one
        assert (registered.reference, registered.form_url) == (said["orderId"], said["formUrl"]), one


def test_a_yes_needs_its_zero_and_a_no_its_code(tried: list[Tried]) -> None:
    """A refund, a reversal, a decline: nothing is taken for done, or for refused, that the bank did not say."""
    acts = of(tried, Operation.REFUND, Operation.REVERSE, Operation.DECLINE)
    assert {type(one.result) for one in acts} >= {type(None)}
    for one in acts:
        body, status = one.mutant.response.body, one.mutant.response.status
        if one.result is None:
            assert (status, str(json.loads(body)["errorCode"])) == (200, "0"), one
        elif isinstance(one.result, Refused):
            assert str(json.loads(body)["errorCode"]) == one.result.code, one
        else:
            assert isinstance(one.result, Unreachable), one


def settled(one: Tried) -> State | None:
    """What `settle` would make of a pending payment."""
    if not isinstance(one.result, BankOrder):
        return None
    found: Report = report(PENDING, one.result)
    return judge(PENDING, found).state
