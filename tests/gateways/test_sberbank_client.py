"""Which calls are tried again, what is measured, and what is never written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from gateways.gateway import (
    BankStatus,
    CallbackRequest,
    Forged,
    Garbled,
    Gateway,
    GatewayError,
    NotFound,
    Request,
    Response,
    Throttled,
    Unreachable,
)
from gateways.http import AiohttpTransport
from gateways.sberbank import make
from gateways.sberbank.banks import BANKS
from tests.gateways.samples import (
    LEGACY_REGISTERED,
    NUMBER,
    PAID,
    PASSWORD,
    REFERENCE,
    REFUND,
    REGISTRATION,
    SECRET,
    answer,
    bank,
    config,
    refusal,
)

CUT = Unreachable("bank.example: ServerDisconnectedError")
BROKEN = answer(b"<html>502</html>", 502)


async def look(gateway: Gateway) -> BankStatus:
    return (await gateway.look(number=NUMBER, reference=REFERENCE)).status


# What is tried again


@pytest.mark.parametrize("first", [CUT, BROKEN])
async def test_a_reading_is_tried_again_when_the_bank_cannot_be_reached(first: Response | Exception) -> None:
    """Two failures to reach the bank are made good by the third try of a reading."""
    gateway, wire = bank(first, first, answer(PAID))
    assert await look(gateway) is BankStatus.DEPOSITED
    assert len(wire.sent) == 3
    assert wire.sent[0] == wire.sent[1] == wire.sent[2]


async def test_a_reading_gives_up_after_three_tries() -> None:
    """The third failure is the caller's."""
    gateway, wire = bank(CUT, CUT, CUT, answer(PAID))
    with pytest.raises(Unreachable):
        await look(gateway)
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    ("first", "error"),
    [
        (answer(b"<html>"), Garbled),
        (answer(b"", 429), Throttled),
        (refusal("6"), NotFound),
        (Garbled("too large"), Garbled),
    ],
)
async def test_a_reading_is_not_tried_again_in_vain(first: Response | Exception, error: type[GatewayError]) -> None:
    """What will not mend within a second, and a bank that asks for fewer calls, is left alone."""
    gateway, wire = bank(first, answer(PAID))
    with pytest.raises(error):
        await look(gateway)
    assert len(wire.sent) == 1


MUTATIONS: dict[str, Callable[[Gateway], Awaitable[Any]]] = {
    "register": lambda gateway: gateway.register(REGISTRATION),
    "refund": lambda gateway: gateway.refund(REFUND),
    "reverse": lambda gateway: gateway.reverse(reference=REFERENCE, number=NUMBER),
    "decline": lambda gateway: gateway.decline(reference=REFERENCE, number=NUMBER),
}


@pytest.mark.parametrize("operation", MUTATIONS)
@pytest.mark.parametrize("first", [CUT, BROKEN, answer(b"<html>"), answer(b"", 429), refusal("7", "Системная ошибка")])
async def test_what_moves_something_is_sent_once(operation: str, first: Response | Exception) -> None:
    """An order to the bank is sent once, however it ends: its outcome is then unknown, and looked at by the caller."""
    gateway, wire = bank(first, answer(LEGACY_REGISTERED | {"errorCode": "0"}))
    with pytest.raises(Unreachable):
        await MUTATIONS[operation](gateway)
    assert len(wire.sent) == 1


async def test_all_tries_together_have_one_limit_of_time() -> None:
    """A bank that never answers ends in an unknown outcome, even on a transport without limits of its own."""

    class Silent:
        async def __call__(self, request: Request) -> Response:
            await asyncio.Event().wait()
            raise AssertionError(request)

        async def close(self) -> None:
            """Nothing to let go of."""

    gateway = make(config(total_seconds=0.05), name="main", transport=Silent())
    with pytest.raises(Unreachable):
        await look(gateway)


async def test_many_readings_at_once_do_not_mix() -> None:
    """Readings that are tried again side by side each get their own order's answer."""

    class Moody:
        """Fails every other time, and answers by the number that was asked for."""

        def __init__(self) -> None:
            self.calls = 0

        async def __call__(self, request: Request) -> Response:
            self.calls += 1
            await asyncio.sleep(0)
            if self.calls % 2:
                raise CUT
            number = request.body.decode().partition("orderNumber=")[2].partition("&")[0]
            return answer(PAID | {"orderNumber": number})

        async def close(self) -> None:
            """Nothing to let go of."""

    gateway = make(config(), name="main", transport=Moody())
    numbers = [f"pay_{index}" for index in range(40)]
    results = await asyncio.gather(
        *(gateway.look(number=number, reference=None) for number in numbers), return_exceptions=True
    )
    seen = {order.number for order in results if not isinstance(order, BaseException)}
    assert len(seen) > 20
    for number, order in zip(numbers, results, strict=True):
        assert isinstance(order, Unreachable) or (not isinstance(order, BaseException) and order.number == number)


# What is measured and written down


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_every_exchange_is_counted_by_its_outcome() -> None:
    """Each exchange, also one that is tried again, is timed and counted under gateway, operation and outcome."""
    transport_answers = (CUT, answer(PAID), refusal("6"), refusal("5", "Доступ запрещён"))
    gateway, _ = bank(*transport_answers, name="counted")
    await look(gateway)
    for _ in range(2):
        with pytest.raises(GatewayError):
            await look(gateway)
    for outcome in ("unreachable", "ok", "not_found", "access_denied"):
        labels = {"gateway": "counted", "operation": "look", "outcome": outcome}
        assert metric("gateway_call_seconds_count", **labels) == 1
        assert metric("gateway_outcomes_total", **labels) == 1


async def test_a_call_that_is_cancelled_is_counted_too() -> None:
    """A call broken off by a shutdown is neither a success nor the bank's fault."""

    class Cancelled:
        async def __call__(self, request: Request) -> Response:
            raise asyncio.CancelledError(request)

        async def close(self) -> None:
            """Nothing to let go of."""

    gateway = make(config(), name="cancelled", transport=Cancelled())
    with pytest.raises(asyncio.CancelledError):
        await gateway.refund(REFUND)
    labels = {"gateway": "cancelled", "operation": "refund", "outcome": "broken_off"}
    assert metric("gateway_outcomes_total", **labels) == 1


async def test_callbacks_are_counted_but_not_logged() -> None:
    """Forged callbacks are counted; a flood of them does not flood the log."""
    gateway, _ = bank()
    gateway.name = "rung"
    request = CallbackRequest("GET", (("mdOrder", REFERENCE), ("checksum", "0" * 64)), "", b"")
    with capture_logs() as lines, pytest.raises(Forged):
        gateway.read_callback(request)
    assert lines == []
    assert metric("gateway_outcomes_total", gateway="rung", operation="callback", outcome="forged") == 1


async def test_the_log_says_what_happened_and_holds_no_secret() -> None:
    """A line per exchange names operation, number and outcome; never login, card, payer or the bank's words."""
    words = f"Доступ запрещён: {PASSWORD}"
    gateway, _ = bank(BROKEN, answer(PAID), refusal("5", words), answer(LEGACY_REGISTERED))
    with capture_logs() as lines:
        await look(gateway)
        with pytest.raises(GatewayError):
            await gateway.refund(REFUND)
        await gateway.register(REGISTRATION)
    assert [(line["operation"], line["outcome"], line["number"]) for line in lines] == [
        ("look", "unreachable", NUMBER),
        ("look", "ok", NUMBER),
        ("refund", "access_denied", NUMBER),
        ("register", "ok", NUMBER),
    ]
    assert [line["log_level"] for line in lines] == ["warning", "info", "warning", "info"]
    assert lines[0]["reason"] == "HTTP 502"
    assert lines[2]["code"] == "5"
    for secret in (PASSWORD, SECRET, "shop-api", "1111", "anna@example.com", "IVAN", "запрещ"):
        assert secret not in str(lines)


async def test_secrets_are_in_no_print_of_anything() -> None:
    """Neither configuration, gateway nor error shows the password or the callback key when printed."""
    gateway, _ = bank(answer({"errorCode": PASSWORD}))
    with pytest.raises(Garbled) as caught:
        await gateway.refund(REFUND)
    for thing in (config(), gateway, gateway.capabilities, caught.value, caught.value.__cause__):
        assert PASSWORD not in f"{thing!r} {thing}"
        assert SECRET not in f"{thing!r} {thing}"


# Making one


@pytest.mark.parametrize(
    ("kind", "lock", "same_day", "completed", "holds"),
    [
        ("sberbank", False, False, False, True),
        ("sberbank-legacy", True, True, True, True),
        ("alfabank", True, True, True, True),
        ("rbs", False, True, False, False),
    ],
)
async def test_each_kind_knows_what_it_can_do(
    kind: str, lock: bool, same_day: bool, completed: bool, holds: bool
) -> None:
    """Capabilities follow the bank's documents; the contract's configuration may know better."""
    gateway, _ = bank(kind=kind)
    found = gateway.capabilities
    assert (found.refund_lock, found.same_day_refund, found.signed_callbacks) == (lock, same_day, True)
    assert bank(kind=kind, same_day_refund=not same_day)[0].capabilities.same_day_refund is not same_day
    assert bank(kind=kind, refund_lock=not lock)[0].capabilities.refund_lock is not lock
    assert (found.reverse_completed, gateway.two_stage is not None) == (completed, holds)
    assert bank(kind=kind, reverse_completed=not completed)[0].capabilities.reverse_completed is not completed
    assert (bank(kind=kind, two_stage=not holds)[0].two_stage is not None) is not holds
    assert kind in BANKS


async def test_a_method_may_stand_elsewhere() -> None:
    """The block names the path of an installation that has moved a method."""
    gateway, wire = bank(answer({"errorCode": "0"}), kind="rbs", paths={"refund": "v2/refund.do"})
    await gateway.refund(REFUND)
    assert wire.sent[0].url.endswith("/v2/refund.do")
    assert b"expectedDepositedAmount" not in wire.sent[0].body


async def test_without_a_transport_the_real_network_is_used() -> None:
    """A gateway made without a transport gets the outbound client, opens nothing yet, and can be closed unused."""
    gateway = make(config(), name="main")
    assert isinstance(vars(gateway)["_exchange"].transport, AiohttpTransport)
    await gateway.close()
    with pytest.raises(Unreachable):
        await gateway.refund(REFUND)
