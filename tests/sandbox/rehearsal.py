"""Builders: a bank on a virtual clock, calls in both dialects without sockets, and payers."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from gateways.sandbox import (
    Bank,
    CardEntry,
    Clock,
    Delivery,
    Dialect,
    Kind,
    Merchant,
    Order,
    Reply,
    Step,
    WireRequest,
    confirm,
    dispatch,
    pay,
)
from gateways.sandbox.clock import MOSCOW

SECRET = "emulator-secret-0001"
CALLBACK_URL = "http://shop.test/callback"
RETURN_URL = "https://shop.test/back"
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=MOSCOW).timestamp()
PREFIXES = {Dialect.LEGACY: "/payment/rest/", Dialect.ECOM: "/ecomm/gw/partner/api/v1/"}
CREDENTIALS = {"userName": "sandbox-api", "password": "sandbox"}

FRICTIONLESS = CardEntry("4111111111111111", "203412", "123", "IVAN IVANOV")
CHALLENGE = CardEntry("5555555555555599", "203412", "123")
NO_MONEY = CardEntry("2202205000060910", "202806", "810")
REFUSED = CardEntry("5168494895055780", "202612", "123")


def merchant(**facts: Any) -> Merchant:
    """The default merchant with a signed callback, changed as told."""
    return Merchant(**{"callback_url": CALLBACK_URL, "callback_secret": SECRET} | facts)


def bank(at: float = NOON, **facts: Any) -> Bank:
    """A bank that stands still at noon in Moscow and draws the same ids every time."""
    return Bank([merchant(**facts)], clock=Clock.virtual(at), rng=random.Random(7), base_url="http://bank.test")  # noqa: S311  (repeatable on purpose)


def ask(bank: Bank, method: str, dialect: Dialect = Dialect.LEGACY, **params: Any) -> Reply:
    """One call with the right credentials, in the dialect's usual form."""
    fields = CREDENTIALS | params
    if dialect is Dialect.ECOM:
        kind, body = "application/json", json.dumps(fields)
    else:
        kind, body = "application/x-www-form-urlencoded", urlencode(fields, doseq=True)
    return dispatch(bank, WireRequest("POST", PREFIXES[dialect] + method, "", kind, body.encode()))


def call(bank: Bank, method: str, dialect: Dialect = Dialect.LEGACY, **params: Any) -> dict[str, Any]:
    """The same, read as JSON."""
    reply = ask(bank, method, dialect, **params)
    assert reply.status == 200
    fields: dict[str, Any] = json.loads(reply.body)
    return fields


def register(
    bank: Bank, number: str = "A-1", dialect: Dialect = Dialect.LEGACY, *, method: str = "register.do", **params: Any
) -> Order:
    """A registered order of 199 roubles."""
    answer = call(bank, method, dialect, **{"orderNumber": number, "amount": 19900, "returnUrl": RETURN_URL} | params)
    return bank.orders[answer["orderId"]]


def held(bank: Bank, number: str = "A-1", dialect: Dialect = Dialect.LEGACY, **params: Any) -> Order:
    """An order whose sum is held on the payer's card."""
    order = register(bank, number, dialect, method="registerPreAuth.do", **params)
    pay(bank, order, FRICTIONLESS)
    return order


def paid(bank: Bank, number: str = "A-1", dialect: Dialect = Dialect.LEGACY, **params: Any) -> Order:
    """An order that was paid without a challenge."""
    order = register(bank, number, dialect, **params)
    pay(bank, order, FRICTIONLESS)
    return order


def status(bank: Bank, order: Order, dialect: Dialect = Dialect.LEGACY, **params: Any) -> dict[str, Any]:
    return call(bank, "getOrderStatusExtended.do", dialect, orderId=order.id, **params)


def answer_challenge(bank: Bank, order: Order, code: str = "111111") -> Step:
    """The payer types a code at the issuer's page."""
    step = confirm(bank, order.challenge or "", code)
    assert step is not None
    return step


def deliver(bank: Bank) -> list[Delivery]:
    """Everything due, taken and answered with 200."""
    due = bank.take_due_callbacks()
    for delivery in due:
        bank.callback_answered(delivery, 200)
    return due


def kinds(bank: Bank) -> list[Kind]:
    """The kinds of effects in the journal."""
    return [effect.kind for effect in bank.journal.effects]
