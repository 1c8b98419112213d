"""What the payer does: enters a card, passes the issuer's page, or fails at it. Source: gateway.md §7."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import ACS_CODES, CardEntry, Secure, payment_system, problems, verdict
from gateways.sandbox.codes import APPROVED, ATTEMPTS_EXHAUSTED, ENROLMENT_UNKNOWN, NOT_AUTHENTICATED
from gateways.sandbox.journal import Kind
from gateways.sandbox.orders import OperationType, Order, Status, UsedCard, Waiting


class Outcome(Enum):
    """Where the payer stands after a step."""

    INVALID = auto()  # the entry was refused by the page; no attempt was used
    CHALLENGE = auto()  # the issuer asks for a code, at `order.challenge`
    RETRY = auto()  # declined, another try is possible
    FINISHED = auto()  # the order is over, paid or not; `order.status` says which


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the payer; `problems` names the fields of an invalid entry."""

    outcome: Outcome
    order: Order
    problems: tuple[str, ...] = ()


# Electronic commerce indicators: authenticated, attempted, not tried; MasterCard and MIR count from zero.
_ECI = {Secure.CHALLENGE: 5, Secure.FRICTIONLESS: 5, Secure.ATTEMPT: 6, Secure.NONE: 7, Secure.FAILED: 7}
_ECI_MASTERCARD = {5: 2, 6: 1, 7: 0}
# The letters of 3-D Secure, and what each makes of the card's indicator: yes, no, attempted, unavailable.
OUTCOMES = {"Y": Secure.CHALLENGE, "N": Secure.FAILED, "A": Secure.ATTEMPT, "U": Secure.FAILED}


def pay(bank: Bank, order: Order, entry: CardEntry) -> Step:
    """The payer submits the card form. An order that is at the issuer's page already stays there."""
    bank.tick()
    if order.status is not Status.CREATED:
        return standing(order)
    wrong = problems(entry, bank.clock.now())
    if wrong:
        return Step(Outcome.INVALID, order, wrong)
    decision = verdict(entry, order.amount)
    order.card = _used(entry, decision.secure)
    if decision.secure is Secure.CHALLENGE:
        return _challenge(bank, order, decision.action_code)
    return _authorise(bank, order, decision.action_code)


def confirm(bank: Bank, challenge: str, code: str) -> Step | None:
    """The payer types the issuer's code; a wrong one is a failed attempt. None if there never was such a page."""
    bank.tick()
    waiting = bank.challenges.get(challenge)
    if waiting is None:
        return None
    right = code.strip() in ACS_CODES
    return _leave(bank, challenge, waiting.action_code if right else NOT_AUTHENTICATED)


def cancel(bank: Bank, challenge: str) -> Step | None:
    """The payer gives up at the issuer's page: the same as a wrong code. None if there never was such a page."""
    bank.tick()
    return _leave(bank, challenge, NOT_AUTHENTICATED) if challenge in bank.challenges else None


def decide(bank: Bank, challenge: str, outcome: str) -> Step | None:
    """A tester chooses how authentication ends, by its letter in `OUTCOMES`. None if there never was such a page."""
    bank.tick()
    waiting = bank.challenges.get(challenge)
    if waiting is None:
        return None
    order = waiting.order
    if order.challenge == challenge and order.card is not None:
        order.card = replace(order.card, eci=_eci(order.card.system, OUTCOMES[outcome]))
    failure = {"N": NOT_AUTHENTICATED, "U": ENROLMENT_UNKNOWN}.get(outcome)
    return _leave(bank, challenge, waiting.action_code if failure is None else failure)


def standing(order: Order) -> Step:
    """Where the payer of an order is to be sent now, without anything being done."""
    if not order.unpaid:
        return Step(Outcome.FINISHED, order)
    return Step(Outcome.RETRY if order.challenge is None else Outcome.CHALLENGE, order)


def _challenge(bank: Bank, order: Order, action_code: int) -> Step:
    order.status = Status.AT_ACS
    order.challenge = bank.new_id()
    bank.challenges[order.challenge] = Waiting(order, action_code)
    return Step(Outcome.CHALLENGE, order)


def _leave(bank: Bank, challenge: str, action_code: int) -> Step:
    """The issuer's word. A page that was answered before, or that outlived the session, changes nothing."""
    order = bank.challenges[challenge].order
    if order.challenge != challenge:
        return standing(order)
    order.challenge = None
    return _authorise(bank, order, action_code)


def _authorise(bank: Bank, order: Order, action_code: int) -> Step:
    order.attempts += 1
    line = bank.record(order, OperationType.AUTHORIZATION, order.amount, action_code)
    bank.journal.add(line.at, Kind.ATTEMPT, order.key, order.amount, action_code=action_code)
    if action_code == APPROVED:
        return _deposit(bank, order, line.at)
    return _refuse(bank, order, action_code)


def _deposit(bank: Bank, order: Order, now: float) -> Step:
    order.status = Status.DEPOSITED
    order.action_code = APPROVED
    order.approved = order.deposited = order.amount
    order.deposited_at = now
    bank.mark_paid(order)
    bank.journal.add(now, Kind.DEPOSITED, order.key, order.amount)
    bank.notify(order, "deposited", succeeded=True, amount=order.amount)
    return Step(Outcome.FINISHED, order)


def _refuse(bank: Bank, order: Order, action_code: int) -> Step:
    last = order.attempts >= order.merchant.attempts
    order.status = Status.DECLINED if last else Status.CREATED
    order.action_code = ATTEMPTS_EXHAUSTED if last else action_code
    if last:
        bank.journal.add(bank.clock.now(), Kind.DECLINED, order.key, 0, action_code=ATTEMPTS_EXHAUSTED)
    bank.notify(order, "deposited", succeeded=False, amount=order.amount)
    return Step(Outcome.FINISHED if last else Outcome.RETRY, order)


def _used(entry: CardEntry, secure: Secure) -> UsedCard:
    system = payment_system(entry.pan)
    return UsedCard(
        entry.pan[:6], entry.pan[-4:], len(entry.pan), entry.expiry, entry.holder, system, _eci(system, secure)
    )


def _eci(system: str, secure: Secure) -> int:
    return _ECI[secure] if system == "VISA" else _ECI_MASTERCARD[_ECI[secure]]
