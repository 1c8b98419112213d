"""Sealing of personal data, blind indexes, link tokens and signatures, all from one master key.

Envelope: key id, a zero byte, nonce, ciphertext. A person's data are sealed under a data key of that person alone, which the
master key wraps; to forget the person is to destroy the data key. Associated data bind a value to its place, so that
a ciphertext copied to another row does not open. Source: decisions.md 25, reliability.md §8.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TOKEN_BYTES: Final = 16  # 128 bits: an unguessable link


class CannotOpen(Exception):
    """A sealed value does not belong here, or its key is gone."""


def seal(key: bytes, plain: bytes, *, place: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, sealed: bytes, *, place: str) -> bytes:
    """Raises CannotOpen for a wrong key, a wrong place or a changed value."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except Exception as reason:
        raise CannotOpen(place) from reason


def derive(master: bytes, purpose: str) -> bytes:
    """A key for one purpose only; keys of different purposes say nothing of each other."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"clinic-checkout/{purpose}".encode()).derive(
        master
    )


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys of one installation. `masters` by key id; `current` seals, all open."""

    current: str
    wrapping: Mapping[str, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)
    link_key: bytes = field(repr=False)
    form_key: bytes = field(repr=False)
    answer_key: bytes = field(repr=False)
    visit_key: bytes = field(repr=False)
    anchor_key: bytes = field(repr=False)

    def new_data_key(self, *, place: str) -> tuple[bytes, bytes]:
        """A fresh key and its wrapped form for the row named by `place`."""
        key = secrets.token_bytes(KEY_BYTES)
        wrapped = self.current.encode() + b"\0" + seal(self.wrapping[self.current], key, place=place)
        return key, wrapped

    def unwrap(self, wrapped: bytes, *, place: str) -> bytes:
        key_id, _, sealed = wrapped.partition(b"\0")
        master = self.wrapping.get(key_id.decode())
        if master is None:
            raise CannotOpen(f"{place}: master key {key_id.decode()!r} is not configured")
        return unseal(master, sealed, place=place)

    def blind(self, kind: str, value: str) -> bytes:
        """An index for exact search that tells nothing without the key; 16 bytes."""
        return hmac.digest(self.index_key, f"{kind}\0{value}".encode(), "sha256")[:16]

    def link_token(self, *parts: str) -> str:
        """An unguessable, re-derivable path token of 128 bits."""
        mac = hmac.digest(self.link_key, "\0".join(parts).encode(), "sha256")[:TOKEN_BYTES]
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def form_token(self, *parts: str) -> str:
        mac = hmac.digest(self.form_key, "\0".join(parts).encode(), "sha256")[:TOKEN_BYTES]
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def sign_visit(self, message: bytes) -> bytes:
        """An Ed25519 signature that anybody can check with `visit_public`."""
        return Ed25519PrivateKey.from_private_bytes(self.visit_key).sign(message)

    def visit_public(self) -> bytes:
        """The public half of the key that signs visits."""
        return Ed25519PrivateKey.from_private_bytes(self.visit_key).public_key().public_bytes_raw()

    def sign_anchor(self, message: bytes) -> bytes:
        """An Ed25519 signature under the audit: only who holds the master key makes one."""
        return Ed25519PrivateKey.from_private_bytes(self.anchor_key).sign(message)

    def signed_anchor(self, message: bytes, signature: bytes) -> bool:
        """Whether this signature is ours."""
        try:
            Ed25519PrivateKey.from_private_bytes(self.anchor_key).public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True


def token_hash(token: str) -> bytes:
    """What the database keeps of a secret token: enough to find it, useless to a thief."""
    return hashlib.sha256(_sent(token)).digest()


def same(left: str, right: str) -> bool:
    """Constant-time comparison of two texts."""
    return hmac.compare_digest(_sent(left), _sent(right))


def _sent(text: str) -> bytes:
    """As it came over the wire: a header may hold bytes that are no text."""
    return text.encode(errors="surrogateescape")


def vault(masters: Mapping[str, bytes], current: str) -> Vault:
    """Raises ValueError for a missing or short master key. Indexes, links and signatures hang on the first key by name."""
    if current not in masters or any(len(key) != KEY_BYTES for key in masters.values()):
        raise ValueError("a master key is 32 bytes, and the current one must be among them")
    # These must outlive a rotation of the wrapping key, so they stay with the oldest key.
    oldest = masters[min(masters)]
    return Vault(
        current=current,
        wrapping={name: derive(key, "wrap") for name, key in masters.items()},
        index_key=derive(oldest, "blind-index"),
        link_key=derive(oldest, "link"),
        form_key=derive(oldest, "form"),
        answer_key=derive(oldest, "answer"),
        visit_key=derive(oldest, "visit-token"),
        anchor_key=derive(oldest, "audit-anchor"),
    )
