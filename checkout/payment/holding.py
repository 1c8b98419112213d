"""What becomes of a hold, as a part of `settle`: the intent is written with what was seen, then the bank is asked.

A hold is acted on by whoever has just seen it, under the lease that it was seen with: so there is a look before every try,
and after it. What the bank answers to the act itself is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import structlog

from checkout.ground.db import Tx, run, sql
from checkout.ground.events import Event
from checkout.ground.observe import OUTCOMES
from checkout.ground.service import Service
from checkout.payment import orders, receipts
from checkout.payment.hold import Act, Held, Hold, decide
from checkout.payment.payment import LIVE, State
from checkout.payment.store import Payment
from gateways.fiscal import Cart
from gateways.gateway import BankOrder, BankStatus, GatewayError

log = structlog.get_logger()

_SEEN = sql("""
UPDATE payment SET held_at = coalesce(held_at, app_now()), two_stage = true, hold_act = coalesce(:act, hold_act),
       hold_sum = CASE WHEN CAST(:act AS text) IS NULL THEN hold_sum ELSE :charge END,
       hold_tries = coalesce(CAST(:tries AS int), hold_tries)
 WHERE id = :id""")
_GONE = sql("UPDATE payment SET held_at = NULL WHERE id = :id")
_WHOLE = sql("UPDATE payment SET hold_sum = amount WHERE id = :id AND state <> 'captured'")
_EVENTS: Final = {Act.COMPLETE: "completing", Act.RELEASE: "releasing"}


@dataclass(frozen=True, slots=True)
class Errand:
    """What to ask of the bank now, for the hold that it has just shown under `reference`. `cart`: what a completion is of."""

    hold: Hold
    reference: str
    cart: Cart | None = None


async def note(
    tx: Tx, service: Service, current: Payment, state: State, fact: BankOrder | None, *, given_up: bool, idle: bool
) -> tuple[Errand | None, list[Event]]:
    """Keep that there is a hold, or that there is none any more, and say what is to become of it.

    `state`: what the payment is by now. `idle`: it was acted on a moment ago, so the next try comes later. What is ours is not
    let go whatever the bank says, and what is in review waits for people.
    """
    if fact is None or (state is State.CAPTURED and fact.status is BankStatus.HELD):
        return None, []
    if fact.status is not BankStatus.HELD:
        if current.held_since is not None:
            await run(tx, _GONE, id=current.id.uuid)
        return None, _lost(current, fact)
    able = service.gateway(current.merchant).two_stage is not None and state is not State.REVIEW
    if idle or not able:
        await run(tx, _SEEN, id=current.id.uuid, act=None, charge=None, tries=None)
        return None, []
    facts = await orders.facts(tx, current.order_id)
    held = Held(fact.approved, facts.due, is_open=state in LIVE, given_up=given_up)
    hold = decide(held, current.hold)
    charge = hold.charge.amount if hold.charge else None
    await run(tx, _SEEN, id=current.id.uuid, act=hold.act, charge=charge, tries=hold.tries)
    errand = Errand(hold, fact.reference, await _pack(tx, service, current, hold))
    before = current.hold
    if before and before.act is hold.act:
        return errand, []
    data = {"sum": charge if charge and hold.act is Act.COMPLETE else fact.approved.amount}
    return errand, [Event("payment", current.id, _EVENTS[hold.act], data=data)]


async def _pack(tx: Tx, service: Service, current: Payment, hold: Hold) -> Cart | None:
    if hold.act is not Act.COMPLETE or hold.charge is None:
        return None
    order, _ = await orders.read(tx, current.order_id)
    return await receipts.pack_completion(tx, service, order, current.id, amount=hold.charge)


def as_charged(current: Payment, fact: BankOrder | None) -> Payment:
    """The payment as it is by now, where the bank charged all of a hold of which less was to be charged.

    Its own clock does that, or a hand at the bank. The payer had agreed to the whole, so it is taken as it was taken; what is
    too much goes back by its rule. Any other sum that was not meant is a person's business.
    """
    meant, amount = current.belief.completing, current.belief.amount
    takes = fact is not None and fact.status is BankStatus.DEPOSITED and fact.captured == fact.amount == amount
    if not takes or meant in (None, amount) or current.hold is None or current.state in (State.CAPTURED, State.REVIEW):
        return current
    return replace(
        current, belief=replace(current.belief, completing=amount), hold=replace(current.hold, charge=amount)
    )


async def whole(tx: Tx, current: Payment, fact: BankOrder | None) -> Payment:
    """As `as_charged`, and kept so."""
    found = as_charged(current, fact)
    if found is not current:
        await run(tx, _WHOLE, id=current.id.uuid)
    return found


def charged(before: Payment, current: Payment) -> list[Event]:
    """What is told of a hold that is charged now: nothing, if we had asked for that. `before`: as it was meant to be."""
    if not current.two_stage:
        return []
    asked = (
        before.hold is not None and before.hold.act is Act.COMPLETE and before.hold.charge == current.belief.expected
    )
    if asked:
        return []
    OUTCOMES.labels("hold", "bank_completed").inc()
    return [Event("payment", current.id, "bank_completed", data={"sum": current.belief.expected.amount})]


def _lost(current: Payment, fact: BankOrder) -> list[Event]:
    """The bank let a hold go that was to be charged, or had no word of ours yet: it died, or somebody released it there."""
    ours = current.hold is not None and current.hold.act is Act.RELEASE
    if current.state is State.AUTHORIZED and fact.status is BankStatus.REVERSED and not ours:
        OUTCOMES.labels("hold", "lost").inc()
        log.error("hold_lost", payment=current.number)
        return [Event("payment", current.id, "hold_lost", data={"sum": fact.approved.amount})]
    return []


async def carry_out(service: Service, held: Payment, errand: Errand) -> None:
    """Ask the bank, once. Whatever it answers, the look that follows knows better."""
    holds, hold = service.gateway(held.merchant).two_stage, errand.hold
    assert holds is not None  # noqa: S101 - no errand without one
    try:
        if hold.act is Act.COMPLETE and hold.charge is not None:
            await holds.complete(reference=errand.reference, number=held.number, amount=hold.charge, cart=errand.cart)
        else:
            await holds.release(reference=errand.reference, number=held.number)
    except GatewayError as reason:
        OUTCOMES.labels("hold", f"{hold.act}_{type(reason).__name__}").inc()
        log.warning("hold_refused", payment=held.number, act=str(hold.act), reason=str(reason))
        return
    OUTCOMES.labels("hold", hold.act).inc()
