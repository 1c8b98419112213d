"""From the bank's answers to facts, for both dialects. errorCode 0 means only that the question was understood."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from gateways.bindings import Binding
from gateways.gateway import BankOrder, BankRefund, CardFacts, Garbled, Registered, Response
from gateways.money import NUMERIC, Money
from gateways.sberbank.addresses import authority
from gateways.sberbank.status import implied_amounts, status_of
from gateways.sberbank.verdicts import Operation, verdict
from gateways.sberbank.ways import app_link_with, code_with, way_of
from gateways.sberbank.wire import Answer, MoneyRow, RegisterAnswer, StatusAnswer, read, said_so

_FIRST6: Final = re.compile(r"[0-9]{6}")
_LAST4: Final = re.compile(r"[0-9]{4}\Z")
_BRAND: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,31}")
_EXPIRY: Final = re.compile(r"20\d\d(0[1-9]|1[0-2])", re.ASCII)
_BINDING: Final = re.compile(r"[0-9A-Za-z._-]{1,255}", re.ASCII)
_ORDER_IN_ADDRESS: Final = frozenset({"mdOrder", "orderId"})


def registered(response: Response, page_hosts: frozenset[str]) -> Registered:
    """The new order. The old dialect sends no errorCode with a success, so the two parts themselves are the sign."""
    answer = read(response, RegisterAnswer)
    no_error(Operation.REGISTER, answer)
    if answer.order_id is None or answer.form_url is None:
        raise Garbled("a registration without orderId or formUrl")
    if authority(answer.form_url) not in page_hosts:
        raise Garbled("a payment page on a host that is not in form_hosts")
    if any(name in _ORDER_IN_ADDRESS and value != answer.order_id for name, value in _query(answer.form_url)):
        raise Garbled("the payment page of another order")
    return Registered(answer.order_id, answer.form_url, code_with(answer, page_hosts), app_link_with(answer))


def accepted(response: Response, operation: Operation) -> None:
    """A refund, reversal or decline that the bank says it has done. Silence about the code is no yes."""
    answer = read(response, Answer)
    no_error(operation, answer)
    if answer.error_code is None:
        raise Garbled("an answer without errorCode")


def order(response: Response, *, number: str, reference: str | None) -> BankOrder:
    """The order as the bank has it. Raises Garbled if the answer is not about the order that was asked for."""
    answer = read(response, StatusAnswer)
    no_error(Operation.LOOK, answer)
    found = answer.attributes.get("mdOrder") or reference
    if answer.order_number is None or not found:
        raise Garbled("an order without its numbers")
    if answer.order_number != number or (reference and found != reference):
        raise Garbled("another order's answer")
    return _facts(answer, number, found, response.body)


def _facts(answer: StatusAnswer, number: str, reference: str, raw: bytes) -> BankOrder:
    if answer.order_status is None or answer.amount is None:
        raise Garbled("an order without orderStatus or amount")
    currency = currency_of(answer.currency)
    approved, deposited, refunded = _amounts(answer, answer.order_status, answer.amount)
    return BankOrder(
        number=number,
        reference=reference,
        status=status_of(answer.order_status),
        amount=Money(answer.amount, currency),
        approved=Money(approved, currency),
        deposited=Money(deposited, currency),
        refunded=Money(refunded, currency),
        action_code=answer.action_code,
        refunds=tuple(
            BankRefund(Money(row.amount, currency), row.external_refund_id, row.action_code)
            for row in _refund_rows(answer)
        ),
        card=_card(answer.card_auth_info),
        way=way_of(answer.payment_way),
        paid_at=answer.deposited_date,
        chargeback=answer.chargeback or said_so(answer.card_auth_info.get("chargeback")),
        binding=_binding(answer.binding_info),
        raw=raw,
    )


def no_error(operation: Operation, answer: Answer) -> None:
    """Raises what the bank's errorCode means for this operation."""
    if answer.error_code:
        raise verdict(operation, answer.error_code, answer.error_message)


def _query(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query)


def currency_of(number: int | None) -> str:
    """Three letters. The field is in every version of the answer, so its absence is a fault and not a rouble."""
    currency = NUMERIC.get(str(number))
    if currency is None:
        raise Garbled("a currency that is missing or unknown")
    return currency


def _amounts(answer: StatusAnswer, status: int, amount: int) -> tuple[int, int, int]:
    stated = answer.payment_amount_info
    if stated is not None:
        return stated.approved_amount, stated.deposited_amount, stated.refunded_amount
    implied = implied_amounts(status_of(status), amount)
    if implied is None:
        raise Garbled("a refunded order without its amounts")
    return implied


def _refund_rows(answer: StatusAnswer) -> tuple[MoneyRow, ...]:
    """`refunds`; the new dialect may list them among its `operations` only."""
    return answer.refunds or tuple(row for row in answer.operations if row.type == "REFUND")


def _card(info: dict[str, object]) -> CardFacts | None:
    masked, brand = str(info.get("maskedPan") or info.get("pan") or ""), str(info.get("paymentSystem") or "")
    return card_facts(masked, brand, expiry(str(info.get("expiration") or "")))


def card_facts(masked: str, brand: str, expires: str | None = None) -> CardFacts | None:
    """Brand and ends of the card number: masks have many shapes, so only whole ends of six and four digits count.

    None where there is no card at all, as in a payment by QR code.
    """
    masked = "".join(masked.split())
    known = _BRAND.fullmatch(brand) and brand != "Undefined"
    if not masked and not known:
        return None
    first6, last4 = _FIRST6.match(masked), _LAST4.search(masked)
    return CardFacts(brand if known else None, first6[0] if first6 else None, last4[0] if last4 else None, expires)


def expiry(said: str) -> str | None:
    """YYYYMM; whatever else stands there is as good as nothing."""
    return said if _EXPIRY.fullmatch(said) else None


def is_binding(said: str) -> bool:
    """Whether this can be a saved card's id."""
    return _BINDING.fullmatch(said) is not None


def _binding(info: dict[str, object]) -> Binding | None:
    """The saved card that a status names. One of a wrong shape loses a convenience, and is as good as none."""
    found, client = (str(info.get(name) or "") for name in ("bindingId", "clientId"))
    return Binding(found, client) if client and is_binding(found) else None
