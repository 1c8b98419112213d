"""SberPay: the push of the new dialect, the page of the old one. Source: gateway.md §8.2."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.sberbank import ways
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation
from gateways.sberpay import SberPay


@dataclass(frozen=True, slots=True)
class _Push:
    exchange: Exchange

    async def __call__(self, *, reference: str, number: str, phone: str) -> None:
        """The wire wants the number without its plus."""
        fields = {"orderId": reference, "phone": phone.removeprefix("+")}
        await self.exchange.do(Operation.PUSH, number, {**fields})


def sberpay(exchange: Exchange) -> SberPay:
    """The new dialect's page offers SberPay by itself; the old one's is told by a parameter of its address."""
    pushes = Operation.PUSH in exchange.profile.paths
    return SberPay(page=str if pushes else ways.web2app, push=_Push(exchange) if pushes else None)
