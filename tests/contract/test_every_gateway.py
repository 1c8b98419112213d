"""What every gateway kind must do, run over real HTTP against the sandbox bank, in both dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateways import sandbox
from gateways.gateway import (
    AccessDenied,
    AlreadyExists,
    BankStatus,
    CallbackRequest,
    Forged,
    Garbled,
    Gateway,
    NotFound,
    Refund,
    Refused,
    Registered,
    Registration,
    Throttled,
    Unreachable,
    WrongState,
)
from gateways.money import Money
from gateways.sandbox import chargebacks
from gateways.sberbank import SberbankConfig, make
from gateways.sberbank.banks import Kind
from tests.setting import CALLBACK_SECRET, PATHS

GOOD = sandbox.CardEntry("4111111111111111", "203412", "123", "MARIA")
POOR = sandbox.CardEntry("2202205000060910", "202806", "810", "MARIA")
SUM = Money(250_000)


@dataclass(slots=True)
class Pair:
    """A gateway and the bank behind it."""

    gateway: Gateway
    bank: sandbox.Bank
    merchant: sandbox.Merchant
    config: SberbankConfig
    count: int = 0

    async def registered(self) -> tuple[str, Registered]:
        self.count += 1
        number = f"pay_{self.count:026d}"
        made = await self.gateway.register(
            Registration(
                number, SUM, "https://shop.example/r", 1200, "Заказ 7 +100%", callback_url="http://127.0.0.1:9/cb"
            )
        )
        return number, made

    def paid_by(self, number: str, card: sandbox.CardEntry = GOOD) -> None:
        order = self.bank.find(self.merchant, number=number)
        sandbox.pay(self.bank, order, card)
        if order.challenge:
            sandbox.confirm(self.bank, order.challenge, sandbox.ACS_CODES[0])

    async def paid(self) -> tuple[str, Registered]:
        number, made = await self.registered()
        self.paid_by(number)
        return number, made


@asynccontextmanager
async def opened(kind: Kind, **contract: Any) -> AsyncIterator[Pair]:
    """A bank, and a gateway of a kind by a contract with it; closed in order."""
    merchant = sandbox.Merchant(callback_secret=CALLBACK_SECRET, callback_url="http://127.0.0.1:9/cb", callback_tries=1)
    bank = sandbox.Bank([merchant])
    runner = await sandbox.start(sandbox.make_app(bank), 0)
    config = SberbankConfig(
        kind=kind,
        base_url=bank.base_url + PATHS[kind],
        user_name="sandbox-api",
        password="sandbox",
        callback_secret=None if kind == "sberbank" else CALLBACK_SECRET,
        total_seconds=2,
        read_seconds=1,
        **contract,
    )
    gateway = make(config, name="shop")
    yield Pair(gateway, bank, merchant, config)
    await gateway.close()
    await runner.cleanup()


@pytest.fixture(params=get_args(Kind))
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """One of the configured kinds."""
    async with opened(request.param, same_day_refund=True) as found:
        yield found


async def test_a_registered_order_waits_for_its_payer(pair: Pair) -> None:
    """The bank gives a reference and a page; the order is open, by number and by reference."""
    number, made = await pair.registered()
    assert made.form_url.startswith(pair.bank.base_url)
    for reference in (None, made.reference):
        seen = await pair.gateway.look(number=number, reference=reference)
        assert (seen.status, seen.amount, seen.captured) == (BankStatus.REGISTERED, SUM, Money(0))
        assert (seen.number, seen.reference) == (number, made.reference)


async def test_a_number_is_burned_by_its_first_use(pair: Pair) -> None:
    """The same number again is the order that exists."""
    await pair.registered()
    pair.count -= 1
    with pytest.raises(AlreadyExists):
        await pair.registered()


async def test_a_paid_order_shows_money_and_card(pair: Pair) -> None:
    """Deposited in full; brand and last digits known, never more."""
    number, made = await pair.paid()
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.deposited, seen.captured) == (BankStatus.DEPOSITED, SUM, SUM)
    assert seen.card is not None
    assert (seen.card.brand, seen.card.last4) == ("VISA", "1111")
    assert "4111111111111111" not in repr(seen)


async def test_a_chargeback_is_a_flag_without_a_sum(pair: Pair) -> None:
    """The status shows the money as before; the flag comes on, and stays when the money was given up again."""
    number, made = await pair.paid()
    assert not (await pair.gateway.look(number=number, reference=made.reference)).chargeback
    order = pair.bank.find(pair.merchant, number=number)
    chargebacks.charge_back(pair.bank, order, 100_000)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.chargeback, seen.status, seen.deposited, seen.refunded) == (True, BankStatus.DEPOSITED, SUM, Money(0))
    chargebacks.win(pair.bank, order)
    assert (await pair.gateway.look(number=number, reference=made.reference)).chargeback


async def test_a_declined_try_is_no_decline_of_the_order(pair: Pair) -> None:
    """Two tries later the order still waits, with the bank's reason; the third ends it."""
    number, made = await pair.registered()
    for expected in (BankStatus.REGISTERED, BankStatus.REGISTERED, BankStatus.DECLINED):
        pair.paid_by(number, POOR)
        seen = await pair.gateway.look(number=number, reference=made.reference)
        assert seen.status is expected


async def test_an_expired_session_is_told_apart(pair: Pair) -> None:
    """Declined with the code of a session that ran out."""
    number, made = await pair.registered()
    pair.bank.advance(1300)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.action_code) == (BankStatus.DECLINED, -2007)


async def test_an_unknown_order_is_not_found(pair: Pair) -> None:
    """By number and by reference."""
    with pytest.raises(NotFound):
        await pair.gateway.look(number="pay_nobody", reference=None)
    with pytest.raises(NotFound):
        await pair.gateway.look(number="pay_nobody", reference="70906e55-7114-41d6-8332-4609dc6590f4")


async def test_a_refund_is_done_once_under_its_key(pair: Pair) -> None:
    """The same key again changes nothing; deposited falls, captured stays."""
    number, made = await pair.paid()
    refund = Refund(made.reference, number, "rf_1", Money(100_000), expected_deposited=SUM)
    await pair.gateway.refund(refund)
    await pair.gateway.refund(refund)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.deposited, seen.refunded) == (BankStatus.REFUNDED, Money(150_000), Money(100_000))
    assert seen.captured == SUM
    assert [(one.external_id, one.amount) for one in seen.refunds] == [("rf_1", Money(100_000))]


async def test_more_than_was_paid_is_never_returned(pair: Pair) -> None:
    """Refused, and nothing moved."""
    number, made = await pair.paid()
    with pytest.raises((Refused, WrongState)):
        await pair.gateway.refund(Refund(made.reference, number, "rf_1", Money(250_001), expected_deposited=SUM))
    assert (await pair.gateway.look(number=number, reference=made.reference)).refunded == Money(0)


async def test_an_unpaid_order_cannot_be_refunded_or_reversed(pair: Pair) -> None:
    """Wrong state, said so."""
    number, made = await pair.registered()
    with pytest.raises(WrongState):
        await pair.gateway.refund(Refund(made.reference, number, "rf_1", Money(1), expected_deposited=SUM))
    with pytest.raises(WrongState):
        await pair.gateway.reverse(reference=made.reference, number=number)


async def test_a_payment_is_reversed_on_its_day_only(pair: Pair) -> None:
    """Today it works; tomorrow it is the wrong state."""
    number, made = await pair.paid()
    await pair.gateway.reverse(reference=made.reference, number=number)
    assert (await pair.gateway.look(number=number, reference=made.reference)).status is BankStatus.REVERSED
    number, made = await pair.paid()
    pair.bank.advance(timedelta(days=1).total_seconds())
    with pytest.raises(WrongState):
        await pair.gateway.reverse(reference=made.reference, number=number)


async def test_an_unpaid_order_is_declined_and_a_paid_one_is_not(pair: Pair) -> None:
    """Declining closes the page; money stays money."""
    number, made = await pair.registered()
    await pair.gateway.decline(reference=made.reference, number=number)
    assert (await pair.gateway.look(number=number, reference=made.reference)).status is BankStatus.DECLINED
    number, made = await pair.paid()
    with pytest.raises(WrongState):
        await pair.gateway.decline(reference=made.reference, number=number)


async def test_a_wrong_password_is_the_operators_business(pair: Pair) -> None:
    """Access denied, not "not found"."""
    stranger = make(pair.config.model_copy(update={"user_name": "somebody-api"}), name="stranger")
    with pytest.raises(AccessDenied):
        await stranger.look(number="pay_1", reference=None)
    await stranger.close()


@pytest.mark.parametrize("fault", ["html", "truncated", "empty", "oversized", "other_order"])
async def test_an_answer_nobody_can_read_is_garbled(pair: Pair, fault: str) -> None:
    """Rubbish is neither money nor a refusal."""
    number, made = await pair.paid()
    await pair.paid()
    pair.bank.faults.add(sandbox.Rule(sandbox.Fault(fault), times=None))
    with pytest.raises(Garbled):
        await pair.gateway.look(number=number, reference=made.reference)


@pytest.mark.parametrize(
    "fault", ["http_500", "http_502", "cut_before", "cut_after", "timeout_before", "timeout_after"]
)
async def test_silence_is_unknown_for_acts_too(pair: Pair, fault: str) -> None:
    """Whether the bank acted cannot be told from its silence; the look afterwards tells."""
    number, made = await pair.paid()
    pair.bank.faults.add(sandbox.Rule(sandbox.Fault(fault), method="refund.do"))
    with pytest.raises(Unreachable):
        await pair.gateway.refund(Refund(made.reference, number, "rf_1", Money(100_000), expected_deposited=SUM))
    seen = await pair.gateway.look(number=number, reference=made.reference)
    acted = fault in ("cut_after", "timeout_after")
    assert bool(seen.refunded) == acted


async def test_a_bank_that_wants_fewer_calls_says_so(pair: Pair) -> None:
    """429 has a name of its own."""
    number, made = await pair.paid()
    pair.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_429, times=None))
    with pytest.raises(Throttled):
        await pair.gateway.look(number=number, reference=made.reference)


async def test_one_hiccup_of_a_read_is_not_seen(pair: Pair) -> None:
    """Reads are tried again at once; acts never are."""
    number, made = await pair.paid()
    pair.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="getOrderStatusExtended.do", times=1))
    assert (await pair.gateway.look(number=number, reference=made.reference)).captured == SUM


def came(delivery: sandbox.Delivery) -> CallbackRequest:
    parts = urlsplit(delivery.url)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return CallbackRequest(delivery.method, query, delivery.content_type, delivery.body)


async def test_the_banks_callbacks_are_recognised_and_forged_ones_are_not(pair: Pair) -> None:
    """What the bank really sends passes; with one character changed it does not (where the bank signs)."""
    number, _ = await pair.registered()
    pair.paid_by(number)
    order = pair.bank.find(pair.merchant, number=number)
    delivery = pair.bank.resend(order, "deposited", succeeded=True, forged=False)
    assert delivery is not None
    request = came(delivery)
    notice = pair.gateway.read_callback(request)
    assert (notice.number, notice.operation, notice.succeeded) == (number, "deposited", True)
    if request.method == "GET":
        assert notice.signed
        changed = tuple((name, "0" if name == "status" else value) for name, value in request.query)
        with pytest.raises(Forged):
            pair.gateway.read_callback(CallbackRequest("GET", changed, "", b""))
