"""What of an order's money is earned: until then it is the customer's, kept for a visit to come. Pure.

A service is earned once the visit was given, goods once they were handed over. No more is earned than was paid and did not
go back; money that came for part of the price pays for what is done first. What went back for a line lowers the line.
A surplus lowers none: it was never part of the price. The money of a missed visit is nobody's decision here: not earned.
Source: decisions.md 10.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Work:
    """`done`: the price of the lines that were given or handed over. `paid`, `gone`: what came, and what of it went back.

    `lowered`: what of `gone` its refunds took from the lines done. Refunds of a surplus by rule take from no line; they are
    `surplus`. `booked`: what the ledger calls revenue as yet.
    """

    total: Money
    done: Money
    paid: Money
    gone: Money
    lowered: Money
    surplus: Money
    booked: Money

    @property
    def earned(self) -> Money:
        # Somebody may have sent a surplus back as an ordinary refund, which names lines that were paid twice.
        over = _least_nothing(self.paid - self.total - self.surplus)
        price = _least_nothing(self.done - _least_nothing(self.lowered - over))
        kept = self.paid - self.gone
        return min(price, kept, key=lambda money: money.amount)

    @property
    def change(self) -> Money:
        """By how much revenue is to grow, or, negative, to fall."""
        return self.earned - self.booked


def _least_nothing(money: Money) -> Money:
    return Money(max(money.amount, 0), money.currency)
