"""`features` of a registration: which there are, who may ask for them, and what they change. Source: gateway.md §3.1, §10.1."""

from __future__ import annotations

from gateways.sandbox.cards import Secure, Verdict
from gateways.sandbox.codes import APPROVED, ENROLMENT_UNKNOWN, RESULT_NOT_Y, Reason, Refusal
from gateways.sandbox.merchants import Merchant
from gateways.sandbox.wire import Params, text

AUTO_PAYMENT = "AUTO_PAYMENT"  # no CVC and no 3-D Secure, for those who may
VERIFY = "VERIFY"  # the card is checked, nothing is charged, the order is reversed at once
FORCE_SSL = "FORCE_SSL"  # no 3-D Secure
FORCE_TDS = "FORCE_TDS"  # a card that is not enrolled is declined
FORCE_FULL_TDS = "FORCE_FULL_TDS"  # and so is one whose issuer vouches without asking
_NAMES = frozenset({AUTO_PAYMENT, VERIFY, FORCE_SSL, FORCE_TDS, FORCE_FULL_TDS})


def read_features(params: Params) -> frozenset[str]:
    """As they were asked for, one or several with `;` between them."""
    return frozenset(name.strip() for name in (text(params, "features") or "").split(";") if name.strip())


def check(features: frozenset[str], merchant: Merchant) -> None:
    """Raises Refusal: FEATURES_WRONG, FEATURES_CLASH, AUTO_FORBIDDEN, VERIFY_FORBIDDEN."""
    if not features <= _NAMES:
        raise Refusal(Reason.FEATURES_WRONG)
    if AUTO_PAYMENT in features and features & {FORCE_SSL, FORCE_TDS, FORCE_FULL_TDS}:
        raise Refusal(Reason.FEATURES_CLASH)
    if AUTO_PAYMENT in features and not merchant.auto_payments:
        raise Refusal(Reason.AUTO_FORBIDDEN)
    if VERIFY in features and not merchant.verifies:
        raise Refusal(Reason.VERIFY_FORBIDDEN)


def is_unasked(features: frozenset[str]) -> bool:
    """Whether 3-D Secure is left out, whatever the card."""
    return bool(features & {FORCE_SSL, AUTO_PAYMENT})


def forced(decision: Verdict, features: frozenset[str]) -> Verdict:
    """What becomes of a card once the registration has its say about 3-D Secure."""
    if is_unasked(features):
        confirmed = decision.secure is not Secure.FAILED  # without the question there is no failing at it
        return Verdict(Secure.NONE, decision.action_code if confirmed else APPROVED)
    if decision.action_code != APPROVED:
        return decision
    if features & {FORCE_TDS, FORCE_FULL_TDS} and decision.secure is Secure.NONE:
        return Verdict(Secure.FAILED, ENROLMENT_UNKNOWN)
    if FORCE_FULL_TDS in features and decision.secure is Secure.ATTEMPT:
        return Verdict(Secure.FAILED, RESULT_NOT_Y)
    return decision
