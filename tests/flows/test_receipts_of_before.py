"""What was settled, or went back at the bank, before its receipts were looked for stays as it was, and breaks nothing."""

from __future__ import annotations

from importlib import import_module

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.payment import settle
from gateways.sandbox import chargebacks
from migrations.scripts import statements
from refunds import approve
from refunds.chargebacks.recognise import recognise_due
from tests.flows.receipts import printed
from tests.flows.test_receipts_to_the_end import given, in_the_cabinet, settled
from tests.flows.test_refunds import asked
from tests.flows.test_visit import mark, to_the_visit
from tests.world import World, roubles

pytestmark = pytest.mark.parametrize("till", ["sberbank"], indirect=True)


async def migrated(owner: AsyncEngine, *first: str) -> None:
    """As if the migration came only now, after `first`."""
    *_, noted = statements(import_module("migrations.versions.0028_receipts_to_the_end").BEFORE)
    async with owner.begin() as tx:
        for statement in (*first, noted):
            await tx.execute(text(statement))


async def test_a_refund_of_the_cabinet_from_before_breaks_nothing(till: World, owner: AsyncEngine) -> None:
    """It has no receipt and gets none; the visit is settled for the rest, and the books are right."""
    order, payment = await till.paid()
    await in_the_cabinet(till, payment, 700)
    await migrated(owner, "DELETE FROM receipt WHERE kind = 'refund'")
    assert not await till.broken()
    await mark(till, order)
    await printed(till)
    assert await settled(till, order.id) == [1800]
    assert not await till.broken()


async def test_what_was_settled_before_is_settled_in_no_further_part(till: World, owner: AsyncEngine) -> None:
    """A refund that was promised is withdrawn after the change: its part stays as the old rules left it."""
    order, _ = await till.paid()
    refund = await asked(till, order.id, roubles(1000), days=9)
    await given(till, order)
    await migrated(owner)
    await till.tx(lambda tx: approve.decide(tx, refund.id, "cancel", principal="clara"))
    assert await settled(till, order.id) == [1500]
    assert not await till.broken()


async def test_money_that_the_bank_calls_charged_back_is_not_settled(till: World) -> None:
    """Its flag was seen and is not booked yet: until the books know of how much, nobody knows what is ours."""
    order, payment = await till.paid()
    await to_the_visit(till, order)
    chargebacks.charge_back(till.bank, till.bank.find(till.merchant, number=str(payment)))
    await settle.settle(till.service, payment)
    await mark(till, order)
    assert await settled(till, order.id) == []
    assert not await till.broken()
    await recognise_due(till.service)
    assert await settled(till, order.id) == []
    assert not await till.broken()
