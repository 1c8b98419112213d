"""Fiscal carts as each dialect writes them. Source: gateway.md §9.1–9.4.

The old one sends JSON as text, numbers for everything and the seller's taxation beside it; the new one an object with the
seller, the payments and the total in it, and words where the old format of documents (1.05) has words.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from gateways.fiscal import Cart, Ffd, Measure, Payment, Position, Subject, Taxation, Vat

SELL: Final = "sell"
REFUND: Final = "sell_refund"
_NEW_NAME_LENGTH: Final = 100
_CASHLESS, _PREPAID = 1, 2

TAX_TYPES: Final = {
    Vat.NONE: 0,
    Vat.ZERO: 1,
    Vat.TEN: 2,
    Vat.TEN_OF: 4,
    Vat.TWENTY: 6,
    Vat.TWENTY_OF: 7,
    Vat.FIVE: 10,
    Vat.FIVE_OF: 11,
    Vat.SEVEN: 12,
    Vat.SEVEN_OF: 13,
    Vat.TWENTY_TWO: 14,
    Vat.TWENTY_TWO_OF: 15,
}
SNO: Final = {
    Taxation.GENERAL: "osn",
    Taxation.INCOME: "usn_income",
    Taxation.INCOME_LESS_OUTCOME: "usn_income_outcome",
    Taxation.AGRICULTURE: "esn",
    Taxation.PATENT: "patent",
}
PAYMENTS: Final = {
    Payment.FULL_PREPAYMENT: "full_prepayment",
    Payment.PREPAYMENT: "prepayment",
    Payment.ADVANCE: "advance",
    Payment.FULL_PAYMENT: "full_payment",
}
SUBJECTS: Final = {
    Subject.GOODS: "commodity",
    Subject.JOB: "job",
    Subject.SERVICE: "service",
    Subject.PAYMENT: "payment",
}
UNITS: Final = {Measure.PIECE: "шт", Measure.OTHER: "иное"}


def contact(cart: Cart) -> dict[str, str]:
    """Where the receipt goes: in the new dialect beside the cart, one of the two."""
    return {"email": cart.contact.email} if cart.contact.email else {"phone": cart.contact.phone}


def old(cart: Cart) -> str:
    """`orderBundle` of the old dialect; the payer's contact is in it, so that the bank's page need not show it."""
    customer = {name: value.removeprefix("+") for name, value in contact(cart).items()}
    return _text({"customerDetails": customer, "cartItems": {"items": _old_rows(cart)}})


def old_rows(cart: Cart) -> str:
    """`refundItems` and `depositItems` of the old dialect."""
    return _text({"items": _old_rows(cart)})


def new(cart: Cart, kind: str) -> dict[str, Any]:
    """`orderBundle` of the new dialect."""
    seller, total = cart.seller, cart.amount.amount
    return {
        "ffdVersion": str(seller.ffd),
        "receiptType": kind,
        "company": {
            "email": seller.email,
            "sno": SNO[seller.taxation],
            "inn": seller.inn,
            "paymentAddress": seller.address,
        },
        "payments": [{"type": _PREPAID if cart.offset else _CASHLESS, "sum": total}],
        "total": total,
        "cartItems": {
            "items": [_new_row(number, one, seller.ffd) for number, one in enumerate(cart.positions, 1)],
        },
    }


def _old_rows(cart: Cart) -> list[dict[str, Any]]:
    return [_old_row(number, one, cart.seller.ffd) for number, one in enumerate(cart.positions, 1)]


def _old_row(number: int, one: Position, ffd: Ffd) -> dict[str, Any]:
    measure = UNITS[one.measure] if ffd is Ffd.OLD else str(int(one.measure))
    signs = {"paymentMethod": int(one.payment), "paymentObject": int(one.subject)}
    return {
        "positionId": str(number),
        "name": one.name,
        "quantity": {"value": _number(one.quantity), "measure": measure},
        "itemPrice": one.price.amount,
        "itemAmount": one.amount.amount,
        "itemCurrency": one.amount.numeric,
        "itemCode": one.code,
        "tax": {"taxType": TAX_TYPES[one.vat], "taxSum": one.vat.within(one.amount).amount},
        "itemAttributes": {"attributes": [{"name": name, "value": str(value)} for name, value in signs.items()]},
    }


def _new_row(number: int, one: Position, ffd: Ffd) -> dict[str, Any]:
    quantity: dict[str, Any] = {"value": _number(one.quantity)}
    row: dict[str, Any] = {
        "positionId": str(number),
        "itemCode": one.code,
        "name": one.name[:_NEW_NAME_LENGTH].rstrip(),
        "quantity": quantity,
        "itemPrice": one.price.amount,
        "itemAmount": one.amount.amount,
        "paymentMethod": PAYMENTS[one.payment],
        "tax": {"taxType": TAX_TYPES[one.vat]},
    }
    if ffd is Ffd.OLD:
        return row | {"measurementUnit": UNITS[one.measure], "paymentObject": SUBJECTS[one.subject]}
    quantity["measure"] = str(int(one.measure))
    return row | {"paymentObject": str(int(one.subject))}


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
