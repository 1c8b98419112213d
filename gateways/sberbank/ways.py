"""Ways to pay one order besides the card, on the wire: what they ask of a registration, and what it answers with.

Source: gateway.md §3.2, §3.3, §4.2, §8.2, §8.4.
"""

from __future__ import annotations

import re
from typing import Final

from gateways.gateway import Garbled, Registration, Way
from gateways.sberbank.addresses import authority
from gateways.sberbank.wire import RegisterAnswer
from gateways.sbp import QrCode

Params = dict[str, str | bool]

# A payment by a way that is not here (another wallet, a transfer) is money all the same; its way is then not told.
_WAYS: Final = {
    "CARD": Way.CARD,
    "CARD_BINDING": Way.CARD,
    "SBP_C2B": Way.SBP,
    "SBP_C2B_BINDING": Way.SBP,
    "SBERPAY": Way.SBERPAY,
    "SBRF_SBOL": Way.SBERPAY,
    "SBRF_SBOL_BINDING": Way.SBERPAY,
}
_SBP_HOST: Final = "qr.nspk.ru"
_APP_LINK: Final = re.compile(r"sberpay://[!$%&'()*+,./0-9:;=?@A-Z_a-z~-]{1,500}", re.ASCII)
_LONGEST_BACK: Final = 255


def way_of(name: str | None) -> Way | None:
    return _WAYS.get(name or "")


def code_with_order(registration: Registration) -> Params:
    """Where the QR code comes with the registration or not at all. The link of SberPay comes unasked."""
    code: Params = {"qrType": "DYNAMIC_QR_SBP", "sbp.scenario": "C2B"} if Way.SBP in registration.ways else {}
    return code | _back(registration)


def app_link_with_order(registration: Registration) -> Params:
    """Where the link of SberPay has to be asked for, and codes come from a method of their own."""
    asked: Params = {"back2app": True} if Way.SBERPAY in registration.ways else {}
    return asked | _back(registration)


def _back(registration: Registration) -> Params:
    """Where the application leads back to; an address that is too long would fail the whole order."""
    back = registration.return_url
    return {"sberpay.backurl": back} if Way.SBERPAY in registration.ways and len(back) <= _LONGEST_BACK else {}


def web2app(form_url: str) -> str:
    """The old dialect's page of SberPay."""
    return f"{form_url}{'&' if '?' in form_url else '?'}toWeb2App=true"


def code_of(code_id: str | None, payload: str | None, page_hosts: frozenset[str]) -> QrCode:
    """A code as the bank gave it. Raises Garbled for one that leads elsewhere than to the system, or to the bank itself."""
    if code_id is None or payload is None:
        raise Garbled("a QR code without its id or payload")
    if authority(payload) not in page_hosts | {_SBP_HOST}:
        raise Garbled("a QR code that leads to an unknown host")
    return QrCode(code_id, payload)


def code_with(answer: RegisterAnswer, page_hosts: frozenset[str]) -> QrCode | None:
    """The code that came with a registration. Without one, or with one that is no good, the order is paid otherwise."""
    try:
        return code_of(answer.external_params.qrc_id, answer.external_params.sbp_payload, page_hosts)
    except Garbled:
        return None


def app_link_with(answer: RegisterAnswer) -> str | None:
    """The link that came with a registration, if it opens the application and nothing else."""
    link = answer.external_params.sbol_deep_link
    return link if link is not None and _APP_LINK.fullmatch(link) else None
