"""What proves that a callback is the bank's: a shared secret, or an RSA key of the bank's. Source: gateway.md §6.3."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from gateways.sandbox.merchants import Merchant, Signing

_UNSIGNED = ("checksum", "sign_alias")
_HASHES: Mapping[Signing, hashes.HashAlgorithm] = {
    Signing.RSA_SHA512: hashes.SHA512(),
    Signing.RSA_SHA256: hashes.SHA256(),
}
_ALIASES = {
    Signing.HMAC: "HMAC-SHA256",
    Signing.RSA_SHA512: "SHA-512 with RSA",
    Signing.RSA_SHA256: "SHA-256 with RSA",
}
_BITS = 2048
_VALID = timedelta(days=3650)


def canonical(params: Mapping[str, str]) -> str:
    """`name;value;` for each parameter in byte order of the names, without the signature's own fields."""
    return "".join(f"{name};{params[name]};" for name in sorted(params) if name not in _UNSIGNED)


def checksum(secret: str, params: Mapping[str, str]) -> str:
    """HMAC-SHA256 over the canonical text, upper-case hex."""
    return hmac.new(secret.encode(), canonical(params).encode(), hashlib.sha256).hexdigest().upper()


class Keyring:
    """The bank's RSA keys, one a merchant: made when first asked for, gone when the bank stops."""

    def __init__(self) -> None:
        self._keys: dict[str, RSAPrivateKey] = {}

    def public_pem(self, login: str) -> bytes:
        key = self._key(login).public_key()
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def certificate_pem(self, login: str, at: float) -> bytes:
        """The same key in a certificate of its own, valid from the day before `at` (seconds since the epoch) on."""
        key, name = self._key(login), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sandbox {login}"[:64])])
        since = datetime.fromtimestamp(at, UTC) - timedelta(days=1)
        built = (
            x509.CertificateBuilder(subject_name=name, issuer_name=name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(since + _VALID)
            .sign(key, hashes.SHA256())
        )
        return built.public_bytes(serialization.Encoding.PEM)

    def sign(self, merchant: Merchant, params: Mapping[str, str]) -> dict[str, str]:
        """What is added to the parameters: `checksum`, and the key's alias for merchants who want it told."""
        signature = self._signature(merchant, params)
        if signature is None:
            return {}
        alias = {"sign_alias": _ALIASES[merchant.callback_signing]} if merchant.callback_sign_alias else {}
        return {"checksum": signature, **alias}

    def _signature(self, merchant: Merchant, params: Mapping[str, str]) -> str | None:
        """Upper-case hex; None if the merchant's callbacks are not signed."""
        algorithm = _HASHES.get(merchant.callback_signing)
        if algorithm is not None:
            signed = self._key(merchant.login).sign(canonical(params).encode(), padding.PKCS1v15(), algorithm)
            return signed.hex().upper()
        if merchant.callback_signing is Signing.NONE or merchant.callback_secret is None:
            return None
        return checksum(merchant.callback_secret, params)

    def _key(self, login: str) -> RSAPrivateKey:
        if login not in self._keys:
            self._keys[login] = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        return self._keys[login]
