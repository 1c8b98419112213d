"""What both dialects do alike: recognise the caller, find the order, word the refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.merchants import Dialect, Merchant
from gateways.sandbox.orders import Order
from gateways.sandbox.quirks import spelt
from gateways.sandbox.registering import LANGUAGES
from gateways.sandbox.wire import Params, Reply, html_reply, json_reply, text


@dataclass(frozen=True, slots=True)
class Call:
    """One call by a merchant who was let in; `ok` is the dialect's success answer."""

    bank: Bank
    merchant: Merchant
    params: Params
    dialect: Dialect
    language: str
    by_token: bool
    ok: Mapping[str, Any]


Action = Callable[[Call], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Words:
    """A dialect: its methods by lower-case name, its words for success and for each refusal (code, ru, en).

    `{}` in a text stands for the refusal's detail. `capitalised` names the methods whose error fields begin
    with a capital letter, `numeric` those whose errors come as numbers, with a second copy of the words. `statuses`: where there
    is no errorCode, and HTTP tells a refusal (any other reason: 400).
    """

    dialect: Dialect
    methods: Mapping[str, Action]
    success: tuple[str, str]
    refusals: Mapping[Reason, tuple[str, str, str]]
    capitalised: frozenset[str] = field(default_factory=frozenset)
    numeric: frozenset[str] = field(default_factory=frozenset)
    statuses: Mapping[Reason, int] | None = None


def answer(words: Words, bank: Bank, method: str, params: Params) -> Reply:
    """Carry a call out. An unknown method is HTTP 404; a refusal is HTTP 200 with an errorCode."""
    name = method.lower()
    action = words.methods.get(name)
    if action is None:
        return html_reply(404, "Not Found")
    merchant = None
    language = message_language(params, words.dialect, "ru")
    try:
        merchant, by_token = _authenticate(bank, params)
        language = message_language(params, words.dialect, merchant.language)
        ok = {"errorCode": "0", "errorMessage": words.success[language != "ru"]}
        fields: Mapping[str, Any] = action(Call(bank, merchant, params, words.dialect, language, by_token, ok))
    except Refusal as refusal:
        code, message = worded(words, refusal, language)
        if words.statuses is not None:
            return replace(json_reply({"message": message}), status=words.statuses.get(refusal.reason, 400))
        capital = name in words.capitalised
        fields = (
            {"ErrorCode": code, "ErrorMessage": message} if capital else {"errorCode": code, "errorMessage": message}
        )
        if name in words.numeric:
            fields = {"error": message, "errorCode": int(code), "is3DSVer2": False, "errorMessage": message}
    return json_reply(fields) if merchant is None else spelt(fields, name, merchant.quirks)


def message_language(params: Params, dialect: Dialect, usual: str) -> str:
    """Messages are in Russian or English; any other language the bank knows reads English."""
    asked = text(params, "language")
    if asked is None or asked not in LANGUAGES[dialect]:
        return "ru" if usual == "ru" else "en"
    return "ru" if asked == "ru" else "en"


def worded(words: Words, refusal: Refusal, language: str) -> tuple[str, str]:
    """A refusal as its dialect has it: code and message."""
    code, russian, english = words.refusals[refusal.reason]
    return code, (russian if language == "ru" else english).replace("{}", refusal.detail)


def order_by_id(call: Call) -> Order:
    """The order named by `orderId`. Raises Refusal(PARAMETER_MISSING, ORDER_UNKNOWN)."""
    return call.bank.find(call.merchant, order_id=_needed(call, "orderId"))


def order_by_either(call: Call) -> Order:
    """The order named by `orderId`, else by `orderNumber`, which callers with a token may not use."""
    number = None if call.by_token else text(call.params, "orderNumber")
    if number is not None and text(call.params, "orderId") is None:
        return call.bank.find(call.merchant, number=number)
    return order_by_id(call)


def _needed(call: Call, name: str) -> str:
    value = text(call.params, name)
    if value is None:
        raise Refusal(Reason.PARAMETER_MISSING, name)
    return value


def _authenticate(bank: Bank, params: Params) -> tuple[Merchant, bool]:
    """The caller, and whether a token was used. Raises Refusal(ACCESS_DENIED)."""
    token = text(params, "token")
    if token is not None:
        merchant = next((one for one in bank.merchants.values() if one.token == token), None)
        accepted = merchant is not None
    else:
        merchant = bank.merchants.get(text(params, "userName") or "")
        accepted = merchant is not None and merchant.password == text(params, "password")
    if merchant is None or not accepted:
        raise Refusal(Reason.ACCESS_DENIED)
    return merchant, token is not None
