"""Two stages in the family's words: registerPreAuth.do, deposit.do, and reverse.do for a hold. Source: gateway.md §3, §5.

`autocompletionDate` is never sent: the bank would charge by its own clock, also for a visit that is not there any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateways.fiscal import Cart
from gateways.gateway import Registered, Registration, Response
from gateways.money import Money
from gateways.sberbank import answers, dialect
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation


@dataclass(frozen=True, slots=True)
class Holds:
    """`gateways.two_stage.TwoStage` over an exchange."""

    exchange: Exchange

    async def hold(self, registration: Registration) -> Registered:
        fields = self.exchange.profile.dialect.register(registration)
        hosts = self.exchange.config.page_hosts()

        def parse(response: Response) -> Registered:
            return answers.registered(response, hosts)

        return await self.exchange.ask(Operation.HOLD, registration.number, fields, parse)

    async def complete(self, *, reference: str, number: str, amount: Money, cart: Cart | None = None) -> None:
        fields = self.exchange.profile.dialect.complete(reference, amount, cart)
        await self.exchange.do(Operation.COMPLETE, number, fields)

    async def release(self, *, reference: str, number: str) -> None:
        await self.exchange.do(Operation.REVERSE, number, dialect.reverse(reference))
