"""Callbacks in every form a merchant may choose: GET, form and JSON; HMAC and RSA; all extras; saved cards alone."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateways.sandbox import BindingEvent, Delivery, Dialect, Signing, Verb
from gateways.sandbox.extras import EXTRAS
from gateways.sandbox.reverting import refund
from gateways.sandbox.signing import canonical, checksum
from tests.sandbox.rehearsal import NOON, SECRET, bank, deliver, paid, register

BINDING = BindingEvent(
    "bindingActivityChanged", "37e2a02e-9f7b-4335-9e45-7a6a1ec2c95a", client_id="1", enabled=False, at=NOON
)


def told(delivery: Delivery) -> dict[str, str]:
    """The parameters, wherever they travel."""
    text = delivery.body.decode() if delivery.method == "POST" else delivery.url.partition("?")[2]
    return dict(parse_qsl(text, keep_blank_values=True))


@pytest.mark.parametrize(
    ("signing", "algorithm"), [(Signing.RSA_SHA512, hashes.SHA512()), (Signing.RSA_SHA256, hashes.SHA256())]
)
def test_an_rsa_callback_fits_the_banks_public_key(signing: Signing, algorithm: hashes.HashAlgorithm) -> None:
    """PKCS#1 v1.5 over the canonical text, upper-case hex; the key and the certificate are the same."""
    here = bank(callback_signing=signing, callback_secret=None)
    paid(here)
    params = told(deliver(here)[0])
    signature = params.pop("checksum")
    key = load_pem_public_key(here.keys.public_pem("sandbox-api"))
    certified = x509.load_pem_x509_certificate(here.keys.certificate_pem("sandbox-api", NOON)).public_key()
    assert isinstance(key, RSAPublicKey)
    assert key == certified
    assert signature == signature.upper()
    key.verify(bytes.fromhex(signature), canonical(params).encode(), padding.PKCS1v15(), algorithm)


@pytest.mark.parametrize(
    ("signing", "alias"), [(Signing.HMAC, "HMAC-SHA256"), (Signing.RSA_SHA256, "SHA-256 with RSA")]
)
def test_the_alias_travels_unsigned(signing: Signing, alias: str) -> None:
    """Only to merchants who want it: many verifiers forget to leave it out."""
    here = bank(callback_signing=signing, callback_sign_alias=True)
    paid(here)
    params = told(deliver(here)[0])
    assert params["sign_alias"] == alias
    if signing is Signing.HMAC:
        assert params["checksum"] == checksum(SECRET, params)


def test_a_form_callback_says_what_the_query_would() -> None:
    """The same parameters and the same sum, in the body."""
    got = []
    for verb in Verb:
        here = bank(callback_verb=verb)
        paid(here)
        (sent,) = deliver(here)
        got.append((sent.method, sent.content_type, told(sent)))
    assert [one[:2] for one in got] == [("GET", ""), ("POST", "application/x-www-form-urlencoded")]
    assert got[0][2] == got[1][2]


def test_nothing_is_signed_for_a_merchant_who_wants_none() -> None:
    """Even if there is a secret."""
    here = bank(callback_signing=Signing.NONE)
    paid(here)
    assert "checksum" not in told(deliver(here)[0])


def test_every_extra_can_be_ticked() -> None:
    """All of them at once on a paid and refunded order: signed, none empty, sums in kopecks and written out."""
    here = bank(callback_extras=tuple(EXTRAS), callback_params=("bx_paysystem_code", "status"))
    order = paid(
        here, email="a@example.com", description="Приём", jsonParams='{"bx_paysystem_code": "7", "status": "0"}'
    )
    refund(here, order, 9900, external_id="r-1")
    params = told(deliver(here)[1])
    assert params.pop("checksum") == checksum(SECRET, params)
    assert all(params.values())
    expected = {
        "status": "1",
        "bx_paysystem_code": "7",
        "amount": "9900",
        "operationRefundedAmount": "9900",
        "operationRefundedAmountFormatted": "99.00",
        "depositedAmount": "10000",
        "paymentState": "refunded",
        "paymentDate": "20.05.2026 12:00:00",
        "paymentWay": "CARD",
        "threeDSType": "TDS",
        "maskedPan": "411111**1111",
        "externalRefundId": "r-1",
        "email": "a@example.com",
    }
    assert {name: params.get(name) for name in expected} == expected
    assert {"declineDate", "sessionExpiredDate", "bindingId"}.isdisjoint(params)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"callback_secret": "emulator-secret-0001"},
            {
                "bindingId": BINDING.binding_id,
                "clientId": "1",
                "enabled": "false",
                "checksum": "498BD233A470D0F46FB78E9CB3C04F7CAF041DAF7C3CBD053689760595B3516F",
            },
        ),
        ({"callback_dialect": Dialect.ECOM}, {"bindingId": BINDING.binding_id, "clientId": "1"}),
    ],
    ids=["legacy", "ecom"],
)
def test_a_saved_card_has_callbacks_of_its_own(settings: dict[str, Any], said: dict[str, str]) -> None:
    """No order in them; the old dialect's sum is the published vector's, the new one names the operation instead."""
    here = bank(**settings)
    here.notify_binding(here.merchants["sandbox-api"], BINDING)
    (sent,) = deliver(here)
    assert (sent.order_id, sent.number) == ("", "")
    if "callback_dialect" in settings:
        assert json.loads(sent.body) == said | {"operation": "bindingActivityChanged"}
    else:
        assert told(sent) == said


def test_a_saved_cards_callback_is_the_merchants_choice() -> None:
    """Neither without an address nor for an operation that was not ticked."""
    for settings in ({"callback_url": None}, {"callback_operations": frozenset({"deposited"})}):
        here = bank(**settings)
        here.notify_binding(here.merchants["sandbox-api"], BINDING)
        assert deliver(here) == []


def test_what_was_sent_can_be_sent_again_to_the_last_byte() -> None:
    """A double notification carries the very same words."""
    here = bank()
    register(here)
    paid(here, "A-2")
    (sent,) = deliver(here)
    here.clock.advance(5)
    again = here.again(sent)
    assert deliver(here) == [again]
    assert (again.url, again.body, again.id == sent.id, again.due_at) == (sent.url, sent.body, False, NOON + 5)
