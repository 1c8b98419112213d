"""What both dialects do alike: recognise the caller, find the order, word the refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.merchants import Dialect, Merchant, Quirks
from gateways.sandbox.orders import Order
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
    with a capital letter. `statuses`: where there is no errorCode, and HTTP tells a refusal (any other reason: 400).
    """

    dialect: Dialect
    methods: Mapping[str, Action]
    success: tuple[str, str]
    refusals: Mapping[Reason, tuple[str, str, str]]
    capitalised: frozenset[str] = field(default_factory=frozenset)
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
        fields = action(Call(bank, merchant, params, words.dialect, language, by_token, ok))
    except Refusal as refusal:
        if words.statuses is not None:
            return _by_status(words, refusal, language)
        fields = _refused(words, refusal, language, capitalised=name in words.capitalised)
    return json_reply(fields) if merchant is None else _quirky(fields, merchant.quirks)


def message_language(params: Params, dialect: Dialect, usual: str) -> str:
    """Messages are in Russian or English; any other language the bank knows reads English."""
    asked = text(params, "language")
    if asked is None or asked not in LANGUAGES[dialect]:
        return "ru" if usual == "ru" else "en"
    return "ru" if asked == "ru" else "en"


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


def _refused(words: Words, refusal: Refusal, language: str, *, capitalised: bool) -> dict[str, Any]:
    code, russian, english = words.refusals[refusal.reason]
    message = (russian if language == "ru" else english).replace("{}", refusal.detail)
    if capitalised:
        return {"ErrorCode": code, "ErrorMessage": message}
    return {"errorCode": code, "errorMessage": message}


def _by_status(words: Words, refusal: Refusal, language: str) -> Reply:
    message = _refused(words, refusal, language, capitalised=False)["errorMessage"]
    return replace(json_reply({"message": message}), status=(words.statuses or {}).get(refusal.reason, 400))


def _quirky(fields: Mapping[str, Any], quirks: Quirks) -> Reply:
    """The answer as this merchant's installation would spell it."""
    spelt = dict(fields)
    for name in ("errorCode", "ErrorCode"):
        if quirks.error_code_int and name in spelt:
            spelt[name] = int(spelt[name])
    if quirks.action_code_text and "actionCode" in spelt:
        spelt["actionCode"] = str(spelt["actionCode"])
    reply = json_reply(spelt)
    return Reply(200, "text/plain;charset=UTF-8", reply.body) if quirks.plain_text else reply
