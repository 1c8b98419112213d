"""Cards: the published test cards, and what the bank makes of any card. Source: gateway.md §11."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import (
    APPROVED,
    CARD_EXPIRED,
    ENROLMENT_UNKNOWN,
    INSUFFICIENT_FUNDS,
    RESULT_NOT_Y,
    WRONG_CARD_DATA,
)

ACS_CODES = ("111111", "12345678", "00000")


class Secure(Enum):
    """How 3-D Secure goes for a card."""

    NONE = "none"  # the card is not enrolled: straight to authorisation
    FRICTIONLESS = "frictionless"
    CHALLENGE = "challenge"
    ATTEMPT = "attempt"  # the issuer vouches without asking
    FAILED = "failed"  # the bank cannot confirm the holder: no authorisation at all


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card with a known fate. `expiries` are MM/YY as published, the current one first; `limit` in kopecks."""

    __test__ = False  # pytest would otherwise take the name for a test class

    pan: str
    system: str
    expiries: tuple[str, ...]
    cvc: str
    secure: Secure
    ru: str
    en: str
    action_code: int = APPROVED
    limit: int | None = None
    wrong_cvc: str | None = None
    ours: bool = False
    secure_version: int = 2  # of 3-D Secure

    @property
    def expiry(self) -> str:
        return self.expiries[0]

    @property
    def code(self) -> str:
        """The code for the ACS page, or an empty text where none is asked."""
        return ACS_CODES[0] if self.secure is Secure.CHALLENGE else ""


@dataclass(frozen=True, slots=True)
class CardEntry:
    """What the payer typed: digits of the number, expiry YYYYMM, CVC, name."""

    pan: str
    expiry: str
    cvc: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How 3-D Secure goes, and the action code the issuer answers after it."""

    secure: Secure
    action_code: int


_C, _F, _N = Secure.CHALLENGE, Secure.FRICTIONLESS, Secure.NONE
_NO_MONEY = ("код с телефона, затем отказ 116: недостаточно средств", "one-time code, then 116: insufficient funds")
_OK_CODE = ("код с телефона, оплата проходит", "one-time code, then success")
_OK = ("без кода, оплата проходит", "no code, success")

TEST_CARDS: tuple[TestCard, ...] = (
    TestCard("2202205000012424", "MIR", ("05/28",), "649", _F, *_OK),
    TestCard(
        "2202205300068092",
        "MIR",
        ("05/26",),
        "583",
        _C,
        "код с телефона; на карте 100 ₽, больше — отказ 116",
        "one-time code; holds 100 ₽, more is declined with 116",
        limit=10_000,
    ),
    TestCard("4006800900962514", "VISA", ("05/26",), "941", _C, *_OK_CODE, secure_version=1),
    TestCard("5469980100048525", "MASTERCARD", ("05/26",), "041", _C, *_OK_CODE, secure_version=1),
    TestCard(
        "2202206100040083",
        "MIR",
        ("05/26",),
        "061",
        _N,
        "не участвует в 3-D Secure, оплата проходит",
        "not enrolled in 3-D Secure, success",
    ),
    TestCard(
        "2202206000270541", "MIR", ("05/28",), "123", _C, "корпоративная, код с телефона", "corporate, one-time code"
    ),
    TestCard("2202205000060910", "MIR", ("06/28",), "810", _C, *_NO_MONEY, action_code=INSUFFICIENT_FUNDS),
    TestCard(
        "2202202107593166",
        "MIR",
        ("06/22",),
        "123",
        _C,
        "код с телефона, затем отказ 101: срок карты истёк",
        "one-time code, then 101: card expired",
        action_code=CARD_EXPIRED,
    ),
    TestCard(
        "4111111111111111",
        "VISA",
        ("12/34", "12/26"),
        "123",
        _F,
        "без кода, оплата проходит; с CVC 999 — отказ 71015",
        "no code, success; CVC 999 is declined with 71015",
        wrong_cvc="999",
    ),
    TestCard("5555555555555599", "MASTERCARD", ("12/34", "12/24"), "123", _C, *_OK_CODE),
    TestCard(
        "5168494895055780",
        "MASTERCARD",
        ("12/26",),
        "123",
        Secure.FAILED,
        "отказ −2025: банк не подтвердил держателя",
        "declined with −2025: holder not confirmed",
        action_code=RESULT_NOT_Y,
    ),
    TestCard(
        "4000001111111118",
        "VISA",
        ("12/30",),
        "123",
        Secure.ATTEMPT,
        "банк ручается без кода, оплата проходит",
        "issuer attempt without a code, success",
    ),
    TestCard("2200000000000038", "MIR", ("12/34",), "123", _N, *_OK),
    TestCard("2222400060000007", "MASTERCARD", ("12/34",), "123", _N, *_OK),
    TestCard(
        "4276990011343663",
        "VISA",
        ("12/34",),
        "123",
        Secure.FAILED,
        "отказ −2011: участие в 3-D Secure не выяснено",
        "declined with −2011: enrolment unknown",
        action_code=ENROLMENT_UNKNOWN,
        secure_version=1,
    ),
    TestCard(
        "4276838748917319",
        "VISA",
        ("12/34",),
        "123",
        _N,
        "не участвует в 3-D Secure, оплата проходит",
        "not enrolled in 3-D Secure, success",
    ),
    TestCard("3530111333300000", "JCB", ("12/34",), "123", _C, *_OK_CODE, ours=True),
)

_BY_PAN = {card.pan: card for card in TEST_CARDS}
_SHORTEST_PAN, _LONGEST_PAN = 12, 19
SYSTEMS: tuple[tuple[int, int, int, str], ...] = (
    # length of the prefix, from, to, system
    (4, 2200, 2204, "MIR"),
    (4, 2221, 2720, "MASTERCARD"),
    (4, 3528, 3589, "JCB"),
    (2, 34, 34, "AMEX"),
    (2, 37, 37, "AMEX"),
    (2, 62, 62, "CUP"),
    (1, 4, 4, "VISA"),
    (1, 5, 5, "MASTERCARD"),
)


def known_card(pan: str) -> TestCard | None:
    return _BY_PAN.get(pan)


def payment_system(pan: str) -> str:
    """The scheme by the first digits; an unknown prefix counts as Maestro, which the bank calls MASTERCARD."""
    for length, low, high, name in SYSTEMS:
        if low <= int(pan[:length]) <= high:
            return name
    return "MASTERCARD"


def luhn(pan: str) -> bool:
    """Whether the check digit fits."""
    total = 0
    for position, digit in enumerate(reversed(pan)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  (the digit sum of a two-digit product)
    return total % 10 == 0


def read_expiry(text: str) -> str | None:
    """`MM/YY`, `MMYY` or `MM/YYYY` as YYYYMM; None if it is none of these."""
    digits = "".join(text.replace("/", " ").split())
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (4, 6):
        return None
    month, year = digits[:2], digits[2:]
    century = "20" if len(year) == 2 else ""  # noqa: PLR2004  (a year of two digits)
    return century + year + month if "01" <= month <= "12" else None


def problems(entry: CardEntry, now: float) -> tuple[str, ...]:
    """The fields the payment page refuses before any authorisation: `pan`, `expiry`, `cvc`, `cardholder`."""
    card = known_card(entry.pan)
    checks = {
        "pan": card is not None or _plausible(entry.pan),
        "expiry": _published(card, entry.expiry)
        or entry.expiry >= datetime.fromtimestamp(now, MOSCOW).strftime("%Y%m"),
        "cvc": entry.cvc.isascii() and entry.cvc.isdigit() and len(entry.cvc) in (3, 4),
        "cardholder": all(sign.isascii() and (sign.isalpha() or sign in " .-'") for sign in entry.holder),
    }
    return tuple(name for name, fine in checks.items() if not fine)


def complaint(field: str, typed: str) -> str:
    """Why the page refuses what was typed into a field that is among the `problems`: a word of its texts."""
    if field == "cardholder" or not typed.strip():
        return f"{field}_{'empty' if field != 'cardholder' else 'shape'}"
    if field == "pan":
        digits = "".join(typed.replace("-", " ").split())
        whole = digits.isascii() and digits.isdigit() and _SHORTEST_PAN <= len(digits) <= _LONGEST_PAN
        return "pan_check" if whole else "pan_length"
    return "expiry_over" if field == "expiry" and read_expiry(typed) else f"{field}_shape"


def verdict(entry: CardEntry, amount: int) -> Verdict:
    """What becomes of a valid entry: any unknown card pays without 3-D Secure."""
    card = known_card(entry.pan)
    if card is None:
        return Verdict(Secure.NONE, APPROVED)
    if entry.cvc == card.wrong_cvc:
        return Verdict(Secure.NONE, WRONG_CARD_DATA)
    if card.limit is not None and amount > card.limit:
        return Verdict(card.secure, INSUFFICIENT_FUNDS)
    return Verdict(card.secure, card.action_code)


def _plausible(pan: str) -> bool:
    return pan.isascii() and pan.isdigit() and _SHORTEST_PAN <= len(pan) <= _LONGEST_PAN and luhn(pan)


def _published(card: TestCard | None, expiry: str) -> bool:
    """Test cards are taken with their printed dates for ever: most of them expired long ago."""
    return card is not None and expiry in {read_expiry(text) for text in card.expiries}
