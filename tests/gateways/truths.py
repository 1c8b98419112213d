"""True answers of the sandbox to every operation of the client, in both dialects where both have it.

Everything is drawn from a seed and told by a clock that stands still, so they are the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from gateways import sandbox
from gateways.bindings import Bindings
from gateways.card_check import CardChecks, Check
from gateways.enrolment import Enrolment
from gateways.fiscal import (
    BankReceipt,
    Cart,
    Contact,
    Ffd,
    Payment,
    Position,
    Receipts,
    Seller,
    Subject,
    Taxation,
    Vat,
)
from gateways.gateway import Gateway, GatewayError, Refund, Registered, Registration
from gateways.money import Money
from gateways.one_press import OnePress, Press
from gateways.sandbox.apps import Ask, AskKind
from gateways.sberbank.banks import Kind
from gateways.sberbank.verdicts import Operation
from gateways.sbp import Codes, CodeState, QrCode
from gateways.two_stage import TwoStage
from gateways.witness import Brief
from tests.gateways.true_bank import ORIGIN, SUM, Call, Line, Result, Truth, gateway

GOOD: Final = sandbox.CardEntry("2200000000000038", "203412", "123", "IVAN IVANOV")
ASKED: Final = sandbox.CardEntry("5555555555555599", "203412", "123", "IVAN IVANOV")
POOR: Final = sandbox.CardEntry("4276990011343663", "203412", "123", "IVAN IVANOV")
BACK: Final = "https://clinic.example/back?t=abc"
CLIENT: Final = "cl_01J9Z3K4M5N6P7Q8R9S0T1V2W3"
NOBODYS: Final = "70906e55-7114-41d6-8332-4609dc6590f4"
PRINTED: Final = 30  # seconds after which every receipt of the sandbox is printed, or has failed
VISIT: Final = Position(
    "1-1", "Приём терапевта", Decimal(1), SUM, SUM, Vat.NONE, Payment.FULL_PREPAYMENT, Subject.SERVICE
)
CART: Final = Cart(
    Seller(Ffd.NEW, Taxation.INCOME, "7707083893", "clinic@example.ru", "https://pay.example.ru"),
    Contact(email="maria@example.com"),
    (VISIT,),
)
SETTLED: Final = replace(CART, positions=(replace(VISIT, payment=Payment.FULL_PAYMENT),), offset=True)


class _Recorder:
    """Plays lives of orders at a bank and keeps each exchange."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        clock = sandbox.Clock.virtual(1_779_267_600.0)
        shop = sandbox.Merchant(pays_without_cvc=True)
        self.bank = sandbox.Bank([shop], clock=clock, rng=random.Random(5), base_url=ORIGIN)  # noqa: S311 - repeatable
        self.line = Line(self.bank)
        self.gateway = gateway(kind, self.line)
        self.found: list[Truth] = []
        self.count = 0

    async def note(self, name: str, operation: Operation, number: str, call: Call, *named: str) -> Result:
        """Carry a call out and keep what was answered, refusals too."""
        try:
            result = await call(self.gateway)
        except GatewayError:
            result = None
        order = self.bank.lookup(number)
        captured = order.deposited + order.refunded if order else 0
        if self.line.last is None:
            raise LookupError("nothing was answered")
        name = f"{operation} {name}"
        self.found.append(Truth(name, self.kind, operation, call, self.line.last, number, frozenset(named), captured))
        return result

    def registration(self, cart: Cart | None = None, client: str | None = None) -> Registration:
        """With every way to pay that this bank has."""
        self.count += 1
        ways = self.gateway.capabilities.ways
        return Registration(
            f"pay_{self.count:026d}", SUM, BACK, 1200, "Приём терапевта", cart=cart, ways=ways, client=client
        )

    async def order(self, name: str, cart: Cart | None = None, client: str | None = None) -> tuple[str, str]:
        """A registered order: its number and the bank's."""
        asked = self.registration(cart, client)
        made = await self.note(name, Operation.REGISTER, asked.number, lambda bank: bank.register(asked))
        return asked.number, _reference(made)

    async def hold(self, name: str) -> tuple[str, str]:
        """An order whose sum is held."""
        asked = self.registration()
        made = await self.note(name, Operation.HOLD, asked.number, lambda bank: _holds(bank).hold(asked))
        self.pays(asked.number, GOOD)
        return asked.number, _reference(made)

    async def look(self, name: str, number: str, reference: str) -> None:
        await self.note(
            name, Operation.LOOK, number, lambda bank: bank.look(number=number, reference=reference), reference
        )

    async def complete(self, name: str, number: str, reference: str, kopecks: int) -> None:
        def call(bank: Gateway) -> Awaitable[None]:
            return _holds(bank).complete(reference=reference, number=number, amount=Money(kopecks))

        await self.note(name, Operation.COMPLETE, number, call, reference)

    async def refund(self, name: str, number: str, reference: str, kopecks: int, cart: Cart | None = None) -> None:
        asked = Refund(reference, number, f"rf_{name}_{self.count}", Money(kopecks), SUM, cart)
        await self.note(name, Operation.REFUND, number, lambda bank: bank.refund(asked), reference)

    async def reverse(self, name: str, number: str, reference: str) -> None:
        await self.note(
            name, Operation.REVERSE, number, lambda bank: bank.reverse(reference=reference, number=number), reference
        )

    async def decline(self, name: str, number: str, reference: str) -> None:
        await self.note(
            name, Operation.DECLINE, number, lambda bank: bank.decline(reference=reference, number=number), reference
        )

    async def receipts(self, name: str, number: str, reference: str) -> tuple[BankReceipt, ...]:
        found = await self.note(
            name,
            Operation.RECEIPTS,
            number,
            lambda bank: _receipts(bank).of_order(number=number, reference=reference),
            reference,
        )
        return tuple(row for row in found if isinstance(row, BankReceipt)) if isinstance(found, tuple) else ()

    async def receipt_again(self, name: str, number: str, receipt: str) -> None:
        await self.note(
            name,
            Operation.RECEIPT_AGAIN,
            number,
            lambda bank: _receipts(bank).retry(number=number, receipt=receipt),
            receipt,
        )

    async def receipt_close(self, name: str, number: str, reference: str) -> None:
        def call(bank: Gateway) -> Awaitable[None]:
            return _receipts(bank).close(number=number, reference=reference, cart=SETTLED)

        await self.note(name, Operation.RECEIPT_CLOSE, number, call, reference)

    async def code(self, name: str, number: str, reference: str) -> str:
        """The id of the order's QR code; empty where there is none."""

        def call(bank: Gateway) -> Awaitable[QrCode]:
            return _codes(bank).code(reference=reference, number=number, return_url=BACK)

        found = await self.note(name, Operation.CODE, number, call, reference)
        return found.id if isinstance(found, QrCode) else ""

    async def code_state(self, name: str, number: str, reference: str, code: str) -> None:
        def call(bank: Gateway) -> Awaitable[CodeState]:
            return _codes(bank).state(reference=reference, number=number, code=code)

        await self.note(name, Operation.CODE_STATE, number, call, reference, code)

    async def code_reject(self, name: str, number: str, reference: str, code: str) -> None:
        def call(bank: Gateway) -> Awaitable[bool]:
            return _codes(bank).reject(reference=reference, number=number, code=code)

        await self.note(name, Operation.CODE_REJECT, number, call, reference, code)

    async def push(self, name: str, number: str, reference: str) -> None:
        def call(bank: Gateway) -> Awaitable[None]:
            if bank.sberpay is None or bank.sberpay.push is None:
                raise LookupError("this bank knocks at no telephone")
            return bank.sberpay.push(reference=reference, number=number, phone="+79990000001")

        await self.note(name, Operation.PUSH, number, call, reference)

    async def cards(self, name: str) -> None:
        await self.note(name, Operation.BINDINGS, CLIENT, lambda bank: _cards(bank).of(CLIENT))

    async def check(self, name: str) -> tuple[str, str]:
        """A card that is left without paying."""
        self.count += 1
        asked = Check(f"chk_{self.count:026d}", CLIENT, BACK, 1200, "Проверка карты")
        made = await self.note(name, Operation.REGISTER, asked.number, lambda bank: _checks(bank).check(asked))
        return asked.number, _reference(made)

    async def unbind(self, name: str, binding: str) -> None:
        await self.note(name, Operation.UNBIND, binding, lambda bank: _cards(bank).unbind(binding))

    async def bind(self, name: str, binding: str) -> None:
        await self.note(name, Operation.BIND, binding, lambda bank: _cards(bank).bind(binding), binding)

    async def prolong(self, name: str, binding: str, expiry: str) -> None:
        def call(bank: Gateway) -> Awaitable[None]:
            if bank.prolonging is None:
                raise LookupError("this bank prolongs no cards")
            return bank.prolonging.prolong(binding, expiry)

        await self.note(name, Operation.PROLONG, binding, call, binding)

    async def short(self, name: str, number: str, reference: str) -> None:
        def call(bank: Gateway) -> Awaitable[Brief]:
            if bank.witness is None:
                raise LookupError("this bank has no short status")
            return bank.witness.brief(number=number, reference=reference)

        await self.note(name, Operation.SHORT, number, call, reference)

    async def remark(self, name: str, number: str, reference: str) -> None:
        def call(bank: Gateway) -> Awaitable[None]:
            if bank.notes is None:
                raise LookupError("this bank takes no notes")
            return bank.notes.add(reference=reference, number=number, notes={"visit": "AB23CD45"})

        await self.note(name, Operation.NOTE, number, call, reference)

    async def enrolled(self, name: str, card: str) -> None:
        def call(bank: Gateway) -> Awaitable[Enrolment]:
            if bank.enrolment is None:
                raise LookupError("this bank is asked about no card")
            return bank.enrolment.of(card)

        await self.note(name, Operation.ENROLMENT, "-", call)

    async def press(self, name: str, number: str, reference: str, binding: str) -> None:
        asked = Press(reference, number, binding, "203.0.113.7")
        await self.note(name, Operation.PRESS, number, lambda bank: _press(bank).pay(asked), reference, binding)

    def pays(self, number: str, card: sandbox.CardEntry) -> None:
        sandbox.pay(self.bank, self.at_bank(number), card)

    def at_bank(self, number: str) -> sandbox.Order:
        order = self.bank.lookup(number)
        if order is None:
            raise LookupError(number)
        return order

    def ask(self, number: str) -> Ask:
        """The order's newest code, as its payer's application has it."""
        found = self.bank.apps.newest(self.at_bank(number), AskKind.SBP)
        if found is None:
            raise LookupError(number)
        return found


def _reference(made: Result) -> str:
    if not isinstance(made, Registered):
        raise TypeError("an order was registered")
    return made.reference


def _holds(bank: Gateway) -> TwoStage:
    if bank.two_stage is None:
        raise LookupError("both dialects have two stages")
    return bank.two_stage


def _receipts(bank: Gateway) -> Receipts:
    if bank.receipts is None:
        raise LookupError("both dialects have receipts")
    return bank.receipts


def _cards(bank: Gateway) -> Bindings:
    if bank.bindings is None:
        raise LookupError("both dialects have saved cards")
    return bank.bindings


def _checks(bank: Gateway) -> CardChecks:
    if bank.card_checks is None:
        raise LookupError("both dialects check cards")
    return bank.card_checks


def _press(bank: Gateway) -> OnePress:
    if bank.one_press is None:
        raise LookupError("both dialects charge saved cards")
    return bank.one_press


def _codes(bank: Gateway) -> Codes:
    if bank.codes is None:
        raise LookupError("codes come with the registration")
    return bank.codes


async def truths(kind: Kind) -> list[Truth]:
    """Lives of orders that between them meet every operation, most statuses, and refusals."""
    life = _Recorder(kind)
    await _by_card(life)
    await _in_two_stages(life)
    await _with_receipts(life)
    await (_by_asked_code(life) if life.gateway.codes is not None else _in_the_application(life))
    await _with_saved_cards(life)
    if life.gateway.witness is not None:
        await _in_small_calls(life)
    await _by_a_press(life)
    await _without_payment(life)
    return life.found


async def _by_card(life: _Recorder) -> None:
    number, reference = await life.order("open")
    await life.look("open", number, reference)
    await life.refund("of nothing", number, reference, 100)
    life.pays(number, POOR)
    await life.look("refused card", number, reference)
    life.pays(number, GOOD)
    await life.look("paid", number, reference)
    await life.decline("of a paid order", number, reference)
    await life.refund("part", number, reference, 9_900)
    await life.look("part refunded", number, reference)
    await life.refund("too much", number, reference, 19_900)
    number, reference = await life.order("reversed")
    life.pays(number, GOOD)
    await life.reverse("whole", number, reference)
    await life.look("reversed", number, reference)
    await life.reverse("again", number, reference)


async def _in_two_stages(life: _Recorder) -> None:
    """No look at what was charged in part: that it is all that was wanted, no answer of the bank says."""
    number, reference = await life.hold("completed")
    await life.look("held", number, reference)
    await life.complete("too much", number, reference, 20_000)
    await life.complete("whole", number, reference, SUM.amount)
    await life.look("completed", number, reference)
    await life.complete("again", number, reference, SUM.amount)
    number, reference = await life.hold("completed in part")
    await life.complete("part", number, reference, 9_900)
    number, reference = await life.hold("released")
    await life.reverse("of a hold", number, reference)
    await life.look("released", number, reference)


async def _with_receipts(life: _Recorder) -> None:
    number, reference = await life.order("with a cart", CART)
    await life.receipts("none yet", number, reference)
    await life.receipt_close("of nothing", number, reference)
    life.pays(number, GOOD)
    await life.receipts("waiting", number, reference)
    life.bank.advance(PRINTED)
    await life.receipts("printed", number, reference)
    await life.receipt_close("whole", number, reference)
    await life.receipts("settled", number, reference)
    await life.refund("with its rows", number, reference, SUM.amount, CART)
    life.bank.advance(PRINTED)
    await life.receipts("given back", number, reference)
    number, reference = await life.order("with another cart", CART)
    life.pays(number, GOOD)
    life.bank.advance(PRINTED)
    await life.receipts("of another", number, reference)
    number, reference = await life.order("with a bad printer", CART)
    life.bank.receipts.spoil(life.at_bank(number), fail=True)
    life.pays(number, GOOD)
    life.bank.advance(PRINTED)
    (failed,) = await life.receipts("failed", number, reference)
    if _receipts(life.gateway).retries:
        await life.receipt_again("failed", number, failed.id)
        await life.receipt_again("waiting", number, failed.id)
        await life.receipt_again("unknown", number, NOBODYS)
    await life.receipts("unknown", "pay_none", NOBODYS)


async def _with_saved_cards(life: _Recorder) -> None:
    await life.cards("none")
    number, reference = await life.order("of a client", client=CLIENT)
    life.pays(number, GOOD)
    await life.look("card saved", number, reference)
    await life.cards("one")
    binding = life.at_bank(number).binding_id or ""
    await life.unbind("active", binding)
    await life.unbind("again", binding)
    await life.unbind("unknown", NOBODYS)
    await life.cards("removed")
    number, reference = await life.check("of a card")
    await life.look("card not checked yet", number, reference)
    life.pays(number, GOOD)
    await life.look("card checked", number, reference)
    await life.cards("checked")
    await life.bind("removed", binding)
    await life.bind("again", binding)
    await life.bind("unknown", NOBODYS)
    if life.gateway.prolonging is not None:
        await life.prolong("active", binding, "203501")
        await life.prolong("unknown", NOBODYS, "203501")
    await life.cards("bound again")


async def _in_small_calls(life: _Recorder) -> None:
    number, reference = await life.order("in short")
    await life.short("open", number, reference)
    life.pays(number, GOOD)
    await life.short("paid", number, reference)
    await life.remark("of a paid order", number, reference)
    await life.remark("of nobody", "pay_none", NOBODYS)
    await life.refund("seen in short", number, reference, 9_900)
    await life.short("part refunded", number, reference)
    await life.short("unknown", "pay_none", NOBODYS)
    await life.enrolled("yes", "2202206000270541")
    await life.enrolled("no", "2202206100040083")
    await life.enrolled("no card", "2202206100040084")


async def _by_a_press(life: _Recorder) -> None:
    number, reference = await life.order("that saves a card", client=CLIENT)
    life.pays(number, GOOD)
    binding = life.at_bank(number).binding_id or ""
    number, reference = await life.order("to press", client=CLIENT)
    await life.press("charged", number, reference, binding)
    await life.press("again", number, reference, binding)
    await life.look("pressed", number, reference)
    number, reference = await life.order("to refuse", client=CLIENT)
    life.bank.bindings.by_id[binding].pan = POOR.pan
    await life.press("refused card", number, reference, binding)
    life.bank.bindings.by_id[binding].pan = ASKED.pan
    await life.press("to be confirmed", number, reference, binding)
    number, reference = await life.order("of nobody")
    await life.press("of another", number, reference, binding)


async def _by_asked_code(life: _Recorder) -> None:
    number, reference = await life.order("by code")
    code = await life.code("first", number, reference)
    await life.code_state("started", number, reference, code)
    await life.code_reject("unused", number, reference, code)
    await life.code_reject("again", number, reference, code)
    await life.code_state("rejected", number, reference, code)
    code = await life.code("second", number, reference)
    sandbox.instant.confirm(life.bank, life.ask(number))
    await life.code_state("confirmed", number, reference, code)
    await life.code_reject("in use", number, reference, code)
    await life.code("in work", number, reference)
    await life.look("in work", number, reference)
    sandbox.instant.finish(life.bank, life.ask(number), accepted=True)
    await life.code_state("accepted", number, reference, code)
    await life.code_state("unknown", number, reference, "AD10NOBODYS")
    await life.look("paid by code", number, reference)


async def _in_the_application(life: _Recorder) -> None:
    number, reference = await life.order("by push")
    await life.push("open", number, reference)
    sandbox.instant.confirm(life.bank, life.ask(number))
    await life.look("in work", number, reference)
    sandbox.instant.finish(life.bank, life.ask(number), accepted=True)
    await life.look("paid by code", number, reference)
    await life.push("of a paid order", number, reference)


async def _without_payment(life: _Recorder) -> None:
    number, reference = await life.order("declined")
    await life.decline("open", number, reference)
    await life.look("declined", number, reference)
    number, reference = await life.order("expired")
    life.bank.advance(1_300)
    await life.look("expired", number, reference)
    await life.look("unknown", "pay_none", NOBODYS)
