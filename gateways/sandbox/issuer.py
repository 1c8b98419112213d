"""The issuer for shops that lead their payers there themselves: PaReq and PaRes, creq and cres. Source: gateway.md §7.3, §7.4.

What the issuer says is opaque to the shop and signed, so a shop that makes an answer up is found out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from gateways.sandbox.cards import CardEntry

VERSION = "2.1.0"


@dataclass(frozen=True, slots=True)
class Leg:
    """The first of two calls of a payment by 3-D Secure 2: the card waits for the second."""

    order_id: str
    entry: CardEntry


@dataclass(slots=True)
class Issuer:
    """Its key, the payers that it was asked about, and where each of them goes afterwards."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    legs: dict[str, Leg] = field(default_factory=dict)
    finish_urls: dict[str, str] = field(default_factory=dict)

    def pa_req(self, challenge: str) -> str:
        """The old request, for a form field `PaReq`."""
        return _packed({"challenge": challenge})

    def c_req(self, challenge: str, transaction: str) -> str:
        """The new request, for a form field `creq`."""
        return _packed(
            {
                "threeDSServerTransID": transaction,
                "acsTransID": challenge,
                "messageType": "CReq",
                "messageVersion": VERSION,
                "challengeWindowSize": "05",
            }
        )

    def asked(self, request: str) -> str | None:
        """Which challenge a `PaReq` or a `creq` is about."""
        found = _unpacked(request)
        challenge = found.get("challenge") or found.get("acsTransID")
        return challenge if isinstance(challenge, str) else None

    def answer(self, challenge: str, status: str) -> str:
        """PaRes or CRes: `status` is Y, N, A or U."""
        said = {"challenge": challenge, "transStatus": status, "messageType": "CRes", "messageVersion": VERSION}
        return _packed(said | {"signature": self._signature(challenge, status)})

    def verdict(self, answer: str) -> tuple[str, str] | None:
        """The challenge and the status of an answer; None if the issuer never gave it."""
        found = _unpacked(answer)
        challenge, status = found.get("challenge"), found.get("transStatus")
        if not isinstance(challenge, str) or not isinstance(status, str):
            return None
        given = found.get("signature")
        genuine = isinstance(given, str) and hmac.compare_digest(
            given.encode(), self._signature(challenge, status).encode()
        )
        return (challenge, status) if genuine else None

    def _signature(self, challenge: str, status: str) -> str:
        return hmac.new(self._key, f"{challenge}/{status}".encode(), hashlib.sha256).hexdigest()


def _packed(fields: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def _unpacked(text: str) -> dict[str, Any]:
    """Nothing for what is no such message: forms are anybody's."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
