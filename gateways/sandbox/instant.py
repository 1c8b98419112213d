"""Paying in a banking application instead of by card: QR codes of СБП, and SberPay. Source: gateway.md §2, §8.2, §8.4.

Both are an ask at the payer's own bank. It waits; its payer agrees, and the order is in work (orderStatus 7 and actionCode
-99, at SberPay 5); then the banks say yes or no. A code that its payer refuses costs no attempt, SberPay does (-999).
The session of an order in work does not run out: its money may be under way.
"""

from __future__ import annotations

import binascii
import string

from gateways.sandbox.apps import Ask, AskKind, AskStatus, Subscription
from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import (
    APPROVED,
    DECLINED_IN_APP,
    NOT_PERMITTED_TO_PARTNER,
    SBP_IN_PROGRESS,
    SUBSCRIPTION_UNKNOWN,
    Reason,
    Refusal,
)
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order, Status
from gateways.sandbox.paying import authorise

MEMBER = "100000000111"  # the payer's bank, as the system numbers its members
_MERCHANTS_BANK = "100000000008"
_CODE_SIGNS = string.digits + string.ascii_uppercase
_REST_OF_ID = 26
_PAYMENT_WAY = {AskKind.SBP: "SBP_C2B", AskKind.SBERPAY: "SBERPAY"}


def code(bank: Bank, order: Order, *, subscribes: bool = False) -> Ask:
    """The QR code of an order: the one that still waits, else a new one. Raises Refusal(NOT_PAYABLE)."""
    if order.status is not Status.CREATED:
        raise Refusal(Reason.NOT_PAYABLE)
    known = bank.apps.newest(order, AskKind.SBP)
    if known is not None and known.open and known.subscribes == subscribes:
        return known
    prefix = "AD1000" if order.request.dialect is Dialect.ECOM else "BD2000"
    name = prefix + "".join(bank.rng.choice(_CODE_SIGNS) for _ in range(_REST_OF_ID))
    return bank.apps.add(Ask(name, AskKind.SBP, order, subscribes=subscribes))


def payload(bank: Bank, ask: Ask) -> str:
    """What the picture of a QR code says: an address of the system, or of this bank, so that it can be opened here."""
    order = ask.order
    host = "https://qr.nspk.ru" if order.merchant.quirks.nspk_payloads else f"{bank.base_url}/qr"
    bare = f"{host}/{ask.id}?type=02&bank={_MERCHANTS_BANK}&sum={order.amount}&cur=RUB"
    return f"{bare}&crc={binascii.crc_hqx(bare.encode(), 0xFFFF):04X}"


def invoice(bank: Bank, order: Order) -> Ask:
    """The order in the application of SberPay: its id is the bank's, without dashes. What was refused waits anew."""
    known = bank.apps.newest(order, AskKind.SBERPAY)
    over = known is None or (known.decided is not AskStatus.STARTED and order.status is Status.CREATED)
    return bank.apps.add(Ask(invoice_id(order), AskKind.SBERPAY, order)) if known is None or over else known


def invoice_id(order: Order) -> str:
    """`sbolBankInvoiceId` on the wire."""
    return order.id.replace("-", "")


def push(bank: Bank, order: Order, phone: str) -> None:
    """Show the order in the application behind this number. Raises Refusal(NOT_PAYABLE)."""
    if order.status is not Status.CREATED:
        raise Refusal(Reason.NOT_PAYABLE)
    invoice(bank, order).phone = phone


def reject(ask: Ask) -> bool:
    """The merchant takes a code back: only one that nobody has used."""
    if not ask.open:
        return False
    ask.decided = AskStatus.REJECTED
    return True


def confirm(bank: Bank, ask: Ask) -> bool:
    """The payer agrees: the order is in work. False if it cannot be agreed to any more."""
    bank.tick()
    if not ask.open:
        return False
    ask.decided = AskStatus.CONFIRMED
    if ask.kind is AskKind.SBP:
        ask.order.status, ask.order.action_code = Status.PENDING, SBP_IN_PROGRESS
    else:
        ask.order.status = Status.AT_ACS
    return True


def refuse(bank: Bank, ask: Ask) -> bool:
    """The payer does not agree. False if it cannot be refused any more."""
    bank.tick()
    if not ask.open:
        return False
    ask.decided = AskStatus.REJECTED_BY_USER
    if ask.kind is AskKind.SBERPAY:
        _judged(bank, ask, DECLINED_IN_APP)
    return True


def finish(bank: Bank, ask: Ask, *, accepted: bool) -> bool:
    """The banks' word on what the payer agreed to. False if nothing was agreed to."""
    if ask.decided is not AskStatus.CONFIRMED:
        return False
    ask.decided = AskStatus.ACCEPTED if accepted else AskStatus.REJECTED
    client = ask.order.request.client_id
    if accepted and ask.subscribes and client is not None:
        made = Subscription(bank.new_id().replace("-", ""), client, ask.order.merchant.login)
        bank.apps.subscriptions[made.id] = made
    _judged(bank, ask, APPROVED if accepted else NOT_PERMITTED_TO_PARTNER)
    return True


def accept(bank: Bank, ask: Ask) -> bool:
    """The payer agrees, and the banks at once."""
    return confirm(bank, ask) and finish(bank, ask, accepted=True)


def charge(bank: Bank, order: Order, name: str) -> None:
    """Charge a subscription without asking its payer; one that does not stand is a failed attempt.

    Raises Refusal(NOT_PAYABLE).
    """
    if order.status is not Status.CREATED:
        raise Refusal(Reason.NOT_PAYABLE)
    found = bank.apps.subscriptions.get(name)
    stands = found is not None and found.active and found.merchant == order.merchant.login
    order.way = "SBP_C2B_BINDING"
    order.subscription = name if stands else None
    authorise(bank, order, APPROVED if stands else SUBSCRIPTION_UNKNOWN)


def _judged(bank: Bank, ask: Ask, action_code: int) -> None:
    ask.order.way = _PAYMENT_WAY[ask.kind]
    authorise(bank, ask.order, action_code)
    bank.resume(ask.order)
