"""What the script of the old payment page asks, without credentials: knowing the order is enough. Source: gateway.md §7.2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateways.sandbox import card_calls, paying, reverting
from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import TEST_CARDS
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Words, message_language, worded
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order
from gateways.sandbox.payer import return_address
from gateways.sandbox.statement import Speech
from gateways.sandbox.wire import HTML_TYPE, Params, Reply, json_reply, text

_LETTERS: Final = {"643": "RUB", "840": "USD", "978": "EUR", "933": "BYN", "398": "KZT"}
_OPTIONS: Final = ("SSL", *sorted({name for card in TEST_CARDS for name in (card.system, f"{card.system}_TDS")}))


@dataclass(frozen=True, slots=True)
class Visit:
    """A call by the browser of an order's payer; messages are in `language`, ru or en."""

    bank: Bank
    order: Order
    params: Params
    language: str


Errand = Callable[[Visit], Mapping[str, Any]]


def visit(bank: Bank, params: Params, language: str) -> Visit:
    """Raises Refusal(PARAMETER_MISSING, ORDER_UNKNOWN)."""
    names = ("MDORDER", "mdOrder", "orderId", "MD")
    order_id = next((found for name in names if (found := text(params, name))), None)
    if order_id is None and "cres" not in params:
        raise Refusal(Reason.PARAMETER_MISSING, "MDORDER")
    order = bank.orders.get(order_id) if order_id else _answered(bank, text(params, "cres") or "")
    if order is None:
        raise Refusal(Reason.ORDER_UNKNOWN)
    return Visit(bank, order, params, language)


def attend(words: Words, bank: Bank, method: str, params: Params) -> Reply:
    """Run an errand. What cannot be done is told in `error`, with the code as a number."""
    language = message_language(params, words.dialect, "ru")
    name = method.lower()
    try:
        fields = ERRANDS[name](visit(bank, params, language))
    except Refusal as refusal:
        code, message = worded(words, refusal, language)
        return json_reply({"errorCode": int(code), "error": message, "errorMessage": message})
    if name in _LANDINGS:
        return Reply(302, HTML_TYPE, b"", location=fields["redirect"])
    return json_reply(fields)


def session_status(visit: Visit) -> Mapping[str, Any]:
    """What the page shows: the sum as people read it, the time that is left. A finished order leads away."""
    order, bank = visit.order, visit.bank
    if not order.unpaid:
        return {"redirect": return_address(bank, order, visit.language)}
    amount = f"{order.amount // 100}.{order.amount % 100:02} {_LETTERS[order.request.currency]}"
    request = order.request
    return {
        "remainingSecs": max(0, int(order.expires_at - bank.clock.now())),
        "orderNumber": order.number,
        "amount": amount,
        "description": request.description or "",
        "bonusAmount": 0,
        "merchantInfo": {"merchantFullName": order.merchant.name, "merchantLogin": order.merchant.folder},
        "customerDetails": {"email": request.email or "", "phone": request.phone or ""},
        "queriedParams": _queried(visit),
        "bindingEnabled": False,
        "bindingItems": [],
        "bindingDeactivationEnabled": False,
        "cvcNotRequired": False,
        "otherWayEnabled": False,
        "paymentWays": ["CARD"],
        "sslOnly": False,
        "feeEnabled": False,
        "payerNotificationEnabled": False,
        "agreementUrl": None,
        "sessionParams": ["EMAIL_ENABLED"],
        "merchantOptions": list(_OPTIONS),
    }


def process_form(visit: Visit) -> Mapping[str, Any]:
    """The card. One that is refused while tries are left comes back with words and no redirect."""
    bank, order = visit.bank, visit.order
    step = paying.pay(bank, order, card_calls.entry_of(visit.params, visit.order.request.features))
    if step.outcome is paying.Outcome.CHALLENGE and order.challenge is not None:
        back = f"{bank.base_url}/payment/rest/finish3ds.do?lang={visit.language}"
        bank.issuer.finish_urls[order.challenge] = back
        asking = {"acsUrl": f"{bank.base_url}/3ds/acs", "paReq": bank.issuer.pa_req(order.challenge), "termUrl": back}
        return {"errorCode": 0, **asking}
    return card_calls.told(bank, step, Speech(Dialect.LEGACY, visit.language))


def finish(visit: Visit) -> Mapping[str, Any]:
    """`finish3ds.do`, `finish3dsVer2.do`: the browser brings the issuer's answer and is led back to the shop."""
    said = text(visit.params, "PaRes") or text(visit.params, "cres") or text(visit.params, "paRes")
    if said is None:
        raise Refusal(Reason.PARAMETER_MISSING, "PaRes")
    step = card_calls.issuer_said(visit.bank, visit.order, said)
    over = step.outcome is not paying.Outcome.RETRY
    page = visit.bank.base_url + step.order.form_path
    return {"redirect": return_address(visit.bank, step.order, visit.language) if over else page, "errorCode": 0}


def decline(visit: Visit) -> Mapping[str, Any]:
    """`declineByClient.do`: the payer gives up."""
    reverting.decline(visit.bank, visit.order)
    return {"redirect": return_address(visit.bank, visit.order, visit.language), "errorCode": 0}


def _answered(bank: Bank, said: str) -> Order | None:
    """The order that an issuer's answer is about: the new protocol sends nothing beside it."""
    verdict = bank.issuer.verdict(said)
    waiting = bank.challenges.get(verdict[0]) if verdict else None
    return waiting.order if waiting else None


def _queried(visit: Visit) -> dict[str, str]:
    """The parameters of the order that the page asked for by name."""
    wanted = (text(visit.params, "paramNames") or "").split(",")
    return {name: value for name, value in visit.order.request.params if name in wanted}


ERRANDS: Final[Mapping[str, Errand]] = {
    "getsessionstatus.do": session_status,
    "processform.do": process_form,
    "finish3ds.do": finish,
    "finish3dsver2.do": finish,
    "finish3dsver2paymentanonymous.do": finish,
    "declinebyclient.do": decline,
}
# The browser itself is there, not a script: it is led on.
_LANDINGS: Final = frozenset({"finish3ds.do", "finish3dsver2.do"})
