"""The same answer as different installations of the engine would write it. Source: gateway.md §1.5, §4.2, §12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateways.sandbox.merchants import NEWEST_STATUS, ActionCodeType, ErrorCodeType, Quirks, SuccessMessage
from gateways.sandbox.wire import Reply, json_reply

# Where the documents of the engine show a number as errorCode, and text everywhere else.
_SHOWN_AS_NUMBER = frozenset(
    {
        "deposit.do",
        "reverse.do",
        "refund.do",
        "decline.do",
        "paymentorder.do",
        "paymentorderbinding.do",
        "createbindingnopayment.do",
        "addparams.do",
    }
)
# The version of the long status that first had the field; what is not here was there from the start.
_SINCE = {
    "authDateTime": 2,
    "terminalId": 2,
    "authRefNum": 2,
    "paymentAmountInfo": 3,
    "bankInfo": 3,
    "refunds": 5,
    "chargeback": 6,
    "paymentWay": 9,
    "depositedDate": 10,
    "refundedDate": 12,
    "reversedDate": 12,
    "payerData": 13,
    "transactionAttributes": 14,
    "prepaymentMdOrder": 15,
    "partpaymentMdOrders": 15,
    "feUtrnno": 16,
    "avsCode": 19,
    "ofdOrderBundle": 24,
    "pluginInfo": 28,
    "displayErrorMessage": 33,
    "tii": 37,
    "usedPsdIndicatorValue": 37,
}
_CODES, _MESSAGES = ("errorCode", "ErrorCode"), ("errorMessage", "ErrorMessage")
_LONG = "Обработка запроса прошла без системных ошибок"


def spelt(fields: Mapping[str, Any], method: str, quirks: Quirks) -> Reply:
    """The answer to `method` (lower case) as this merchant's installation writes it."""
    written = dict(fields)
    if method == "getorderstatusextended.do" and quirks.status_version < NEWEST_STATUS:
        written = {name: value for name, value in written.items() if _SINCE.get(name, 1) <= quirks.status_version}
    if quirks.old_rouble and written.get("currency") == "643":
        written["currency"] = "810"
    if quirks.action_code_type is ActionCodeType.TEXT and "actionCode" in written:
        written["actionCode"] = str(written["actionCode"])
    for name in _MESSAGES:
        _say(written, name, quirks.success_message)
    for name in _CODES:
        _code(written, name, method, quirks.error_code_type)
    reply = json_reply(written)
    return Reply(reply.status, quirks.content_type.value, reply.body)


def _say(written: dict[str, Any], name: str, message: SuccessMessage) -> None:
    """Word a success; what an error says stays as it is."""
    if name not in written or str(written.get(name.replace("Message", "Code"), "0")) != "0":
        return
    match message:
        case SuccessMessage.LONG:
            written[name] = _LONG
        case SuccessMessage.EMPTY:
            written[name] = ""
        case SuccessMessage.ABSENT:
            del written[name]
        case _:
            pass


def _code(written: dict[str, Any], name: str, method: str, kind: ErrorCodeType) -> None:
    if name not in written:
        return
    as_number = kind is ErrorCodeType.INT or (kind is ErrorCodeType.MIXED and method in _SHOWN_AS_NUMBER)
    if as_number:
        written[name] = int(written[name])
    elif kind is ErrorCodeType.ABSENT and written[name] == "0":
        del written[name]
        written.pop(name.replace("Code", "Message"), None)
