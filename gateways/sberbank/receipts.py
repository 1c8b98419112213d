"""Receipts at a bank of the family: one question in each dialect, and readers that forgive what the documents disagree on.

The old dialect says nothing of how a receipt that failed is made again. The new one answers at a place of its own, without
an errorCode: there HTTP tells a refusal. Source: gateway.md §9.5.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator

from gateways.fiscal import BankReceipt, Cart, ReceiptState
from gateways.gateway import Garbled, NotFound, Refused, Response
from gateways.money import Money
from gateways.sberbank import carts, dialect
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation, verdict
from gateways.sberbank.wire import Answer, Reference, Text, Whole, Wire, Words, read

_ZONE: Final = ZoneInfo("Europe/Moscow")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 4_102_444_800_000
_DIGITS: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_ADDRESS: Final = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{4,480}", re.ASCII)
_MOSCOW_TIME: Final = "%d.%m.%Y %H:%M:%S"
_SAYS_NO: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS})
# 0, 3: sent; 1, 4: delivered; 2, 5: failed; from 3 on it is of a refund. Corrections (6 to 8) are nobody's of ours.
_OLD_STATES: Final = {
    0: (False, ReceiptState.WAITING),
    1: (False, ReceiptState.READY),
    2: (False, ReceiptState.FAILED),
    3: (True, ReceiptState.WAITING),
    4: (True, ReceiptState.READY),
    5: (True, ReceiptState.FAILED),
}
_NEW_STATES: Final = {3: ReceiptState.READY, 4: ReceiptState.FAILED, 5: ReceiptState.FAILED, 6: ReceiptState.FAILED}
_NEW_KINDS: Final = {carts.SELL: False, carts.REFUND: True}


def _instant(value: object) -> datetime | None:
    """Milliseconds as a number or as text, or the new dialect's Moscow time; anything else is as good as absent."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _EPOCH + timedelta(milliseconds=value) if 0 <= value <= _LATEST else None
    try:
        return datetime.strptime(str(value), _MOSCOW_TIME).replace(tzinfo=_ZONE)
    except ValueError:
        return None


def _roubles(value: object) -> Money | None:
    """Roubles with a point, as a number or as text."""
    try:
        kopecks = Decimal(str(value)) * 100
        return Money(int(kopecks)) if kopecks == int(kopecks) and kopecks >= 0 else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _digits(value: object) -> str | None:
    text = str(value)
    return text if not isinstance(value, bool) and _DIGITS.fullmatch(text) else None


def _address(value: object) -> str | None:
    """Only what may stand as a link on a page."""
    return value if isinstance(value, str) and _ADDRESS.fullmatch(value) else None


def _error(value: object) -> str:
    """A code with a text, or a text; for staff."""
    words = value.get("text", value.get("message", "")) if isinstance(value, dict) else value
    return "".join(char for char in str(words) if char.isprintable())[:200]


Moment = Annotated[datetime | None, PlainValidator(_instant)]
Roubles = Annotated[Money | None, PlainValidator(_roubles)]
Digits = Annotated[str | None, PlainValidator(_digits)]
Link = Annotated[str | None, PlainValidator(_address)]
Reason = Annotated[str, PlainValidator(_error)]


class OldRow(Wire):
    status: Annotated[Whole, Field(alias="receiptStatus")]
    uuid: Reference
    at: Annotated[Moment, Field(alias="receipt_date_time")] = None
    at_too: Annotated[Moment, Field(alias="receipt_datetime")] = None
    number: Annotated[Digits, Field(alias="fiscal_document_number")] = None
    sign: Annotated[Digits, Field(alias="fiscal_document_attribute")] = None
    drive: Annotated[Digits, Field(alias="fn_number")] = None
    total: Annotated[Roubles, Field(alias="amount_total")] = None
    url: Annotated[Link, Field(alias="ofd_receipt_url")] = None
    error: Reason = ""


class Named(Answer):
    """An answer that says about which order it is."""

    order_id: Text | None = None
    order_number: Text | None = None


class OldAnswer(Named):
    receipt: tuple[OldRow, ...] = ()


class Payload(Wire):
    receipt_datetime: Moment = None
    fiscal_document_number: Digits = None
    fiscal_document_attribute: Digits = None
    fn_number: Digits = None
    total: Roubles = None
    ofd_receipt_url: Link = None


class NewRow(Wire):
    receipt_id: Reference
    receipt_type: str = carts.SELL
    receipt_status: Whole
    error: Reason = ""
    payload: Payload = Payload()


class NewAnswer(Named):
    message: Words = ""
    receipt_id: Text | None = None
    receipts: tuple[NewRow, ...] = ()


class OldReceipts:
    """`gateways.fiscal.Receipts` in the old dialect."""

    retries = False

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def of_order(self, *, number: str, reference: str) -> tuple[BankReceipt, ...]:
        def parse(response: Response) -> tuple[BankReceipt, ...]:
            answer = read(response, OldAnswer)
            if answer.error_code:
                raise verdict(Operation.RECEIPTS, answer.error_code, answer.error_message)
            _of(answer, answer.receipt, number=number, reference=reference)
            return tuple(_old(row) for row in answer.receipt if row.status in _OLD_STATES)

        fields = dialect.look(reference, number)
        return await _none_yet(self._exchange, number, fields, parse)

    async def retry(self, *, number: str, receipt: str) -> None:
        _ = number, receipt
        raise Refused("-", "this bank prints no receipt again by itself")

    async def close(self, *, number: str, reference: str, cart: Cart) -> None:
        fields: dialect.Fields = {"mdOrder": reference, "amount": dialect.minor_units(cart.amount)}
        await self._exchange.do(Operation.RECEIPT_CLOSE, number, fields | {"orderBundle": carts.old(cart)})


class OfdReceipts:
    """`gateways.fiscal.Receipts` in the new dialect."""

    retries = True

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def of_order(self, *, number: str, reference: str) -> tuple[BankReceipt, ...]:
        def parse(response: Response) -> tuple[BankReceipt, ...]:
            answer = _ofd(response)
            _of(answer, answer.receipts, number=number, reference=reference)
            return tuple(_new(row) for row in answer.receipts if row.receipt_type in _NEW_KINDS)

        return await _none_yet(self._exchange, number, {"orderId": reference}, parse)

    async def retry(self, *, number: str, receipt: str) -> None:
        def parse(response: Response) -> None:
            answer = _ofd(response)
            if answer.receipt_id not in (None, receipt) or answer.order_number not in (None, number):
                raise Garbled("an answer about another receipt")

        await self._exchange.ask(Operation.RECEIPT_AGAIN, number, {"receiptId": receipt}, parse)

    async def close(self, *, number: str, reference: str, cart: Cart) -> None:
        fields: dialect.Fields = {"orderId": reference, "orderBundle": carts.new(cart, carts.SELL)}

        def parse(response: Response) -> None:
            _of(_ofd(response), (), number=number, reference=reference)

        await self._exchange.ask(Operation.RECEIPT_CLOSE, number, fields | carts.contact(cart), parse)


async def _none_yet(exchange: Exchange, number: str, fields: dialect.Fields, parse: Any) -> tuple[BankReceipt, ...]:
    """Receipts lag behind the money: that the bank knows none of an order is no fault."""
    try:
        found: tuple[BankReceipt, ...] = await exchange.read(Operation.RECEIPTS, number, fields, parse)
    except NotFound:
        return ()
    return found


def _of(answer: Named, rows: tuple[Wire, ...], *, number: str, reference: str) -> None:
    """Raises Garbled for an answer about another order, and for receipts that may be anybody's."""
    if answer.order_number not in (None, number) or answer.order_id not in (None, reference):
        raise Garbled("another order's receipts")
    if rows and answer.order_number is None and answer.order_id is None:
        raise Garbled("receipts of an order that is not named")


def _ofd(response: Response) -> NewAnswer:
    """An answer of the place for receipts. Raises NotFound, Refused, Unreachable or Garbled."""
    if response.status == HTTPStatus.NOT_FOUND:
        raise NotFound("404", "no such receipt")
    if response.status in _SAYS_NO:
        answer = read(replace(response, status=HTTPStatus.OK), NewAnswer)
        raise Refused(str(int(response.status)), answer.message or answer.error_message)
    answer = read(response, NewAnswer)
    if answer.error_code:
        raise verdict(Operation.RECEIPTS, answer.error_code, answer.error_message)
    if not answer.model_fields_set:
        raise Garbled("an answer without a word on receipts")
    return answer


def _old(row: OldRow) -> BankReceipt:
    refund, state = _OLD_STATES[row.status]
    return BankReceipt(
        id=row.uuid,
        refund=refund,
        state=state,
        amount=row.total,
        number=row.number,
        sign=row.sign,
        drive=row.drive,
        printed_at=row.at or row.at_too,
        url=row.url,
        error=row.error or None,
    )


def _new(row: NewRow) -> BankReceipt:
    known = row.payload
    return BankReceipt(
        id=row.receipt_id,
        refund=_NEW_KINDS[row.receipt_type],
        state=_NEW_STATES.get(row.receipt_status, ReceiptState.WAITING),
        amount=known.total,
        number=known.fiscal_document_number,
        sign=known.fiscal_document_attribute,
        drive=known.fn_number,
        printed_at=known.receipt_datetime,
        url=known.ofd_receipt_url,
        error=row.error or None,
    )
