"""`checkout bank`, run as an operator runs it, on the database of the world's application and against its bank."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from checkout.payment.card import Asked
from checkout.payment.payment import State
from checkout.payment.settle import settle
from checkout.postgres import Urls
from gateways import sandbox
from gateways.sandbox import bindings
from tests.cli.shop import ROOT, ended
from tests.setting import ENVIRONMENT, PATHS
from tests.world import World, open_world

Run = Callable[..., Awaitable[tuple[int, str]]]
KIND = "sberbank-legacy"


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A contract that saves cards, and whose callbacks are lost."""
    _ = emptied
    async with open_world(urls, move, kind=KIND, saved_cards=True) as found:
        found.bank.faults.add(sandbox.Rule(sandbox.Fault.DROP, method="callback", times=None))
        yield found


@pytest.fixture
def shop(urls: Urls, world: World) -> Run:
    """How a command is run there; its exit code and what it printed."""
    bank = world.bank.base_url + PATHS[KIND]
    environment = {**os.environ, **ENVIRONMENT, "CHECKOUT_BANK_URL": bank, "DATABASE_URL": urls.app}
    return partial(asyncio.to_thread, ended, environment)


def row(text: str, name: str) -> list[str]:
    """The cells of a row of a table that is printed."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return [cell.strip() for cell in line.removeprefix(name).split("  ") if cell.strip()]


async def test_a_payment_is_shown_beside_the_banks_word(world: World, shop: Run) -> None:
    """By the order's code; both witnesses agree with us; in words, and nobody's data in the bank's own."""
    order, payment_id = await world.paid()
    code, said = await shop("bank", "order", order.code, "--raw")
    assert code == 0, said
    assert str(payment_id) in said
    assert row(said, "state") == ["captured", "deposited", "deposited"]
    assert row(said, "deposited") == ["2\u00a0500.00\u00a0₽"] * 3
    assert row(said, "way") == ["card", "card", "-"]
    assert row(said, "card") == ["VISA …1111", "VISA …1111", "…1111"]
    assert row(said, "action code") == ["0 Nothing was declined", "0 Nothing was declined", "-"]
    assert "agrees" in said.splitlines()
    assert '"OrderStatus": 2' in said
    assert "PETROVA" not in said
    assert '"Ip": "[hidden]"' in said


async def test_where_they_differ_it_says_what_cures_it(world: World, shop: Run) -> None:
    """The bank has the money and we have not looked yet; for a program, too. Reading changes nothing."""
    order = await world.order()
    payment_id = (await world.start(order)).payment_id
    await world.pay_at_bank(payment_id)
    code, said = await shop("bank", "order", str(payment_id), "--json")
    (told,) = json.loads(said)
    assert (code, told["agrees"], told["order"]) == (1, False, order.code)
    assert (told["ours"]["state"], told["bank"]["status"], told["short"]["status"]) == (
        "pending",
        "deposited",
        "deposited",
    )
    (difference,) = told["differences"]
    assert difference["what"] == "the bank says deposited, and our books pending"
    assert "the worker's next look makes it captured" in difference["cure"]
    assert (await world.payment(payment_id)).state is State.PENDING


async def test_a_bank_that_is_not_heard_is_no_agreement(world: World, shop: Run) -> None:
    """Neither witness said a word: exit 2."""
    order, _ = await world.paid()
    for method in ("getOrderStatusExtended.do", "getOrderStatus.do"):
        world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method=method, times=None))
    code, said = await shop("bank", "order", order.code)
    assert (code, said.splitlines()[-1]) == (2, "UNKNOWN  the bank could not be asked")


async def test_saved_cards_are_shown_on_both_sides(world: World, shop: Run) -> None:
    """One that was switched off at the bank, and that we have as saved, is a difference."""
    order = await world.order()
    payment_id = (await world.start(order, card=Asked(save=True))).payment_id
    await world.pay_at_bank(payment_id)
    await settle(world.service, payment_id)
    (card,) = world.bank.bindings.by_id.values()
    bindings.switch(world.bank, card, on=False)
    code, said = await shop("bank", "cards", order.code)
    assert (code, row(said, "VISA …1111")) == (1, ["12/34", "saved", "has it not"])


async def test_notes_are_added(world: World, shop: Run) -> None:
    """By whoever runs the installation; what looks like somebody's data is refused, and nothing is sent."""
    order, payment_id = await world.paid()
    code, said = await shop("bank", "note", order.code, "clinic=Тверская", f"visit={order.code}")
    assert (code, said) == (0, f"{payment_id}: the bank added clinic, visit\n")
    kept = dict(world.bank.find(world.merchant, number=str(payment_id)).request.params)
    assert (kept["clinic"], kept["visit"]) == ("Тверская", order.code)
    code, said = await shop("bank", "note", order.code, "visit=1", "call=8 912 345-67-89")
    assert (code, said) == (2, "nothing was sent: call: this looks like a phone number\n")
    assert dict(world.bank.find(world.merchant, number=str(payment_id)).request.params) == kept


async def test_a_card_is_asked_about_unseen_and_never_in_production(shop: Run, tmp_path: Path) -> None:
    """From standard input; nothing prints it. Where real cards are, nobody is asked for one."""
    code, said = await shop("bank", "enrolled", typed="5469 9801 0004 8525\n")
    assert code == 0, said
    assert row(said, "enrolled") == ["Y (it takes part)"]
    assert row(said, "country") == ["643 (Russia)"]
    assert row(said, "3-D Secure") == ["1"]
    assert "48525" not in said
    path, text = tmp_path / "config.yaml", (ROOT / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("mode: test", "mode: production").replace("http://localhost:8080", "https://pay.example.ru")
    path.write_text(text + "\nmetrics_token: a-token-of-the-tests\n", encoding="utf-8")
    code, said = await shop("bank", "enrolled", "--config", path, typed="5469980100048525\n")
    assert code == 2
    assert "PCI DSS" in said
    assert "5469" not in said


async def test_the_contract_is_told_whole(world: World, shop: Run) -> None:
    """Whether the bank is there, its breaker, and what it can; exit 2 when it is not."""
    code, said = await shop("bank", "status")
    assert code == 0, said
    assert row(said, "the bank") == ["answers and knows us"]
    assert row(said, "breaker") == ["closed"]
    assert row(said, "saved cards") == row(said, "short status") == row(said, "notes on an order") == ["yes"]
    assert row(said, "ways to pay") == ["card, sberpay, sbp; offered: card, sbp, sberpay"]
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, times=None))
    code, said = await shop("bank", "status", "--merchant", "zdorovie")
    assert (code, row(said, "the bank")) == (2, ["does not answer: HTTP 502"])
