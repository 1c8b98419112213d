"""The banks of the family: which dialect each speaks, what it can do, where its methods are. One more bank is one more row.

`rbs` is any other installation of the same engine: the careful choice in every column, which its block of configuration
may correct (`same_day_refund`, `same_day_cart_refund`, `refund_lock`, `two_stage`, `reverse_completed`, `paths`).
Source: gateway.md §0, §1.1.

The short `getOrderStatus.do` of the old dialect settles nothing, also where a contract lacks the long one: it finds no order by
our number, which is how a lost registration is looked up, and of a refunded payment it tells neither what went back nor by
whose key. No refund could ever be seen as done, and the only decisions that people have for one that nobody can see are to
send it again and to give it up: both may pay twice. So it is shown to people (`checkout bank order`), and such a contract has
to be given the long one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from gateways.gateway import Way
from gateways.sberbank.dialect import Dialect
from gateways.sberbank.ecom import ECOM
from gateways.sberbank.legacy import LEGACY
from gateways.sberbank.verdicts import Operation

Kind = Literal["sberbank", "sberbank-legacy", "alfabank", "rbs"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of contract.

    paths                 relative to `base_url`
    same_day_refund       a payment may be refunded on its own banking day
    refund_lock           a refund may carry the deposited sum that it expects to find
    two_stage             a sum may be held first and completed later
    reverse_completed     a completed hold may still be reversed on its banking day
    same_day_cart_refund  a part of a payment with a fiscal cart may be refunded on its own banking day, too
    ways                  what a payer may pay by; what of it is offered, the merchant's block says
    reversible            payments by these may be cancelled whole within their banking day. No source says it of SBP, whose
                          money moves at once between two banks, so such a payment is refunded
    """

    dialect: Dialect
    paths: Mapping[Operation, str]
    same_day_refund: bool
    refund_lock: bool
    two_stage: bool
    reverse_completed: bool
    same_day_cart_refund: bool
    ways: frozenset[Way]
    reversible: frozenset[Way] = frozenset({Way.CARD, Way.SBERPAY})


_CORE: Final = {
    Operation.REGISTER: "register.do",
    Operation.LOOK: "getOrderStatusExtended.do",
    Operation.REFUND: "refund.do",
    Operation.REVERSE: "reverse.do",
    Operation.DECLINE: "decline.do",
    Operation.BINDINGS: "getBindings.do",
    Operation.BIND: "bindCard.do",
    Operation.PRESS: "paymentOrderBinding.do",
}
_TWO_STAGE: Final = {Operation.HOLD: "registerPreAuth.do", Operation.COMPLETE: "deposit.do"}
_OLD: Final = (
    _CORE
    | _TWO_STAGE
    | {
        Operation.RECEIPTS: "getReceiptStatus.do",
        Operation.RECEIPT_CLOSE: "closeOfdReceipt.do",
        Operation.CODE: "sbp/c2b/qr/dynamic/get.do",
        Operation.CODE_STATE: "sbp/c2b/qr/status.do",
        Operation.CODE_REJECT: "sbp/c2b/qr/dynamic/reject.do",
        Operation.UNBIND: "unBindCard.do",
        Operation.PROLONG: "extendBinding.do",
        Operation.SHORT: "getOrderStatus.do",
        Operation.NOTE: "addParams.do",
        Operation.ENROLMENT: "verifyEnrollment.do",
    }
)
_NEW: Final = (
    _CORE
    | _TWO_STAGE
    | {
        Operation.RECEIPTS: "../ofd/v1/getReceiptStatus",
        Operation.RECEIPT_AGAIN: "../ofd/v1/retryReceipt",
        Operation.RECEIPT_CLOSE: "../ofd/v1/doReceipt",
        Operation.PUSH: "paymentSberPay.do",
        Operation.UNBIND: "unbindCard.do",
    }
)
_ALL: Final = frozenset(Way)
# Its documents mean a refund for the days after clearing and a reversal for the day of payment.
_ECOM: Final = Profile(
    ECOM,
    _NEW,
    same_day_refund=False,
    refund_lock=False,
    two_stage=True,
    reverse_completed=False,
    same_day_cart_refund=False,
    ways=_ALL,
)
_SBERBANK: Final = Profile(
    LEGACY,
    _OLD,
    same_day_refund=True,
    refund_lock=True,
    two_stage=True,
    reverse_completed=True,
    same_day_cart_refund=True,
    ways=_ALL,
)
_RBS: Final = replace(_SBERBANK, ways=_ALL - {Way.SBERPAY})
_CAREFUL: Final = replace(_RBS, refund_lock=False, two_stage=False, reverse_completed=False, same_day_cart_refund=False)
BANKS: Final[Mapping[Kind, Profile]] = {
    "sberbank": _ECOM,
    "sberbank-legacy": _SBERBANK,
    "alfabank": _RBS,
    "rbs": _CAREFUL,
}
