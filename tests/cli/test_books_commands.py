"""`checkout registry` and `checkout export`, run as an operator runs them, on the database of the world's application."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from checkout.postgres import Urls
from tests.cli.shop import run
from tests.flows.registry import Said, written
from tests.setting import ENVIRONMENT
from tests.world import World

Run = Callable[..., Awaitable[str]]


@pytest.fixture
def shop(urls: Urls) -> Run:
    """How a command is run on that database."""
    environment = {
        **os.environ,
        **ENVIRONMENT,
        "CHECKOUT_BANK_URL": "http://127.0.0.1:1/payment/rest/",
        "DATABASE_URL": urls.app,
    }
    return partial(asyncio.to_thread, run, environment)


async def test_a_registry_goes_in(world: World, shop: Run, tmp_path: Path) -> None:
    """What was settled and what was not; once; and a file that is none is refused by line and column."""
    _, payment = await world.paid()
    path = written(tmp_path / "a.csv", [Said("1", payment), Said("2", "pay_x")], await world.now())
    command = ("registry", "import", path, "--merchant", "zdorovie", "--template", "own")
    assert await shop(*command) == "2 lines, 2 new, 1 settled\n1 × Missing with us\n"
    assert await shop(*command) == "this file was brought in before: nothing was changed\n"
    text = await shop("registry", "breaks", fails=True)
    assert "0 d  Missing with us: zdorovie - line 3 (2)" in text
    path.write_text(path.read_text(encoding="utf-8") + "3;;;payment;much;0;;01.11.2026;\n", encoding="utf-8")
    assert "line 4: amount: “much” is no sum." in await shop(*command, fails=True)
    assert "there is no template bank" in await shop(*command[:-1], "bank", fails=True)
    assert "there is no merchant nobody" in await shop(*command[:4], "nobody", *command[5:], fails=True)
    assert "tochka: Tochka: TRANS_DATE;" in await shop("registry", "templates")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_payments_go_out(world: World, shop: Run, tmp_path: Path, kind: str) -> None:
    """To a file, with what it comes to; a word that is no source shows which there are."""
    await world.paid()
    out = tmp_path / f"payments.{kind}"
    command = ("export", "payments", "--from", "2026-01-01", "--to", "2100-01-01", "--format", kind, "--out", out)
    assert await shop(*command) == f"{out}: 1 rows, captured 2500.00 ₽, refunded 0.00 ₽\n"
    assert out.stat().st_size > 100
    nothing = await shop("export", "patients", "--out", out, fails=True)
    assert (
        "there is payments, cash, registry, orders, receipts, refunds, chargebacks to export, but no patients"
        in nothing
    )
