"""Paying in the application of Sberbank (SberPay). The link that opens it on a phone comes with the registration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Push(Protocol):
    """Knocks at the payer's phone: the application there shows the order."""

    async def __call__(self, *, reference: str, number: str, phone: str) -> None:
        """`phone` as +7 and ten digits. Returning means that the bank took it, not that anybody is there.

        Raises Unreachable (Garbled), WrongState if the order cannot be paid any more, Refused.
        """


@dataclass(frozen=True, slots=True)
class SberPay:
    """`page`: from the bank's page to that of SberPay, for whoever sits at a computer. `push` None: the bank has none."""

    page: Callable[[str], str]
    push: Push | None
