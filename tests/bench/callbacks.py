"""How many callbacks one core parses and verifies in a second: by either kind of signature, in both ways to send them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateways.gateway import CallbackRequest
from gateways.sandbox.signing import checksum
from gateways.sberbank.callbacks import Keys, canonical, read

SECONDS: Final = 1.0
_SECRET: Final = "emulator-secret-0001"
_PARAMS: Final = {
    "mdOrder": "70906e55-7114-41d6-8332-4609dc6590f4",
    "orderNumber": "pay_01J9Z3K4M5N6P7Q8R9S0T1V2W3",
    "operation": "deposited",
    "status": "1",
    "amount": "450000",
    "callbackCreationDate": "Mon Jan 31 21:46:52 MSK 2022",
}
_FORM: Final = "application/x-www-form-urlencoded"


def measured(seconds: float = SECONDS) -> dict[str, float]:
    """Callbacks in a second of processor time. The key before the last one is in rotation: every second sum is tried."""
    in_rotation = Keys(secrets=(b"the key after it", _SECRET.encode()))
    signed = _PARAMS | {"checksum": checksum(_SECRET, _PARAMS)}
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    by_key = private.sign(canonical(_PARAMS), padding.PKCS1v15(), hashes.SHA512()).hex().upper()
    by_rsa = _PARAMS | {"checksum": by_key}
    tried: dict[str, tuple[CallbackRequest, Keys]] = {
        "GET, HMAC": (CallbackRequest("GET", tuple(signed.items()), "", b""), in_rotation),
        "POST form, HMAC": (CallbackRequest("POST", (), _FORM, urlencode(signed).encode()), in_rotation),
        "POST JSON, HMAC": (CallbackRequest("POST", (), "application/json", json.dumps(signed).encode()), in_rotation),
        "GET, RSA": (CallbackRequest("GET", tuple(by_rsa.items()), "", b""), Keys(public_key=private.public_key())),
    }
    return {name: _rate(lambda one=one: read(*one), seconds) for name, one in tried.items()}  # type: ignore[misc]  # bound at once


def _rate(once: Callable[[], object], seconds: float) -> float:
    """A wrong answer raises, so what is counted was verified."""
    once()
    began, count = time.process_time(), 0
    while (spent := time.process_time() - began) < seconds:
        for _ in range(100):
            once()
        count += 100
    return count / spent
