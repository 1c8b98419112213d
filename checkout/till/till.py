"""The clinic's till: what may be taken for an order, and what a receipt number is. Pure.

A shift belongs to one clinic; every movement of cash belongs to a shift and carries the clinic's next receipt number.
"""

from __future__ import annotations

from checkout.ground.errors import Conflict, Invalid
from checkout.payment.order import Facts
from gateways.money import Money


def check(facts: Facts, amount: Money) -> None:
    """Whether this much may be taken now. Raises Invalid or Conflict with what is due."""
    if amount.amount <= 0:
        raise Invalid("amount_not_positive", pointer="/amount")
    if not facts.due:
        raise Conflict("nothing_due")
    if facts.due < amount:
        raise Conflict("more_than_due", pointer="/amount", due=facts.due)
