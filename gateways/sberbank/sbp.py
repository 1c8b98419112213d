"""QR codes that are asked for: `sbp/c2b/qr/…` of the old dialect. Source: gateway.md §8.4.

The answers of these methods may lack errorCode; their own fields are the sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from gateways.gateway import Garbled, Response
from gateways.sberbank.answers import no_error
from gateways.sberbank.dialect import Fields
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation
from gateways.sberbank.ways import code_of
from gateways.sberbank.wire import CodeAnswer, CodeRejectedAnswer, CodeStateAnswer, read
from gateways.sbp import CodeState, QrCode

_LONGEST_BACK: Final = 1024
_STATES: Final = {state.upper(): state for state in CodeState if state is not CodeState.UNRECOGNISED}


@dataclass(frozen=True, slots=True)
class AskedCodes:
    """`gateways.sbp.Codes` over an exchange."""

    exchange: Exchange

    async def code(self, *, reference: str, number: str, return_url: str) -> QrCode:
        fields: Fields = {"mdOrder": reference}
        if len(return_url) <= _LONGEST_BACK:
            fields["redirectUrl"] = return_url
        parse = partial(_code, page_hosts=self.exchange.config.page_hosts())
        return await self.exchange.ask(Operation.CODE, number, fields, parse)

    async def state(self, *, reference: str, number: str, code: str) -> CodeState:
        return await self.exchange.read(Operation.CODE_STATE, number, _named(reference, code), _state)

    async def reject(self, *, reference: str, number: str, code: str) -> bool:
        return await self.exchange.ask(Operation.CODE_REJECT, number, _named(reference, code), _rejected)


def _named(reference: str, code: str) -> Fields:
    return {"mdOrder": reference, "qrId": code}


def _code(response: Response, page_hosts: frozenset[str]) -> QrCode:
    answer = read(response, CodeAnswer)
    no_error(Operation.CODE, answer)
    return code_of(answer.qr_id, answer.payload, page_hosts)


def _state(response: Response) -> CodeState:
    answer = read(response, CodeStateAnswer)
    no_error(Operation.CODE_STATE, answer)
    found = answer.qr_status or answer.status
    if found is None:
        raise Garbled("a QR code without a status")
    return _STATES.get(found, CodeState.UNRECOGNISED)


def _rejected(response: Response) -> bool:
    answer = read(response, CodeRejectedAnswer)
    no_error(Operation.CODE_REJECT, answer)
    if answer.rejected is None:
        raise Garbled("an answer that does not say whether the QR code was rejected")
    return answer.rejected
