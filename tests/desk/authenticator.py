"""A security key in software (WebAuthn level 2, ES256): what a browser and a key together answer a page."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ES256: Final = -7


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(slots=True)
class Authenticator:
    """`verifies`: whether it asks for finger or PIN. `counts`: by how much each signature moves its counter on."""

    origin: str
    host: str = "localhost"
    verifies: bool = True
    counts: int = 1
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int, attested: bytes = b"") -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count) + attested

    def create(self, options: str) -> str:
        """What `navigator.credentials.create` would bring, as our script sends it."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED, attested)}
        client = self._client("webauthn.create", json.loads(options)["challenge"])
        return self._brought({"clientDataJSON": client, "attestationObject": cbor2.dumps(made)})

    def get(self, options: str) -> str:
        """What `navigator.credentials.get` would bring."""
        client, data = self._client("webauthn.get", json.loads(options)["challenge"]), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._brought({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _brought(self, response: dict[str, bytes]) -> str:
        said: dict[str, Any] = {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key"}
        return json.dumps({**said, "response": {name: _text(raw) for name, raw in response.items()}})
