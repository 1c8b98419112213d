"""Notes on the wire: `addParams.do`, of the old dialect alone. Source: gateway.md §3.1 (lengths), §3.2 (names), §4.3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateways.notes import Unfit
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation

LONGEST_NAME: Final = 255
LONGEST_VALUE: Final = 1024
# By these the bank is told what to do, or whose data it gets: in no spelling are they notes.
_COMMANDS: Final = """
    backtoshopurl backtoshopname email phone installments totalinstallmentamount recurringfrequency recurringexpiry
    sbrf_spasibo:amount_bonus sbrf_sbermiles:amount_bonus loyaltyid app2app app.deeplink app.ostype web2app back2app
    sberpay.backurl qrtype sbp.scenario sbp.subscriptionpurpose sberpay.qr.c2b destwalletnum destphonenum destcardnum
    destacctnum mobile_number wallet_number wallet_operator_inn billaddrcity shipaddrline1 mobilephone acctid chaccageind
    externalrefundid penalty
"""
_RESERVED: Final = frozenset(_COMMANDS.split())


@dataclass(frozen=True, slots=True)
class AddedParams:
    """`gateways.notes.Notes` over an exchange."""

    exchange: Exchange

    def check(self, notes: Mapping[str, str]) -> None:
        for name, value in notes.items():
            _fit(name, value)

    async def add(self, *, reference: str, number: str, notes: Mapping[str, str]) -> None:
        self.check(notes)
        written = json.dumps(dict(notes), ensure_ascii=False)
        await self.exchange.do(Operation.NOTE, number, {"orderId": reference, "params": written, "language": "ru"})


def _fit(name: str, value: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Unfit(name, f"a name has 1 to {LONGEST_NAME} printable characters")
    if name.casefold() in _RESERVED:
        raise Unfit(name, "the bank has a meaning of its own for this name")
    if not 0 < len(value) <= LONGEST_VALUE or not value.isprintable():
        raise Unfit(name, f"a value has 1 to {LONGEST_VALUE} printable characters")
