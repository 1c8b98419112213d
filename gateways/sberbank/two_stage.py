"""Two stages in the family's words: registerPreAuth.do, deposit.do, and reverse.do for a hold. Source: gateway.md §3, §5.

`autocompletionDate` is sent where the contract's block says after how many hours: it has no zone, and is read in the bank's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from gateways.fiscal import Cart
from gateways.gateway import Registered, Registration, Response
from gateways.money import Money
from gateways.sberbank import answers, dialect
from gateways.sberbank.dialect import Fields
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation

_BANK_ZONE: Final = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True, slots=True)
class Holds:
    """`gateways.two_stage.TwoStage` over an exchange."""

    exchange: Exchange

    async def hold(self, registration: Registration) -> Registered:
        fields = self.exchange.profile.dialect.register(registration) | _by_itself(registration.completes_at)
        hosts = self.exchange.config.page_hosts()

        def parse(response: Response) -> Registered:
            return answers.registered(response, hosts)

        return await self.exchange.ask(Operation.HOLD, registration.number, fields, parse)

    async def complete(self, *, reference: str, number: str, amount: Money, cart: Cart | None = None) -> None:
        fields = self.exchange.profile.dialect.complete(reference, amount, cart)
        await self.exchange.do(Operation.COMPLETE, number, fields)

    async def release(self, *, reference: str, number: str) -> None:
        await self.exchange.do(Operation.REVERSE, number, dialect.reverse(reference))


def _by_itself(at: datetime | None) -> Fields:
    """When the bank is to complete the hold without a word of ours."""
    return {} if at is None else {"autocompletionDate": f"{at.astimezone(_BANK_ZONE):%Y-%m-%dT%H:%M:%S}"}
