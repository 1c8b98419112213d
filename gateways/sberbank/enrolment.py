"""3-D Secure of a card on the wire: `verifyEnrollment.do`, of the old dialect alone. Source: gateway.md §4.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateways.enrolment import Enrolled, Enrolment
from gateways.gateway import Garbled, Response
from gateways.sberbank import answers
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation
from gateways.sberbank.wire import EnrolmentAnswer, read

_NO_ORDER: Final = "-"  # what the log shows where an order's number stands: never the card's


@dataclass(frozen=True, slots=True)
class AskedIssuer:
    """`gateways.enrolment.Enrolments` over an exchange."""

    exchange: Exchange

    async def of(self, card_number: str) -> Enrolment:
        return await self.exchange.read(
            Operation.ENROLMENT, _NO_ORDER, {"pan": card_number, "language": "ru"}, _checked
        )


def _checked(response: Response) -> Enrolment:
    """Installations name the answer in either of two ways; with both there, they must not differ."""
    answer = read(response, EnrolmentAnswer)
    answers.no_error(Operation.ENROLMENT, answer)
    said = {word for word in (answer.is_enrolled, answer.enrolled) if word is not None}
    if len(said) != 1 or not said <= set(Enrolled):
        raise Garbled("neither yes, no nor unknown")
    return Enrolment(Enrolled(said.pop()), answer.emitter_name, answer.emitter_country_code, answer.is_second)
