"""The banks of the family: which dialect each speaks, what it can do, where its methods are. One more bank is one more row.

`rbs` is any other installation of the same engine: the careful choice in every column, which its block of configuration
may correct (`same_day_refund`, `refund_lock`, `two_stage`, `reverse_completed`, `paths`). Source: gateway.md §0, §1.1.

The short `getOrderStatus.do` of the oldest installations is not spoken: it finds no order by our number, which is how a lost
registration is looked up, and tells neither what a refund took nor whose it was, which is how money is not sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from gateways.sberbank.dialect import Dialect
from gateways.sberbank.ecom import ECOM
from gateways.sberbank.legacy import LEGACY
from gateways.sberbank.verdicts import Operation

Kind = Literal["sberbank", "sberbank-legacy", "alfabank", "rbs"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of contract.

    paths              relative to `base_url`
    same_day_refund    a payment may be refunded on its own banking day
    refund_lock        a refund may carry the deposited sum that it expects to find
    two_stage          a sum may be held first and completed later
    reverse_completed  a completed hold may still be reversed on its banking day
    """

    dialect: Dialect
    paths: Mapping[Operation, str]
    same_day_refund: bool
    refund_lock: bool
    two_stage: bool
    reverse_completed: bool


_CORE: Final = {
    Operation.REGISTER: "register.do",
    Operation.LOOK: "getOrderStatusExtended.do",
    Operation.REFUND: "refund.do",
    Operation.REVERSE: "reverse.do",
    Operation.DECLINE: "decline.do",
}
_TWO_STAGE: Final = {Operation.HOLD: "registerPreAuth.do", Operation.COMPLETE: "deposit.do"}
_PATHS: Final = _CORE | _TWO_STAGE
BANKS: Final[Mapping[Kind, Profile]] = {
    # Its documents mean a refund for the days after clearing and a reversal for the day of payment.
    "sberbank": Profile(
        ECOM, _PATHS, same_day_refund=False, refund_lock=False, two_stage=True, reverse_completed=False
    ),
    "sberbank-legacy": Profile(
        LEGACY, _PATHS, same_day_refund=True, refund_lock=True, two_stage=True, reverse_completed=True
    ),
    "alfabank": Profile(LEGACY, _PATHS, same_day_refund=True, refund_lock=True, two_stage=True, reverse_completed=True),
    "rbs": Profile(LEGACY, _PATHS, same_day_refund=True, refund_lock=False, two_stage=False, reverse_completed=False),
}
