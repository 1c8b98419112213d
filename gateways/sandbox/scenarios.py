"""The keys of `jsonParams` that are reserved for banking applications. Source: gateway.md §3.2."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.sandbox.codes import Reason, Refusal

QR_TYPES = frozenset({"DYNAMIC_QR_SBP", "SUBSCRIPTION_SBP", "SBERPAY_DYNAMIC_QR"})
SUBSCRIBES = frozenset({"C2B_SUBSCRIPTION", "C2B_SUBSCRIPTION_WITH_PAYMENT"})
SCENARIOS = SUBSCRIBES | {"C2B", "C2B_CASH_REGISTER"}


def check(params: Mapping[str, str]) -> None:
    """Raises Refusal: JSON_PARAMS_WRONG, PARAMETER_MISSING."""
    if params.get("qrType", "DYNAMIC_QR_SBP") not in QR_TYPES or params.get("sbp.scenario", "C2B") not in SCENARIOS:
        raise Refusal(Reason.JSON_PARAMS_WRONG)
    if says(params, "app2app") and not params.get("app.deepLink"):
        raise Refusal(Reason.PARAMETER_MISSING, "app.deepLink")


def says(params: Mapping[str, str], name: str) -> bool:
    """Whether a flag is set; it may come as a word."""
    return params.get(name, "").lower() == "true"
