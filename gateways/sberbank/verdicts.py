"""What the bank's errorCode means for each operation. Source: gateway.md §10.1 and §10.2.

The documents forbid branching on texts, and where a code has one meaning we do not. But codes 1, 5 and 7 each have
several, and only the text tells them apart. No text can make a yes of a no: it only says which kind of no it is, or that
the bank itself does not know. Without a known text, code 1 is a taken number and code 7 a wrong state, for both of these
lead to a reading of the order; code 5 is a plain refusal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from gateways.gateway import (
    AccessDenied,
    AlreadyExists,
    Garbled,
    GatewayError,
    NotFound,
    Refused,
    Unreachable,
    WrongState,
)


class Operation(StrEnum):
    """Our operations; the values are labels of metrics and words of the log."""

    REGISTER = "register"
    LOOK = "look"
    REFUND = "refund"
    REVERSE = "reverse"
    DECLINE = "decline"
    HOLD = "hold"
    COMPLETE = "complete"
    RECEIPTS = "receipts"
    RECEIPT_AGAIN = "receipt_again"
    RECEIPT_CLOSE = "receipt_close"
    CODE = "code"
    CODE_STATE = "code_state"
    CODE_REJECT = "code_reject"
    PUSH = "push"
    BINDINGS = "bindings"
    UNBIND = "unbind"
    BIND = "bind"
    PROLONG = "prolong"
    SHORT = "short"
    NOTE = "note"
    ENROLMENT = "enrolment"
    PRESS = "press"


_DOCUMENTED: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15})
_TAKEN, _SEVERAL, _UNKNOWN_ORDER, _STATE = 1, 5, 6, 7
# Elsewhere code 7 is nothing but a failure of the bank's own.
_JUDGES_STATE: Final = frozenset(
    {
        Operation.REFUND,
        Operation.REVERSE,
        Operation.DECLINE,
        Operation.COMPLETE,
        Operation.RECEIPT_CLOSE,
        Operation.CODE,
        Operation.CODE_REJECT,
        Operation.PUSH,
    }
)
_REGISTERS: Final = frozenset({Operation.REGISTER, Operation.HOLD})

# Code 1 of a registration: the number is taken, unless the number itself is malformed.
_MALFORMED_NUMBER: Final = ("неверный номер", "wrong order number", "invalid order number")
# Codes 5 and 7: the bank itself broke down, and whether before or after it acted is not said.
_BROKEN_DOWN: Final = (
    "системная ошибка",
    "ошибка системы",
    "ошибка при проведении",
    "ошибка проведения",
    "нет связи с банком",
    "не получен ответ",
    "system error",
)
# Code 5.
_NO_ACCESS: Final = ("доступ запрещен", "access denied", "сменить свой пароль", "change password")
_NO_ORDER: Final = ("заказ не найден", "order not found")
# Code 7 of a completion: the sum is too small for this bank, whatever the state.
_WRONG_SUM: Final = ("неверная сумма",)
_WRONG_STATE: Final = ("заблокирован другим действием", "неверный статус заказа")


def verdict(operation: Operation, code: int, words: str) -> GatewayError:
    """The error to raise for an answer whose errorCode is not 0. `words` are the bank's, in any case."""
    folded = words.casefold().replace("ё", "е")
    if _is_broken_down(operation, code, folded):
        return Unreachable(f"the bank reports a failure of its own, code {code}")
    if code not in _DOCUMENTED:
        return Garbled(f"an undocumented code {code}")
    return _refusal(operation, code, folded)(str(code), words)


def _refusal(operation: Operation, code: int, folded: str) -> type[Refused]:
    if code == _SEVERAL and _says(folded, _NO_ACCESS):
        return AccessDenied
    if operation in _REGISTERS:
        return AlreadyExists if code == _TAKEN and not _says(folded, _MALFORMED_NUMBER) else Refused
    if code == _UNKNOWN_ORDER or (code == _SEVERAL and _says(folded, _NO_ORDER)):
        return NotFound
    if operation is Operation.COMPLETE and _says(folded, _WRONG_SUM):
        return Refused
    if operation in _JUDGES_STATE and (code == _STATE or (code == _SEVERAL and _says(folded, _WRONG_STATE))):
        return WrongState
    return Refused


def _is_broken_down(operation: Operation, code: int, folded: str) -> bool:
    if code == _STATE and operation not in _JUDGES_STATE:
        return True
    return code in {_SEVERAL, _STATE} and _says(folded, _BROKEN_DOWN)


def _says(folded: str, marks: tuple[str, ...]) -> bool:
    return any(mark in folded for mark in marks)
