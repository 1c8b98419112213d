"""The steps of which dramas are made: each is one thing that happens to an order, or to all calls of a merchant."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Protocol

from gateways.sandbox import chargebacks, paying, reverting
from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import ACS_CODES, CardEntry, known_card, read_expiry
from gateways.sandbox.faults import Fault, Rule, Scope
from gateways.sandbox.orders import Order


class Unfit(Exception):
    """The drama cannot be played over this."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Over what a drama is played: an order, or a merchant's whole contract."""

    bank: Bank
    login: str
    order: Order | None

    @property
    def subject(self) -> Order:
        """The order. Raises Unfit for a drama over a merchant."""
        if self.order is None:
            raise Unfit
        return self.order


class Step(Protocol):
    """One thing that happens."""

    def happen(self, stage: Stage) -> None: ...


@dataclass(frozen=True, slots=True)
class Fail:
    """A fault is switched on, for this order or this merchant; see `faults`. `seconds`: for so long by the bank's clock."""

    kind: Fault
    method: str
    times: int | None = 1
    value: float | None = None
    seconds: float | None = None

    def happen(self, stage: Stage) -> None:
        scope = (Scope.ORDER, stage.order.id) if stage.order else (Scope.MERCHANT, stage.login)
        until = None if self.seconds is None else stage.bank.clock.now() + self.seconds
        stage.bank.faults.add(Rule(self.kind, self.method, *scope, self.times, self.value, until=until))


@dataclass(frozen=True, slots=True)
class Pass:
    """So many seconds go by, for the whole bank."""

    seconds: float

    def happen(self, stage: Stage) -> None:
        stage.bank.advance(self.seconds)


@dataclass(frozen=True, slots=True)
class PassToEnd:
    """It is so many seconds before the end of the order's session; below zero: after it."""

    before: float

    def happen(self, stage: Stage) -> None:
        left = stage.subject.expires_at - self.before - stage.bank.clock.now()
        stage.bank.advance(max(0.0, left))


@dataclass(frozen=True, slots=True)
class Pay:
    """A payer enters a test card, and at the issuer's page the right code; or leaves that page open."""

    card: str
    code: bool = True

    def happen(self, stage: Stage) -> None:
        card = known_card(self.card)
        if card is None:
            raise Unfit
        step = paying.pay(stage.bank, stage.subject, CardEntry(card.pan, read_expiry(card.expiry) or "", card.cvc))
        if step.outcome is paying.Outcome.CHALLENGE and self.code:
            paying.confirm(stage.bank, stage.subject.challenge or "", ACS_CODES[0])


@dataclass(frozen=True, slots=True)
class Tell:
    """A callback is sent whatever the truth is, so many times."""

    operation: str
    succeeded: bool = True
    forged: bool = False
    times: int = 1

    def happen(self, stage: Stage) -> None:
        for _ in range(self.times):
            stage.bank.resend(stage.subject, self.operation, succeeded=self.succeeded, forged=self.forged)


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Somebody refunds in the bank's own cabinet, under no id of the shop's: so many hundredths of what is left."""

    percent: int

    def happen(self, stage: Stage) -> None:
        kopecks = max(1, stage.subject.deposited * self.percent // 100)
        reverting.refund(stage.bank, stage.subject, kopecks, external_id=None)


@dataclass(frozen=True, slots=True)
class UndoRefund:
    """The newest refund is taken out of the bank's books again, and nobody is told."""

    def happen(self, stage: Stage) -> None:
        reverting.undo_refund(stage.bank, stage.subject)


@dataclass(frozen=True, slots=True)
class ChargeBack:
    """The payer's bank takes back all that the merchant has left, and asks nobody."""

    def happen(self, stage: Stage) -> None:
        chargebacks.charge_back(stage.bank, stage.subject)


def told(step: Step) -> str:
    """A step as one reads it: `pay card=4111111111111111`; what is as usual is left out."""
    named = {one.name: (getattr(step, one.name), one.default) for one in fields(step)}  # type: ignore[arg-type]  # all are dataclasses
    said = [f"{name}={_written(value)}" for name, (value, usual) in named.items() if value != usual]
    return " ".join([_spaced(type(step).__name__), *said])


def _written(value: object) -> str:
    """As JSON has it, so that it can be sent as a fault; a whole number without its point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str) else json.dumps(value)


def _spaced(name: str) -> str:
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in name).removeprefix("-")
