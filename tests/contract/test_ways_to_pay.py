"""Paying one bank order by QR code or in the bank's application: what every kind must do that has it, over real HTTP."""

from __future__ import annotations

import pytest

from gateways import sandbox
from gateways.gateway import BankStatus, Garbled, Refund, Refused, Registered, Registration, Way, WrongState
from gateways.sandbox.apps import Ask, AskKind
from gateways.sbp import CodeState, QrCode
from tests.contract.test_every_gateway import SUM, Pair, pair

__all__ = ["pair"]
RETURN = "https://shop.example/r"


async def registered(pair: Pair) -> tuple[str, Registered]:
    """An order that offers everything the bank has."""
    pair.count += 1
    number = f"pay_{pair.count:026d}"
    ways = pair.gateway.capabilities.ways
    return number, await pair.gateway.register(Registration(number, SUM, RETURN, 1200, "Заказ 7", ways=ways))


async def with_code(pair: Pair) -> tuple[str, Registered, QrCode]:
    """An order and its QR code, wherever this bank takes it from."""
    number, made = await registered(pair)
    if pair.gateway.codes is None:
        assert made.code is not None
        return number, made, made.code
    assert made.code is None
    code = await pair.gateway.codes.code(reference=made.reference, number=number, return_url=RETURN)
    return number, made, code


def ask(pair: Pair, number: str, kind: AskKind = AskKind.SBP) -> Ask:
    found = pair.bank.apps.newest(pair.bank.find(pair.merchant, number=number), kind)
    assert found is not None
    return found


async def test_a_code_leads_to_its_order_and_is_the_same_when_asked_again(pair: Pair) -> None:
    """Its payload names the code and the sum; there is one code an order, as long as nobody used it."""
    number, made, code = await with_code(pair)
    assert code.id == ask(pair, number).id
    assert f"/{code.id}?" in code.payload
    assert "sum=250000" in code.payload
    if pair.gateway.codes is not None:
        again = await pair.gateway.codes.code(reference=made.reference, number=number, return_url=RETURN)
        assert again == code


async def test_money_by_code_is_told_by_the_order(pair: Pair) -> None:
    """In work until the banks have spoken; then paid, in full, by SBP, by no card."""
    number, made, code = await with_code(pair)
    sandbox.instant.confirm(pair.bank, ask(pair, number))
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.action_code, seen.captured.amount) == (BankStatus.IN_PROGRESS, -99, 0)
    sandbox.instant.finish(pair.bank, ask(pair, number), accepted=True)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.captured, seen.way) == (BankStatus.DEPOSITED, SUM, Way.SBP)
    assert seen.card is None
    assert not pair.gateway.capabilities.reverses(seen.way)
    if pair.gateway.codes is not None:
        state = await pair.gateway.codes.state(reference=made.reference, number=number, code=code.id)
        assert state is CodeState.ACCEPTED


async def test_a_code_that_the_banks_refuse_leaves_the_order_to_another_try(pair: Pair) -> None:
    """The reason is told, and the card page of the same order still takes the money."""
    number, made, _ = await with_code(pair)
    sandbox.instant.confirm(pair.bank, ask(pair, number))
    sandbox.instant.finish(pair.bank, ask(pair, number), accepted=False)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.action_code) == (BankStatus.REGISTERED, 1004)
    pair.paid_by(number)
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.captured, seen.way) == (SUM, Way.CARD)


async def test_a_code_says_how_it_stands_and_is_taken_back_only_unused(pair: Pair) -> None:
    """Started, confirmed, refused by its payer; taken back once, and never once its payer has agreed."""
    codes = pair.gateway.codes
    if codes is None:
        assert pair.config.kind == "sberbank"
        return
    number, made, code = await with_code(pair)
    named = {"reference": made.reference, "number": number}
    assert await codes.state(**named, code=code.id) is CodeState.STARTED
    assert await codes.reject(**named, code=code.id)
    assert await codes.state(**named, code=code.id) is CodeState.REJECTED
    assert not await codes.reject(**named, code=code.id)
    other = await codes.code(**named, return_url=RETURN)
    assert other.id != code.id
    sandbox.instant.refuse(pair.bank, ask(pair, number))
    assert await codes.state(**named, code=other.id) is CodeState.REJECTED_BY_USER
    last = await codes.code(**named, return_url=RETURN)
    sandbox.instant.confirm(pair.bank, ask(pair, number))
    assert await codes.state(**named, code=last.id) is CodeState.CONFIRMED
    assert not await codes.reject(**named, code=last.id)
    with pytest.raises(WrongState):
        await codes.code(**named, return_url=RETURN)
    with pytest.raises(Refused):
        await codes.state(**named, code="AD10NOBODYS")


async def test_a_refund_of_a_payment_by_code_is_an_ordinary_refund(pair: Pair) -> None:
    """The same call as for a card gives it back."""
    number, made, _ = await with_code(pair)
    sandbox.instant.accept(pair.bank, ask(pair, number))
    await pair.gateway.refund(Refund(made.reference, number, "rf_1", SUM, expected_deposited=SUM))
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.refunded, seen.captured, seen.way) == (SUM, SUM, Way.SBP)


async def test_a_code_that_leads_to_a_strangers_host_is_garbled(pair: Pair) -> None:
    """Payers are led to the system or to the bank, whoever answered in its name."""
    number, made = await registered(pair)
    if pair.gateway.codes is None:
        assert pair.config.kind == "sberbank"  # its codes come with the registration
        return
    pair.bank.base_url = "https://evil.example"
    with pytest.raises(Garbled):
        await pair.gateway.codes.code(reference=made.reference, number=number, return_url=RETURN)


async def test_sberpay_is_agreed_to_in_the_application(pair: Pair) -> None:
    """The link opens it, a push knocks where there is one; agreed to, the money is there; refused, the order waits on."""
    number, made = await registered(pair)
    sberpay = pair.gateway.sberpay
    if sberpay is None:
        assert Way.SBERPAY not in pair.gateway.capabilities.ways
        assert made.app_link is None
        return
    assert made.app_link is not None
    assert made.app_link.startswith("sberpay://")
    order = pair.bank.find(pair.merchant, number=number)
    if sberpay.push is None:
        assert sberpay.page(made.form_url).endswith("&toWeb2App=true")
        sandbox.instant.invoice(pair.bank, order)
    else:
        await sberpay.push(reference=made.reference, number=number, phone="+79123456789")
        assert ask(pair, number, AskKind.SBERPAY).phone == "79123456789"
    sandbox.instant.refuse(pair.bank, ask(pair, number, AskKind.SBERPAY))
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.status, seen.action_code) == (BankStatus.REGISTERED, -999)
    sandbox.instant.accept(pair.bank, sandbox.instant.invoice(pair.bank, order))
    seen = await pair.gateway.look(number=number, reference=made.reference)
    assert (seen.captured, seen.way) == (SUM, Way.SBERPAY)
