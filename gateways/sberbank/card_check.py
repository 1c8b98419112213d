"""A card check on the wire: `register.do` with `features=VERIFY`, a client and an amount of 0. Source: gateway.md §3.1."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.card_check import Check
from gateways.gateway import Registered, Response
from gateways.sberbank import answers
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation


@dataclass(frozen=True, slots=True)
class Verifications:
    """`gateways.card_check.CardChecks` over an exchange."""

    exchange: Exchange

    async def check(self, check: Check) -> Registered:
        fields = self.exchange.profile.dialect.check(check)
        hosts = self.exchange.config.page_hosts()

        def parse(response: Response) -> Registered:
            return answers.registered(response, hosts)

        return await self.exchange.ask(Operation.REGISTER, check.number, fields, parse)
