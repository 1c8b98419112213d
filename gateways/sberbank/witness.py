"""The short status on the wire: `getOrderStatus.do`, of the old dialect alone. Source: gateway.md §4.1, §1.5."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.gateway import Garbled, Response
from gateways.money import Money
from gateways.sberbank import answers, dialect
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.status import status_of
from gateways.sberbank.verdicts import Operation
from gateways.sberbank.wire import ShortAnswer, read
from gateways.witness import Brief


@dataclass(frozen=True, slots=True)
class ShortStatus:
    """`gateways.witness.Witness` over an exchange."""

    exchange: Exchange

    async def brief(self, *, number: str, reference: str) -> Brief:
        def parse(response: Response) -> Brief:
            return _brief(response, number)

        return await self.exchange.read(Operation.SHORT, number, dialect.look(reference, number), parse)


def _brief(response: Response, number: str) -> Brief:
    """The bank's own id of the order is not in it, so our number is all that tells whose it is."""
    answer = read(response, ShortAnswer)
    answers.no_error(Operation.SHORT, answer)
    if answer.order_number != number:
        raise Garbled("another order's answer, or nobody's")
    if answer.order_status is None or answer.amount is None:
        raise Garbled("an order without OrderStatus or Amount")
    currency = answers.currency_of(answer.currency)
    charged = answer.deposit_amount
    return Brief(
        number=number,
        status=status_of(answer.order_status),
        amount=Money(answer.amount, currency),
        deposited=None if charged is None else Money(charged, currency),
        card=answers.card_facts(answer.pan, "", answers.expiry(answer.expiration)),
        raw=response.body,
    )
