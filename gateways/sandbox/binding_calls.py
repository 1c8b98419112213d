"""The wire of saved cards: listing, switching, prolonging them, and paying with them. Source: gateway.md §8.1.

A client without cards is answered with an error code, which its callers take for an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from gateways.sandbox import bindings, card_calls, paying
from gateways.sandbox.bindings import Binding
from gateways.sandbox.cards import CardEntry, Secure, problems
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.desk import Call
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.registering import Asked, read_registration
from gateways.sandbox.statement import Speech, masked, statement
from gateways.sandbox.wire import text, yes

_EXPIRY: Final = re.compile(r"20\d\d(0[1-9]|1[0-2])")
_NO_CVC: Final = frozenset({"U", "R", "I"})  # the merchant's own initiative: nobody is there to type it
_HOLDERS: Final = "F"  # the holder's own


def get_bindings(call: Call) -> Mapping[str, Any]:
    """Of one client; those out of date or switched off only if asked for."""
    client, only = _needed(call, "clientId"), text(call.params, "bindingId")
    found = [one for one in call.bank.bindings.of(call.merchant) if one.client == client and only in (None, one.id)]
    expired, inactive = yes(call.params, "showExpired"), yes(call.params, "showInactive")
    month = datetime.fromtimestamp(call.bank.clock.now(), MOSCOW).strftime("%Y%m")
    return _listed(
        call,
        (one for one in found if (one.active or inactive) and (expired or not one.expired(month) or _published(one))),
    )


def get_all(call: Call) -> Mapping[str, Any]:
    """Of every client of the merchant."""
    return _listed(call, (one for one in call.bank.bindings.of(call.merchant) if one.active))


def get_by_card(call: Call) -> Mapping[str, Any]:
    """By the card's number, or by one of its bindings."""
    binding_id, pan = text(call.params, "bindingId"), text(call.params, "pan")
    if binding_id is None and pan is None:
        raise Refusal(Reason.PARAMETER_MISSING, "pan")
    same = call.bank.bindings.by_id.get(binding_id or "")
    number = same.pan if same else pan
    return _listed(call, (one for one in call.bank.bindings.of(call.merchant) if one.pan == number and one.active))


def bind(call: Call) -> Mapping[str, Any]:
    bindings.switch(call.bank, _named(call), on=True)
    return dict(call.ok)


def unbind(call: Call) -> Mapping[str, Any]:
    bindings.switch(call.bank, _named(call), on=False)
    return dict(call.ok)


def extend(call: Call) -> Mapping[str, Any]:
    expiry = _needed(call, "newExpiry")
    if not _EXPIRY.fullmatch(expiry):
        raise Refusal(Reason.PARAMETER_WRONG, "newExpiry")
    bindings.extend(_named(call), expiry)
    return dict(call.ok)


def create(call: Call) -> Mapping[str, Any]:
    """`createBindingNoPayment.do`: a card is left without paying."""
    client = _needed(call, "clientId")
    entry = CardEntry(
        _needed(call, "pan"), _needed(call, "expiryDate"), "000", text(call.params, "cardholderName") or ""
    )
    if wrong := problems(entry, call.bank.clock.now()):
        raise Refusal(
            Reason.PARAMETER_WRONG, {"expiry": "expiryDate", "cardholder": "cardholderName"}.get(wrong[0], wrong[0])
        )
    card = paying.used(entry, Secure.NONE)
    made = bindings.save(call.bank, call.merchant, client, card, entry.pan)
    return {**call.ok, **_shown(made, call.dialect), "error": False}


def pay(call: Call) -> Mapping[str, Any]:
    """`paymentOrderBinding.do`: an order of the same client, with a card that it left."""
    order = card_calls.named(call)
    if call.dialect is Dialect.ECOM:
        _needed(call, "ip")
    if order.request.client_id is None:
        raise Refusal(Reason.PARAMETER_MISSING, "clientId")
    binding = bindings.payable(call.bank, order, _needed(call, "bindingId"))
    cvc, initiative = text(call.params, "cvc"), text(call.params, "tii")
    if cvc is None and initiative not in _NO_CVC and not call.merchant.pays_without_cvc:
        raise Refusal(Reason.PARAMETER_MISSING, "cvc")
    order.binding_id, order.keeps_card = binding.id, False
    step = paying.pay_saved(
        call.bank, order, binding.entry(cvc or "000"), asks_code=cvc is not None or initiative == _HOLDERS
    )
    return {**card_calls.stepped(call, order, step), "bindingId": binding.id}


def recurrent(call: Call) -> Mapping[str, Any]:
    """`recurrentPayment.do`: register and pay in one, on the merchant's own initiative. It answers in the wallets' shape."""
    binding = call.bank.bindings.find(call.merchant, _needed(call, "bindingId"))
    asked = Asked(call.merchant, call.dialect, call.bank.clock.now())
    renamed = {"returnUrl": call.bank.base_url, "clientId": binding.client, **call.params}
    if "additionalParameters" in renamed:
        renamed["jsonParams"] = renamed.pop("additionalParameters")
    order = call.bank.register(call.merchant, read_registration(renamed, asked))
    bindings.payable(call.bank, order, binding.id)
    order.binding_id, order.keeps_card = binding.id, False
    paying.pay_saved(call.bank, order, binding.entry("000"), asks_code=False)
    said = {**call.ok, **statement(order, Speech(call.dialect, call.language))}
    return {"success": order.paid, "data": {"orderId": order.id, "orderNumber": order.number}, "orderStatus": said}


def _listed(call: Call, found: Iterable[Binding]) -> Mapping[str, Any]:
    shown = [_shown(one, call.dialect) for one in found]
    if not shown:
        raise Refusal(Reason.NOTHING_FOUND)
    return {**call.ok, "bindings": shown}


def _shown(binding: Binding, dialect: Dialect) -> dict[str, Any]:
    card = binding.card
    fields: dict[str, Any] = {
        "bindingId": binding.id,
        "maskedPan": masked(card, dialect),
        "expiryDate": card.expiry,
        "clientId": binding.client,
        "paymentWay": "CARD",
        "paymentSystem": card.system,
        "bindingCategory": "COMMON",
        "displayLabel": f"{'X' * (card.length - 4)}{card.last4}",
    }
    return fields if dialect is Dialect.LEGACY else fields | {"bindingStatus": str(int(binding.active))}


def _published(binding: Binding) -> bool:
    """Test cards are good with their printed dates for ever, saved ones too."""
    return not problems(binding.entry("000"), 4102444800)


def _named(call: Call) -> Binding:
    return call.bank.bindings.find(call.merchant, _needed(call, "bindingId"))


def _needed(call: Call, name: str) -> str:
    value = text(call.params, name)
    if value is None:
        raise Refusal(Reason.PARAMETER_MISSING, name)
    return value
