"""Paying by a QR code of the Faster Payments System (СБП): what a code is, and what a bank can be asked about one.

A code belongs to one bank order and says so in its payload, an address that banking applications open. Whether it was
paid is the order's business: only `Gateway.look` says that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class QrCode:
    """`payload` is what the picture says, and at once the link for whoever has the application on this very device."""

    id: str
    payload: str


class CodeState(StrEnum):
    """What became of a code; no more than a courtesy to whoever waits."""

    STARTED = "started"  # nobody has used it yet
    CONFIRMED = "confirmed"  # its payer agreed; the banks are at work
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # by a bank, or by us
    REJECTED_BY_USER = "rejected_by_user"
    UNRECOGNISED = "unrecognised"


class Codes(Protocol):
    """Codes that are asked for after the order was registered. Every method may raise Unreachable (Garbled) or Refused."""

    async def code(self, *, reference: str, number: str, return_url: str) -> QrCode:
        """A code to pay this order by. WrongState if it cannot be paid any more."""

    async def state(self, *, reference: str, number: str, code: str) -> CodeState:
        """How the code stands."""

    async def reject(self, *, reference: str, number: str, code: str) -> bool:
        """Make the code good for nothing; False if it is too late for that."""
