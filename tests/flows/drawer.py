"""What the tests of the till do again and again: count, close, look into the drawer."""

from __future__ import annotations

from checkout.ground.db import Tx, rows, sql
from checkout.payment.order import Order
from checkout.till import begin, close, move, store
from checkout.till.begin import Cash
from checkout.till.close import Closing
from checkout.till.count import FACES, Count
from checkout.till.report import Report, report
from checkout.till.take import Taken, take
from checkout.till.till import Reason, Shift, Tender
from gateways.money import Money
from tests.world import World, roubles

_ACCOUNTS = sql("""
SELECT split_part(account, ':', 1) AS name, sum(amount)::bigint AS amount FROM ledger_entry
 GROUP BY 1 HAVING sum(amount) <> 0""")


def pieces(amount: Money) -> dict[int, int]:
    """The fewest notes and coins that come to this."""
    found, left = {}, amount.amount
    for face in FACES:
        found[face], left = divmod(left, face)
    return found


async def counted(world: World, shift: Shift, amount: Money, *, principal: str = "olga") -> Count:
    cash = Cash(pieces(amount))
    return await world.tx(lambda tx: begin.count(tx, shift.clinic_id, cash, principal=principal))


async def closed(
    world: World, shift: Shift, amount: Money, *, explanation: str | None = None, principal: str = "olga"
) -> Closing:
    """Counted and closed by the same person."""
    count = await counted(world, shift, amount, principal=principal)
    return await world.tx(
        lambda tx: close.close(tx, world.service, shift.id, count.id, explanation=explanation, principal=principal)
    )


async def taken(
    world: World, order: Order, amount: int, *, tender: Tender = Tender.CASH, principal: str = "olga"
) -> Taken:
    """So many roubles for an order; anything but cash under the same reference."""
    reference = None if tender is Tender.CASH else "418812345678"
    return await world.tx(
        lambda tx: take(
            tx, world.service, order.id, roubles(amount), principal=principal, tender=tender, reference=reference
        )
    )


async def moved(world: World, shift: Shift, amount: int, reason: Reason, *, into: bool) -> int:
    act = move.pay_in if into else move.pay_out
    entered = await world.tx(lambda tx: act(tx, shift.id, roubles(amount), reason, note="for a test", principal="olga"))
    return entered.receipt_no


async def told(world: World, shift: Shift) -> Report:
    """Its X or Z report."""

    async def work(tx: Tx) -> Report:
        return report(await store.read(tx, shift.id), await store.entries(tx, shift.id))

    return await world.tx(work)


async def held(world: World, shift: Shift) -> Money:
    """What is in the drawer."""
    return await world.tx(lambda tx: store.drawer(tx, shift.id))


async def accounts(world: World) -> dict[str, int]:
    """What each kind of account holds, in roubles."""
    return {row.name: row.amount // 100 for row in await world.tx(lambda tx: rows(tx, _ACCOUNTS))}
