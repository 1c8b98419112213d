"""After the storm: all trouble ends, workers go round, time goes on, and before long nothing is left to do."""

from __future__ import annotations

from typing import Any, Final

from checkout.ground.db import Tx, in_transaction, one, sql
from checkout.payment import checking, printing, unbinding
from checkout.payment.expire import expire_due
from checkout.payment.settle import settle
from checkout.payment.store import of_order
from checkout.worker import settle_due
from refunds import late
from refunds import run as refund_run
from refunds.chargebacks import recognise
from tests.proof import disputes, phones, printer, staff, wallets
from tests.proof.stage import Stage

MOST_ROUNDS: Final = 1400
MOST_DAYS: Final = 20  # virtual; a refund's ladder ends after some six days, an order is parked after two
# What is to be done and when, by the chore that would do it; of receipts only the calm itself says when it is time to look.
_NEXT: Final = sql("""
SELECT extract(epoch FROM min(greatest(t.due, t.lease)) FILTER (WHERE greatest(t.due, t.lease) > app_now())) AS next,
       array_agg(DISTINCT t.chore) FILTER (WHERE greatest(t.due, t.lease) <= app_now()) AS due,
       count(*) AS open, extract(epoch FROM app_now()) AS now
  FROM (SELECT 'settle' AS chore, due_at AS due, lease_until + interval '1 millisecond' AS lease
          FROM payment WHERE due_at IS NOT NULL
        UNION ALL SELECT 'refunds', due_at, lease_until + interval '1 millisecond' FROM refund
                   WHERE state IN ('scheduled', 'sending', 'unknown') AND method = 'card'
        UNION ALL SELECT 'card checks', due_at, lease_until + interval '1 millisecond' FROM card_check WHERE due_at IS NOT NULL
        UNION ALL SELECT 'cards', due_at, lease_until + interval '1 millisecond' FROM saved_card
                   WHERE removed_at IS NOT NULL AND due_at IS NOT NULL
        UNION ALL SELECT 'expire', due_at, NULL FROM orders o WHERE due_at IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.state = 'review')
        UNION ALL SELECT 'late money', decide_by, NULL FROM orders o WHERE decide_by IS NOT NULL
                     AND (SELECT sum(captured - refunded - reserved) FROM payment p WHERE p.order_id = o.id) >
                         CASE WHEN EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id
                                              AND b.state IN ('confirmed', 'given', 'no_show'))
                              THEN o.total ELSE 0 END) t""")
CHORES: Final[dict[str, staff.Chore]] = {
    "settle": settle_due,
    "refunds": refund_run.run_due,
    "late money": late.give_back_due,
    "expire": expire_due,
    "cards": unbinding.run_due,
    "card checks": checking.run_due,
    "chargebacks": recognise.recognise_due,
    "receipts": printing.run_due,
}
# What the bank said of a payment, or what went back, may be news for these.
FOLLOW: Final = {"settle": ("chargebacks", "receipts"), "refunds": ("chargebacks", "receipts")}


async def calm_down(stage: Stage) -> list[str]:
    """All faults end. Workers go round, time goes on, and before long nothing is left to do."""
    stage.weather.off = True
    stage.bank.faults.rules.clear()
    while stage.line.ghosts:
        stage.line.deliver_ghost()
    phones.banks_speak(stage)
    wrong = await quiet(stage)
    if stage.weather.lied:
        await _look_again(stage)
        wrong += await quiet(stage)
    if stage.offer.cards:
        await stage.scheduler.advance(wallets.WATCHED.total_seconds() + 1)
        wrong += await quiet(stage)
    if stage.offer.disputes:
        for told in disputes.words(stage):
            await told()
            wrong += await quiet(stage)
    if stage.offer.fiscal:
        for hours in printer.mended(stage):
            await stage.scheduler.advance(hours * 3600)
            wrong += await quiet(stage)
            await printer.again(stage, stage.calm)
    return wrong


async def quiet(stage: Stage) -> list[str]:
    """Time goes on from one thing that is due to the next, and its chore goes round; at first and in the end every chore."""
    begun, due = stage.bank.clock.now(), set(CHORES)
    for _ in range(MOST_ROUNDS):
        done = await _round(stage, due)
        state = await in_transaction(stage.hall.engine, _next)
        due = set(state.due or ())
        if done and due:
            continue
        if state.next is not None:
            await stage.scheduler.advance(max(float(state.next) - stage.bank.clock.now(), 0.001))
            await _rings(stage)
            due = set((await in_transaction(stage.hall.engine, _next)).due or ())
        elif await _round(stage, set(CHORES)):
            due = set(CHORES)
        else:
            return [f"{state.open} rows are due for ever"] if state.open else []
        if stage.bank.clock.now() - begun > MOST_DAYS * 86_400:
            break
    return [f"still not quiet after {(stage.bank.clock.now() - begun) / 86_400:.1f} days"]


async def _next(tx: Tx) -> Any:
    return await one(tx, _NEXT)


async def _round(stage: Stage, due: set[str]) -> int:
    """These chores once, and what follows from them; how much there was to do, callbacks of the bank's included."""
    done = await _rings(stage)
    there = {name for one in due for name in (one, *FOLLOW.get(one, ()))} - _absent(stage)
    for name, chore in CHORES.items():
        done += await chore(stage.calm) if name in there else 0
    return done


def _absent(stage: Stage) -> set[str]:
    """Chores that have nothing to see to in this history."""
    offer = stage.offer
    there = {"cards": offer.cards, "chargebacks": offer.disputes, "receipts": offer.fiscal}
    return {name for name, is_there in there.items() if not is_there}


async def _rings(stage: Stage) -> int:
    """The bank rings on, unless it is mute."""
    heard = 0
    for delivery in stage.bank.take_due_callbacks():
        if not stage.muted:
            stage.bank.callback_answered(delivery, await staff.knock(stage, staff.as_request(delivery)))
            heard += 1
    return heard


async def _look_again(stage: Stage) -> None:
    """Where the bank lied, its last word may be the lie: everything is read once more."""
    for order_id in stage.orders:
        for payment in await in_transaction(stage.hall.engine, lambda tx, one=order_id: of_order(tx, one)):  # type: ignore[misc]
            if payment.method == "card":
                await settle(stage.calm, payment.id)
