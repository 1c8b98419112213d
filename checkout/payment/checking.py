"""The one way in which the truth about a card check reaches us: claim, look, judge and write. And the chore that does so.

As `settle` does for a payment: what a callback or a returning payer says is not believed, the bank is asked. A card is kept in
the transaction of what was seen; no money moves, and a bank that shows some calls a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.events import SYSTEM, Event, record
from checkout.ground.ids import CheckId
from checkout.ground.observe import ALARMS, OUTCOMES
from checkout.ground.service import Service
from checkout.payment import breaker, card_store, check_store, orders
from checkout.payment.card import WATCHED
from checkout.payment.card_check import LIVE, SESSION_EXPIRED, Report, State, Verdict, judge, next_look, passed, report
from checkout.payment.check_store import Check
from gateways.bindings import Bindings, SavedCard
from gateways.gateway import BankOrder, Garbled, Gateway, GatewayError, NotFound, Refused, Unreachable
from gateways.sberbank.action_codes import HARMLESS, names_cause

log = structlog.get_logger()
MOST: Final = 20  # looked at in one round


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `report` None: the bank could not be reached. `card`: the one that it saved; `silent`: no answer at all."""

    report: Report | None
    fact: BankOrder | None = None
    card: SavedCard | None = None
    silent: bool = False


async def run_due(service: Service) -> int:
    """A chore: one round over the checks that are due; the number looked at."""
    for done in range(MOST):
        held = await in_transaction(service.engine, check_store.claim_due)
        if held is None:
            return done
        await check_claimed(service, held)
    return MOST


async def clear(service: Service, check_id: CheckId) -> State | None:
    """Ask about a check that has no page to go to (any more), and close it if the bank has it open all the same.

    None if somebody is at it, or if the bank was asked a moment ago: presses, however many, are no calls.
    """
    held = await in_transaction(service.engine, lambda tx: check_store.claim_asked(tx, check_id))
    return await check_claimed(service, held, close=held.page is None) if held else None


async def check_claimed(service: Service, held: Check, *, close: bool = False) -> State | None:
    """Bring one check up to date that is leased to the caller. None if the token was lost meanwhile.

    `close`: at the bank first, as is done for whoever was erased: their card is to be saved no more.
    """
    gateway = service.gateway(held.merchant)
    if close or (held.erased and held.state in LIVE):
        await _closed(gateway, held)
    seen = await _look(gateway, held)
    return await in_transaction(service.engine, lambda tx: apply(tx, held, seen))


async def _closed(gateway: Gateway, held: Check) -> None:
    """Whatever the bank answers, the look that follows knows better."""
    try:
        await gateway.decline(reference=held.reference, number=held.number)
    except GatewayError as reason:
        log.info("decline_refused", check=held.number, reason=str(reason))


async def _look(gateway: Gateway, held: Check) -> Seen:
    """Garbage and absence are reports; silence is not."""
    try:
        fact = await gateway.look(number=held.number, reference=None)
        card = await _saved(gateway.bindings, held, fact) if passed(fact) else None
    except NotFound:
        return Seen(Report.ABSENT)
    except Garbled:
        return Seen(Report.GARBLED)
    except (Unreachable, Refused) as reason:
        log.warning("bank_unreachable", check=held.number, reason=type(reason).__name__)
        return Seen(None, silent=isinstance(reason, Unreachable))
    return Seen(report(fact, named=card is not None), fact, card)


async def _saved(bank: Bindings | None, held: Check, fact: BankOrder) -> SavedCard | None:
    """The card as the bank has it. Where the status does not name it, the one of the client's that looks like it."""
    shown, named = fact.card, fact.binding
    if named is not None and named.client == str(held.client):
        brand, last4, expiry = (shown.brand, shown.last4, shown.expiry) if shown else (None, None, None)
        return SavedCard(named.id, brand, last4, expiry)
    if bank is None or shown is None or shown.last4 is None:
        return None
    try:
        listed = await bank.of(str(held.client))
    except Refused:
        return None
    alike = (one for one in listed if one.last4 == shown.last4 and shown.expiry in (None, one.expiry))
    return next(alike, None)


async def apply(tx: Tx, held: Check, seen: Seen) -> State | None:
    """Judge what was seen against what is believed now, and write it with the card that comes of it."""
    order, moment = await orders.lock(tx, held.order_id)
    erased = await check_store.erased(tx, order.id)
    current = await check_store.fenced(tx, held)
    if current is None:
        OUTCOMES.labels("card_check", "fenced").inc()
        return None
    kept, events = await _kept(tx, current, seen, erased=erased)
    found = await _found(tx, current, seen, kept)
    verdict = judge(current.belief, found, moment) if found else Verdict(Report.ABSENT, current.state, alarm=False)
    belief = current.belief
    await check_store.write(
        tx,
        held,
        verdict.state,
        binding=kept,
        reference=seen.fact.reference if seen.fact else None,
        action_code=_cause(current, seen),
        missed=seen.report is Report.ABSENT,
        due_at=next_look(
            verdict.state,
            now=moment,
            session_ends_at=belief.session_ends_at,
            looks=belief.looks,
            heard=found is not None and found is not Report.GARBLED,
        ),
    )
    await record(tx, order.id, SYSTEM, [*_events(current, verdict, seen), *events])
    await breaker.told(tx, current.merchant, silent=seen.silent, troubled=current.troubled)
    OUTCOMES.labels("card_check", verdict.state).inc()
    return verdict.state


async def _found(tx: Tx, current: Check, seen: Seen, kept: str | None) -> Report | None:
    """The bank's word, once it is clear what became of the card. One that was kept is known, whether it is named again or not.

    One that its payer is taking back just now is neither kept nor lost: what the bank makes of that is waited for.
    """
    if seen.report not in (Report.SAVED, Report.UNNAMED):
        return seen.report
    if kept is not None:
        return Report.SAVED
    if seen.card is None:
        return Report.UNNAMED
    if await check_store.awaited(tx, current, seen.card.id):
        return Report.BUSY
    await check_store.let_go(tx, current, seen.card)
    return Report.UNNAMED


async def _kept(tx: Tx, current: Check, seen: Seen, *, erased: bool) -> tuple[str | None, list[Event]]:
    """The card of its client that this check stands for, and what happened to it. One is kept once, whatever is seen later."""
    if seen.card is None or current.binding is not None:
        return current.binding, []
    binding = seen.card.id
    made = await check_store.keep(tx, current, seen.card, due_at=await now(tx) + WATCHED)
    if made is None:
        return (binding if await check_store.stands(tx, current, binding) else None), []
    events = [Event("card", made, "saved")]
    if erased and await card_store.remove(tx, made, "erasure"):
        events.append(Event("card", made, "erased", data={"by": "erasure"}))
    return binding, events


def _cause(current: Check, seen: Seen) -> int | None:
    """Why the card was refused. What was heard against one is not forgotten for what says nothing against any: brakes count it.

    Of two that are alike in this, that the time or the tries are over says less than what was heard of a card before.
    """
    code, known = seen.fact.action_code if seen.fact else None, current.action_code
    if _harms(code) is not _harms(known):
        return code if _harms(code) else known
    says_less = code == SESSION_EXPIRED or not names_cause(code)
    return known if says_less and names_cause(known) else code


def _harms(code: int | None) -> bool:
    """Whether it says something against a card, as far as we know."""
    return code is not None and code not in HARMLESS


def _events(current: Check, verdict: Verdict, seen: Seen) -> list[Event]:
    if verdict.alarm:
        ALARMS.labels(f"card_check_{current.state}", str(verdict.report)).inc()
        log.error(
            "card_check_contradiction", check=current.number, belief=str(current.state), report=str(verdict.report)
        )
    if verdict.state is current.state:
        return []
    code = seen.fact.action_code if seen.fact else None
    data = {"report": str(verdict.report), "action_code": code}
    return [Event("card_check", current.id, str(verdict.state), current.state, verdict.state, data)]
