"""Paying by call instead of on the page: for shops that ask for the card themselves. Source: gateway.md §5.5, §7.3, §7.4.

A payment that failed has errorCode 0 all the same: only the words beside it say so, and the order's status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateways.sandbox import paying
from gateways.sandbox.bank import Bank
from gateways.sandbox.cards import CardEntry, Secure, known_card
from gateways.sandbox.codes import ENROLMENT_UNKNOWN, NOT_AUTHENTICATED, SIGNATURE_WRONG, Reason, Refusal, action_text
from gateways.sandbox.desk import Call
from gateways.sandbox.features import AUTO_PAYMENT, VERIFY, is_unasked, read_features
from gateways.sandbox.issuer import Leg
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Order
from gateways.sandbox.payer import return_address
from gateways.sandbox.registering import Asked, read_registration
from gateways.sandbox.statement import Speech
from gateways.sandbox.wire import Params, text, yes

_INFO = {
    True: ("Ваш платёж обработан, происходит переадресация...", "Your order is proceeded, redirecting..."),
    False: (
        "Извините, платеж не может быть совершен. Происходит переадресация...",
        "Sorry, the payment cannot be made. Redirecting...",
    ),
}
# The payer of the issuer's page is authenticated (Y), vouched for (A), refused (N) or unknown to it (U).
_FAILED = {"N": NOT_AUTHENTICATED, "U": ENROLMENT_UNKNOWN}
_FIELDS = {"pan": "pan", "expiry": "expiry", "cvc": "cvc", "cardholder": "cardHolderName"}


def pay_order(call: Call) -> Mapping[str, Any]:
    """`paymentOrder.do`: the card of an order that is registered. By 3-D Secure 2 it is called twice."""
    order = named(call)
    transaction = text(call.params, "threeDSServerTransId")
    if transaction is not None:
        return _second_leg(call, order, transaction)
    return _pay(call, order, entry_of(call.params, order.request.features))


def pay_at_once(call: Call) -> tuple[Order, Mapping[str, Any]]:
    """`instantPayment.do`: registration and card in one."""
    return _at_once(call, call.params)


def verify_at_once(call: Call) -> tuple[Order, Mapping[str, Any]]:
    """`verifyCard.do`: a card is checked, and nothing is charged. It needs neither a number, nor a sum, nor a way back [I]."""
    usual = {"orderNumber": call.bank.new_id(), "amount": 0, "returnUrl": call.bank.base_url}
    features = ";".join({*read_features(call.params), VERIFY})
    return _at_once(call, {**usual, **call.params, "features": features})


def _at_once(call: Call, params: Params) -> tuple[Order, Mapping[str, Any]]:
    registration = read_registration(params, Asked(call.merchant, call.dialect, call.bank.clock.now()))
    entry = entry_of(params, registration.features)
    order = call.bank.register(call.merchant, registration)
    return order, {**_pay(call, order, entry), "orderId": order.id}


def go_on(call: Call) -> Mapping[str, Any]:
    """`3ds/continue.do`, `finish3dsMethod.do`: the browser has been to the issuer's first address."""
    order = named(call)
    transaction = text(call.params, "threeDSServerTransId")
    if transaction is None:
        legs = call.bank.issuer.legs
        transaction = next((name for name, leg in reversed(legs.items()) if leg.order_id == order.id), "")
    return _second_leg(call, order, transaction)


def finish(call: Call) -> Mapping[str, Any]:
    """`finish3dsPayment.do` and its like: the shop hands in what the issuer gave its payer."""
    order = named(call)
    said = text(call.params, "paRes") or text(call.params, "cRes")
    if said is None:
        raise Refusal(Reason.PARAMETER_MISSING, "paRes")
    return told(call.bank, issuer_said(call.bank, order, said), _speech(call))


def finished(call: Call) -> Mapping[str, Any]:
    """`finish3dsVer2Payment.do`: the issuer's answer came to the bank's own address, and the shop asks what became of it."""
    leg = call.bank.issuer.legs.get(text(call.params, "threeDSServerTransId") or "")
    if leg is None:
        raise Refusal(Reason.PARAMETER_MISSING, "threeDSServerTransId")
    order = call.bank.find(call.merchant, order_id=leg.order_id)
    if order.challenge is not None:
        raise Refusal(Reason.BUSY)
    return told(call.bank, paying.standing(order), _speech(call))


def issuer_said(bank: Bank, order: Order, said: str) -> paying.Step:
    """The issuer's answer about an order that waits for it; a forged one is a failed attempt of its own kind."""
    verdict = bank.issuer.verdict(said)
    challenge = order.challenge
    if challenge is None:
        return paying.standing(order)
    if verdict is None or verdict[0] != challenge:
        return paying.answered(bank, challenge, SIGNATURE_WRONG)
    return paying.answered(bank, challenge, _FAILED.get(verdict[1]))


def told(bank: Bank, step: paying.Step, speech: Speech) -> dict[str, Any]:
    """A step in the words of the wire: where the payer is sent, or why the card was refused.

    The old dialect says why under two names, the new one under `error` alone.
    """
    order = step.order
    if step.outcome is paying.Outcome.INVALID:
        raise Refusal(Reason.PARAMETER_WRONG, _FIELDS[step.problems[0]])
    done = order.agreed
    fields: dict[str, Any] = {"errorCode": _zero(speech.dialect), "info": _INFO[done][speech.language != "ru"]}
    if not done:
        words = action_text(order.action_code, speech.language)
        kind = "MANDATORY_3DSECURE" if order.action_code in _FAILED.values() else "CLIENT_ERROR"
        fields |= {"error": words, "errorTypeName": "DATA_INPUT_ERROR", "processingErrorType": kind}
        fields |= {"errorMessage": words} if speech.dialect is Dialect.LEGACY else {}
    if step.outcome is not paying.Outcome.RETRY:
        fields["redirect"] = return_address(bank, order, speech.language)
    return fields


def entry_of(params: Params, features: frozenset[str]) -> CardEntry:
    """The old names begin with a dollar sign, the new ones are words; the date is YYYYMM or in two parts.

    Who may charge automatically need not know the CVC.
    """
    year, month = text(params, "YYYY"), text(params, "MM")
    parts = f"{year}{month:0>2}" if year and month else None
    wanted = {
        "pan": text(params, "$PAN") or text(params, "pan"),
        "expiry": text(params, "$EXPIRY") or text(params, "expiry") or parts,
        "cvc": text(params, "$CVC") or text(params, "cvc") or ("000" if AUTO_PAYMENT in features else None),
    }
    missing = next((name for name, value in wanted.items() if value is None), None)
    if missing:
        raise Refusal(Reason.PARAMETER_MISSING, missing)
    holder = text(params, "TEXT") or text(params, "cardHolderName") or text(params, "cardholderName") or ""
    pan, expiry, cvc = (value or "" for value in wanted.values())
    return CardEntry("".join(pan.split()), expiry, cvc, holder)


def _pay(call: Call, order: Order, entry: CardEntry) -> dict[str, Any]:
    order.keeps_card = not yes(call.params, "bindingNotNeeded")
    if order.challenge is None and not is_unasked(order.request.features) and _speaks_version_2(entry):
        return _first_leg(call, order, entry)
    return stepped(call, order, paying.pay(call.bank, order, entry))


def _speaks_version_2(entry: CardEntry) -> bool:
    card = known_card(entry.pan)
    return card is not None and card.secure_version > 1 and card.secure is not Secure.NONE


def _first_leg(call: Call, order: Order, entry: CardEntry) -> dict[str, Any]:
    """Nothing is tried yet: the browser is to visit two addresses of the issuer. Both spellings of the first are in use."""
    transaction = call.bank.new_id()
    call.bank.issuer.legs[transaction] = Leg(order.id, entry)
    address = f"{call.bank.base_url}/3ds/method"
    data = call.bank.issuer.c_req(order.id, transaction)
    fields = {
        "errorCode": _zero(call.dialect),
        "is3DSVer2": True,
        "threeDSServerTransId": transaction,
        "threeDSMethodURL": address,
        "threeDSMethodUrl": address,
    }
    if call.dialect is Dialect.ECOM:
        return fields | {"threeDSMethodData": data}
    return fields | {"threeDSMethodURLServer": f"{address}/server", "threeDSMethodDataPacked": data}


def _second_leg(call: Call, order: Order, transaction: str) -> dict[str, Any]:
    leg = call.bank.issuer.legs.get(transaction)
    if leg is None or leg.order_id != order.id:
        raise Refusal(Reason.PARAMETER_WRONG, "threeDSServerTransId")
    return stepped(call, order, paying.pay(call.bank, order, leg.entry), transaction)


def stepped(call: Call, order: Order, step: paying.Step, transaction: str = "") -> dict[str, Any]:
    if step.outcome is not paying.Outcome.CHALLENGE or order.challenge is None:
        return told(call.bank, step, _speech(call))
    bank, issuer = call.bank, call.bank.issuer
    finishing = "finish3dsVer2.do" if transaction else "finish3ds.do"
    usual = f"{bank.base_url}/payment/rest/{finishing}?lang={call.language}"
    back = text(call.params, "termUrl") or text(call.params, "threeDSVer2FinishUrl") or usual
    issuer.finish_urls[order.challenge] = back
    fields = {"errorCode": _zero(call.dialect), "acsUrl": f"{bank.base_url}/3ds/acs", "termUrl": back, "info": ""}
    if not transaction:
        return fields | {"paReq": issuer.pa_req(order.challenge)}
    packed = issuer.c_req(order.challenge, transaction)
    return fields | {"is3DSVer2": True, "packedCReq": packed, "cReq": packed}


def named(call: Call) -> Order:
    """The order that is to be paid, by whichever name its client has for it."""
    order_id = text(call.params, "MDORDER") or text(call.params, "mdOrder") or text(call.params, "orderId")
    if order_id is None:
        raise Refusal(Reason.PARAMETER_MISSING, "MDORDER")
    return call.bank.find(call.merchant, order_id=order_id)


def _speech(call: Call) -> Speech:
    return Speech(call.dialect, call.language)


def _zero(dialect: Dialect) -> int | str:
    """These calls of the old dialect have a number, against its own habit."""
    return 0 if dialect is Dialect.LEGACY else "0"
