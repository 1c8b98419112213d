"""The bank over real HTTP: whole payments, callbacks that are delivered, faults that really happen."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from gateways.sandbox import Dialect, Status
from gateways.sandbox.signing import checksum
from tests.sandbox.live import CARD, CHALLENGED, RUSSIAN_FORM, plain, world
from tests.sandbox.rehearsal import CREDENTIALS, SECRET


async def test_the_way_of_a_payment_in_the_old_dialect() -> None:
    """Form, issuer, back to the shop; a signed callback; status; refund; another callback."""
    async with world() as here:
        order = await here.register()
        assert order["formUrl"] == f"{here.bank.base_url}{RUSSIAN_FORM}?mdOrder={order['orderId']}"
        status, text, _ = await here.get(order["formUrl"])
        assert status == 200
        assert "4 500,00 ₽" in plain(text)
        status, _, issuer = await here.post(order["formUrl"], CHALLENGED)
        assert (status, issuer[:5]) == (303, "/acs/")
        assert (await here.call("getOrderStatusExtended.do", orderNumber="A-1"))["orderStatus"] == 5
        status, _, back = await here.post(issuer, {"code": "111111", "action": "confirm"})
        assert (status, back) == (302, f"{here.shop.url}/back?x=1&orderId={order['orderId']}&lang=ru")
        (told,) = await here.shop.heard(1)
        assert (told.pop("method"), told["operation"], told["status"]) == ("GET", "deposited", "1")
        assert told.pop("checksum") == checksum(SECRET, told)
        paid = await here.call("getOrderStatusExtended.do", orderId=order["orderId"])
        assert (paid["orderStatus"], paid["paymentAmountInfo"]["depositedAmount"]) == (2, 450000)
        answer = await here.call("refund.do", orderId=order["orderId"], amount=50000, externalRefundId="r-1")
        assert answer["errorCode"] == "0"
        assert (await here.shop.heard(2))[1]["operation"] == "refunded"


async def test_the_way_of_a_payment_in_the_new_dialect() -> None:
    """JSON both ways, another form address, a frictionless card, a POST callback."""
    async with world() as here:
        order = await here.register(dialect=Dialect.ECOM, language="en", returnUrl=f"{here.shop.url}/back")
        assert order["formUrl"] == f"{here.bank.base_url}/pp/pay_en?orderId={order['orderId']}"
        assert "4,500.00 ₽" in plain((await here.get(order["formUrl"]))[1])
        status, _, back = await here.post(order["formUrl"], CARD)
        assert (status, back) == (302, f"{here.shop.url}/back?orderId={order['orderId']}&lang=en")
        (told,) = await here.shop.heard(1)
        assert told == {
            "method": "POST",
            "mdOrder": order["orderId"],
            "orderNumber": "A-1",
            "operation": "deposited",
            "status": 1,
        }


# Callbacks


async def test_a_failed_callback_is_tried_again() -> None:
    """500 and then 302 count as failures; the third try is the last."""
    async with world() as here:
        here.shop.answers = [500, 302, 500]
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        told = await here.shop.heard(3)
        assert told[0] == told[1] == told[2]
        here.bank.advance(1)
        here.shop.answers = []
        await here.call("refund.do", orderId=order["orderId"], amount=1)
        assert (await here.shop.heard(4))[3]["operation"] == "refunded"
        _, log = await here.control("GET", "callbacks")
        assert [one["answer"] for one in log["callbacks"][:3]] == [500, 302, 500]


async def test_an_unreachable_shop_does_not_disturb_the_bank() -> None:
    """No answer is noted as none."""
    async with world(callback_url="http://127.0.0.1:9/", callback_tries=1) as here:
        order = await here.register()
        await here.post(order["formUrl"], CARD)
        await here.register("A-2", dynamicCallbackUrl=f"{here.shop.url}/callback", sessionTimeoutSecs=5)
        here.bank.advance(5)
        assert (await here.shop.heard(1))[0]["operation"] == "declinedByTimeout"
        _, log = await here.control("GET", "callbacks")
        assert log["callbacks"][0]["answer"] is None


async def test_callbacks_can_be_sent_by_hand_true_and_forged() -> None:
    """The forged one differs only in its checksum; nothing happens to the order."""
    async with world() as here:
        order = await here.register()
        status, sent = await here.control("POST", "callbacks", {"number": "A-1"})
        assert (status, sent["operation"], sent["status"]) == (202, "deposited", 1)
        await here.shop.heard(1)
        assert (await here.control("POST", "callbacks", {"number": order["orderId"], "forge": True}))[0] == 202
        true, forged = await here.shop.heard(2)
        sums = true.pop("checksum"), forged.pop("checksum")
        assert true == forged
        assert sums[0] != sums[1]
        assert here.bank.orders[order["orderId"]].status is Status.CREATED
        assert (await here.control("POST", "callbacks", {"number": "nonsense"}))[0] == 404


# Faults made real


@pytest.mark.parametrize(("kind", "acted"), [("timeout_before", False), ("timeout_after", True)])
async def test_a_hanging_bank_outwaits_the_client(kind: str, acted: bool) -> None:
    """The client's own patience ends the call; the order exists only if the bank acted first."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": kind, "method": "register.do"})
        body = CREDENTIALS | {"orderNumber": "A-1", "amount": "100", "returnUrl": "http://a.test/"}
        url = f"{here.bank.base_url}/payment/rest/register.do"
        with pytest.raises(TimeoutError):
            await here.client.post(url, data=body, timeout=aiohttp.ClientTimeout(total=0.2))
        assert (here.bank.lookup("A-1") is not None) is acted


async def test_a_hanging_call_does_not_keep_the_bank_open() -> None:
    """Closing the bank ends it at once."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": "timeout_before"})
        waiting = asyncio.create_task(here.call("register.do"))
        while here.bank.faults.rules:  # noqa: ASYNC110  (the bank has no event for "somebody is waiting")
            await asyncio.sleep(0)
    with pytest.raises(aiohttp.ClientError):
        await waiting


@pytest.mark.parametrize(("kind", "acted"), [("cut_before", False), ("cut_after", True)])
async def test_a_cut_connection_is_really_cut(kind: str, acted: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The client sees the connection break, the bank does not complain about it."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": kind, "method": "register.do"})
        with caplog.at_level(logging.WARNING), pytest.raises(aiohttp.ClientError):
            await here.register()
        assert caplog.records == []
        assert (here.bank.lookup("A-1") is not None) is acted


async def test_late_and_broken_answers_travel_as_they_are() -> None:
    """A delay, a status, an empty body, half an answer."""
    async with world() as here:
        await here.register()
        url = f"{here.bank.base_url}/rest/getOrderStatusExtended.do"
        seen = []
        for fault in ({"kind": "delay", "value": 0.01}, {"kind": "http_502"}, {"kind": "empty"}, {"kind": "truncated"}):
            await here.control("POST", "faults", fault)
            async with here.client.post(url, data=CREDENTIALS | {"orderNumber": "A-1"}) as answer:
                seen.append((answer.status, len(await answer.read())))
        (_, whole), (status, _), (_, none), (_, half) = seen
        assert (status, none, half) == (502, 0, whole // 2)


# Alone

# The command, and at its end what it should not have loaded.
ALONE = """
import atexit, sys
atexit.register(lambda: print(sorted({{"sqlalchemy", "checkout.__main__"}} & sys.modules.keys())))
sys.argv = {!r}
from checkout.entry import main
main()
"""


def test_the_bank_runs_by_itself_and_stops_when_told() -> None:
    """`python -m gateways.sandbox` prints its address, answers there, and ends well at SIGTERM."""
    command = [sys.executable, "-m", "gateways.sandbox", "--port", "0", "--secret-from-env", "BANK_SECRET"]
    with subprocess.Popen(  # noqa: S603  (our own module)
        command, stdout=subprocess.PIPE, text=True, env={"BANK_SECRET": "s"}
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_command_starts_without_the_rest(tmp_path: Path) -> None:
    """`checkout sandbox` greets with addresses, login and cards, and has loaded neither a database nor the service."""
    shops = tmp_path / "shops.toml"
    shops.write_text('[[merchants]]\nlogin = "shop-api"\npassword = "secret"\n', encoding="utf-8")
    arguments = ["checkout", "sandbox", "--port", "0", "--merchants", str(shops)]
    with subprocess.Popen(  # noqa: S603  (our own module)
        [sys.executable, "-c", ALONE.format(arguments)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().rstrip() for _ in range(12)]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", said[0])
        assert f"  controls     {said[0]}/sandbox/" in said[3]
        assert "  shop-api / secret  Учебный магазин" in said
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert "5555555555555599" in rest
    assert rest.endswith("[]\n")


@pytest.mark.parametrize("command", [["-m", "gateways.sandbox", "--port", "0"], ["-m", "checkout", "sandbox"]])
def test_a_wrong_file_of_merchants_is_an_error_at_once(tmp_path: Path, command: list[str]) -> None:
    """With what is wrong in it."""
    shops = tmp_path / "shops.yaml"
    shops.write_text("merchants: [{colour: red}]", encoding="utf-8")
    done = subprocess.run(  # noqa: S603  (our own module)
        [sys.executable, *command, "--merchants", str(shops)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "colour" in done.stderr


def test_a_missing_secret_is_an_error_at_once() -> None:
    """Better than unsigned callbacks that nobody expects."""
    command = [sys.executable, "-m", "gateways.sandbox", "--port", "0", "--secret-from-env", "BANK_SECRET"]
    done = subprocess.run(command, capture_output=True, text=True, env={}, check=False)  # noqa: S603  (our own module)
    assert done.returncode == 2
    assert "BANK_SECRET" in done.stderr
