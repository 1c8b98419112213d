"""Typed, prefixed, sortable ids, made before the first write: `ord_01J…` outside, a uuid in the database.

An id is never a secret. At most 30 characters, so that it fits the bank's orderNumber and externalRefundId.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import ClassVar, Final, Self
from uuid import UUID

from ulid import ULID
from ulid.base32 import ENCODE

# No 0/O, no 1/I: a code is read out over the telephone.
CODE_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 8
# An id is printed three characters, fifteen bits, at a time: exports print a million of them.
_TRIPLES: Final = ["".join(three) for three in product(ENCODE, repeat=3)]


@dataclass(frozen=True, slots=True, order=True)
class Id:
    """A uuid that knows what it names."""

    uuid: UUID
    prefix: ClassVar[str] = ""

    @classmethod
    def new(cls) -> Self:
        return cls(ULID().to_uuid())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id behind its printed form. Raises ValueError for another kind's id or anything malformed."""
        if not text.startswith(cls.prefix):
            raise ValueError(f"an id of this kind starts with {cls.prefix}")
        ulid = ULID.from_str(text.removeprefix(cls.prefix))
        if str(ulid) != text.removeprefix(cls.prefix):
            raise ValueError("an id is written in upper-case Crockford base 32")
        return cls(ulid.to_uuid())

    def __str__(self) -> str:
        return printed(self.prefix, self.uuid)


def printed(prefix: str, uuid: UUID) -> str:
    """As an id of this prefix is printed: a ULID, in Crockford's base 32."""
    bits = uuid.int
    time, high, low = bits >> 75, bits >> 30 & 0x1FFFFFFFFFFF, bits & 0x3FFFFFFF
    three = _TRIPLES
    return (
        f"{prefix}{three[time >> 45][1:]}{three[time >> 30 & 32767]}{three[time >> 15 & 32767]}{three[time & 32767]}"
        f"{three[high >> 30]}{three[high >> 15 & 32767]}{three[high & 32767]}{three[low >> 15]}{three[low & 32767]}"
    )


class OrderId(Id):
    prefix: ClassVar[str] = "ord_"

    @property
    def code(self) -> str:
        """Eight characters for people, from the id's random part; unique by constraint."""
        bits = self.uuid.int
        return "".join(CODE_ALPHABET[(bits >> 5 * place) & 31] for place in range(CODE_LENGTH))


class PaymentId(Id):
    prefix: ClassVar[str] = "pay_"


class RefundId(Id):
    prefix: ClassVar[str] = "rf_"


class ChargebackId(Id):
    prefix: ClassVar[str] = "cb_"


class ReceiptId(Id):
    prefix: ClassVar[str] = "rcp_"


class PersonId(Id):
    prefix: ClassVar[str] = "cus_"


class ClientId(Id):
    """By which the bank knows whose saved cards are whose."""

    prefix: ClassVar[str] = "ccl_"


class CardId(Id):
    prefix: ClassVar[str] = "crd_"


class CheckId(Id):
    """Of a card that is added without a payment; at once the number of its order at the bank."""

    prefix: ClassVar[str] = "chk_"


class ShiftId(Id):
    prefix: ClassVar[str] = "shf_"


class BookingId(Id):
    prefix: ClassVar[str] = "bkg_"


class MessageId(Id):
    prefix: ClassVar[str] = "msg_"


class StaffId(Id):
    prefix: ClassVar[str] = "stf_"


class HandOverId(Id):
    prefix: ClassVar[str] = "hov_"


class DayOffId(Id):
    prefix: ClassVar[str] = "off_"
