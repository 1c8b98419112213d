"""A press on the wire: what is asked, and each documented answer with its spoilt relatives."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import parse_qs

import pytest

from gateways.gateway import Garbled, Gateway, Refused, Request, Response, Unreachable
from gateways.one_press import Answer, Confirm, PageWanted, Press, Tried
from gateways.sberbank import SberbankConfig, make
from gateways.sberbank.banks import Kind
from tests.gateways.samples import NUMBER, REFERENCE

PRESS: Final = Press(REFERENCE, NUMBER, "b-1", "2001:db8::7")
ACS: Final = "https://acs.issuer.example:8443/3ds/pareq?id=1"
TERM: Final = "https://bank.example/payment/rest/finish3ds.do?lang=ru"
OLD: Final[dict[str, Any]] = {"errorCode": 0, "info": "", "acsUrl": ACS, "paReq": "eJxVUk+/=", "termUrl": TERM}
SECOND: Final[dict[str, Any]] = {"is3DSVer2": True, "acsUrl": ACS, "packedCReq": "eyJhY3MifQ"}
FIRST: Final[dict[str, Any]] = {
    "errorCode": 0,
    "is3DSVer2": True,
    "threeDSServerTransId": REFERENCE,
    "threeDSMethodURL": "https://acs.issuer.example/method",
}


class Line:
    """A transport that keeps what was asked and always answers the same."""

    def __init__(self, said: object) -> None:
        self.body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(200, "application/json", self.body)

    async def close(self) -> None:
        """There is nothing to close."""


def gateway(line: Line, kind: Kind = "sberbank-legacy") -> Gateway:
    config = SberbankConfig(
        kind=kind,
        base_url="https://bank.example/rest/",
        user_name="shop-api",
        password="p",
        saved_cards=True,
        one_press=True,
    )
    return make(config, name="press", transport=line)


async def answered(said: object) -> Answer:
    facet = gateway(Line(said)).one_press
    assert facet is not None
    return await facet.pay(PRESS)


@pytest.mark.parametrize("kind", ["sberbank", "sberbank-legacy", "alfabank", "rbs"])
async def test_what_is_asked(kind: Kind) -> None:
    """The order, the card, whose browser it is and that its holder pays; no code, no number of a card, no contact."""
    line = Line({"errorCode": 0, "redirect": "https://clinic.example/back"})
    facet = gateway(line, kind).one_press
    assert facet is not None
    await facet.pay(PRESS)
    (request,) = line.asked
    assert request.url == "https://bank.example/rest/paymentOrderBinding.do"
    body = request.body.decode()
    sent = json.loads(body) if kind == "sberbank" else {name: value for name, (value,) in parse_qs(body).items()}
    del sent["password"]
    assert sent == {
        "userName": "shop-api",
        "mdOrder": REFERENCE,
        "bindingId": "b-1",
        "ip": "2001:db8::7",
        "language": "ru",
        "tii": "F",
    }


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"redirect": "https://clinic.example/r", "info": "Ваш платёж обработан", "errorCode": 0}, Tried()),
        ({"redirect": "https://clinic.example/f", "error": "Отказ", "errorCode": 0, "bindingId": "b-1"}, Tried()),
        ({"info": "Извините", "error": "Недостаточно средств", "errorCode": "0"}, Tried()),
        (OLD, Confirm(ACS, (("PaReq", "eJxVUk+/="), ("MD", REFERENCE), ("TermUrl", TERM)))),
        (SECOND, Confirm(ACS, (("creq", "eyJhY3MifQ"),))),
        (FIRST, PageWanted()),
        (OLD | {"termUrl": "https://elsewhere.example/payment/rest/finish3ds.do"}, PageWanted()),
    ],
)
async def test_the_documented_answers(said: dict[str, Any], meant: Answer) -> None:
    """Tried, to be confirmed by either protocol, or for the bank's own page, as where another host would hear the issuer."""
    assert await answered(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        b"<html>OK</html>",
        b"{}",
        {"redirect": "https://clinic.example/r"},
        OLD | {"acsUrl": "http://acs.issuer.example/"},
        OLD | {"acsUrl": "javascript:alert(1)"},
        OLD | {"acsUrl": "https://acs.issuer.example; script-src *"},
        OLD | {"acsUrl": "https://shop@acs.issuer.example/"},
        OLD | {"acsUrl": "https://acs.issuer.example/" + "a" * 2048},
        OLD | {"acsUrl": ["https://acs.issuer.example/"]},
        OLD | {"termUrl": "http://bank.example/"},
        OLD | {"termUrl": None},
        OLD | {"paReq": "<b>"},
        OLD | {"paReq": ""},
        SECOND | {"packedCReq": "a" * 20_000},
        {"errorCode": 99, "errorMessage": "?"},
    ],
)
async def test_what_cannot_be_understood_leads_nowhere(said: object) -> None:
    """No address that is not one, no form without its request, no success without its zero."""
    with pytest.raises(Garbled):
        await answered(said)


async def test_a_refusal_in_either_spelling() -> None:
    """The old dialect says why twice, the new one in one place; a bank that broke down is not a bank that said no."""
    words = "[clientId] is empty"
    for said in ({"error": words, "errorCode": 5, "errorMessage": words}, {"error": words, "errorCode": "5"}):
        with pytest.raises(Refused, match="clientId"):
            await answered(said)
    with pytest.raises(Unreachable):
        await answered({"errorCode": 5, "error": "Системная ошибка"})
