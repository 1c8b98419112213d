"""What a dialect is, and what both dialects ask in the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gateways.card_check import Check
from gateways.fiscal import Cart
from gateways.gateway import Refund, Registration, Request
from gateways.money import Money

Value = str | int | Mapping[str, Any]
Fields = dict[str, Value]

# Errors are told apart by a few words where the code alone has two meanings (see verdicts.py): ask for known words.
_WORDS: Final[Fields] = {"language": "ru"}
_MOST: Final = 999_999_999_999
_DESCRIPTION_LENGTH: Final = 99  # no more reaches the statement of the card
_FORBIDDEN: Final = str.maketrans({"%": None, "+": None, "\r": " ", "\n": " "})


class RefundFields(Protocol):
    """How a refund is asked for; `lock`: name the deposited sum that it expects to find, where the dialect can."""

    def __call__(self, refund: Refund, /, *, lock: bool) -> Fields: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one flavour of the protocol writes its requests. Answers differ so little that one reader serves both."""

    encode: Callable[[str, Fields], Request]
    register: Callable[[Registration], Fields]
    check: Callable[[Check], Fields]
    refund: RefundFields
    decline: Callable[[str | None, str], Fields]
    reverse: Callable[[str, Cart | None], Fields]
    complete: Callable[[str, Money, Cart | None], Fields]


def register(registration: Registration) -> Fields:
    fields = _order(registration, registration.amount.numeric) | {"amount": minor_units(registration.amount)}
    if registration.email:
        fields["email"] = registration.email
    if registration.binding:
        fields["bindingId"] = registration.binding
    return fields


def check(check: Check) -> Fields:
    """The one order of nothing: without `features` the bank would refuse it, and no other may say 0 (see `minor_units`)."""
    return _order(check, Money(0, check.currency).numeric) | {"amount": 0, "features": "VERIFY"}


def _order(asked: Registration | Check, currency: str) -> Fields:
    """What is said of every order, whatever it is for."""
    fields: Fields = {
        "orderNumber": asked.number,
        "currency": currency,
        "returnUrl": asked.return_url,
        "sessionTimeoutSecs": asked.session_seconds,
        "language": asked.language if asked.language in {"ru", "en"} else "en",
    }
    if description := printable(asked.description):
        fields["description"] = description
    if asked.client:
        fields["clientId"] = asked.client
    return fields


def look(reference: str | None, number: str) -> Fields:
    """By the bank's id where it is known. Never both: the bank would ignore our number silently."""
    return _WORDS | ({"orderId": reference} if reference else {"orderNumber": number})


def refund(refund: Refund) -> Fields:
    return _WORDS | {"orderId": refund.reference, "amount": minor_units(refund.amount)}


def complete(reference: str, amount: Money) -> Fields:
    return _WORDS | {"orderId": reference, "amount": minor_units(amount)}


def reverse(reference: str) -> Fields:
    return _WORDS | {"orderId": reference}


def minor_units(amount: Money) -> int:
    """Kopecks for the wire. Raises ValueError for 0, by which the bank understands "everything", and below."""
    if not 0 < amount.amount <= _MOST:
        raise ValueError("an amount sent to the bank is positive and has at most 12 digits")
    return amount.amount


def printable(description: str) -> str:
    """The description without what the bank forbids: %, + and line breaks; other control characters go too."""
    words = "".join(char for char in description.translate(_FORBIDDEN) if char.isprintable())
    return " ".join(words.split())[:_DESCRIPTION_LENGTH].rstrip()
