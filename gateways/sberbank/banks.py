"""The banks of the family: which dialect each speaks, what it can do, where its methods are. One more bank is one more row.

`rbs` is any other installation of the same engine: the careful choice in every column, which its block of configuration
may correct (`same_day_refund`, `refund_lock`, `paths`). Source: gateway.md §0, §1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

    paths            relative to `base_url`
    same_day_refund  a payment may be refunded on its own banking day
    refund_lock      a refund may carry the deposited sum that it expects to find
    ways             what a payer may pay by; what of it is offered, the merchant's block says
    reversible       payments by these may be cancelled whole within their banking day. No source says it of SBP, whose
                     money moves at once between two banks, so such a payment is refunded
    """

    dialect: Dialect
    paths: Mapping[Operation, str]
    same_day_refund: bool
    refund_lock: bool
    ways: frozenset[Way]
    reversible: frozenset[Way] = frozenset({Way.CARD, Way.SBERPAY})


_CORE: Final = {
    Operation.REGISTER: "register.do",
    Operation.LOOK: "getOrderStatusExtended.do",
    Operation.REFUND: "refund.do",
    Operation.REVERSE: "reverse.do",
    Operation.DECLINE: "decline.do",
}
_CODES: Final = {
    Operation.CODE: "sbp/c2b/qr/dynamic/get.do",
    Operation.CODE_STATE: "sbp/c2b/qr/status.do",
    Operation.CODE_REJECT: "sbp/c2b/qr/dynamic/reject.do",
}
_PUSH: Final = {Operation.PUSH: "paymentSberPay.do"}
_WITHOUT_SBERPAY: Final = frozenset({Way.CARD, Way.SBP})
_ALL: Final = frozenset(Way)
BANKS: Final[Mapping[Kind, Profile]] = {
    # Its documents mean a refund for the days after clearing and a reversal for the day of payment.
    "sberbank": Profile(ECOM, _CORE | _PUSH, same_day_refund=False, refund_lock=False, ways=_ALL),
    "sberbank-legacy": Profile(LEGACY, _CORE | _CODES, same_day_refund=True, refund_lock=True, ways=_ALL),
    "alfabank": Profile(LEGACY, _CORE | _CODES, same_day_refund=True, refund_lock=True, ways=_WITHOUT_SBERPAY),
    "rbs": Profile(LEGACY, _CORE | _CODES, same_day_refund=True, refund_lock=False, ways=_WITHOUT_SBERPAY),
}
