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

from checkout.ground.db import rows, sql
from checkout.payment.card import Asked
from checkout.payment.settle import settle
from checkout.postgres import Urls
from gateways import sandbox
from gateways.sandbox import bindings, reverting
from tests.cli.shop import ROOT, ended
from tests.setting import ENVIRONMENT, PATHS
from tests.world import World, open_world

Run = Callable[..., Awaitable[tuple[int, str]]]
KIND = "sberbank-legacy"
_AUDIT = sql("SELECT principal, object, outcome, data FROM audit WHERE action = 'bank.note' ORDER BY seq")
_NOTED = sql("SELECT kind, principal, data FROM event WHERE kind IN ('noting', 'noted') ORDER BY seq")


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
    """We have not looked yet; then we have; then money went back at the bank without us. Reading changes nothing."""
    order = await world.order()
    payment_id = (await world.start(order)).payment_id
    await world.pay_at_bank(payment_id)
    code, said = await shop("bank", "order", str(payment_id))
    cure = "the worker's next look makes it captured; `checkout doctor` says whether one runs"
    assert (code, said.splitlines()[-1]) == (1, f"DIFFERS  the bank says deposited, and our books pending: {cure}")
    await settle(world.service, payment_id)
    found = world.bank.find(world.merchant, number=str(payment_id))
    reverting.refund(world.bank, found, 50_000, external_id=None)
    code, said = await shop("bank", "order", str(payment_id), "--json")
    (told,) = json.loads(said)
    assert (code, told["agrees"], told["ours"]["refunded"], told["bank"]["refunded"]) == (1, False, 0, 50_000)
    assert told["differences"][0]["what"] == "the bank shows 500.00\u00a0₽ as given back, and our books 0.00\u00a0₽"
    assert told["short"]["status"] == "refunded"
    assert (await world.payment(payment_id)).belief.refunded.amount == 0


async def test_a_contract_without_the_long_status_is_shown_by_the_short_one(world: World, shop: Run) -> None:
    """So whoever runs the clinic sees the money that cannot be settled, and what to ask of the bank."""
    order = await world.order()
    payment_id = (await world.start(order)).payment_id
    await world.pay_at_bank(payment_id)
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTML, method="getOrderStatusExtended.do", times=None))
    code, said = await shop("bank", "order", order.code)
    assert code == 1
    assert row(said, "state") == ["pending", "-", "deposited"]
    assert "have the bank permit getOrderStatusExtended.do" in said
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.HTTP_502, method="getOrderStatus.do", times=None))
    code, said = await shop("bank", "order", order.code)
    assert (code, said.splitlines()[-1]) == (2, "UNKNOWN  the bank could not be asked")
    code, said = await shop("bank", "order", "ABCD2345")
    assert code == 2
    assert "nothing was paid at a bank under ABCD2345" in said


async def test_saved_cards_are_shown_on_both_sides(world: World, shop: Run) -> None:
    """They agree; one that was switched off at the bank is a difference; a payment without cards says so."""
    order = await world.order()
    payment_id = (await world.start(order, card=Asked(save=True))).payment_id
    await world.pay_at_bank(payment_id)
    await settle(world.service, payment_id)
    code, said = await shop("bank", "cards", order.code)
    assert code == 0, said
    assert row(said, "VISA …1111") == ["12/34", "saved", "has it"]
    (card,) = world.bank.bindings.by_id.values()
    bindings.switch(world.bank, card, on=False)
    code, said = await shop("bank", "cards", order.code)
    assert (code, row(said, "VISA …1111")) == (1, ["12/34", "saved", "has it not"])
    plain, _ = await world.paid()
    code, said = await shop("bank", "cards", plain.code)
    assert code == 2
    assert "no card was to be saved, or used" in said


async def test_notes_are_added_and_told(world: World, shop: Run) -> None:
    """The bank shows them; the story and the audit say who, and the names alone."""
    order, payment_id = await world.paid()
    code, said = await shop("bank", "note", order.code, "clinic=Тверская", f"visit={order.code}")
    assert (code, said) == (0, f"{payment_id}: the bank added clinic, visit\n")
    kept = dict(world.bank.find(world.merchant, number=str(payment_id)).request.params)
    assert (kept["clinic"], kept["visit"]) == ("Тверская", order.code)
    told = await world.tx(lambda tx: rows(tx, _NOTED))
    assert [(one.kind, one.principal, one.data) for one in told] == [
        (kind, "operator", {"names": ["clinic", "visit"]}) for kind in ("noting", "noted")
    ]
    (audited,) = await world.tx(lambda tx: rows(tx, _AUDIT))
    assert (audited.principal, audited.object, audited.outcome) == ("operator", str(payment_id), "done")
    assert not await world.broken()


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("card=4111-1111-1111-1112", "looks like a card number"),
        ("call=8 912 345-67-89", "looks like a phone number"),
        ("write=maria@example.com", "looks like an e-mail address"),
        ("qrType=SBERPAY_DYNAMIC_QR", "a meaning of its own"),
        ("x=" + "y" * 1025, "1 to 1024 printable"),
        ("clinic", "as KEY=VALUE"),
    ],
)
async def test_what_may_not_be_noted_is_not_sent(world: World, shop: Run, note: str, why: str) -> None:
    """Somebody's data, the bank's own words, what is too long, what is no note: nothing is asked of the bank, or told."""
    order, payment_id = await world.paid()
    before = dict(world.bank.find(world.merchant, number=str(payment_id)).request.params)
    code, said = await shop("bank", "note", order.code, "visit=1", note)
    assert code == 2
    assert why in said
    assert dict(world.bank.find(world.merchant, number=str(payment_id)).request.params) == before
    assert not await world.tx(lambda tx: rows(tx, _NOTED))


async def test_a_note_whose_answer_was_lost_may_be_there(world: World, shop: Run) -> None:
    """It is said so; the story keeps that the bank was asked, and the audit that it did not answer."""
    order, _ = await world.paid()
    world.bank.faults.add(sandbox.Rule(sandbox.Fault.CUT_AFTER, method="addparams.do"))
    code, said = await shop("bank", "note", order.code, "visit=1")
    assert code == 2
    assert "the notes may be there; say it again, that is safe" in said
    assert [one.kind for one in await world.tx(lambda tx: rows(tx, _NOTED))] == ["noting"]
    (audited,) = await world.tx(lambda tx: rows(tx, _AUDIT))
    assert (audited.outcome, audited.data) == ("refused", {"names": ["visit"], "why": "Unreachable"})


async def test_a_card_is_asked_about_unseen_and_never_in_production(shop: Run, tmp_path: Path) -> None:
    """From standard input; on the command line there is no place for it; nothing prints or keeps it."""
    code, said = await shop("bank", "enrolled", typed="5469 9801 0004 8525\n")
    assert code == 0, said
    assert row(said, "enrolled") == ["Y (it takes part)"]
    assert row(said, "country") == ["643 (Russia)"]
    assert row(said, "3-D Secure") == ["1"]
    assert "48525" not in said
    code, said = await shop("bank", "enrolled", typed="5469980100048526\n")
    assert (code, said) == (2, "that is no card number\n")
    code, said = await shop("bank", "enrolled", "5469980100048525")
    assert code == 2
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
    code, said = await shop("bank", "status", "--merchant", "nobody")
    assert (code, said) == (2, "--merchant is one of: zdorovie\n")
