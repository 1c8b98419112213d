"""The new dialect ("ecom"): JSON with exact types, the refund's key inside `jsonParams`, no callback address per order.

The idempotency header is documented as unfinished and is not relied on.
"""

from __future__ import annotations

import json
from typing import Final

from gateways.gateway import Refund, Request
from gateways.sberbank import dialect
from gateways.sberbank.dialect import Dialect, Fields

_HEADERS: Final = {"Content-Type": "application/json"}


def encode(url: str, fields: Fields) -> Request:
    return Request("POST", url, _HEADERS, json.dumps(fields, ensure_ascii=False).encode())


def _refund(refund: Refund, *, lock: bool) -> Fields:
    _ = lock  # there is none here
    return dialect.refund(refund) | {"jsonParams": {"externalRefundId": refund.key}}


def _decline(reference: str | None, number: str) -> Fields:
    return dialect.look(reference, number)


ECOM: Final = Dialect(encode, dialect.register, _refund, _decline)
