"""A saved card charged by call, `paymentOrderBinding.do`, alike in both dialects. Source: gateway.md §5.5, §7.3, §8.1.

`tii` F: it is the holder who pays. A payment that failed has a zero like one that did not, so a zero is no more than "tried".
Of 3-D Secure 2 the first of two calls is spoken: the second would have us run the bank's frames, which its page does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from gateways.gateway import Garbled, Response
from gateways.one_press import Answer, Confirm, PageWanted, Press, Tried
from gateways.sberbank import wire
from gateways.sberbank.addresses import authority
from gateways.sberbank.dialect import Fields
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation, verdict

_Address = Annotated[str, Field(max_length=2048)]
_Packed = Annotated[str, Field(pattern=r"^[0-9A-Za-z+/=_\r\n-]{1,16384}$")]


class PressAnswer(wire.Answer):
    """`acs_url` and what is sent there by either protocol; without it `three_ds_server_trans_id` is a first leg."""

    error: wire.Words = ""
    acs_url: _Address | None = None
    term_url: _Address | None = None
    pa_req: _Packed | None = None
    packed_c_req: _Packed | None = None
    c_req: _Packed | None = None
    three_ds_server_trans_id: Annotated[wire.Text | None, Field(alias="threeDSServerTransId")] = None


@dataclass(frozen=True, slots=True)
class Presses:
    """`gateways.one_press.OnePress` over an exchange."""

    exchange: Exchange

    async def pay(self, press: Press) -> Answer:
        fields: Fields = {
            "mdOrder": press.reference,
            "bindingId": press.binding,
            "ip": press.address,
            "language": "ru",
            "tii": "F",
        }
        hosts = self.exchange.config.page_hosts()
        return await self.exchange.ask(
            Operation.PRESS, press.number, fields, lambda said: _answered(said, press, hosts)
        )


def _answered(response: Response, press: Press, page_hosts: frozenset[str]) -> Answer:
    answer = wire.read(response, PressAnswer)
    if answer.error_code:
        raise verdict(Operation.PRESS, answer.error_code, answer.error_message or answer.error)
    if answer.acs_url is not None:
        return _confirmation(answer, answer.acs_url, press.reference, page_hosts)
    if answer.three_ds_server_trans_id is not None:
        return PageWanted()
    if answer.error_code is None:
        raise Garbled("an answer without errorCode")
    return Tried()


def _confirmation(answer: PressAnswer, url: str, reference: str, page_hosts: frozenset[str]) -> Confirm | PageWanted:
    """The newer protocol where its request is there. Raises Garbled for an address that nobody may be sent to.

    The issuer sends the payer on to `TermUrl`: where that is not a page of the bank, the bank's own page asks.
    """
    if authority(url) is None:
        raise Garbled("the issuer's page at no acceptable address")
    request = answer.packed_c_req or answer.c_req
    if request is not None:
        return Confirm(url, (("creq", request),))
    if answer.pa_req is None or answer.term_url is None or authority(answer.term_url) is None:
        raise Garbled("a confirmation without what is to be confirmed")
    if authority(answer.term_url) not in page_hosts:
        return PageWanted()
    return Confirm(url, (("PaReq", answer.pa_req), ("MD", reference), ("TermUrl", answer.term_url)))
