"""The bank's order status numbers and the amounts that each of them implies."""

from __future__ import annotations

from typing import Final

from gateways.gateway import BankStatus

STATUS: Final = {
    0: BankStatus.REGISTERED,
    1: BankStatus.HELD,
    2: BankStatus.DEPOSITED,
    3: BankStatus.REVERSED,
    4: BankStatus.REFUNDED,
    5: BankStatus.IN_PROGRESS,  # the payer is at the ACS: no failure
    6: BankStatus.DECLINED,
    7: BankStatus.IN_PROGRESS,  # an asynchronous way to pay
    8: BankStatus.IN_PROGRESS,  # between parts of a completion
}


def status_of(number: int) -> BankStatus:
    return STATUS.get(number, BankStatus.UNRECOGNISED)


def implied_amounts(status: BankStatus, amount: int) -> tuple[int, int, int] | None:
    """Approved, deposited and refunded kopecks of an answer too old to state them; None where they cannot be known.

    After a refund only the bank can say how much is left, so there is no guess for status 4.
    """
    match status:
        case BankStatus.DEPOSITED:
            return amount, amount, 0
        case BankStatus.HELD | BankStatus.REVERSED:
            return amount, 0, 0
        case BankStatus.REFUNDED:
            return None
        case _:
            return 0, 0, 0
