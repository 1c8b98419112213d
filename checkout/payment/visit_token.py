"""A token that says: somebody with an order at this clinic was really seen in this month. Signed, and checked by anybody.

A review site can admit real patients by it, and each of them once: `jti` is one and the same for an order, and leads
nowhere. A compact JWS (RFC 7515) with Ed25519 (RFC 8037), without a person, a service or a day in it.
Source: product.md §3.9.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkout.ground.crypto import Vault
from checkout.payment.order import Order

ADDRESS: Final = "/.well-known/visit-token-keys.json"


def visit_token(vault: Vault, order: Order, *, issuer: str) -> str | None:
    """The token of a visit that was given, the same each time; None for any other."""
    if order.given_at is None:
        return None
    claims = {
        "iss": issuer,
        "jti": vault.link_token("visit", str(order.id)),
        "clinic": order.clinic,
        "month": f"{order.given_at.astimezone(ZoneInfo(order.zone)):%Y-%m}",
        "given": True,
    }
    signed = f"{_packed({'alg': 'EdDSA', 'kid': _thumbprint(vault), 'typ': 'JWT'})}.{_packed(claims)}"
    return f"{signed}.{_text(vault.sign_visit(signed.encode()))}"


def keys(vault: Vault) -> dict[str, Any]:
    """The public keys, as a JWK set (RFC 7517)."""
    return {"keys": [{**_public(vault), "kid": _thumbprint(vault), "alg": "EdDSA", "use": "sig"}]}


def _public(vault: Vault) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _text(vault.visit_public())}


def _thumbprint(vault: Vault) -> str:
    """The key's name, from the key itself (RFC 7638)."""
    return _text(hashlib.sha256(_json(_public(vault))).digest())


def _packed(value: dict[str, Any]) -> str:
    return _text(_json(value))


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
