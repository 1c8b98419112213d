"""What every gateway kind must do with a hold, run over real HTTP against the sandbox bank, in both dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from gateways import sandbox
from gateways.gateway import AlreadyExists, BankStatus, NotFound, Refund, Refused, Registration, Unreachable, WrongState
from gateways.money import Money
from gateways.sberbank import SberbankConfig, make
from gateways.sberbank.banks import Kind
from gateways.two_stage import TwoStage
from tests.contract.test_every_gateway import POOR, SUM, Pair, came, opened


@pytest.fixture(params=get_args(Kind))
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """One of the configured kinds, with a contract for two stages."""
    async with opened(request.param, two_stage=True, stages="two") as found:
        yield found


def facet(pair: Pair) -> TwoStage:
    assert pair.gateway.two_stage is not None
    return pair.gateway.two_stage


async def registered(pair: Pair) -> tuple[str, str]:
    """Our number and the bank's reference of an order whose sum is to be held."""
    pair.count += 1
    number = f"pay_{pair.count:026d}"
    return number, (await facet(pair).hold(wish(number))).reference


def wish(number: str) -> Registration:
    return Registration(number, SUM, "https://shop.example/r", 1200, "Заказ 7", callback_url="http://127.0.0.1:9/cb")


async def held(pair: Pair) -> tuple[str, str]:
    number, reference = await registered(pair)
    pair.paid_by(number)
    return number, reference


async def test_what_is_paid_is_held_and_not_ours(pair: Pair) -> None:
    """Held, the whole sum approved, nothing captured; the card is known."""
    number, reference = await held(pair)
    seen = await pair.gateway.look(number=number, reference=reference)
    assert (seen.status, seen.approved, seen.captured) == (BankStatus.HELD, SUM, Money(0))
    assert seen.card is not None
    assert seen.card.last4 == "1111"


async def test_a_number_is_burned_here_too(pair: Pair) -> None:
    """A hold and a payment share their numbers."""
    await registered(pair)
    pair.count -= 1
    with pytest.raises(AlreadyExists):
        await registered(pair)
    pair.count -= 1
    with pytest.raises(AlreadyExists):
        await pair.registered()


@pytest.mark.parametrize("kopecks", [250_000, 100_000, 100])
async def test_a_completion_charges_what_it_says_once(pair: Pair, kopecks: int) -> None:
    """In part too; the rest is gone from the hold, and there is no second completion."""
    number, reference = await held(pair)
    await facet(pair).complete(reference=reference, number=number, amount=Money(kopecks))
    seen = await pair.gateway.look(number=number, reference=reference)
    assert (seen.status, seen.captured, seen.amount) == (BankStatus.DEPOSITED, Money(kopecks), SUM)
    assert seen.paid_at is not None
    with pytest.raises(WrongState):
        await facet(pair).complete(reference=reference, number=number, amount=Money(100))


async def test_more_than_is_held_is_never_charged(pair: Pair) -> None:
    """Refused, and still held; of nothing at all the bank is not even asked."""
    number, reference = await held(pair)
    with pytest.raises(Refused):
        await facet(pair).complete(reference=reference, number=number, amount=Money(250_001))
    with pytest.raises(ValueError, match="positive"):
        await facet(pair).complete(reference=reference, number=number, amount=Money(0))
    assert (await pair.gateway.look(number=number, reference=reference)).status is BankStatus.HELD


async def test_less_than_a_rouble_is_a_wrong_sum_and_no_wrong_state(pair: Pair) -> None:
    """The old dialect refuses it in words that are about the sum."""
    number, reference = await held(pair)
    if pair.config.kind == "sberbank":
        await facet(pair).complete(reference=reference, number=number, amount=Money(99))
        return
    with pytest.raises(Refused) as caught:
        await facet(pair).complete(reference=reference, number=number, amount=Money(99))
    assert not isinstance(caught.value, WrongState)


async def test_a_hold_is_released_on_any_day(pair: Pair) -> None:
    """Reversed, and nothing was ever captured; then there is nothing to complete."""
    number, reference = await held(pair)
    pair.bank.advance(2 * 86_400)
    await facet(pair).release(reference=reference, number=number)
    seen = await pair.gateway.look(number=number, reference=reference)
    assert (seen.status, seen.captured) == (BankStatus.REVERSED, Money(0))
    with pytest.raises(WrongState):
        await facet(pair).complete(reference=reference, number=number, amount=SUM)
    assert pair.bank.journal.totals() == {}


async def test_what_is_not_held_is_neither_completed_nor_released(pair: Pair) -> None:
    """An open order is in the wrong state, an unknown one is not found."""
    number, reference = await registered(pair)
    with pytest.raises(WrongState):
        await facet(pair).complete(reference=reference, number=number, amount=SUM)
    with pytest.raises(WrongState):
        await facet(pair).release(reference=reference, number=number)
    with pytest.raises(NotFound):
        await facet(pair).complete(reference="70906e55-7114-41d6-8332-4609dc6590f4", number="pay_1", amount=SUM)


async def test_a_hold_is_neither_refunded_nor_declined(pair: Pair) -> None:
    """Nothing was charged yet, and the payer has paid."""
    number, reference = await held(pair)
    with pytest.raises(WrongState):
        await pair.gateway.refund(Refund(reference, number, "rf_1", Money(100), expected_deposited=SUM))
    with pytest.raises(WrongState):
        await pair.gateway.decline(reference=reference, number=number)


async def test_a_hold_that_dies_at_the_issuer_is_seen_as_reversed(pair: Pair) -> None:
    """Days later, without anybody's doing."""
    number, reference = await held(pair)
    pair.bank.advance(8 * 86_400)
    assert (await pair.gateway.look(number=number, reference=reference)).status is BankStatus.REVERSED


async def test_a_completed_hold_is_reversed_where_the_contract_says_so(pair: Pair) -> None:
    """The capability tells what the bank will say on the day of payment."""
    number, reference = await held(pair)
    await facet(pair).complete(reference=reference, number=number, amount=SUM)
    if pair.gateway.capabilities.reverse_completed:
        await pair.gateway.reverse(reference=reference, number=number)
    elif pair.config.kind == "sberbank":
        with pytest.raises(WrongState):
            await pair.gateway.reverse(reference=reference, number=number)


async def test_the_bank_completes_a_hold_by_its_own_clock(pair: Pair) -> None:
    """At the hour that the registration named, to the second, as a whole; an instant is the same in every zone."""
    now = datetime.fromtimestamp(int(pair.bank.clock.now()), UTC)
    for number, at in (("pay_a", now + timedelta(hours=2)), ("pay_b", None)):
        made = await facet(pair).hold(replace(wish(number), completes_at=at))
        pair.paid_by(number)
        assert pair.bank.find(pair.merchant, number=number).request.completes_at == (at and at.timestamp())
        pair.bank.advance(2 * 3600 + 1)
        seen = await pair.gateway.look(number=number, reference=made.reference)
        assert (seen.status, seen.captured) == ((BankStatus.DEPOSITED, SUM) if at else (BankStatus.HELD, Money(0)))


@pytest.mark.parametrize("fault", ["http_502", "cut_before", "cut_after", "timeout_after", "html"])
@pytest.mark.parametrize("method", ["deposit.do", "reverse.do"])
async def test_silence_about_a_hold_is_unknown(pair: Pair, method: str, fault: str) -> None:
    """Whether the bank acted is told by the look alone; nothing is sent twice by itself."""
    number, reference = await held(pair)
    pair.bank.faults.add(sandbox.Rule(sandbox.Fault(fault), method=method))
    if method == "deposit.do":
        act = facet(pair).complete(reference=reference, number=number, amount=SUM)
    else:
        act = facet(pair).release(reference=reference, number=number)
    with pytest.raises(Unreachable):
        await act
    seen = await pair.gateway.look(number=number, reference=reference)
    done = BankStatus.DEPOSITED if method == "deposit.do" else BankStatus.REVERSED
    assert seen.status is (BankStatus.HELD if fault in ("http_502", "cut_before") else done)


async def test_the_bank_rings_for_a_hold(pair: Pair) -> None:
    """`approved`, with 1 for a hold and 0 for a card that was refused."""
    number, _ = await registered(pair)
    pair.paid_by(number, POOR)
    pair.paid_by(number)
    rung = [pair.gateway.read_callback(came(delivery)) for delivery in pair.bank.take_due_callbacks()]
    assert [(one.operation, one.succeeded) for one in rung][-1] == ("approved", True)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_two_stages_are_refused_where_the_bank_lacks_them(kind: Kind) -> None:
    """An unknown installation says so itself, or the configuration is wrong."""
    common = {"kind": kind, "base_url": "https://bank.example/rest/", "user_name": "u", "password": "p"}
    lacking = SberbankConfig.model_validate({**common, "two_stage": False})
    assert make(lacking, name="shop").two_stage is None
    with pytest.raises(ValueError, match="two stages"):
        SberbankConfig.model_validate({**common, "two_stage": False, "stages": "two"})
    if kind == "rbs":
        with pytest.raises(ValueError, match="two stages"):
            SberbankConfig.model_validate({**common, "stages": "two"})
    else:
        assert SberbankConfig.model_validate({**common, "stages": "two"}).holds


@pytest.mark.parametrize(("stages", "hours"), [("one", 24), ("two", 0), ("two", 145)])
def test_an_hour_of_its_own_needs_two_stages_and_sense(stages: str, hours: int) -> None:
    """In one stage nothing is held; after a week a hold may be gone."""
    common = {"kind": "alfabank", "base_url": "https://bank.example/rest/", "user_name": "u", "password": "p"}
    with pytest.raises(ValueError, match="autocompletion_hours"):
        SberbankConfig.model_validate({**common, "stages": stages, "autocompletion_hours": hours})
