"""What the payer does: enters a card, passes the issuer's page, or fails at it. Source: gateway.md §7."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from gateways.sandbox import bindings, holding
from gateways.sandbox.bank import Bank
from gateways.sandbox.bindings import Binding
from gateways.sandbox.cards import ACS_CODES, CardEntry, Secure, Verdict, payment_system, problems, verdict
from gateways.sandbox.codes import APPROVED, ATTEMPTS_EXHAUSTED, BINDING_OFF, ENROLMENT_UNKNOWN, NOT_AUTHENTICATED
from gateways.sandbox.features import VERIFY, forced
from gateways.sandbox.journal import Kind
from gateways.sandbox.orders import OperationType, Order, Status, UsedCard, Waiting


class Outcome(Enum):
    """Where the payer stands after a step."""

    INVALID = auto()  # the entry was refused by the page; no attempt was used
    CHALLENGE = auto()  # the issuer asks for a code, at `order.challenge`
    RETRY = auto()  # declined, another try is possible
    IN_WORK = auto()  # it is being paid in a banking application
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
    decision = forced(verdict(entry, order.amount), order.request.features)
    order.way = None
    order.card = used(entry, decision.secure)
    bindings.remember(bank, order, entry)
    if decision.secure is Secure.CHALLENGE:
        return _challenge(bank, order, decision.action_code)
    return authorise(bank, order, decision.action_code)


def pay_saved(bank: Bank, order: Order, entry: CardEntry, *, asks_code: bool) -> Step:
    """A saved card pays: with its holder there the issuer may ask for a code, without one it cannot."""
    bank.tick()
    if order.status is not Status.CREATED:
        return standing(order)
    decision = forced(verdict(entry, order.amount), order.request.features)
    secure = decision.secure if asks_code else Secure.NONE
    order.card = used(entry, secure)
    if secure is Secure.CHALLENGE:
        return _challenge(bank, order, decision.action_code)
    return authorise(bank, order, decision.action_code)


def pay_by_its_card(bank: Bank, order: Order, binding: Binding, cvc: str) -> Step:
    """The payer of an order that one saved card alone may pay types its code; one that was switched off is refused."""
    bank.tick()
    if order.status is not Status.CREATED:
        return standing(order)
    entry = binding.entry(cvc)
    if "cvc" in problems(entry, bank.clock.now()):
        return Step(Outcome.INVALID, order, ("cvc",))
    if not binding.active:
        return authorise(bank, order, BINDING_OFF)
    order.binding_id, order.keeps_card, order.way = binding.id, False, None
    return pay_saved(bank, order, entry, asks_code=True)


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


def answered(bank: Bank, challenge: str, action_code: int | None) -> Step:
    """The issuer's answer came by the shop: a failure's code, or None for whatever the card's fate is."""
    bank.tick()
    waiting = bank.challenges[challenge]
    return _leave(bank, challenge, waiting.action_code if action_code is None else action_code)


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
    decision = forced(Verdict(OUTCOMES[outcome], waiting.action_code), order.request.features)
    return _leave(bank, challenge, decision.action_code if failure is None else failure)


def standing(order: Order) -> Step:
    """Where the payer of an order is to be sent now, without anything being done."""
    if not order.unpaid:
        return Step(Outcome.FINISHED, order)
    if order.in_work:
        return Step(Outcome.IN_WORK, order)
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
    return authorise(bank, order, action_code)


def authorise(bank: Bank, order: Order, action_code: int) -> Step:
    """One attempt, and what the issuer says of it."""
    order.attempts += 1
    kind = OperationType.PREAUTHORIZATION if order.request.two_stage else OperationType.AUTHORIZATION
    line = bank.record(order, kind, order.amount, action_code)
    bank.journal.add(line.at, Kind.ATTEMPT, order.key, order.amount, action_code=action_code)
    if action_code != APPROVED:
        return _refuse(bank, order, action_code)
    bindings.keep(bank, order)
    if VERIFY in order.request.features:
        return _verified(bank, order)
    if order.request.two_stage:
        holding.hold(bank, order)
        return Step(Outcome.FINISHED, order)
    return _deposit(bank, order, line.at)


def _verified(bank: Bank, order: Order) -> Step:
    """The card is good, which is all that was asked: what was authorised is undone at once."""
    order.status = Status.REVERSED
    order.action_code = APPROVED
    order.approved = order.amount
    order.reversed_at = bank.record(order, OperationType.REVERSAL, order.amount, APPROVED).at
    bank.journal.add(order.reversed_at, Kind.VERIFIED, order.key, 0)
    bank.notify(order, "reversed", succeeded=True, amount=order.amount)
    return Step(Outcome.FINISHED, order)


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
    operation = "approved" if order.request.two_stage else "deposited"
    bank.notify(order, operation, succeeded=False, amount=order.amount)
    return Step(Outcome.FINISHED if last else Outcome.RETRY, order)


def used(entry: CardEntry, secure: Secure) -> UsedCard:
    """What is kept of a card that was typed."""
    system = payment_system(entry.pan)
    return UsedCard(
        entry.pan[:6], entry.pan[-4:], len(entry.pan), entry.expiry, entry.holder, system, _eci(system, secure)
    )


def _eci(system: str, secure: Secure) -> int:
    return _ECI[secure] if system == "VISA" else _ECI_MASTERCARD[_ECI[secure]]
