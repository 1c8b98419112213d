"""Why a payment did not go through: the bank's actionCode as one of our reasons, with advice and words for the payer.

A table, so that it can be compared with gateway.md §10.3 line by line. Mind the signs: 2006 and -2006, 2007 and -2007
have nothing to do with each other. "51" is the card networks' code; the gateway says 116. The words are ours; the
bank's never reach the payer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DeclineReason(StrEnum):
    """A closed list for pages, letters and reports, whatever codes a bank may invent."""

    NONE = "none"  # nothing was declined: approved, or a processed reversal
    NOT_ATTEMPTED = "not_attempted"
    IN_PROGRESS = "in_progress"
    CANCELLED = "cancelled"
    SESSION_EXPIRED = "session_expired"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    AMOUNT_LIMIT = "amount_limit"
    COUNT_LIMIT = "count_limit"
    CARD_EXPIRED = "card_expired"
    CARD_BLOCKED = "card_blocked"
    CARD_NUMBER = "card_number"
    CARD_DETAILS = "card_details"
    CARD_CODE = "card_code"
    SAVED_CARD = "saved_card"
    CONFIRMATION = "confirmation"  # 3-D Secure: wrong code, or it did not come to an end
    BANK_DECLINED = "bank_declined"
    BANK_UNAVAILABLE = "bank_unavailable"
    NO_ANSWER = "no_answer"
    MERCHANT_DECLINED = "merchant_declined"
    NOT_SUPPORTED = "not_supported"
    ALREADY_PAID = "already_paid"
    TECHNICAL = "technical"
    UNKNOWN = "unknown"


class Advice(StrEnum):
    """What the payer can do next."""

    NOTHING = "nothing"
    SAME_CARD = "same_card"
    OTHER_CARD = "other_card"
    LATER = "later"
    NEVER = "never"  # not with this card and this merchant
    NEW_ORDER = "new_order"
    WAIT = "wait"  # the outcome is not known yet: paying again might be paying twice


@dataclass(frozen=True, slots=True)
class Explanation:
    """One actionCode, understood."""

    reason: DeclineReason
    advice: Advice
    ru: str
    en: str


_R, _A = DeclineReason, Advice

WORDS: Final[dict[DeclineReason, tuple[str, str]]] = {
    _R.NONE: ("Отказа не было", "Nothing was declined"),
    _R.NOT_ATTEMPTED: ("Заказ ещё не оплачен", "Not paid yet"),
    _R.IN_PROGRESS: ("Банк обрабатывает платёж", "The bank is processing the payment"),
    _R.CANCELLED: ("Оплата отменена", "The payment was cancelled"),
    _R.SESSION_EXPIRED: ("Время на оплату истекло", "The time to pay is over"),
    _R.ATTEMPTS_EXHAUSTED: ("Попытки оплаты закончились", "No attempts to pay are left"),
    _R.INSUFFICIENT_FUNDS: ("На карте недостаточно средств", "Not enough money on the card"),
    _R.AMOUNT_LIMIT: ("Сумма больше лимита по карте", "The amount is over the card's limit"),
    _R.COUNT_LIMIT: ("Слишком много операций по карте", "Too many operations with this card"),
    _R.CARD_EXPIRED: ("Срок действия карты истёк", "The card has expired"),
    _R.CARD_BLOCKED: ("Карта заблокирована", "The card is blocked"),
    _R.CARD_NUMBER: ("Банк не узнал номер карты", "The bank does not know this card number"),
    _R.CARD_DETAILS: ("Данные карты введены с ошибкой", "The card details have a mistake"),
    _R.CARD_CODE: ("Неверный код с оборота карты", "Wrong security code of the card"),
    _R.SAVED_CARD: ("Сохранённая карта отключена", "The saved card is disabled"),
    _R.CONFIRMATION: ("Платёж не подтверждён", "The payment was not confirmed"),
    _R.BANK_DECLINED: ("Банк карты отклонил оплату", "The card's bank declined the payment"),
    _R.BANK_UNAVAILABLE: ("Банк карты сейчас недоступен", "The card's bank is unavailable now"),
    _R.NO_ANSWER: ("Банк карты ещё не ответил", "The card's bank has not answered yet"),
    _R.MERCHANT_DECLINED: ("Оплата этой картой не принимается", "This card is not accepted here"),
    _R.NOT_SUPPORTED: ("Такая операция не поддерживается", "This operation is not supported"),
    _R.ALREADY_PAID: ("Заказ уже оплачен", "The order is already paid"),
    _R.TECHNICAL: ("Техническая ошибка при оплате", "A technical error during payment"),
    _R.UNKNOWN: ("Оплата не прошла", "The payment did not go through"),
}

_TABLE: Final[tuple[tuple[tuple[int, ...], DeclineReason, Advice], ...]] = (
    ((0, 400), _R.NONE, _A.NOTHING),
    ((-100,), _R.NOT_ATTEMPTED, _A.SAME_CARD),
    ((-99,), _R.IN_PROGRESS, _A.WAIT),
    ((-999,), _R.CANCELLED, _A.SAME_CARD),
    ((-2000, -2001, -2101), _R.MERCHANT_DECLINED, _A.NEVER),
    ((-2002, -20010), _R.AMOUNT_LIMIT, _A.NEVER),
    ((-2005, -2006, -2010, -2011, -2015, -2016, -2017, -2018, -2019, -2020), _R.CONFIRMATION, _A.SAME_CARD),
    ((-2023, -2024, -2025), _R.CONFIRMATION, _A.SAME_CARD),
    ((-2007,), _R.SESSION_EXPIRED, _A.NEW_ORDER),
    ((-2012,), _R.NOT_SUPPORTED, _A.NEVER),
    ((-2013,), _R.ATTEMPTS_EXHAUSTED, _A.NEW_ORDER),
    ((-3100, -3101, -5031), _R.SAVED_CARD, _A.OTHER_CARD),
    ((1, 5, 100, 104, 107, 118, 119, 120, 902, 15), _R.BANK_DECLINED, _A.OTHER_CARD),
    ((12, 61, 121, 903), _R.AMOUNT_LIMIT, _A.LATER),
    ((65, 123), _R.COUNT_LIMIT, _A.LATER),
    ((7, 41, 43, 208, 209, 62), _R.CARD_BLOCKED, _A.NEVER),
    ((75, 106), _R.CARD_BLOCKED, _A.LATER),
    ((14, 111, 125, 53), _R.CARD_NUMBER, _A.SAME_CARD),
    ((82,), _R.CARD_CODE, _A.SAME_CARD),
    ((93, 239), _R.BANK_DECLINED, _A.NEVER),
    ((101,), _R.CARD_EXPIRED, _A.OTHER_CARD),
    ((103, 31, 910, 907), _R.BANK_UNAVAILABLE, _A.LATER),
    ((109, 110, 13), _R.TECHNICAL, _A.NEVER),
    ((116,), _R.INSUFFICIENT_FUNDS, _A.SAME_CARD),
    ((433, 434, 435), _R.TECHNICAL, _A.WAIT),  # a reversal went astray: staff must look
    ((904, 909, 913, 96, 94, 76, 914, 2023), _R.TECHNICAL, _A.LATER),
    ((999, 1014, 341014), _R.MERCHANT_DECLINED, _A.OTHER_CARD),
    ((1001,), _R.NO_ANSWER, _A.LATER),
    ((1004,), _R.NOT_SUPPORTED, _A.NEVER),
    ((1015, 71015), _R.CARD_DETAILS, _A.SAME_CARD),
    ((1018, 1019, 151018, 151019), _R.NO_ANSWER, _A.WAIT),
    ((2002, 2009), _R.NOT_SUPPORTED, _A.NEVER),
    ((2003, 2004, 2005, 2006, 2014, 2015, 2016), _R.MERCHANT_DECLINED, _A.OTHER_CARD),
    ((2007,), _R.ALREADY_PAID, _A.NEVER),
    ((2008,), _R.IN_PROGRESS, _A.WAIT),
    ((2022, 4005), _R.CANCELLED, _A.NEVER),
)

EXPLANATIONS: Final[dict[int, Explanation]] = {
    code: Explanation(reason, advice, *WORDS[reason]) for codes, reason, advice in _TABLE for code in codes
}
# Another card is safe advice after a refusal that we do not understand: the order's status says that it was one.
_UNHEARD_OF: Final = Explanation(_R.UNKNOWN, _A.OTHER_CARD, *WORDS[_R.UNKNOWN])

# Reasons that say nothing against a card: nobody tried one, somebody gave up, or the banks had trouble of their own.
_HARMLESS: Final = frozenset(
    {
        _R.NONE,
        _R.NOT_ATTEMPTED,
        _R.IN_PROGRESS,
        _R.CANCELLED,
        _R.SESSION_EXPIRED,
        _R.ALREADY_PAID,
        _R.BANK_UNAVAILABLE,
        _R.NO_ANSWER,
        _R.NOT_SUPPORTED,
        _R.TECHNICAL,
    }
)
HARMLESS: Final = frozenset(code for code, words in EXPLANATIONS.items() if words.reason in _HARMLESS)
_CAUSELESS: Final = frozenset({_R.NONE, _R.NOT_ATTEMPTED, _R.IN_PROGRESS, _R.ATTEMPTS_EXHAUSTED, _R.UNKNOWN})


def explain(code: int | None) -> Explanation:
    """The explanation of an actionCode; for an unknown or missing one, a cautious general one."""
    return _UNHEARD_OF if code is None else EXPLANATIONS.get(code, _UNHEARD_OF)


def reason_for(code: int | None) -> DeclineReason:
    return explain(code).reason


def names_cause(code: int | None) -> bool:
    """Whether it says what became of a card; that there are no tries left does not."""
    return code is not None and reason_for(code) not in _CAUSELESS
