"""The optional parameters of a callback that a merchant ticks in the portal. Source: gateway.md §6.2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import SESSION_EXPIRED, action_text
from gateways.sandbox.events import Event
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Operation, Order, Status
from gateways.sandbox.statement import Speech, approval, statement

_STATES = {
    "CREATED": "started",
    "APPROVED": "payment_approved",
    "DEPOSITED": "payment_deposited",
    "REVERSED": "payment_void",
    "REFUNDED": "refunded",
    "AT_ACS": "started",
    "DECLINED": "payment_declined",
    "PENDING": "pending",
}
_NOT_ASKED = 7  # of the electronic commerce indicator: nobody was asked for anything
Extra = Callable[[Order, Event], str | None]


def java_date(at: float) -> str:
    """An instant the way Java prints it, in English and Moscow time: `Mon Jan 31 21:46:52 MSK 2022`."""
    moment = datetime.fromtimestamp(at, MOSCOW)
    days, months = "MonTueWedThuFriSatSun", "JanFebMarAprMayJunJulAugSepOctNovDec"
    day = days[moment.weekday() * 3 :][:3]
    month = months[(moment.month - 1) * 3 :][:3]
    return f"{day} {month} {moment:%d %H:%M:%S} MSK {moment:%Y}"


def human_date(at: float | None) -> str | None:
    """Moscow time as people write it: `31.01.2022 21:46:52`."""
    return None if at is None else f"{datetime.fromtimestamp(at, MOSCOW):%d.%m.%Y %H:%M:%S}"


def _roubles(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02}"


def _returned(_order: Order, event: Event) -> int | None:
    """What this very refund gave back."""
    return event.amount if event.operation == "refunded" else None


def _of_approval(tell: Callable[[Operation], str | None]) -> Extra:
    def told(order: Order, _event: Event) -> str | None:
        line = approval(order)
        return None if line is None else tell(line)

    return told


def _stated(*path: str) -> Extra:
    """What the long status says, so that a callback never says anything else."""

    def told(order: Order, _event: Event) -> str | None:
        found: Any = statement(order, Speech(Dialect.LEGACY, "ru"))
        for name in path:
            found = found.get(name, {})
        return str(found) if found else None

    return told


def _masked(order: Order, _event: Event) -> str | None:
    return f"{order.card.first6}**{order.card.last4}" if order.card else None


def _secure(order: Order, _event: Event) -> str | None:
    return ("SSL" if order.card.eci in (0, _NOT_ASKED) else "TDS") if order.card else None


def _declined_at(order: Order, event: Event) -> str | None:
    return human_date(event.at) if order.status is Status.DECLINED else None


def _expired_at(order: Order, _event: Event) -> str | None:
    return human_date(order.expires_at) if order.action_code == SESSION_EXPIRED else None


_SUMS: dict[str, Callable[[Order, Event], int | None]] = {
    "amount": lambda _order, event: event.amount,
    "approvedAmount": lambda order, _event: order.approved,
    "depositedAmount": lambda order, _event: order.deposited,
    "refundedAmount": lambda order, _event: order.refunded,
    "operationRefundedAmount": _returned,
    "feeAmount": lambda _order, _event: 0,
}


def _sum(tell: Callable[[Order, Event], int | None], write: Callable[[int], str]) -> Extra:
    def told(order: Order, event: Event) -> str | None:
        kopecks = tell(order, event)
        return None if kopecks is None else write(kopecks)

    return told


# Each is left out of a callback when there is nothing to say.
EXTRAS: dict[str, Extra] = {
    **{name: _sum(tell, str) for name, tell in _SUMS.items()},
    **{f"{name}Formatted": _sum(tell, _roubles) for name, tell in _SUMS.items()},
    "currency": lambda order, _event: order.request.currency,
    "paymentState": lambda order, _event: _STATES[order.status.name],
    "actionCode": lambda order, _event: str(order.action_code),
    "actionCodeDescription": lambda order, _event: action_text(order.action_code, order.merchant.language) or None,
    "approvalCode": _of_approval(lambda line: line.approval),
    "refNum": _of_approval(lambda line: line.reference),
    "paymentRefNum": _of_approval(lambda line: line.reference),
    "externalRefundId": lambda _order, event: event.external_id,
    "callbackCreationDate": lambda _order, event: java_date(event.at),
    "date": lambda order, _event: human_date(order.registered_at),
    "paymentDate": _of_approval(lambda line: human_date(line.at)),
    "depositedDate": lambda order, _event: human_date(order.deposited_at),
    "refundedDate": lambda order, _event: human_date(order.refunded_at),
    "reversedDate": lambda order, _event: human_date(order.reversed_at),
    "declineDate": _declined_at,
    "sessionExpiredDate": _expired_at,
    "ip": lambda order, _event: order.ip,
    "email": lambda order, _event: order.request.email,
    "phone": lambda order, _event: order.request.phone,
    "orderDescription": lambda order, _event: order.request.description,
    "merchantLogin": lambda order, _event: order.merchant.login,
    "merchantFullName": lambda order, _event: order.merchant.name,
    "maskedPan": _masked,
    "panMasked": _masked,
    "cardholderName": lambda order, _event: (order.card.holder or None) if order.card else None,
    "paymentSystem": lambda order, _event: order.card.system if order.card else None,
    "eci": lambda order, _event: str(order.card.eci) if order.card else None,
    "threeDSType": _secure,
    "paymentWay": _stated("paymentWay"),
    "terminalId": _stated("terminalId"),
    "bankName": _stated("bankInfo", "bankName"),
    "bindingId": _stated("bindingInfo", "bindingId"),
    "clientId": _stated("bindingInfo", "clientId"),
    "transactionAttributes": lambda order, _event: f"SbolBankInvoiceId={order.id.replace('-', '')}",
}
