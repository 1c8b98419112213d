"""Callbacks signed with RSA."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from gateways.gateway import Forged
from gateways.sberbank.callbacks import Keys, load_public_key, read
from tests.gateways.callback_vectors import (
    H6,
    R1_CHECKSUM,
    R1_KEY,
    R2_CERTIFICATE,
    R2_CHECKSUM,
    R_TEXT,
    get,
    pairs,
)
from tests.gateways.samples import bank


@pytest.mark.parametrize(("key", "checksum"), [(R1_KEY, R1_CHECKSUM), (R2_CERTIFICATE, R2_CHECKSUM)], ids=["R1", "R2"])
def test_each_rsa_vector_verifies_with_its_own_hash_only(key: bytes, checksum: str) -> None:
    """Both published RSA sums verify with SHA-512, in either case of letters, and with nothing else."""
    public = load_public_key(key)
    for spelt in (checksum, checksum.lower()):
        assert (
            read(get(pairs(R_TEXT), spelt), Keys(public_key=public)).reference == "12b59da8-f68f-7c8d-12b5-9da8000826ea"
        )
    with pytest.raises(Forged):
        read(get(pairs(R_TEXT), checksum), Keys(public_key=public, hash_name="sha256"))
    with pytest.raises(Forged):
        read(get(pairs(R_TEXT.replace("status;1", "status;0")), checksum), Keys(public_key=public))
    with pytest.raises(Forged):
        read(get(pairs(R_TEXT), checksum[:-1]), Keys(public_key=public))


@pytest.mark.parametrize(("name", "algorithm"), [("sha512", hashes.SHA512()), ("sha256", hashes.SHA256())])
def test_a_key_file_of_the_installation_verifies(tmp_path: Path, name: str, algorithm: hashes.HashAlgorithm) -> None:
    """A key pair made here signs, the public half named in the configuration verifies, with either hash."""
    private = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "bank.pem"
    path.write_bytes(
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    gateway, _ = bank(callback_secret=None, callback_public_key=path, callback_hash=name)
    checksum = private.sign(H6.encode(), padding.PKCS1v15(), algorithm).hex()
    assert gateway.read_callback(get(pairs(H6), checksum)).signed
    assert gateway.capabilities.signed_callbacks


def test_a_key_that_is_not_rsa_stops_the_start() -> None:
    """A key of another kind cannot verify anything, so it is refused when it is loaded."""
    elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = elliptic.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="RSA"):
        load_public_key(pem)
