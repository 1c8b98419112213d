"""The small calls of the old dialect: the short status, notes on an order, 3-D Secure of a card; over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout.payment.probe import probe
from gateways.enrolment import Enrolled, Enrolment, Enrolments
from gateways.gateway import AccessDenied, BankStatus, CardFacts, Garbled, NotFound, Refund, Refused, Unreachable
from gateways.money import Money
from gateways.notes import Notes, Unfit
from gateways.sandbox import Fault, Rule
from gateways.sberbank import make
from gateways.witness import Witness
from tests.contract.test_every_gateway import POOR, SUM, Pair, pair
from tests.gateways.samples import NUMBER, REFERENCE, answer, bank

__all__ = ["pair"]
NOBODY = "70906e55-7114-41d6-8332-4609dc6590f4"
SHORT: dict[str, Any] = {
    "expiration": "202412",
    "cardholderName": "IVAN IVANOV",
    "depositAmount": 19900,
    "currency": "643",
    "approvalCode": "123456",
    "authCode": 2,
    "ErrorCode": "0",
    "ErrorMessage": "Успешно",
    "OrderStatus": 2,
    "OrderNumber": NUMBER,
    "Pan": "411111**1111",
    "Amount": 19900,
    "Ip": "127.0.0.1",
}


def speaks(pair: Pair) -> bool:
    """Whether it is the old dialect; the new one has none of these, and nothing offers them."""
    facets = (pair.gateway.witness, pair.gateway.notes, pair.gateway.enrolment)
    if pair.config.kind == "sberbank":
        assert facets == (None, None, None)
        return False
    return True


def witness(pair: Pair) -> Witness:
    assert pair.gateway.witness is not None
    return pair.gateway.witness


def notes(pair: Pair) -> Notes:
    assert pair.gateway.notes is not None
    return pair.gateway.notes


def enrolment(pair: Pair) -> Enrolments:
    assert pair.gateway.enrolment is not None
    return pair.gateway.enrolment


async def test_the_short_word_agrees_with_the_long_one(pair: Pair) -> None:
    """Open, paid, refunded in part, reversed, declined: the same state and sum as the long status tells."""
    if not speaks(pair):
        return
    number, made = await pair.registered()
    open_ = await witness(pair).brief(number=number, reference=made.reference)
    assert (open_.status, open_.amount, open_.deposited, open_.card) == (BankStatus.REGISTERED, SUM, Money(0), None)
    pair.paid_by(number)
    paid = await witness(pair).brief(number=number, reference=made.reference)
    assert (paid.status, paid.deposited) == (BankStatus.DEPOSITED, SUM)
    assert paid.card == CardFacts(None, "411111", "1111", "203412")
    await pair.gateway.refund(Refund(made.reference, number, "rf_1", Money(100), expected_deposited=SUM))
    assert (await witness(pair).brief(number=number, reference=made.reference)).status is BankStatus.REFUNDED
    other, made = await pair.registered()
    for _ in range(3):
        pair.paid_by(other, POOR)
    assert (await witness(pair).brief(number=other, reference=made.reference)).status is BankStatus.DECLINED


async def test_a_contract_that_lacks_the_long_status_is_recognised(pair: Pair) -> None:
    """The login is right and the bank is there: what is missing is named, not mistaken for either."""
    assert (await probe(pair.gateway)).ok
    pair.bank.faults.add(Rule(Fault.HTML, method="getOrderStatusExtended.do", times=None))
    found = await probe(pair.gateway)
    assert not found.ok
    assert ("permits getOrderStatusExtended.do" in found.words) is speaks(pair)
    stranger = make(pair.config.model_copy(update={"user_name": "somebody-api"}), name="stranger")
    pair.bank.faults.clear()
    assert (await probe(stranger)).words == "refuses our login (5): check the -api login"
    await stranger.close()


async def test_the_short_word_knows_its_own_orders_alone(pair: Pair) -> None:
    """An unknown one is not found, another's is not understood, a wrong login is the operator's business."""
    if not speaks(pair):
        return
    number, made = await pair.registered()
    with pytest.raises(NotFound):
        await witness(pair).brief(number=number, reference=NOBODY)
    with pytest.raises(Garbled):
        await witness(pair).brief(number="pay_another", reference=made.reference)
    stranger = make(pair.config.model_copy(update={"user_name": "somebody-api"}), name="stranger")
    assert stranger.witness is not None
    with pytest.raises(AccessDenied):
        await stranger.witness.brief(number=number, reference=made.reference)
    await stranger.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"OrderNumber": "pay_another"},
        {"OrderNumber": ""},
        {"OrderStatus": "paid"},
        {"Amount": 199.5},
        {"Amount": True},
        {"currency": "999"},
        {"depositAmount": -1},
        {"ErrorCode": "0", "errorCode": "6"},
        {"orderStatus": 0},
    ],
)
async def test_a_short_word_that_is_none_is_garbled(wrong: dict[str, Any]) -> None:
    """Another's, without a state or a sum, or one name with two values in its two spellings."""
    gateway, _ = bank(answer(SHORT | wrong))
    assert gateway.witness is not None
    with pytest.raises(Garbled):
        await gateway.witness.brief(number=NUMBER, reference=REFERENCE)


async def test_a_short_word_in_other_spellings_is_understood() -> None:
    """Numbers as text, errors with a small letter, a state that nobody knows: which is never read as a failure."""
    spelt = {name: str(value) for name, value in SHORT.items()} | {"OrderStatus": "77"}
    gateway, _ = bank(answer(spelt), answer({"errorCode": "6", "errorMessage": "Неверный номер заказа"}))
    assert gateway.witness is not None
    assert (await gateway.witness.brief(number=NUMBER, reference=REFERENCE)).status is BankStatus.UNRECOGNISED
    with pytest.raises(NotFound):
        await gateway.witness.brief(number=NUMBER, reference=REFERENCE)


async def test_notes_are_written_over_those_of_the_same_name(pair: Pair) -> None:
    """The bank shows them with the order; a note of another name stays."""
    if not speaks(pair):
        return
    number, made = await pair.paid()
    for added in ({"clinic": "Тверская", "visit": "AB23CD45"}, {"visit": "XY67ZT89"}):
        await notes(pair).add(reference=made.reference, number=number, notes=added)
    kept = dict(pair.bank.find(pair.merchant, number=number).request.params)
    assert kept | {"clinic": "Тверская", "visit": "XY67ZT89"} == kept
    with pytest.raises(NotFound):
        await notes(pair).add(reference=NOBODY, number=number, notes={"clinic": "x"})
    pair.bank.faults.add(Rule(Fault.CUT_AFTER, method="addparams.do"))
    with pytest.raises(Unreachable):
        await notes(pair).add(reference=made.reference, number=number, notes={"clinic": "Красный"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("n" * 256, "x"),
        ("clinic", ""),
        ("clinic", "x" * 1025),
        ("clinic\n", "x"),
        ("qrType", "DYNAMIC_QR_SBP"),
        ("Email", "x"),
        ("SBERPAY.backurl", "https://evil.example"),
    ],
)
async def test_a_note_that_the_bank_would_misunderstand_is_not_sent(name: str, value: str) -> None:
    """Too long, unprintable, or a name by which the bank is told what to do; nothing of it leaves us."""
    gateway, transport = bank()
    assert gateway.notes is not None
    with pytest.raises(Unfit):
        await gateway.notes.add(reference=REFERENCE, number=NUMBER, notes={"visit": "AB23CD45", name: value})
    assert transport.sent == []


async def test_a_card_is_enrolled_or_not(pair: Pair) -> None:
    """With its issuer, country and the version of 3-D Secure; what is no card number is refused."""
    if not speaks(pair):
        return
    for number, second in (("2202206000270541", True), ("5469980100048525", False)):
        told = await enrolment(pair).of(number)
        assert told == Enrolment(Enrolled.YES, "TEST BANK", "643", second_version=second)
    with pytest.raises(Refused):
        await enrolment(pair).of("4111111111111112")


@pytest.mark.parametrize("name", ["isEnrolled", "enrolled"])
async def test_either_name_of_the_answer_is_read(name: str) -> None:
    """Both are documented; a country that is none is left out."""
    gateway, _ = bank(answer({"errorCode": "0", name: "N", "emitterName": "Bank", "emitterCountryCode": "Russia"}))
    assert gateway.enrolment is not None
    assert await gateway.enrolment.of("4111111111111111") == Enrolment(Enrolled.NO, "Bank", None, second_version=False)


@pytest.mark.parametrize("said", [{}, {"enrolled": "yes"}, {"enrolled": "Y", "isEnrolled": "N"}, {"enrolled": True}])
async def test_an_answer_about_a_card_that_is_none_is_garbled(said: dict[str, Any]) -> None:
    """Neither Y, N nor U, or both at once."""
    gateway, _ = bank(answer({"errorCode": 0} | said))
    assert gateway.enrolment is not None
    with pytest.raises(Garbled):
        await gateway.enrolment.of("4111111111111111")


async def test_a_card_number_shows_in_no_request_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the log of the call nor in what the request says of itself."""
    gateway, transport = bank(answer({"errorCode": "0", "enrolled": "Y"}))
    assert gateway.enrolment is not None
    await gateway.enrolment.of("4111111111111111")
    shown = capsys.readouterr()
    assert "4111111111111111" not in shown.out + shown.err + repr(transport.sent)
    assert b"pan=4111111111111111" in transport.sent[0].body
    assert json.dumps(transport.sent[0].url).endswith('verifyEnrollment.do"')
