"""The shapes of the till: counts, shifts, movements, hand-overs, reports."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from checkout.web.api.models import FiscalNumber, In, Instant, MoneyIn, MoneyOut, Out, Plain

Words = Annotated[str, Field(min_length=3, max_length=200, pattern=Plain)]
Note = Annotated[str, Field(min_length=1, max_length=200, pattern=Plain, description="no names, no telephone numbers")]
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=Plain)]
CountNo = Annotated[int, Field(strict=True, ge=1, le=9_223_372_036_854_775_807)]
ReceiptNo = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]
MOST: Final = 20


class PieceIn(In):
    """So many notes or coins of one face."""

    face: Annotated[int, Field(strict=True, gt=0, description="kopecks: 500000 is the note of 5 000 ₽")]
    number: Annotated[int, Field(strict=True, ge=0, le=100_000)]


class CashTotal(In):
    amount: Annotated[int, Field(strict=True, ge=0, le=99_999_999_900, description="kopecks")]
    currency: Literal["RUB"] = "RUB"


class CountIn(In):
    """What is in the drawer: by notes and coins (always at the close), or only the total (before a shift is opened)."""

    pieces: Annotated[list[PieceIn], Field(min_length=1, max_length=MOST)] | None = None
    total: CashTotal | None = None


class CountOut(Out):
    """A count as it is kept. `expected`, `difference`: null before a clinic's very first shift."""

    count: int
    shift: str | None
    counted: MoneyOut
    expected: MoneyOut | None
    difference: MoneyOut | None


class OpenIn(In):
    """The count that the shift opens with; why it differs from what was left, if it does."""

    count: CountNo
    explanation: Words | None = None


class CloseIn(In):
    """The count that the shift closes with; why it differs from the books, if it does."""

    count: CountNo
    explanation: Words | None = None


class ConfirmIn(In):
    """The count that another person confirms."""

    count: CountNo


class MovementIn(In):
    """Cash in (`change`, `advance`, `other`) or out (`bank`, `advance`, `expense`, `other`); `other` needs a note."""

    direction: Literal["in", "out"]
    amount: MoneyIn
    reason: Literal["change", "advance", "bank", "expense", "other"]
    note: Note | None = None


class ReverseIn(In):
    """The entry of this shift that was a mistake, and why."""

    receipt_no: ReceiptNo
    reason: Literal["wrong_sum", "wrong_order", "wrong_tender", "twice", "not_received"]
    note: Note | None = None


class FiscalIn(In):
    """The receipt of the fiscal printer that belongs to an entry. `instead_of`: the number that stands, if it is wrong."""

    receipt_no: ReceiptNo
    number: FiscalNumber
    instead_of: FiscalNumber | None = None


class HandOverIn(In):
    amount: MoneyIn


class SettleIn(In):
    """Nothing to say; the body is an empty object."""


class EnteredOut(Out):
    receipt_no: Annotated[int, Field(description="the clinic's own number, without gaps; not a fiscal document")]


class HandOverOut(Out):
    """`pending` until somebody else accepts it; until then it counts as in the drawer."""

    id: str
    shift: str
    amount: MoneyOut
    status: Literal["pending", "accepted", "withdrawn"]
    given_by: str
    settled_by: str | None


class SumOut(Out):
    """`of`: a tender or a reason."""

    of: str
    number: int
    amount: MoneyOut


class ReportOut(Out):
    """X while the shift is open, Z once it is closed (then `z_no` is set). Takings and refunds are gross."""

    shift: str
    opened_by: str
    opened_at: Instant
    age: Annotated[
        Literal["fresh", "late", "over"], Field(description="late from 20 h on; over at 24 h: nothing is taken")
    ]
    float: MoneyOut
    float_difference: MoneyOut
    takings: list[SumOut]
    refunds: list[SumOut]
    reversed_takings: list[SumOut]
    reversed_payouts: list[SumOut]
    paid_in: list[SumOut]
    paid_out: list[SumOut]
    handed_over: MoneyOut
    drawer: Annotated[MoneyOut, Field(description="what ought to be in it")]
    entries: int
    first_receipt: int | None
    last_receipt: int | None
    fiscal_receipts: Annotated[int, Field(description="entries with the number of a fiscal receipt")]
    closed_at: Instant | None
    closed_by: str | None
    counted_by: str | None
    counted: MoneyOut | None
    difference: MoneyOut | None
    explanation: str | None
    z_no: int | None


class ClosingOut(Out):
    """`waits`: the difference is so large that another person must confirm it before the shift is closed."""

    waits: bool
    report: ReportOut
