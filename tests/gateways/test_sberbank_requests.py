"""What goes out to the bank, in either dialect."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gateways.gateway import Request
from gateways.money import Money
from gateways.sberbank.dialect import printable
from tests.gateways.samples import (
    ECOM_REGISTERED,
    LEGACY_REGISTERED,
    NUMBER,
    PAID,
    PASSWORD,
    REFERENCE,
    REFUND,
    REGISTRATION,
    answer,
    bank,
)

DONE = answer({"errorCode": "0"})
LOGIN = {"userName": "shop-api", "password": PASSWORD}
DIALECTS = ["sberbank", "sberbank-legacy", "alfabank"]


def fields(request: Request) -> dict[str, Any]:
    """The fields of a request, whichever way they were written."""
    if request.headers["Content-Type"] == "application/json":
        found = json.loads(request.body)
        assert isinstance(found, dict)
        return found
    pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


async def test_register_in_the_old_dialect_is_a_form_with_a_callback_address() -> None:
    """The old dialect registers with form fields, all of them text, and its own callback address per order."""
    gateway, wire = bank(answer(LEGACY_REGISTERED))
    await gateway.register(REGISTRATION)
    assert wire.sent[0].method == "POST"
    assert wire.sent[0].url == "https://bank.example/payment/rest/register.do"
    assert fields(wire.sent[0]) == LOGIN | {
        "orderNumber": NUMBER,
        "amount": "19900",
        "currency": "643",
        "returnUrl": "https://clinic.example/back?t=abc",
        "sessionTimeoutSecs": "1200",
        "language": "ru",
        "description": "Приём терапевта",
        "email": "anna@example.com",
        "dynamicCallbackUrl": "https://clinic.example/bank/main",
    }


async def test_register_in_the_new_dialect_is_json_with_exact_types() -> None:
    """The new dialect registers with JSON: whole numbers as numbers, the currency as text, no callback address."""
    gateway, wire = bank(answer(ECOM_REGISTERED), kind="sberbank")
    await gateway.register(REGISTRATION)
    assert fields(wire.sent[0]) == LOGIN | {
        "orderNumber": NUMBER,
        "amount": 19900,
        "currency": "643",
        "returnUrl": "https://clinic.example/back?t=abc",
        "sessionTimeoutSecs": 1200,
        "language": "ru",
        "description": "Приём терапевта",
        "email": "anna@example.com",
    }


async def test_refund_in_the_old_dialect_has_its_key_and_the_lock_at_the_top() -> None:
    """The old dialect's refund names its key and the deposited amount that it expects to find."""
    gateway, wire = bank(DONE)
    await gateway.refund(REFUND)
    assert wire.sent[0].url.endswith("/refund.do")
    assert fields(wire.sent[0]) == LOGIN | {
        "language": "ru",
        "orderId": REFERENCE,
        "amount": "10000",
        "externalRefundId": "rf_01J9",
        "expectedDepositedAmount": "19900",
    }


async def test_refund_in_the_new_dialect_has_its_key_in_an_object() -> None:
    """The new dialect's refund carries its key inside jsonParams, an object and not a text."""
    gateway, wire = bank(DONE, kind="sberbank")
    await gateway.refund(REFUND)
    assert fields(wire.sent[0]) == LOGIN | {
        "language": "ru",
        "orderId": REFERENCE,
        "amount": 10000,
        "jsonParams": {"externalRefundId": "rf_01J9"},
    }


@pytest.mark.parametrize("kind", DIALECTS)
async def test_reverse_names_the_banks_order(kind: str) -> None:
    """A reversal is asked by the bank's own id and for the whole payment."""
    gateway, wire = bank(DONE, kind=kind)
    await gateway.reverse(reference=REFERENCE, number=NUMBER)
    assert wire.sent[0].url.endswith("/reverse.do")
    assert fields(wire.sent[0]) == LOGIN | {"language": "ru", "orderId": REFERENCE}


@pytest.mark.parametrize("kind", DIALECTS)
async def test_two_stages_are_three_methods_and_the_bank_is_given_no_date(kind: str) -> None:
    """Held by the fields of an ordinary registration, completed by a sum, released as a whole; nothing is left to a clock."""
    page = answer({"orderId": REFERENCE, "formUrl": "https://bank.example/pay"})
    gateway, wire = bank(page, page, DONE, DONE, kind=kind, form_hosts=["bank.example"])
    holds = gateway.two_stage
    assert holds is not None
    await gateway.register(REGISTRATION)
    await holds.hold(REGISTRATION)
    await holds.complete(reference=REFERENCE, number=NUMBER, amount=REFUND.amount)
    await holds.release(reference=REFERENCE, number=NUMBER)
    assert [sent.url.rpartition("/")[2] for sent in wire.sent] == [
        "register.do",
        "registerPreAuth.do",
        "deposit.do",
        "reverse.do",
    ]
    plain, held, completed, released = map(fields, wire.sent)
    assert held == plain
    kopecks = REFUND.amount.amount
    amount = kopecks if kind == "sberbank" else str(kopecks)
    assert completed == LOGIN | {"language": "ru", "orderId": REFERENCE, "amount": amount}
    assert released == LOGIN | {"language": "ru", "orderId": REFERENCE}


@pytest.mark.parametrize(
    ("kind", "reference", "named"),
    [
        ("sberbank-legacy", REFERENCE, {"orderId": REFERENCE, "orderNumber": NUMBER}),
        ("sberbank-legacy", None, {"orderNumber": NUMBER}),
        ("sberbank", REFERENCE, {"orderId": REFERENCE}),
        ("sberbank", None, {"orderNumber": NUMBER}),
    ],
)
async def test_decline_names_the_order(kind: str, reference: str | None, named: dict[str, str]) -> None:
    """A decline names the order as its dialect's documents want it, by our number alone if need be."""
    gateway, wire = bank(DONE, kind=kind)
    await gateway.decline(reference=reference, number=NUMBER)
    assert wire.sent[0].url.endswith("/decline.do")
    assert fields(wire.sent[0]) == LOGIN | {"language": "ru"} | named


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize(("reference", "named"), [(REFERENCE, {"orderId": REFERENCE}), (None, {"orderNumber": NUMBER})])
async def test_look_names_the_order_once(kind: str, reference: str | None, named: dict[str, str]) -> None:
    """A look goes by the bank's id where it is known and else by our number, never by both."""
    gateway, wire = bank(answer(PAID), kind=kind)
    await gateway.look(number=NUMBER, reference=reference)
    assert wire.sent[0].url.endswith("/getOrderStatusExtended.do")
    assert fields(wire.sent[0]) == LOGIN | {"language": "ru"} | named


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize("kopecks", [0, -1, 1_000_000_000_000])
async def test_an_amount_that_means_everything_is_never_sent(kind: str, kopecks: int) -> None:
    """Zero means "the whole order" to the bank: such an amount, or one out of range, does not leave the house."""
    gateway, wire = bank(kind=kind)
    with pytest.raises(ValueError, match="positive"):
        await gateway.refund(replace(REFUND, amount=Money(kopecks)))
    with pytest.raises(ValueError, match="positive"):
        await gateway.register(replace(REGISTRATION, amount=Money(kopecks)))
    holds = gateway.two_stage
    assert holds is not None
    with pytest.raises(ValueError, match="positive"):
        await holds.complete(reference=REFERENCE, number=NUMBER, amount=Money(kopecks))
    assert wire.sent == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Скидка 10% + анализы", "Скидка 10 анализы"),
        ("две\r\nстроки", "две строки"),
        ("таб\tи\x00ноль", "табиноль"),
        ("я" * 150, "я" * 99),
        ("%+", ""),
    ],
)
def test_a_description_has_only_what_the_bank_allows(given: str, sent: str) -> None:
    """Forbidden characters are taken out of a description, and no more than 99 of the rest stay."""
    assert printable(given) == sent


async def test_what_would_fail_the_order_for_nothing_is_left_out() -> None:
    """A description of nothing and an e-mail too long are left out; a language that we do not speak becomes English."""
    gateway, wire = bank(answer(LEGACY_REGISTERED))
    await gateway.register(
        replace(REGISTRATION, description="%", email=f"{'a' * 40}@b.ru", language="de", callback_url=None)
    )
    sent = fields(wire.sent[0])
    assert sent.keys() & {"description", "email", "dynamicCallbackUrl"} == set()
    assert sent["language"] == "en"


@pytest.mark.parametrize("kind", DIALECTS)
async def test_the_password_is_in_the_body_only(kind: str) -> None:
    """The login is neither in the address nor in a header, and a request printed by mistake does not show it."""
    gateway, wire = bank(answer(PAID), kind=kind)
    await gateway.look(number=NUMBER, reference=None)
    request = wire.sent[0]
    assert PASSWORD.encode() in request.body
    assert PASSWORD not in request.url + str(request.headers) + repr(request)
