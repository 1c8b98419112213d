"""A bank in this process, or one that always says the same, and a true exchange with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from gateways import sandbox
from gateways.bindings import SavedCard
from gateways.enrolment import Enrolment
from gateways.fiscal import BankReceipt
from gateways.gateway import BankOrder, Gateway, Registered, Request, Response
from gateways.money import Money
from gateways.one_press import Answer
from gateways.sberbank import SberbankConfig, make
from gateways.sberbank.banks import Kind
from gateways.sberbank.verdicts import Operation
from gateways.sbp import CodeState, QrCode
from gateways.witness import Brief

SUM: Final = Money(19_900)
ORIGIN: Final = "http://127.0.0.1:9"
PATHS: Final[dict[Kind, str]] = {"sberbank-legacy": "/payment/rest/", "sberbank": "/ecomm/gw/partner/api/v1/"}
Told = (
    BankOrder
    | Brief
    | Registered
    | tuple[BankReceipt, ...]
    | tuple[SavedCard, ...]
    | QrCode
    | CodeState
    | Enrolment
    | Answer
)
Result = Told | bool | None
Call = Callable[[Gateway], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Truth:
    """A true exchange: what was called, what the bank answered, and how much it really holds for the order by then.

    `number`: of our order; `named`: the bank's own names of what was asked about.
    """

    name: str
    kind: Kind
    operation: Operation
    call: Call
    response: Response
    number: str
    named: frozenset[str]
    captured: int


class Line:
    """A transport to a bank in this process, or to one answer that is always the same."""

    def __init__(self, bank: sandbox.Bank | None, fixed: Response | None = None) -> None:
        self._bank = bank
        self.last = fixed

    async def __call__(self, request: Request) -> Response:
        if self._bank is not None:
            kind = request.headers["Content-Type"]
            wire = sandbox.WireRequest(request.method, urlsplit(request.url).path, "", kind, request.body)
            reply = sandbox.dispatch(self._bank, wire)
            self.last = Response(reply.status, reply.content_type, reply.body)
        if self.last is None:
            raise LookupError("neither a bank nor an answer")
        return self.last

    async def close(self) -> None:
        """There is nothing to close."""


def gateway(kind: Kind, line: Line) -> Gateway:
    fields: dict[str, Any] = {
        "user_name": "sandbox-api",
        "password": "sandbox",
        "total_seconds": 5,
        "saved_cards": True,
        "card_check": True,
        "one_press": True,
    }
    config = SberbankConfig(kind=kind, base_url=ORIGIN + PATHS[kind], **fields)
    return make(config, name="corpus", transport=line)


def answering(kind: Kind, response: Response) -> Gateway:
    """A gateway whose bank says the same to everything."""
    return gateway(kind, Line(None, response))
