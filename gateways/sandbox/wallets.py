"""Wallets: an encrypted card instead of a typed one, and answers of a shape of their own. Source: gateway.md §1.5, §8.3.

What a wallet encrypts is opaque here: any text in base64 pays, except that one which says `declined` does not.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from gateways.sandbox import paying
from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import CardEntry, known_card, read_expiry
from gateways.sandbox.codes import Reason, Refusal, action_text
from gateways.sandbox.desk import Words, message_language, worded
from gateways.sandbox.merchants import Merchant
from gateways.sandbox.orders import Order
from gateways.sandbox.registering import Asked, read_registration
from gateways.sandbox.statement import Speech, statement
from gateways.sandbox.wire import Params, Reply, json_reply, text, yes

VERBS: Final = frozenset({"POST"})
NAMES: Final = ("applepay", "google", "samsung", "mir")
_GOOD, _POOR = "2200000000000038", "4276990011343663"  # the cards behind the tokens, neither of which asks for a code
_RENAMED: Final = {"currencyCode": "currency", "additionalParameters": "jsonParams"}
_NOT_PAID: Final = "5"


def answer(words: Words, bank: Bank, params: Params) -> Reply:
    """Pay with a token. The caller is named by `merchant` alone: whoever has the token may use it."""
    speech = Speech(words.dialect, message_language(params, words.dialect, "ru"))
    try:
        merchant = _merchant(bank, params)
        card = _card(params)
        order = _order(bank, merchant, params, words)
    except Refusal as refusal:
        code, message = worded(words, refusal, speech.language)
        return json_reply(_failed(code, message))
    paying.pay(bank, order, card)
    told = {"errorCode": "0", "errorMessage": words.success[0], **statement(order, speech)}
    known = {"data": {"orderId": order.id, "orderNumber": order.number}, "orderStatus": told}
    if order.agreed:
        return json_reply({"success": True, **known})
    return json_reply(_failed(_NOT_PAID, action_text(order.action_code, speech.language)) | known)


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "description": message, "message": message}}


def _merchant(bank: Bank, params: Params) -> Merchant:
    """By its portal login, which lacks the `-api` of the login for calls."""
    name = text(params, "merchant")
    found = next((one for one in bank.merchants.values() if name in (one.login, one.folder)), None)
    if found is None:
        raise Refusal(Reason.ACCESS_DENIED)
    return found


def _card(params: Params) -> CardEntry:
    token = text(params, "paymentToken")
    if token is None:
        raise Refusal(Reason.PARAMETER_MISSING, "paymentToken")
    try:
        inside = base64.b64decode(token.replace("-", "+").replace("_", "/") + "==")
    except ValueError as error:
        raise Refusal(Reason.PARAMETER_WRONG, "paymentToken") from error
    card = known_card(_POOR if b"declined" in inside else _GOOD)
    if card is None:
        raise LookupError("the cards behind the tokens are test cards")
    return CardEntry(card.pan, read_expiry(card.expiry) or "", card.cvc)


def _order(bank: Bank, merchant: Merchant, params: Params, words: Words) -> Order:
    """The order that was registered under this number and waits, else a new one, for a hold if `preAuth` asks for one.

    An order that is over is no longer open, and one that waits is what it was registered to be.
    """
    number = text(params, "orderNumber")
    try:
        order = bank.find(merchant, number=number)
    except Refusal:
        asked = _asked(bank, merchant, params, words)
        return bank.register(merchant, read_registration(_as_registration(bank, params), asked))
    if not order.unpaid:
        raise Refusal(Reason.NUMBER_TAKEN)
    return order


def _asked(bank: Bank, merchant: Merchant, params: Params, words: Words) -> Asked:
    return Asked(merchant, words.dialect, bank.clock.now(), two_stage=yes(params, "preAuth"))


def _as_registration(bank: Bank, params: Params) -> Mapping[str, Any]:
    """The same request in the words of a registration; a wallet's payer comes back to nowhere unless told."""
    renamed = {_RENAMED.get(name, name): value for name, value in params.items()}
    return {"returnUrl": bank.base_url} | renamed
