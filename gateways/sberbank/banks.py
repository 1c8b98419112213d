"""The banks of the family: which dialect each speaks, what it can do, where its methods are. One more bank is one more row.

`rbs` is any other installation of the same engine: the careful choice in every column, which its block of configuration
may correct (`same_day_refund`, `refund_lock`, `paths`). Source: gateway.md §0, §1.1.
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

    paths            relative to `base_url`
    same_day_refund  a payment may be refunded on its own banking day
    refund_lock      a refund may carry the deposited sum that it expects to find
    """

    dialect: Dialect
    paths: Mapping[Operation, str]
    same_day_refund: bool
    refund_lock: bool


_CORE: Final = {
    Operation.REGISTER: "register.do",
    Operation.LOOK: "getOrderStatusExtended.do",
    Operation.REFUND: "refund.do",
    Operation.REVERSE: "reverse.do",
    Operation.DECLINE: "decline.do",
}
BANKS: Final[Mapping[Kind, Profile]] = {
    # Its documents mean a refund for the days after clearing and a reversal for the day of payment.
    "sberbank": Profile(ECOM, _CORE, same_day_refund=False, refund_lock=False),
    "sberbank-legacy": Profile(LEGACY, _CORE, same_day_refund=True, refund_lock=True),
    "alfabank": Profile(LEGACY, _CORE, same_day_refund=True, refund_lock=True),
    "rbs": Profile(LEGACY, _CORE, same_day_refund=True, refund_lock=False),
}
