"""Callbacks: read strictly, verified in constant time, believed in nothing. Source of the signature: gateway.md §6.3.

The signed text `name;value;name;value;` is ambiguous: a `;` inside a value can pass for the end of one parameter and
the start of the next. So no name, and no value that we use, may hold one. Nor has it a date: a true callback can be
played again for ever, which is why it only says where to look.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateways.gateway import CallbackRequest, Forged, Notice
from gateways.sberbank.wire import strict_object

Params = dict[str, str]
_UNSIGNED: Final = frozenset({"checksum", "sign_alias"})
_MOST_PARAMS: Final = 64
_LONGEST_VALUE: Final = 1024
_LONGEST_BODY: Final = 65_536
_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
# Control characters and halves of surrogate pairs, which no encoder accepts.
_UNSOUND: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_CHECKSUM: Final = re.compile(r"[0-9A-Fa-f]{64,2048}", re.ASCII)
_KNOWN: Final = {
    "mdOrder": re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII),
    "orderNumber": re.compile(r"[^;]{1,36}"),
    "operation": re.compile(r"[A-Za-z]{1,32}", re.ASCII),
    "status": re.compile(r"[01]"),
    "clientId": re.compile(r"[^;]{1,255}"),
    "bindingId": re.compile(r"[0-9A-Za-z._-]{1,255}", re.ASCII),
    "enabled": re.compile(r"true|false"),
}
_HASHES: Final = {"sha512": hashes.SHA512, "sha256": hashes.SHA256}


@dataclass(frozen=True, slots=True)
class Keys:
    """What a callback is verified with. No keys at all: it is read, and marked as not signed."""

    secrets: tuple[bytes, ...] = field(default=(), repr=False)  # the current one and, in rotation, the one before
    public_key: rsa.RSAPublicKey | None = None
    hash_name: Literal["sha512", "sha256"] = "sha512"
    own_params: frozenset[str] = frozenset()
    merchant_login: str | None = None

    @property
    def are_set(self) -> bool:
        return bool(self.secrets) or self.public_key is not None


def read(request: CallbackRequest, keys: Keys) -> Notice:
    """The notice in a callback. Raises Forged for a wrong signature, shape or merchant."""
    params = _params(request)
    _check_known(params)
    if keys.are_set and not _is_genuine(params, keys):
        raise Forged("the signature is missing or wrong")
    if keys.merchant_login and params.get("merchantLogin", keys.merchant_login) != keys.merchant_login:
        raise Forged("another merchant's callback")
    return Notice(
        reference=params.get("mdOrder") or None,
        number=params.get("orderNumber") or None,
        operation=params.get("operation") or None,
        succeeded=params["status"] == "1" if params.get("status") else None,
        signed=keys.are_set,
        binding=params.get("bindingId") or None,
        client=params.get("clientId") or None,
        switched_off=params.get("enabled") == "false" or params.get("operation") == "bindingDeactivated",
    )


def canonical(params: Params) -> bytes:
    """The text that is signed: all parameters but the signature's own, sorted by the bytes of their names."""
    return "".join(f"{name};{params[name]};" for name in sorted(params) if name not in _UNSIGNED).encode()


def load_public_key(data: bytes) -> rsa.RSAPublicKey:
    """An RSA key from a PEM key, a PEM certificate or a DER certificate. Raises ValueError.

    The certificate is a mere envelope here: its dates and issuer are not judged, for the file itself is what we trust.
    """
    if b"-----BEGIN PUBLIC KEY-----" in data:
        key = load_pem_public_key(data)
    elif b"-----BEGIN" in data:
        key = x509.load_pem_x509_certificate(data).public_key()
    else:
        key = x509.load_der_x509_certificate(data).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")  # noqa: TRY004 - the kind of key in a file is a value, not a bug of ours
    return key


def _is_genuine(params: Params, keys: Keys) -> bool:
    """Our own parameters are left out first; whether the bank signs them is not known, so then all are tried."""
    checksum = params.get("checksum", "")
    if not _CHECKSUM.fullmatch(checksum):
        return False
    theirs = {name: value for name, value in params.items() if name not in keys.own_params}
    return _matches(theirs, checksum, keys) or (theirs != params and _matches(params, checksum, keys))


def _matches(params: Params, checksum: str, keys: Keys) -> bool:
    text, given = canonical(params), checksum.upper().encode()
    sums = [hmac.new(secret, text, hashlib.sha256).hexdigest().upper().encode() for secret in keys.secrets]
    by_secret = [hmac.compare_digest(given, expected) for expected in sums]
    return any(by_secret) or _matches_rsa(text, checksum, keys)


def _matches_rsa(text: bytes, checksum: str, keys: Keys) -> bool:
    if keys.public_key is None or len(checksum) % 2:
        return False
    try:
        keys.public_key.verify(bytes.fromhex(checksum), text, padding.PKCS1v15(), _HASHES[keys.hash_name]())
    except InvalidSignature:
        return False
    return True


def _params(request: CallbackRequest) -> Params:
    """The parameters: from the query of a GET, from the form or the JSON of a POST. Each name once."""
    pairs = _pairs(request)
    if not 0 < len(pairs) <= _MOST_PARAMS:
        raise Forged("no parameters, or too many")
    params = dict(pairs)
    if len(params) != len(pairs):
        raise Forged("a parameter twice")
    if not all(_NAME.fullmatch(name) and _is_sound(value) for name, value in pairs):
        raise Forged("a parameter of a wrong shape")
    return params


def _pairs(request: CallbackRequest) -> list[tuple[str, str]]:
    if request.method == "GET":
        return list(request.query)
    if len(request.body) > _LONGEST_BODY:
        raise Forged("too large")
    kind = request.content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            return _scalars(strict_object(request.body))
        return parse_qsl(
            request.body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_PARAMS,
        )
    except ValueError:
        raise Forged("a body that cannot be read") from None


def _scalars(found: dict[str, object]) -> list[tuple[str, str]]:
    """The new dialect's JSON: numbers as their digits. Nested blocks and booleans hold nothing that we use."""
    return [
        (name, str(value))
        for name, value in found.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    ]


def _is_sound(value: str) -> bool:
    return len(value) <= _LONGEST_VALUE and not _UNSOUND.search(value)


def _check_known(params: Params) -> None:
    for name, shape in _KNOWN.items():
        if params.get(name) and not shape.fullmatch(params[name]):
            raise Forged(f"{name} of a wrong shape")
    if not (params.get("mdOrder") or params.get("orderNumber") or params.get("bindingId")):
        raise Forged("about no order")
