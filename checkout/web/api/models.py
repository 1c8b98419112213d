"""The shapes of the API: what may be sent (extra fields refused, limits on everything) and what comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from gateways.money import Money

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Kopecks = Annotated[int, Field(strict=True, gt=0, le=99_999_999_900, description="kopecks")]
FIRST_YEAR: Final = 2019  # instants before and after these years are slips, and some cannot be turned into UTC
LAST_YEAR: Final = 2100


def _sensible(value: datetime) -> datetime:
    if not FIRST_YEAR < value.year < LAST_YEAR:
        raise ValueError("the year cannot be meant")
    return value.astimezone(UTC)


def _whole_minute(value: datetime) -> datetime:
    if value.second or value.microsecond:
        raise ValueError("a visit starts on a whole minute")
    return value


Instant = Annotated[datetime, PlainSerializer(lambda at: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), str)]
Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
Start = Annotated[Moment, AfterValidator(_whole_minute)]
Plain = r"^[^\x00-\x1f\x7f]*$"  # no control characters, NUL above all
Day = Annotated[date, Field(ge=date(FIRST_YEAR + 1, 1, 1), lt=date(LAST_YEAR, 1, 1))]


class In(BaseModel):
    """A request: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class MoneyIn(In):
    amount: Kopecks
    currency: Literal["RUB"] = "RUB"

    def money(self) -> Money:
        return Money(self.amount, self.currency)


class MoneyOut(Out):
    """Whole minor units (kopecks) of an ISO 4217 currency."""

    amount: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> MoneyOut:
        return cls(amount=money.amount, currency=money.currency)


class TextOut(Out):
    ru: str
    en: str


class ConsentOut(Out):
    """A text that payers agree to, as it is in force; `since` null: from the beginning."""

    kind: str
    version: str
    since: Instant | None
    required: bool
    title: TextOut
    text: TextOut


class ConsentList(Out):
    data: list[ConsentOut]


class PersonIn(In):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    phone: Annotated[str, Field(min_length=5, max_length=32)]
    email: Annotated[str, Field(min_length=3, max_length=254)]


class PatientIn(PersonIn):
    """Somebody else than the payer who comes to the visit."""

    born: Annotated[date, Field(ge=date(1900, 1, 1), description="date of birth")]


class LineIn(In):
    service: Slug
    quantity: Annotated[int, Field(strict=True, ge=1, le=20)] = 1


class OrderIn(In):
    """A booking. Prices and sums are never sent: they come from the catalogue and are frozen on the order."""

    clinic: Slug
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=20)]
    starts_at: Start
    specialist: Annotated[
        Slug | None, Field(description="who is to give what they can of it, by slug; null: anybody")
    ] = None
    payer: PersonIn
    patient: PatientIn | None = None
    relation: Annotated[
        Literal["parent", "guardian", "trustee"] | None, Field(description="what the payer is to a patient under 18")
    ] = None
    plan: Literal["full", "deposit", "at_clinic"] = "full"
    consents: Annotated[
        list[Slug],
        Field(
            max_length=20,
            description="kinds of the texts of `GET /v1/consents` that the payer agreed to, all required ones among them; "
            "each is frozen on the order as it is in force at this moment, in `language`",
        ),
    ]
    consents_read: Annotated[
        dict[Slug, Annotated[str, Field(max_length=20)]] | None,
        Field(
            max_length=20,
            description="which version of each text in `consents` the payer was shown: if another is in force by now, or one is "
            "not named, nothing is booked (`consent_changed`); null: the site does not say",
        ),
    ] = None
    language: Literal["ru", "en"] = "ru"
    return_url: Annotated[str, Field(max_length=500, pattern=Plain)] | None = None


FiscalNumber = Annotated[
    str, Field(pattern="^[0-9]{1,10}$", description="of the fiscal printer's receipt; it may be noted later")
]


class CashIn(In):
    """`received`: the cash that was put down, if it was more; the answer says what goes back."""

    amount: MoneyIn
    received: MoneyIn | None = None
    fiscal_receipt: FiscalNumber | None = None


class ManualIn(In):
    """A card at the desk's terminal, or a bank transfer. `reference`: of the slip, or of the payment order."""

    amount: MoneyIn
    method: Literal["terminal", "transfer"]
    reference: Annotated[str, Field(min_length=1, max_length=64, pattern=Plain)]
    fiscal_receipt: FiscalNumber | None = None


class CancelIn(In):
    """Nothing to say; the body is an empty object."""


class MoveIn(In):
    """The new start; the clinic, the services and their prices stay."""

    starts_at: Start


class VisitIn(In):
    outcome: Literal["given", "no_show"]


class ArrivalIn(In):
    """Nothing to say; the body is an empty object."""


class HandoverIn(In):
    """Nothing to say; the body is an empty object."""


class PaymentIn(In):
    """The sum comes from the order's plan. `method`: how the payer pays, among what the merchant offers; default: by card."""

    method: Literal["card", "sbp", "sberpay"] = "card"


class LineOut(Out):
    line: int
    service: TextOut
    quantity: int
    amount: MoneyOut


class QrOut(Out):
    """A QR code of the Faster Payments System. `payload`: what it says, and the link that opens a bank's application."""

    payload: str
    image_url: Annotated[str, Field(description="a PNG; of ours, so not to be shown within another site's page")]


class PaymentOut(Out):
    """One payment. `redirect_url` is where to send the payer while the bank waits for them: the bank's page.

    `method` is as the payer chose it, and once paid as the bank says. While the bank waits, `qr` is there to pay by SBP and
    `deep_link` to open the application of SberPay on a phone; without them the payer pays on the bank's page.
    `charged_back`: what of it the payer's bank took; it stands in the order's `refunded`, and cannot be refunded.
    """

    id: str
    method: Literal["card", "sbp", "sberpay", "cash", "terminal", "transfer"]
    status: str
    amount: MoneyOut
    redirect_url: str | None = None
    expires_at: Instant | None = None
    charged_back: MoneyOut | None = None
    qr: QrOut | None = None
    deep_link: str | None = None


class CashPaymentOut(Out):
    """A payment taken at the desk. `change`: what goes back over the counter."""

    id: str
    shift: str
    amount: MoneyOut
    change: MoneyOut
    receipt_no: Annotated[int, Field(description="the clinic's own number, without gaps; not a fiscal document")]


class ReceiptOut(Out):
    """A fiscal receipt that the bank makes. `closing`, `handover`: of the full settlement of services, and of goods."""

    id: str
    payment: str
    refund: str | None
    kind: Literal["payment", "refund", "closing", "handover"]
    status: Literal["expected", "sending", "waiting", "ready", "failed"]
    amount: MoneyOut
    number: Annotated[str | None, Field(description="of the fiscal document, once it is issued")]
    sign: Annotated[str | None, Field(description="its fiscal sign")]
    issued_at: Instant | None
    url: Annotated[str | None, Field(description="where the operator of fiscal data shows it")]


class WindowOut(Out):
    """Until when a refund of one kind of line may be asked, and from when that is counted."""

    kind: Literal["service", "goods"]
    base_at: Instant
    planned: Annotated[bool, Field(description="true until the visit was given or the goods were handed over")]
    until: Instant


class OrderOut(Out):
    """An order. `due`, `paid` and `refunded` come from the ledger and always add up."""

    id: str
    code: str
    status: str
    clinic: str
    zone: str
    starts_at: Instant
    ends_at: Instant
    plan: str
    total: MoneyOut
    due: MoneyOut
    paid: MoneyOut
    refunded: MoneyOut
    hold_until: Instant
    given_at: Instant | None
    deliver_by: Annotated[Instant | None, Field(description="goods: at the clinic by then")]
    goods_arrived_at: Annotated[Instant | None, Field(description="goods: at the clinic since")]
    handed_over_at: Annotated[Instant | None, Field(description="goods: with the patient since; their window runs")]
    return_until: Annotated[Instant, Field(description="the end of the widest of `return_windows`")]
    return_windows: list[WindowOut]
    lines: list[LineOut]
    payments: list[PaymentOut]
    receipts: Annotated[list[ReceiptOut], Field(description="of the bank; none where the bank makes none")]
    link: Annotated[str | None, Field(description="the payer's private page; a secret")] = None
    pay_link: Annotated[str | None, Field(description="where somebody else may pay, seeing only the sum")] = None
    visit_token: Annotated[
        str | None,
        Field(description="proof of a visit given, for reviews: a JWS, keys at /.well-known/visit-token-keys.json"),
    ] = None
    created_at: Instant


class OrderRow(Out):
    """An order in a list."""

    id: str
    code: str
    status: str
    clinic: str
    zone: str
    starts_at: Instant
    total: MoneyOut
    paid: MoneyOut
    refunded: MoneyOut
    created_at: Instant


class OrderList(Out):
    data: list[OrderRow]
    has_more: bool


class Page(In):
    """Cursor paging: newest first; `starting_after` is the last id of the page before."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    starting_after: Annotated[str, Field(max_length=40)] | None = None


class OrderQuery(Page):
    clinic: Slug | None = None
    code: Annotated[str, Field(pattern=r"^[2-9A-HJ-NP-Z]{8}$")] | None = None


class ClinicOut(Out):
    slug: str
    name: TextOut
    address: TextOut
    zone: str
    phone: str
    paused: Annotated[bool, Field(description="shown, but nothing can be booked now")]
    map_url: str | None
    notes: Annotated[TextOut, Field(description="what to bring and how to find it")]


class ClinicList(Out):
    data: list[ClinicOut]


class ServiceOut(Out):
    """What can be bought. An option is ordered after the service that names it among its `options`."""

    slug: str
    name: TextOut
    about: TextOut
    kind: Annotated[str, Field(description="service, option or goods")]
    minutes: int
    price: MoneyOut
    deposit: MoneyOut | None
    at_clinic: bool
    vat: Annotated[str, Field(description="none, or a rate in percent")]
    options: list[str]
    clinics: list[str]


class ServiceList(Out):
    data: list[ServiceOut]


class SpecialistOut(Out):
    slug: str
    clinic: str
    name: TextOut
    services: list[str]


class SpecialistList(Out):
    data: list[SpecialistOut]


class SpecialistQuery(In):
    clinic: Slug | None = None


class SlotQuery(In):
    """`service` may name several, joined by commas: they follow one another in one visit, each option after its service."""

    clinic: Slug
    specialist: Slug | None = None
    service: Annotated[str, Field(pattern=r"^[a-z0-9,-]{1,400}$")]
    day: Day
    days: Annotated[int, Field(ge=1, le=31)] = 1


class SlotOut(Out):
    starts_at: Instant


class SlotList(Out):
    zone: str
    data: list[SlotOut]
