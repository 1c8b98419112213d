"""Reading a registration in the order in which the bank complains. Source: gateway.md §3 and §10.1."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from gateways.sandbox import scenarios
from gateways.sandbox.carts import json_object, prints, read_cart
from gateways.sandbox.clock import MOSCOW
from gateways.sandbox.codes import Reason, Refusal
from gateways.sandbox.features import VERIFY, check, read_features
from gateways.sandbox.merchants import Dialect, Merchant
from gateways.sandbox.orders import Registration
from gateways.sandbox.wire import Params, amount, text

LANGUAGES = {
    Dialect.LEGACY: frozenset({"ru", "en", "de", "fr", "es", "it", "zh", "ja", "ko", "ua", "kz"}),
    Dialect.ECOM: frozenset({"ru", "en"}),
}
_CURRENCIES = {"643": "643", "810": "643", "840": "840", "978": "978", "933": "933", "398": "398"}
_LONGEST_NUMBER = 36
_LONGEST_SECONDS = 9
_MILLISECONDS = re.compile(r"\d{12,14}")
_PAGE_VIEW = re.compile(r"[A-Za-z0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, in which dialect, when (seconds since the epoch); `two_stage`: for a hold."""

    merchant: Merchant
    dialect: Dialect
    now: float
    two_stage: bool = False


def read_registration(params: Params, asked: Asked) -> Registration:
    """A checked registration. Raises Refusal with the first reason in the bank's own order."""
    number = _needed(params, "orderNumber", Reason.NUMBER_EMPTY)
    _needed(params, "amount", Reason.AMOUNT_MISSING)
    return_url = _address(_needed(params, "returnUrl", Reason.RETURN_URL_MISSING), "returnUrl")
    fail_url = text(params, "failUrl")
    features = read_features(params)
    kopecks = _kopecks(params, features)
    currency = _currency(params, asked.merchant)
    language = _language(params, asked)
    extra = _json_params(params, asked.dialect)
    check(features, asked.merchant)
    cart = read_cart(params, asked.dialect, kopecks, currency)
    if prints(cart, asked.dialect) and asked.dialect is Dialect.ECOM and not _contact(params):
        raise Refusal(Reason.CART_WRONG)
    expires_at = asked.now + _session_seconds(params, asked)
    if len(number) > _LONGEST_NUMBER or not number.isprintable():
        raise Refusal(Reason.NUMBER_WRONG)
    return Registration(
        number=number,
        amount=kopecks,
        currency=currency,
        return_url=return_url,
        expires_at=expires_at,
        language=language,
        dialect=asked.dialect,
        fail_url=None if fail_url is None else _address(fail_url, "failUrl"),
        description=text(params, "description"),
        page_view=_page_view(params, asked.dialect),
        callback_url=text(params, "dynamicCallbackUrl") if asked.dialect is Dialect.LEGACY else None,
        email=text(params, "email"),
        phone=text(params, "phone"),
        ip=text(params, "ip"),
        params=extra,
        cart=cart,
        two_stage=asked.two_stage,
        client_id=text(params, "clientId"),
        binding_id=text(params, "bindingId"),
        features=features,
        completes_at=_completes_at(params) if asked.two_stage else None,
    )


def _needed(params: Params, name: str, reason: Reason) -> str:
    value = text(params, name)
    if value is None or not value.strip():
        raise Refusal(reason)
    return value


def _address(value: str, name: str) -> str:
    try:
        urlsplit(value)
    except ValueError as error:
        raise Refusal(Reason.PARAMETER_WRONG, name) from error
    return value


def _kopecks(params: Params, features: frozenset[str]) -> int:
    """Nothing is a sum only where a card is but checked."""
    kopecks = amount(params, "amount")
    if kopecks == 0 and VERIFY not in features:
        raise Refusal(Reason.AMOUNT_WRONG)
    return kopecks


def _currency(params: Params, merchant: Merchant) -> str:
    asked = text(params, "currency") or merchant.currency
    if asked not in _CURRENCIES:
        raise Refusal(Reason.CURRENCY_UNKNOWN, asked)
    return _CURRENCIES[asked]


def _language(params: Params, asked: Asked) -> str:
    language = text(params, "language") or asked.merchant.language
    if language not in LANGUAGES[asked.dialect]:
        raise Refusal(Reason.LANGUAGE_WRONG)
    return language


def _json_params(params: Params, dialect: Dialect) -> tuple[tuple[str, str], ...]:
    try:
        extra = json_object(params, "jsonParams", dialect) or {}
    except (ValueError, TypeError, RecursionError) as error:
        raise Refusal(Reason.JSON_PARAMS_WRONG) from error
    params = {name: value if isinstance(value, str) else json.dumps(value) for name, value in extra.items()}
    scenarios.check(params)
    return tuple(params.items())


def _contact(params: Params) -> bool:
    """Whether a receipt has somewhere to go."""
    return "email" in params or "phone" in params


def _session_seconds(params: Params, asked: Asked) -> float:
    """How long the order lives; `expirationDate` wins, and 0 seconds means the merchant's usual time."""
    until = text(params, "expirationDate")
    if until is not None:
        return max(0.0, _instant(until, "expirationDate") - asked.now)
    seconds = text(params, "sessionTimeoutSecs") or "0"
    if not (seconds.isascii() and seconds.isdigit()) or len(seconds) > _LONGEST_SECONDS:
        raise Refusal(Reason.PARAMETER_WRONG, "sessionTimeoutSecs")
    return float(int(seconds) or asked.merchant.session_seconds)


def _completes_at(params: Params) -> float | None:
    """When the bank is to complete the hold by itself, if it is."""
    value = text(params, "autocompletionDate")
    return None if value is None else _instant(value, "autocompletionDate")


def _instant(value: str, name: str) -> float:
    """Moscow time without a zone, ISO 8601 with one, or epoch milliseconds."""
    if _MILLISECONDS.fullmatch(value):
        return int(value) / 1000
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Refusal(Reason.PARAMETER_WRONG, name) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=MOSCOW)).timestamp()


def _page_view(params: Params, dialect: Dialect) -> str | None:
    """The prefix of the page's name: none for the desktop, `mobile`, or the merchant's own word."""
    view = text(params, "pageView")
    if dialect is Dialect.ECOM or view in (None, "DESKTOP"):
        return None
    if not _PAGE_VIEW.fullmatch(view or ""):
        raise Refusal(Reason.PARAMETER_WRONG, "pageView")
    return "mobile" if view == "MOBILE" else view
