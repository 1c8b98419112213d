"""Whether a card takes part in 3-D Secure, as the bank knows it. It takes a whole card number: for rehearsals alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Enrolled(StrEnum):
    YES = "Y"
    NO = "N"
    UNKNOWN = "U"  # its bank did not say


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the bank says of one card. `country`: of the issuer, three digits of ISO 3166. `second_version`: 3-D Secure 2."""

    enrolled: Enrolled
    issuer: str
    country: str | None
    second_version: bool


class Enrolments(Protocol):
    async def of(self, card_number: str) -> Enrolment:
        """A reading. Refused: the bank takes it for no card number."""
