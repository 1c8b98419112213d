"""What a payer's bank takes back from the merchant, and gives up again. The protocol has no call for it: `/sandbox/…` has.

A status shows it as a flag alone (gateway.md §4.2): its sums stay as they were, and the flag stays on, whoever wins [I].
"""

from __future__ import annotations

from gateways.sandbox.bank import Bank
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.journal import Kind
from gateways.sandbox.orders import Order


def charge_back(bank: Bank, order: Order, amount: int = 0) -> int:
    """The payer's bank takes `amount` kopecks, 0 meaning all that the merchant has left; what it took.

    It asks nobody, so it may take even what was refunded before. Raises Refusal(NOT_PAID, REFUND_TOO_LARGE).
    """
    if not order.paid:
        raise Refusal(Reason.NOT_PAID)
    taken = amount or order.deposited - order.charged_back
    if not 0 < taken <= order.deposited + order.refunded - order.charged_back:
        raise Refusal(Reason.REFUND_TOO_LARGE)
    order.charged_back += taken
    order.disputed = True
    bank.journal.add(bank.clock.now(), Kind.CHARGED_BACK, order.key, taken)
    return taken


def win(bank: Bank, order: Order, amount: int = 0) -> int:
    """The payer's bank gives `amount` of it up again, 0 meaning all; what it gave. Raises Refusal(REFUND_TOO_LARGE)."""
    given = amount or order.charged_back
    if not 0 < given <= order.charged_back:
        raise Refusal(Reason.REFUND_TOO_LARGE)
    order.charged_back -= given
    bank.journal.add(bank.clock.now(), Kind.CHARGEBACK_WON, order.key, given)
    return given
