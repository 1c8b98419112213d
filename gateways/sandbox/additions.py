"""Small calls about orders that exist: adding parameters, listing the newest, asking about a card. Source: gateway.md §4.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateways.sandbox.cards import Secure, known_card, luhn
from gateways.sandbox.carts import json_object
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Call, order_by_id
from gateways.sandbox.orders import Order
from gateways.sandbox.statement import Speech, payment_state, statement
from gateways.sandbox.wire import Params, text

_MOST_LISTED = 200
_USUAL_PAGE = 100
_LONGEST_NAME, _LONGEST_VALUE = 255, 1024
_COUNTRY = "643"


def add_params(call: Call) -> Mapping[str, Any]:
    """Merchant's parameters, written over those of the same name. Its success is the number 0, not the text."""
    order = order_by_id(call)
    try:
        extra = json_object(call.params, "params", call.dialect)
    except (ValueError, TypeError, RecursionError) as error:
        raise Refusal(Reason.PARAMETER_WRONG, "params") from error
    if not extra:
        raise Refusal(Reason.PARAMETER_MISSING, "params")
    added = {name: str(value) for name, value in extra.items()}
    if any(len(name) > _LONGEST_NAME or len(value) > _LONGEST_VALUE for name, value in added.items()):
        raise Refusal(Reason.PARAMETER_WRONG, "params")
    order.request = replace(order.request, params=tuple((dict(order.request.params) | added).items()))
    return {**call.ok, "errorCode": 0}


def last_orders(call: Call) -> Mapping[str, Any]:
    """The merchant's orders between two moments, newest first, a page at a time. The outer errorCode is a number."""
    since, until = (_moment(call.params, name) for name in ("from", "to"))
    states = _listed(call.params, "transactionStates")
    if not states:
        raise Refusal(Reason.PARAMETER_MISSING, "transactionStates")
    size, page = _count(call.params, "size", _USUAL_PAGE), _count(call.params, "page", 0)
    by_creation = text(call.params, "searchByCreatedDate") == "true"
    found = [
        order
        for order in call.bank.recent(len(call.bank.orders))
        if order.merchant.login == call.merchant.login
        and payment_state(order) in states
        and since <= (order.registered_at if by_creation else _touched_at(order)) <= until
    ]
    size = min(size, _MOST_LISTED)
    told = [
        {**call.ok, **statement(order, Speech(call.dialect, call.language))}
        for order in found[page * size : (page + 1) * size]
    ]
    return {**call.ok, "errorCode": 0, "orderStatuses": told, "totalCount": len(found), "page": page, "pageSize": size}


def enrolment(call: Call) -> Mapping[str, Any]:
    """Whether a card takes part in 3-D Secure: Y, N, or U where its bank did not say."""
    pan = text(call.params, "pan")
    if pan is None:
        raise Refusal(Reason.PARAMETER_MISSING, "pan")
    if not (pan.isascii() and pan.isdigit() and luhn(pan)):
        raise Refusal(Reason.PARAMETER_WRONG, "pan")
    card = known_card(pan)
    secure = Secure.NONE if card is None else card.secure
    word = {Secure.NONE: "N", Secure.FAILED: "U"}.get(secure, "Y")
    names = {"isEnrolled": word, "enrolled": word}
    version_2 = word == "Y" and card is not None and card.secure_version > 1
    return {**call.ok, **names, "emitterName": "TEST BANK", "emitterCountryCode": _COUNTRY, "is3DSVer2": version_2}


def update_ssl_list(call: Call) -> Mapping[str, Any]:
    """A card that paid may pay without 3-D Secure from now on: here nothing depends on it but the answer."""
    order_id = text(call.params, "mdorder") or text(call.params, "mdOrder")
    if order_id is None:
        raise Refusal(Reason.PARAMETER_MISSING, "mdorder")
    call.bank.find(call.merchant, order_id=order_id)
    return dict(call.ok)


def _touched_at(order: Order) -> float:
    """When it was paid, or last changed; for an order to which nothing happened, when it was registered."""
    return order.deposited_at or (order.operations[-1].at if order.operations else order.registered_at)


def _moment(params: Params, name: str) -> float:
    """`yyyyMMddHHmmss` by the clock of Moscow."""
    value = text(params, name)
    if value is None:
        raise Refusal(Reason.PARAMETER_MISSING, name)
    try:
        return datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=MOSCOW).timestamp()
    except ValueError as error:
        raise Refusal(Reason.PARAMETER_WRONG, name) from error


def _listed(params: Params, name: str) -> frozenset[str]:
    return frozenset(word.strip() for word in (text(params, name) or "").split(",") if word.strip())


def _count(params: Params, name: str, usual: int) -> int:
    value = text(params, name)
    if value is None:
        return usual
    if not (value.isascii() and value.isdigit()) or len(value) > len(str(_MOST_LISTED)):
        raise Refusal(Reason.PARAMETER_WRONG, name)
    return int(value)
