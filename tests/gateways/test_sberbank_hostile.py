"""Hundreds of bent answers: none crashes us, and none makes us believe in money that it does not state."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from gateways.gateway import (
    BankOrder,
    BankStatus,
    Garbled,
    Gateway,
    GatewayError,
    Refused,
    Registered,
    Response,
    Unreachable,
)
from tests.gateways.corpus import scrambled
from tests.gateways.samples import (
    ECOM_REGISTERED,
    FORM_URL,
    NUMBER,
    PAID,
    PART_REFUNDED,
    PRICE,
    REFERENCE,
    REFUND,
    REGISTRATION,
    UNPAID,
    answer,
    bank,
)

_T = TypeVar("_T")
SEED = 20_261_105
MUTANTS = 150
NASTY: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 19900, 19901, 1990000, 10**12, 10**30, 0.5, 19900.0, 1e308),
    *("", " ", "0", "2", "19900", "19900.00", "1e5", "-0", "+2", "０", "643", "840", "Ω" * 2000, "\ud800", "\x00"),
    *("'; DROP TABLE--", "<script>", NUMBER, NUMBER + "x", REFERENCE, "https://evil.example/", FORM_URL),
    *([], {}, [[]], [{}], {"a": {"b": []}}, [0] * 50),
]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside."""
    if path:
        yield path
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(inner, (*path, key))


def replaced(content: dict[str, Any], dice: random.Random) -> bytes:
    """One to three values swapped for nasty ones, or left out."""
    copy = json.loads(json.dumps(content))
    for _ in range(dice.randint(1, 3)):
        *way, last = dice.choice(list(places(copy)))
        parent = copy
        for step in way:
            parent = parent[step]
        if dice.random() < 0.2:
            del parent[last]
        else:
            parent[last] = dice.choice(NASTY)
        if not copy:
            break
    return json.dumps(copy, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def bent(content: dict[str, Any], dice: random.Random) -> bytes:
    """Its bytes are not what they were."""
    return scrambled(json.dumps(content, ensure_ascii=False).encode(), dice)


def mutants(content: dict[str, Any], name: str) -> list[Response]:
    dice = random.Random(f"{SEED}/{name}")  # noqa: S311 - a corpus must be the same in every run
    made = [(replaced if index % 3 else bent)(content, dice) for index in range(MUTANTS)]
    return [answer(body, dice.choice([200] * 9 + [500])) for body in made]


async def outcomes(
    responses: list[Response], kind: str, call: Callable[[Gateway], Awaitable[_T]]
) -> list[_T | Exception]:
    """What each answer makes of a call: facts, or one of our errors; anything else fails the test here."""

    async def outcome(response: Response) -> _T | Exception:
        gateway, _ = bank(response, response, response, kind=kind)
        try:
            return await call(gateway)
        except GatewayError as error:
            return error

    return await asyncio.gather(*(outcome(response) for response in responses))


def settles(order: BankOrder) -> bool:
    """What a caller compares before it believes that our order is paid."""
    return order.status is BankStatus.DEPOSITED and order.amount == order.captured == PRICE and order.number == NUMBER


def states_payment(body: bytes) -> bool:
    """Whether the bytes do say, in so many words, that our order is paid in full and in roubles."""
    said = json.loads(body)
    amounts = said.get("paymentAmountInfo")
    parts = (amounts["depositedAmount"], amounts["refundedAmount"]) if amounts else (said["amount"], 0)
    return (
        said["orderNumber"] == NUMBER
        and str(said["orderStatus"]) == "2"
        and said["amount"] in {19900, "19900"}
        and sum(map(int, parts)) == 19900
        and str(said["currency"]) in {"643", "810"}
        and str(said.get("errorCode") or "0") == "0"
    )


@pytest.mark.parametrize("kind", ["sberbank", "sberbank-legacy"])
@pytest.mark.parametrize(("name", "content"), [("UNPAID", UNPAID), ("PAID", PAID), ("PART_REFUNDED", PART_REFUNDED)])
async def test_a_bent_order_is_an_error_or_what_it_says(kind: str, name: str, content: dict[str, Any]) -> None:
    """A bent status answer ends in one of our errors, or in facts that stand in it word for word."""
    responses = mutants(content, f"{kind}/{name}")
    found = await outcomes(responses, kind, lambda gateway: gateway.look(number=NUMBER, reference=REFERENCE))
    understood = [
        (order, body.body) for order, body in zip(found, responses, strict=True) if isinstance(order, BankOrder)
    ]
    assert len(understood) > MUTANTS // 20, "a corpus in which nothing is understood proves nothing"
    for order, body in understood:
        assert (order.number, order.reference) == (NUMBER, REFERENCE)
        assert json.loads(body)["amount"] in {order.amount.amount, str(order.amount.amount)}
        assert states_payment(body) or not settles(order)
    assert any(settles(order) for order, _ in understood) is (name == "PAID")


async def test_a_bent_registration_never_leads_elsewhere() -> None:
    """A bent registration ends in one of our errors, or in the page that it names, on the bank's host."""
    responses = mutants(ECOM_REGISTERED, "register")
    found = await outcomes(responses, "sberbank", lambda gateway: gateway.register(REGISTRATION))
    for registered, response in zip(found, responses, strict=True):
        if isinstance(registered, Registered):
            assert registered.form_url.startswith("https://bank.example/")
            said = json.loads(response.body)
            assert (registered.reference, registered.form_url) == (said["orderId"], said["formUrl"])


async def test_a_bent_yes_is_a_yes_a_no_or_unknown_and_never_guessed() -> None:
    """A bent answer to a refund is believed only with its zero, and refused only with a documented code."""
    yes = {"errorCode": "0", "errorMessage": "Успешно", "bankInfo": {"a": [1, 2, 3]}}
    no = yes | {"errorCode": "7", "errorMessage": "Платёж должен быть в корректном состоянии"}
    responses = mutants(yes, "accepted") + mutants(no, "refused")
    found = await outcomes(responses, "sberbank-legacy", lambda gateway: gateway.refund(REFUND))
    for result, response in zip(found, responses, strict=True):
        if result is None:
            assert response.status == 200
            assert json.loads(response.body)["errorCode"] in {0, "0"}
        elif isinstance(result, Refused):
            assert json.loads(response.body)["errorCode"] in {int(result.code), result.code}
            assert int(result.code) in range(1, 16)
        else:
            assert isinstance(result, Unreachable)
    for kind in (type(None), Garbled, Refused):
        assert any(isinstance(result, kind) for result in found), "a corpus that lacks an outcome proves nothing"
