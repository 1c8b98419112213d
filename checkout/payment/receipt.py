"""A fiscal receipt that the bank makes of a cart of ours: expected with the fact that calls for it, then looked for. Pure.

expected   it is to come; that of a full settlement is still to be asked for
sending    the bank is being asked for it, or was when we were cut down
waiting    the bank has it, and its printer does not yet
ready      printed: it has its number and its sign, as the bank shows them or as a person read them off another's receipt
failed     the bank says that it came to nothing; it tries again by itself for some hours
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.errors import Invalid
from checkout.ground.ids import OrderId, PaymentId, ReceiptId, RefundId
from checkout.ground.steps import commands
from gateways.fiscal import BankReceipt, Position, ReceiptState
from gateways.money import Money


class Kind(StrEnum):
    """What calls for it. Services are settled when the visit was given, goods when they were handed over."""

    PAYMENT = "payment"
    REFUND = "refund"
    CLOSING = "closing"
    HANDOVER = "handover"

    @property
    def asked_for(self) -> bool:
        """Whether we have to ask for it: the others come with the money."""
        return self in (Kind.CLOSING, Kind.HANDOVER)


class State(StrEnum):
    EXPECTED = "expected"
    SENDING = "sending"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


COMMANDS: Final = commands(
    "receipt",
    State,
    """
    expected  --send-->     sending
    expected  --waiting-->  waiting
    expected  --ready-->    ready
    expected  --failed-->   failed
    sending   --send-->     sending
    sending   --waiting-->  waiting
    sending   --ready-->    ready
    sending   --failed-->   failed
    waiting   --send-->     sending
    waiting   --ready-->    ready
    waiting   --failed-->   failed
    failed    --send-->     sending
    failed    --waiting-->  waiting
    failed    --ready-->    ready
    """,
)

KINDS: Final = {
    Kind.PAYMENT: Text("Чек оплаты", "Payment receipt"),
    Kind.REFUND: Text("Чек возврата", "Refund receipt"),
    Kind.CLOSING: Text("Чек полного расчёта: услуги", "Full settlement receipt: services"),
    Kind.HANDOVER: Text("Чек полного расчёта: товары", "Full settlement receipt: goods"),
}
WORDS: Final = {
    State.EXPECTED: Text("Ожидается", "Expected"),
    State.SENDING: Text("Ожидается", "Expected"),
    State.WAITING: Text("В обработке у банка", "The bank is preparing it"),
    State.READY: Text("Пробит", "Issued"),
    State.FAILED: Text("Не пробит", "Not issued"),
}

DEADLINE: Final = timedelta(hours=24)  # after that a person is needed
SENT_AGAIN: Final = timedelta(hours=1)  # the bank shows nothing of what it was asked for: it never heard of it
_CLOCKS: Final = timedelta(hours=1)  # by how much a printer's clock may be behind ours
# How long to wait before the bank is asked again: soon at first, for the payer looks; then hourly; at last daily.
_PAUSES: Final = (
    *(timedelta(seconds=seconds) for seconds in (5, 10, 15, 30)),
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30)),
)
# As the law has them printed: of a document, of its sign, of the drive that keeps it.
_FORMS: Final = {
    "number": re.compile(r"[0-9]{1,10}", re.ASCII),
    "sign": re.compile(r"[0-9]{1,10}", re.ASCII),
    "drive": re.compile(r"[0-9]{16}", re.ASCII),
}
_HOURLY, _DAILY, _LAST = 48, timedelta(days=1), 90


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt as it is kept.

    `reference`: the bank's id of it, once it is known. `again`: a person wants it made anew. `noted_by`: who has typed its
    numbers off a receipt that was issued elsewhere.
    """

    id: ReceiptId
    order_id: OrderId
    payment_id: PaymentId
    refund_id: RefundId | None
    kind: Kind
    state: State
    amount: Money
    positions: tuple[Position, ...]
    created_at: datetime
    reference: str | None = None
    number: str | None = None
    sign: str | None = None
    drive: str | None = None
    url: str | None = None
    printed_at: datetime | None = None
    error: str | None = None
    again: bool = False
    looks: int = 0
    token: int = 0
    sent_at: datetime | None = None
    noted_by: str | None = None

    @property
    def refund(self) -> bool:
        return self.kind is Kind.REFUND

    @property
    def open(self) -> bool:
        """Whether something that the bank shows may be this one, for all that is known of it."""
        if self.kind.asked_for and self.sent_at is None:
            return False
        return self.state is not State.READY or self.noted_by is not None

    def late(self, now: datetime) -> bool:
        """Whether it is a person's by now: the bank said no, or nothing for too long."""
        return self.state is State.FAILED or (self.state is not State.READY and self.created_at + DEADLINE <= now)

    def remade(self, now: datetime) -> bool:
        """Whether a person's word may have it made anew.

        The bank shows late what it accepted, and knows no key by which it would print it once: a day has to pass first.
        """
        return self.state is not State.WAITING or (self.sent_at or self.created_at) + DEADLINE <= now

    def owed(self, now: datetime) -> bool:
        """Whether the bank is to be asked for it, now that it does not show it.

        What it took and shows no more may be printed still: only a person's word has it made a second time.
        """
        if not self.kind.asked_for:
            return False
        if self.state in (State.WAITING, State.FAILED):
            return self.again and self.remade(now)
        return self.sent_at is None or self.sent_at + SENT_AGAIN <= now


@dataclass(frozen=True, slots=True)
class Document:
    """What stands on a receipt: its number (ФД), its sign (ФП), its drive (ФН), and its day."""

    number: str
    sign: str
    drive: str
    day: date


def document(number: str, sign: str, drive: str, day: date | None, *, today: date) -> Document:
    """As typed off the paper, its number without zeros before it. Raises Invalid `receipt_unreadable`, `receipt_day`."""
    read = {name: "".join(text.split()) for name, text in (("number", number), ("sign", sign), ("drive", drive))}
    for name, form in _FORMS.items():
        if not form.fullmatch(read[name]):
            raise Invalid("receipt_unreadable", pointer=f"/{name}")
    if day is None or day > today:
        raise Invalid("receipt_day", pointer="/day")
    return Document(str(int(read["number"])), read["sign"], read["drive"], day)


def next_look(looks: int, now: datetime) -> datetime | None:
    """When to ask again after so many looks in vain; None: never by itself."""
    if looks >= _LAST:
        return None
    if looks < len(_PAUSES):
        return now + _PAUSES[looks]
    return now + (timedelta(hours=1) if looks < len(_PAUSES) + _HOURLY else _DAILY)


def seen(state: State, found: BankReceipt) -> State:
    """The state after the bank showed it."""
    return state if str(state) == str(found.state) else COMMANDS.step(state, str(found.state))


def paired(ours: Sequence[Receipt], found: Sequence[BankReceipt]) -> dict[ReceiptId, BankReceipt]:
    """Which of the bank's receipts is which of ours. Both oldest first.

    By the bank's id or the numbers where they are known; else the oldest of the same direction and sum that is nobody's yet.
    One of ours that failed may have been made again under another id, and one that was noted by hand may be printed after
    all: then it is no other's. A settlement that was never asked for is none of what the bank shows.
    """
    known = [(one.id, row) for one in ours for row in found if _known(one, row)]
    pairs, taken = dict(known), {row.id for _, row in known}
    free = [row for row in found if row.id not in taken]
    awaited = [one for one in ours if one.sent_at and one.state is not State.READY and one.id not in pairs]
    for one in sorted(ours, key=lambda one: one.reference is not None):
        before = pairs.get(one.id)
        if not one.open or (before is not None and before.state is not ReceiptState.FAILED):
            continue
        fit = (row for row in free if _fits(one, row, anew=before is not None))
        match = next((row for row in fit if one.noted_by is None or not _is_awaited(row, awaited)), None)
        if match is not None:
            pairs[one.id] = match
            free.remove(match)
    return pairs


def _known(ours: Receipt, found: BankReceipt) -> bool:
    noted = ours.noted_by is not None and (ours.drive, ours.number) == (found.drive, found.number)
    return noted or ours.reference == found.id


def _fits(ours: Receipt, found: BankReceipt, *, anew: bool) -> bool:
    same = ours.refund == found.refund and found.amount in (None, ours.amount)
    return same and not (anew and found.state is ReceiptState.FAILED)


def _is_awaited(found: BankReceipt, awaited: Sequence[Receipt]) -> bool:
    """Whether the bank was asked for this one: it is not kept from a settlement in favour of what has its numbers already."""
    return any(
        _fits(one, found, anew=False)
        and (found.printed_at is None or one.sent_at is None or one.sent_at <= found.printed_at + _CLOCKS)
        for one in awaited
    )
