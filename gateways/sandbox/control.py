"""The tester's hands on the bank: `/sandbox/…`, JSON. For loopback only: it has no login. Never expose it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import NoneType
from typing import Any

from aiohttp import web

from gateways.sandbox.bank import Bank
from gateways.sandbox.faults import Fault, Rule, Scope
from gateways.sandbox.orders import Order
from gateways.sandbox.payer import BANK
from gateways.sandbox.receipts import Receipt
from gateways.sandbox.statement import milliseconds

_DEFAULT_LIMIT = 100
_RULE: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "method": (str,),
    "scope": (str,),
    "id": (str,),
    "times": (int, NoneType),
    "value": (int, float, NoneType),
    "effect": (bool, NoneType),
}
routes = web.RouteTableDef()


@routes.get("/sandbox/journal")
async def journal(request: web.Request) -> web.Response:
    """The effects in order; `?after=<seq>` leaves out what was read before."""
    effects = _current(request).journal.effects
    return _answer({"effects": [effect.as_json() for effect in effects[_number(request, "after", 0) :]]})


@routes.get("/sandbox/orders")
async def orders(request: web.Request) -> web.Response:
    """The newest orders first, `?limit=` of them."""
    newest = _current(request).recent(_number(request, "limit", _DEFAULT_LIMIT))
    return _answer({"orders": [_order_json(order) for order in newest]})


@routes.get("/sandbox/orders/{name}")
async def one_order(request: web.Request) -> web.Response:
    """One order, by number or id."""
    return _answer(_order_json(_named(_current(request), request.match_info["name"])))


@routes.get("/sandbox/clock")
async def show_clock(request: web.Request) -> web.Response:
    return _clock(_current(request))


@routes.post("/sandbox/clock")
async def move_clock(request: web.Request) -> web.Response:
    """`{"advance_seconds": n}`."""
    bank = _current(request)
    seconds = (await _body(request)).get("advance_seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
        raise _wrong("advance_seconds is a number of seconds, not negative")
    bank.advance(seconds)
    return _clock(bank)


@routes.get("/sandbox/faults")
async def show_faults(request: web.Request) -> web.Response:
    """The rules in force, and how often each kind has fired."""
    book = _current(request).faults
    fired = [{"kind": kind, "method": method, "times": times} for (kind, method), times in book.fired.items()]
    return _answer({"rules": [rule.as_json() for rule in book.rules], "fired": fired})


@routes.post("/sandbox/faults")
async def add_fault(request: web.Request) -> web.Response:
    """`{"kind", "method", "scope", "id", "times", "value", "effect"}`; all but the kind have defaults."""
    rule = _rule(await _body(request))
    _current(request).faults.add(rule)
    return _answer(rule.as_json(), 201)


@routes.delete("/sandbox/faults")
async def clear_faults(request: web.Request) -> web.Response:
    _current(request).faults.clear()
    return web.Response(status=204)


@routes.get("/sandbox/callbacks")
async def show_callbacks(request: web.Request) -> web.Response:
    """The latest tries, oldest first, with the merchant's answers."""
    return _answer({"callbacks": [one.as_json() for one in _current(request).outbox.tried]})


@routes.post("/sandbox/callbacks")
async def send_callback(request: web.Request) -> web.Response:
    """`{"number", "operation", "status", "forge"}`: send a callback about an order, true or forged."""
    bank = _current(request)
    body = await _body(request)
    order = _named(bank, str(body.get("number", "")))
    operation = str(body.get("operation", "deposited"))
    delivery = bank.resend(order, operation, succeeded=bool(body.get("status", 1)), forged=bool(body.get("forge")))
    if delivery is None:
        raise _wrong("neither the order nor its merchant has a callback address")
    return _answer(delivery.as_json(), 202)


@routes.get("/sandbox/receipts/{name}")
async def show_receipts(request: web.Request) -> web.Response:
    """The receipts of one order, oldest first."""
    bank = _current(request)
    order = _named(bank, request.match_info["name"])
    return _answer({"receipts": [_receipt_json(bank, one) for one in bank.receipts.by_order[order.id]]})


@routes.post("/sandbox/receipts/{name}")
async def break_printer(request: web.Request) -> web.Response:
    """`{"fail": true}`: whatever is printed for the order from now on comes to nothing; `false` ends that."""
    bank = _current(request)
    order = _named(bank, request.match_info["name"])
    if not isinstance(fail := (await _body(request)).get("fail"), bool):
        raise _wrong("fail is true or false")
    bank.receipts.spoil(order, fail=fail)
    return web.Response(status=204)


def _current(request: web.Request) -> Bank:
    """The bank, with everything done that is due."""
    bank = request.app[BANK]
    bank.tick()
    return bank


def _clock(bank: Bank) -> web.Response:
    return _answer({"now": milliseconds(bank.clock.now()), "offset_seconds": bank.clock.offset})


def _named(bank: Bank, name: str) -> Order:
    order = bank.lookup(name)
    if order is None:
        raise web.HTTPNotFound(text=json.dumps({"error": "no such order"}), content_type="application/json")
    return order


def _rule(body: Mapping[str, Any]) -> Rule:
    if "kind" not in body or any(not isinstance(value, _RULE.get(name, ())) for name, value in body.items()):
        raise _wrong(f"a fault has a kind, and may have {', '.join(_RULE)}, each of its own type")
    try:
        facts = {**body, "kind": Fault(body["kind"]), "scope": Scope(body.get("scope", Scope.ANY))}
        return Rule(**facts)
    except (ValueError, TypeError) as error:
        raise _wrong(str(error)) from error


async def _body(request: web.Request) -> dict[str, Any]:
    """A JSON object. The content type is insisted on, so that no page in a browser can post here unasked."""
    try:
        body = await request.json() if request.content_type == "application/json" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _wrong("a JSON object with Content-Type: application/json is expected")
    return body


def _number(request: web.Request, name: str, default: int) -> int:
    value = request.query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else default


def _wrong(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": message}), content_type="application/json")


def _answer(fields: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(fields, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _receipt_json(bank: Bank, one: Receipt) -> dict[str, Any]:
    done = bank.receipts.ready(one)
    return {
        "id": one.id,
        "kind": "refund" if one.refund else "closing" if one.closing else "payment",
        "state": "failed" if done and one.fails else "ready" if done else "waiting",
        "amount": one.amount,
        "number": one.number,
        "sign": one.sign,
        "items": list(one.items),
    }


def _order_json(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "number": order.number,
        "merchant": order.merchant.login,
        "status": int(order.status),
        "state": order.status.name.lower(),
        "action_code": order.action_code,
        "attempts": order.attempts,
        "amount": order.amount,
        "approved": order.approved,
        "deposited": order.deposited,
        "refunded": order.refunded,
        "refunds": [{"amount": one.amount, "external_id": one.external_id} for one in order.refunds],
        "registered_at": milliseconds(order.registered_at),
        "expires_at": milliseconds(order.expires_at),
        "return_url": order.request.return_url,
        "callback_url": order.request.callback_url or order.merchant.callback_url,
        "form_path": order.form_path,
        "challenge": order.challenge,
    }
