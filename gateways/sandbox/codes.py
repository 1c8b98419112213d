"""Why the bank says no, and what its authorisation codes mean. Source: gateway.md §10."""

from __future__ import annotations

from enum import Enum, auto


class Reason(Enum):
    """A business refusal before any dialect words it."""

    ACCESS_DENIED = auto()
    NUMBER_EMPTY = auto()
    NUMBER_WRONG = auto()
    NUMBER_TAKEN = auto()
    AMOUNT_MISSING = auto()
    AMOUNT_WRONG = auto()
    RETURN_URL_MISSING = auto()
    CURRENCY_UNKNOWN = auto()
    LANGUAGE_WRONG = auto()
    JSON_PARAMS_WRONG = auto()
    PARAMETER_WRONG = auto()
    PARAMETER_MISSING = auto()
    FEATURES_WRONG = auto()
    FEATURES_CLASH = auto()
    AUTO_FORBIDDEN = auto()
    VERIFY_FORBIDDEN = auto()
    CART_WRONG = auto()
    CART_SUM_WRONG = auto()
    CART_PRICE_WRONG = auto()
    CART_CURRENCY_WRONG = auto()
    RECEIPT_UNKNOWN = auto()
    RECEIPT_STANDS = auto()
    ORDER_UNKNOWN = auto()
    NOT_PAID = auto()
    NO_HOLD = auto()
    DEPOSIT_TOO_LARGE = auto()
    DEPOSIT_TOO_SMALL = auto()
    REFUND_TOO_LARGE = auto()
    REFUND_LOCKED = auto()
    REFUND_TOO_EARLY = auto()
    REFUND_ID_REUSED = auto()
    REVERSE_IMPOSSIBLE = auto()
    REVERSE_PARTIAL = auto()
    REVERSE_PARTIAL_AGAIN = auto()
    DECLINE_IMPOSSIBLE = auto()
    BUSY = auto()
    NOTHING_FOUND = auto()
    BINDING_UNKNOWN = auto()
    BINDING_FOREIGN = auto()
    BINDING_ACTIVE = auto()
    BINDING_INACTIVE = auto()
    NOT_PAYABLE = auto()


class Refusal(Exception):
    """The bank said no and nothing happened. `detail` names the parameter or currency at fault."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.name)
        self.reason = reason
        self.detail = detail


APPROVED = 0
NO_ATTEMPTS = -100
BINDING_OFF = -3100
SIGNATURE_WRONG = -2005
SBP_IN_PROGRESS = -99
DECLINED_IN_APP = -999
SUBSCRIPTION_UNKNOWN = -5031
NOT_AUTHENTICATED = -2006
SESSION_EXPIRED = -2007
ENROLMENT_UNKNOWN = -2011
ATTEMPTS_EXHAUSTED = -2013
RESULT_NOT_Y = -2025
CARD_EXPIRED = 101
INSUFFICIENT_FUNDS = 116
NOT_PERMITTED_TO_PARTNER = 1004
DECLINED_BY_MERCHANT = 4005
WRONG_CARD_DATA = 71015  # the new dialect calls it 1015

_ASK_ISSUER = (
    "Операция отклонена. Обратитесь в банк, выпустивший карту.",
    "Operation declined. Please contact the bank that issued the card.",
)
_CHECK_DATA = (
    "Операция отклонена. Проверьте введенные данные, достаточность средств на карте и повторите операцию.",
    "Operation declined. Check the details you entered and the balance of the card, then try again.",
)

_ACTIONS: dict[int, tuple[str, str]] = {
    APPROVED: ("", ""),
    NO_ATTEMPTS: ("Не было попыток оплаты", "No payment attempts"),
    BINDING_OFF: ("Сохранённая карта отключена", "Saved card disabled"),
    SIGNATURE_WRONG: _ASK_ISSUER,
    SBP_IN_PROGRESS: ("Операция СБП обрабатывается", "The SBP operation is in progress"),
    DECLINED_IN_APP: ("Отклонено в СберБанк Онлайн", "Declined in SberBank Online"),
    SUBSCRIPTION_UNKNOWN: ("Подписка СБП не найдена", "SBP subscription not found"),
    NOT_PERMITTED_TO_PARTNER: ("Операция запрещена для партнёра", "The operation is not permitted to the partner"),
    NOT_AUTHENTICATED: (
        "Операция невозможна. Аутентификация держателя карты завершена неуспешно.",
        "Operation impossible. The cardholder was not authenticated.",
    ),
    SESSION_EXPIRED: ("Истек срок ожидания ввода данных", "The time for entering the details is over"),
    ENROLMENT_UNKNOWN: _ASK_ISSUER,
    ATTEMPTS_EXHAUSTED: ("Исчерпаны попытки оплаты", "Payment attempts are used up"),
    RESULT_NOT_Y: _ASK_ISSUER,
    CARD_EXPIRED: _CHECK_DATA,
    INSUFFICIENT_FUNDS: _CHECK_DATA,
    DECLINED_BY_MERCHANT: ("Отклонено продавцом", "Declined by the merchant"),
    WRONG_CARD_DATA: _CHECK_DATA,
}


def action_text(code: int, language: str) -> str:
    """The gateway's own description of an action code."""
    russian, english = _ACTIONS[code]
    return russian if language == "ru" else english
