"""What a merchant may do to an order in which state: one table, and why not where it is no. Source: gateway.md §2.

    yes  allowed as far as the state goes; days, sums and permissions are judged by the operation itself

A completed hold is no more reversed in the new dialect; the old one knows no such rule, and a merchant may have either
(`Merchant.reverse_completed`).
"""

from __future__ import annotations

from enum import StrEnum

from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order, Status


class Deed(StrEnum):
    """What merchants do to orders."""

    DEPOSIT = "deposit"
    REVERSE = "reverse"
    REFUND = "refund"
    DECLINE = "decline"


class Standing(StrEnum):
    """`orderStatus` in words; a completed hold is a row of its own."""

    CREATED = "created"
    AT_ACS = "at_acs"
    APPROVED = "approved"
    DEPOSITED = "deposited"
    COMPLETED = "completed"
    REVERSED = "reversed"
    REFUNDED = "refunded"
    DECLINED = "declined"


_TABLE = """
               deposit  reverse             refund    decline
    created    no_hold  reverse_impossible  not_paid  yes
    at_acs     no_hold  reverse_impossible  not_paid  busy
    approved   yes      yes                 not_paid  decline_impossible
    deposited  no_hold  yes                 yes       decline_impossible
    completed  no_hold  reverse_impossible  yes       decline_impossible
    reversed   no_hold  reverse_impossible  not_paid  decline_impossible
    refunded   no_hold  reverse_impossible  yes       decline_impossible
    declined   no_hold  reverse_impossible  not_paid  decline_impossible
"""


def _read(table: str) -> dict[tuple[Standing, Deed], Reason | None]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {
        (Standing(name), Deed(deed)): None if cell == "yes" else Reason[cell.upper()]
        for name, *cells in rows
        for deed, cell in zip(head, cells, strict=True)
    }


# None: allowed.
TABLE = _read(_TABLE)


def standing(order: Order) -> Standing:
    """The order's row."""
    if order.status is Status.DEPOSITED and order.request.two_stage and not _reverses_completed(order):
        return Standing.COMPLETED
    return Standing[order.status.name]


def allow(order: Order, deed: Deed) -> None:
    """Raises Refusal with the cell's reason."""
    reason = TABLE[standing(order), deed]
    if reason is not None:
        raise Refusal(reason)


def _reverses_completed(order: Order) -> bool:
    chosen = order.merchant.reverse_completed
    return order.request.dialect is Dialect.LEGACY if chosen is None else chosen
