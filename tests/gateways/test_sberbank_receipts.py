"""What the bank says of receipts, as its documents have it in their several ways; and what is no answer at all."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from gateways.fiscal import BankReceipt, Receipts, ReceiptState
from gateways.gateway import Garbled, Gateway, GatewayError, NotFound, Refused, Response, Unreachable
from gateways.money import Money
from tests.gateways.samples import NUMBER, REFERENCE, answer, bank, refusal
from tests.gateways.test_sberbank_hostile import MUTANTS, SEED, replaced

ECOM = "sberbank"
UUID = "0d3a1f6c-6f0e-4d7e-9d55-0f6f0a8f1c11"
OLD: dict[str, Any] = {
    "errorCode": "0",
    "orderNumber": NUMBER,
    "orderId": REFERENCE,
    "receipt": [
        {
            "receiptStatus": 1,
            "uuid": UUID,
            "shift_number": 27,
            "fiscal_receipt_number": 21,
            "receipt_date_time": 1499256900000,
            "fn_number": "9999078900006364",
            "ecr_registration_number": "1234567890023481",
            "fiscal_document_number": 21,
            "fiscal_document_attribute": "3713381819",
            "amount_total": "199.00",
            "ofd_receipt_url": "https://ofd.example/rec/21",
            "OFD": {"name": "ОФД", "website": "https://ofd.example", "INN": "7707083893"},
        }
    ],
}
NEW: dict[str, Any] = {
    "message": "Успешно",
    "orderId": REFERENCE,
    "orderNumber": NUMBER,
    "receipts": [
        {
            "receiptId": UUID,
            "operationType": "DEPOSIT",
            "receiptType": "sell",
            "receiptStatus": 3,
            "payload": {
                "fiscalReceiptNumber": 21,
                "shiftNumber": 27,
                "receiptDatetime": "05.07.2017 15:15:00",
                "total": 199.0,
                "fnNumber": "9999078900006364",
                "fiscalDocumentNumber": 21,
                "fiscalDocumentAttribute": 3713381819,
                "ofdReceiptUrl": "https://ofd.example/rec/21",
            },
            "timestamp": "05.07.2017 15:15:02",
        }
    ],
}
KNOWN = BankReceipt(
    id=UUID,
    refund=False,
    state=ReceiptState.READY,
    amount=Money(19900),
    number="21",
    sign="3713381819",
    drive="9999078900006364",
    printed_at=datetime(2017, 7, 5, 12, 15, tzinfo=UTC),
    url="https://ofd.example/rec/21",
)


def facet(gateway: Gateway) -> Receipts:
    assert gateway.receipts is not None
    return gateway.receipts


async def seen(content: Response | dict[str, Any], kind: str = "sberbank-legacy") -> tuple[BankReceipt, ...]:
    gateway, _ = bank(*[content if isinstance(content, Response) else answer(content)] * 3, kind=kind)
    return await facet(gateway).of_order(number=NUMBER, reference=REFERENCE)


def with_row(sample: dict[str, Any], place: str, **changes: Any) -> dict[str, Any]:
    """The sample with its one row changed."""
    return sample | {place: [sample[place][0] | changes]}


@pytest.mark.parametrize(("sample", "kind"), [(OLD, "sberbank-legacy"), (NEW, ECOM)])
async def test_the_documents_own_example_is_understood(sample: dict[str, Any], kind: str) -> None:
    """Number, sign, drive, time, sum and link."""
    assert await seen(sample, kind) == (KNOWN,)


@pytest.mark.parametrize(
    "spelt",
    [
        {"receiptStatus": "1"},
        {"receipt_date_time": "1499256900000"},
        {"receipt_date_time": None, "receipt_datetime": "1499256900000"},
        {"receipt_date_time": "", "receipt_datetime": 1499256900000},
        {"fiscal_document_number": "21", "fiscal_document_attribute": 3713381819, "fn_number": 9999078900006364},
        {"amount_total": 199},
        {"amount_total": 199.00},
        {"OFD": None, "shift_number": "27", "something": {"new": []}},
    ],
)
async def test_every_spelling_says_the_same(spelt: dict[str, Any]) -> None:
    """The documents disagree with themselves about names, numbers and texts."""
    assert await seen(with_row(OLD, "receipt", **spelt)) == (KNOWN,)


@pytest.mark.parametrize(
    ("spoilt", "name"),
    [
        ({"ofd_receipt_url": "javascript:alert(1)"}, "url"),
        ({"ofd_receipt_url": "http://ofd.example/rec/21"}, "url"),
        ({"ofd_receipt_url": 'https://ofd.example/"><script>'}, "url"),
        ({"receipt_date_time": "yesterday"}, "printed_at"),
        ({"receipt_date_time": True}, "printed_at"),
        ({"fiscal_document_number": "twenty-one"}, "number"),
        ({"amount_total": "199.001"}, "amount"),
        ({"amount_total": "NaN"}, "amount"),
    ],
)
async def test_what_only_decorates_is_dropped_if_it_is_not_sound(spoilt: dict[str, Any], name: str) -> None:
    """The receipt stands; nothing that could harm a page gets through."""
    (found,) = await seen(with_row(OLD, "receipt", **spoilt))
    assert (found.state, getattr(found, name)) == (ReceiptState.READY, None)


@pytest.mark.parametrize(
    ("number", "refund", "state"),
    [
        (0, False, ReceiptState.WAITING),
        (1, False, ReceiptState.READY),
        (2, False, ReceiptState.FAILED),
        (3, True, ReceiptState.WAITING),
        (4, True, ReceiptState.READY),
        (5, True, ReceiptState.FAILED),
    ],
)
async def test_the_old_dialects_numbers(number: int, refund: bool, state: ReceiptState) -> None:
    """Whether it is of a refund, and how far it has come."""
    (found,) = await seen(with_row(OLD, "receipt", receiptStatus=number))
    assert (found.refund, found.state) == (refund, state)


async def test_corrections_and_numbers_from_the_future_are_not_ours() -> None:
    """They are passed over; what is ours beside them is still there."""
    rows = [OLD["receipt"][0], *(OLD["receipt"][0] | {"receiptStatus": number} for number in (6, 7, 8, 99))]
    assert len(await seen(OLD | {"receipt": rows})) == 1


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (0, ReceiptState.WAITING),
        (1, ReceiptState.WAITING),
        (2, ReceiptState.WAITING),
        (3, ReceiptState.READY),
        (4, ReceiptState.FAILED),
        (5, ReceiptState.FAILED),
        (6, ReceiptState.FAILED),
        (7, ReceiptState.WAITING),
    ],
)
async def test_the_new_dialects_numbers(number: int, state: ReceiptState) -> None:
    """A number that nobody knows is no failure."""
    (found,) = await seen(with_row(NEW, "receipts", receiptStatus=number), ECOM)
    assert found.state is state


async def test_a_refund_says_so_in_words() -> None:
    """Its type, and why it failed."""
    row = with_row(NEW, "receipts", receiptType="sell_refund", receiptStatus=4, error={"code": 421, "text": "ФН занят"})
    (found,) = await seen(row, ECOM)
    assert (found.refund, found.state, found.error) == (True, ReceiptState.FAILED, "ФН занят")


@pytest.mark.parametrize("kind", ["sberbank-legacy", ECOM])
async def test_no_receipt_yet_is_an_empty_answer(kind: str) -> None:
    """However the bank says it: receipts lag behind the money."""
    assert await seen({"errorCode": "0", "message": "Успешно"}, kind) == ()
    none_yet = refusal("6", "Заказ не найден") if kind != ECOM else answer({"message": "not found"}, 404)
    assert await seen(none_yet, kind) == ()


@pytest.mark.parametrize(("sample", "kind"), [(OLD, "sberbank-legacy"), (NEW, ECOM)])
@pytest.mark.parametrize(
    "named",
    [
        {"orderNumber": "pay_another"},
        {"orderId": "0d3a1f6c-0000-4000-8000-000000000000"},
        {"orderNumber": None, "orderId": None},
    ],
)
async def test_receipts_of_another_order_are_no_answer(
    sample: dict[str, Any], kind: str, named: dict[str, str | None]
) -> None:
    """Nor are those of an order that is not named: they may be anybody's."""
    with pytest.raises(Garbled):
        await seen(sample | named, kind)


@pytest.mark.parametrize("half", ["orderNumber", "orderId"])
async def test_one_name_of_the_order_is_enough(half: str) -> None:
    """Its number or the bank's id, as long as it is ours."""
    assert await seen({name: value for name, value in OLD.items() if name != half}) == (KNOWN,)


@pytest.mark.parametrize(
    "said", [{"receiptId": "0d3a1f6c-0000-4000-8000-000000000000"}, {"orderNumber": "pay_another"}]
)
async def test_a_yes_to_another_receipt_is_none_to_ours(said: dict[str, str]) -> None:
    """Made again is the one that was asked for."""
    gateway, _ = bank(answer({"message": "Успешно"} | said), kind=ECOM)
    with pytest.raises(Garbled):
        await facet(gateway).retry(number=NUMBER, receipt=UUID)


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (451, Refused), (500, Unreachable), (503, Unreachable), (418, Garbled)]
)
async def test_the_place_for_receipts_tells_by_http(status: int, error: type[GatewayError]) -> None:
    """A plain no, or nothing that is known."""
    with pytest.raises(error):
        await seen(answer({"message": "no"}, status), ECOM)


async def test_a_receipt_of_nobody_cannot_be_made_again() -> None:
    """404 is no silence there."""
    gateway, _ = bank(answer({"message": "not found"}, 404), kind=ECOM)
    with pytest.raises(NotFound):
        await facet(gateway).retry(number=NUMBER, receipt=UUID)


async def test_the_new_dialect_asks_at_a_place_of_its_own() -> None:
    """Beside the methods of payment, not below them."""
    gateway, line = bank(answer(NEW), kind=ECOM, base_url="https://bank.example/ecomm/gw/partner/api/v1")
    await facet(gateway).of_order(number=NUMBER, reference=REFERENCE)
    assert line.sent[0].url == "https://bank.example/ecomm/gw/partner/api/ofd/v1/getReceiptStatus"
    assert json.loads(line.sent[0].body)["orderId"] == REFERENCE


@pytest.mark.parametrize(("sample", "kind"), [(OLD, "sberbank-legacy"), (NEW, ECOM)])
async def test_bent_answers_never_make_a_receipt_of_nothing(sample: dict[str, Any], kind: str) -> None:
    """Understood, refused or garbled; and one that is ready has the bank's own id."""
    dice = random.Random(SEED)  # noqa: S311 - the same each time
    for _ in range(MUTANTS):
        body = replaced(sample, dice)
        try:
            found = await seen(Response(200, "application/json", body), kind)
        except GatewayError:
            continue
        assert all(one.id for one in found)
