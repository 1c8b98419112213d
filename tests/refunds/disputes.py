"""What the tests of chargebacks do at the bank and look at in our books."""

from __future__ import annotations

from checkout.books import registry_lists
from checkout.books.registry import Kind
from checkout.books.registry_lists import Wanted
from checkout.ground.db import rows, sql
from checkout.ground.ids import OrderId, PaymentId
from checkout.payment.order import Order
from checkout.payment.settle import settle
from gateways.sandbox import chargebacks as at_the_bank
from refunds import issue
from refunds import store as refunds
from refunds.chargebacks import recognise, store
from refunds.chargebacks.chargeback import Chargeback
from refunds.chargebacks.decide import decide
from tests.world import World, roubles

_ACCOUNTS = sql("""
SELECT split_part(account, ':', 1) AS name, sum(amount)::bigint AS amount FROM ledger_entry GROUP BY 1 HAVING sum(amount) <> 0""")


async def balances(world: World) -> dict[str, int]:
    """Kopecks by account name."""
    return {row.name: row.amount for row in await world.tx(lambda tx: rows(tx, _ACCOUNTS))}


async def found(world: World, order: Order) -> list[Chargeback]:
    return await world.tx(lambda tx: store.of_order(tx, order.id))


async def only(world: World, order: Order) -> Chargeback:
    (chargeback,) = await found(world, order)
    return chargeback


async def charged_back(world: World, payment: PaymentId, amount: int = 0, *, looked: bool = True) -> None:
    """The payer's bank takes the money (roubles; 0: all), and somebody looks at the payment."""
    at_the_bank.charge_back(world.bank, world.bank.find(world.merchant, number=str(payment)), amount * 100)
    if looked:
        await settle(world.service, payment)
        await recognise.recognise_due(world.service)


async def said(world: World, chargeback: Chargeback, command: str) -> Chargeback:
    return await world.tx(lambda tx: decide(tx, world.service, chargeback.id, command, principal="anna"))


async def asked(world: World, order_id: OrderId, amount: int) -> refunds.Refund:
    ask = issue.Ask(roubles(amount), "a reason")
    return await world.tx(lambda tx: issue.request(tx, world.service, order_id, ask, principal="anna"))


async def open_breaks(world: World) -> list[Kind]:
    shown = await world.tx(lambda tx: registry_lists.breaks(tx, Wanted(), limit=100))
    return [one.kind for one in shown]


async def sound(world: World) -> bool:
    return [violation.invariant for violation in await world.broken()] == []
