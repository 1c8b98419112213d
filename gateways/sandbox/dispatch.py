"""One door for both dialects: path aliases, verbs, parameters, and the faults that were ordered."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gateways.sandbox import ecom, legacy, wallets
from gateways.sandbox.bank import Bank
from gateways.sandbox.faults import Fault, Rule
from gateways.sandbox.orders import Order
from gateways.sandbox.wire import HTML_TYPE, Malformed, Params, Reply, WireRequest, html_reply, read_params, text

Handle = Callable[[Bank, str, Params], Reply]


@dataclass(frozen=True, slots=True)
class Road:
    """A path prefix: who answers behind it, to which verbs, and with what status to an unreadable body.

    `keyed`: a call that changes something is answered once for each idempotency key.
    """

    prefix: str
    handle: Handle
    verbs: frozenset[str]
    malformed: int
    keyed: bool = False


ROADS = (
    Road("/payment/rest/", legacy.handle, legacy.VERBS, 400),
    Road("/ecomm/gw/partner/api/v1/", ecom.handle, ecom.VERBS, 500, keyed=True),
    Road("/ecomm/gw/partner/api/ofd/v1/", ecom.handle_receipts, ecom.VERBS, 500),
    Road("/rest/", legacy.handle, legacy.VERBS, 400),
    Road("/ab_by/rest/", legacy.handle, legacy.VERBS, 400),
    Road("/payment/recurrent", legacy.handle_recurrent, wallets.VERBS, 400),
    Road("/sbercredit/", legacy.handle, legacy.VERBS, 400),  # buying on credit is registered in the same words
    *(Road(f"/payment/{name}/", legacy.handle_wallet, wallets.VERBS, 400) for name in wallets.NAMES),
)

_NAMES = ("orderId", "mdOrder", "MDORDER", "orderNumber")
_OVERSIZED_BYTES = 8 * 1024 * 1024
_OK = 200
_WRONG_BY = 100
_AMOUNTS = ("amount", "Amount", "depositAmount", "approvedAmount", "depositedAmount", "refundedAmount", "totalAmount")


@dataclass(frozen=True, slots=True)
class _Call:
    """A readable call on its way to a dialect."""

    bank: Bank
    road: Road
    method: str
    params: Params
    key: str

    def carry_out(self) -> Reply:
        act = partial(self.road.handle, self.bank, self.method, self.params)
        if not (self.key and self.road.keyed) or self.method.lower().startswith("get"):
            return act()
        caller = f"{text(self.params, 'userName')}:{text(self.params, 'password')}"
        return self.bank.replays.once(caller, self.key, self.bank.clock.now(), act)

    def order(self) -> Order | None:
        """The order it is about, if it exists by now."""
        name = next((name for name in map(partial(text, self.params), _NAMES) if name), "")
        return self.bank.lookup(name)


def dispatch(bank: Bank, request: WireRequest) -> Reply:
    """Answer one API request. Paths outside the API, and unknown methods, are HTTP 404."""
    bank.tick()
    road = next((road for road in ROADS if request.path.startswith(road.prefix)), None)
    if road is None:
        return html_reply(404, "Not Found")
    if request.method not in road.verbs:
        return html_reply(405, "Method Not Allowed")
    try:
        params = read_params(request)
    except Malformed:
        return html_reply(road.malformed, "Malformed request")
    call = _Call(bank, road, _method(request.path[len(road.prefix) :]), params, request.key)
    rule = _ordered_fault(call) if bank.faults.rules else None
    return call.carry_out() if rule is None else _spoilt(call, rule)


def _method(name: str) -> str:
    """One widespread client doubles a part of one path."""
    return name.replace("dynamic/dynamic/", "dynamic/")


def _ordered_fault(call: _Call) -> Rule | None:
    order = call.order()
    asked = (text(call.params, "orderNumber") or "", text(call.params, "orderId") or "")
    names = asked if order is None else (*asked, order.number, order.id)
    login = order.merchant.login if order else text(call.params, "userName") or ""
    return call.bank.faults.take(call.method, login, names)


def _spoilt(call: _Call, rule: Rule) -> Reply:
    """The answer with the trouble in it; the bank acts first where the rule says so."""
    reply = call.carry_out() if rule.acts else Reply(200, HTML_TYPE, b"")
    return _SPOILERS[rule.kind](call, rule, reply)


def _hang(_call: _Call, _rule: Rule, reply: Reply) -> Reply:
    return replace(reply, hang=True)


def _cut(_call: _Call, _rule: Rule, reply: Reply) -> Reply:
    return replace(reply, cut=True)


def _delay(_call: _Call, rule: Rule, reply: Reply) -> Reply:
    return replace(reply, delay=1.0 if rule.value is None else rule.value)


def _refuse(_call: _Call, rule: Rule, reply: Reply) -> Reply:
    code = str(int(rule.value or 7))
    body = json.dumps({"errorCode": code, "errorMessage": "Системная ошибка"}, ensure_ascii=False)
    return replace(reply, content_type="application/json;charset=UTF-8", body=body.encode())


def _error(status: int, words: str) -> Callable[[_Call, Rule, Reply], Reply]:
    return lambda _call, _rule, _reply: html_reply(status, words)


def _html(_call: _Call, _rule: Rule, _reply: Reply) -> Reply:
    return html_reply(200, "Ведутся технические работы")


def _truncated(_call: _Call, _rule: Rule, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _empty(_call: _Call, _rule: Rule, reply: Reply) -> Reply:
    return replace(reply, body=b"")


def _oversized(_call: _Call, _rule: Rule, reply: Reply) -> Reply:
    """Still valid JSON: only a limit on the size can save the reader."""
    return replace(reply, body=reply.body[:-1] + b" " * _OVERSIZED_BYTES + reply.body[-1:])


def _wrong_amount(_call: _Call, rule: Rule, reply: Reply) -> Reply:
    if reply.status != _OK:
        return reply
    by = int(_WRONG_BY if rule.value is None else rule.value)
    shifted = _shift(json.loads(reply.body), by)
    if "paymentAmountInfo" in shifted:
        shifted["paymentAmountInfo"] = _shift(shifted["paymentAmountInfo"], by)
    return replace(reply, body=json.dumps(shifted, ensure_ascii=False).encode())


def _shift(fields: dict[str, Any], by: int) -> dict[str, Any]:
    """The same fields with every amount of money that is not zero moved."""
    return {name: value + by if name in _AMOUNTS and value else value for name, value in fields.items()}


def _other_order(call: _Call, _rule: Rule, reply: Reply) -> Reply:
    """A true answer about a different order of the merchant; a stranger's id if there is no other."""
    order = call.order()
    other = call.bank.another(order) if order else None
    if order is None:
        return reply
    if other is not None and "status" in call.method.lower():
        return replace(call, params={**call.params, "orderId": other.id}).carry_out()
    identity = (other.id, other.number) if other else (str(uuid.UUID(int=0, version=4)), f"{order.number}-other")
    body = reply.body.replace(order.id.encode(), identity[0].encode())
    return replace(reply, body=body.replace(order.number.encode(), identity[1].encode()))


_SPOILERS: dict[Fault, Callable[[_Call, Rule, Reply], Reply]] = {
    Fault.TIMEOUT_BEFORE: _hang,
    Fault.TIMEOUT_AFTER: _hang,
    Fault.CUT_BEFORE: _cut,
    Fault.CUT_AFTER: _cut,
    Fault.DELAY: _delay,
    Fault.REFUSE: _refuse,
    Fault.HTTP_429: _error(429, "Too Many Requests"),
    Fault.HTTP_500: _error(500, "Internal Server Error"),
    Fault.HTTP_502: _error(502, "Bad Gateway"),
    Fault.HTML: _html,
    Fault.TRUNCATED: _truncated,
    Fault.EMPTY: _empty,
    Fault.OVERSIZED: _oversized,
    Fault.WRONG_AMOUNT: _wrong_amount,
    Fault.OTHER_ORDER: _other_order,
}
