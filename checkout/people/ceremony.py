"""The two ceremonies of WebAuthn as the library performs them: nothing is kept here.

Imported by `passkey` when a passkey is first met: it costs 7 MB and 60 ms that most processes never need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import webauthn
from webauthn.helpers import (
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from checkout.people.passkey import Made, Site, User

VERIFIED: Final = UserVerificationRequirement.REQUIRED
# Whatever a stranger's answer may be wrong in; the library's own refusals, and what its parsers stumble over.
_UNFIT: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a browser sent, taken apart but not believed yet."""

    key: bytes
    challenge: bytes
    credential: Any


def _known(keys: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key) for key in keys]


def to_create(site: Site, user: User, challenge: bytes, keys: Sequence[bytes]) -> str:
    """What `navigator.credentials.create` is asked with, as JSON; not for authenticators that hold one of `keys`."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=user.id,
        user_name=user.account,
        user_display_name=user.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=VERIFIED
        ),
        exclude_credentials=_known(keys),
    )
    return options_to_json(options)


def to_get(site: Site, challenge: bytes, keys: Sequence[bytes]) -> str:
    """What `navigator.credentials.get` is asked with, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=challenge, allow_credentials=_known(keys), user_verification=VERIFIED
    )
    return options_to_json(options)


def created(text: str) -> Brought | None:
    """Take apart what `create` brought; None for rubbish."""
    try:
        found = parse_registration_credential_json(text)
        return Brought(found.raw_id, parse_client_data_json(found.response.client_data_json).challenge, found)
    except _UNFIT:
        return None


def got(text: str) -> Brought | None:
    """Take apart what `get` brought; None for rubbish."""
    try:
        found = parse_authentication_credential_json(text)
        return Brought(found.raw_id, parse_client_data_json(found.response.client_data_json).challenge, found)
    except _UNFIT:
        return None


def made(site: Site, brought: Brought) -> Made | None:
    """The new passkey, if it was made for this site by a verified holder."""
    try:
        found = webauthn.verify_registration_response(
            credential=brought.credential,
            expected_challenge=brought.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _UNFIT:
        return None
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def count(site: Site, brought: Brought, public_key: bytes) -> int | None:
    """The authenticator's count, if the signature is right; what it is worth is judged where the last one is kept."""
    try:
        found = webauthn.verify_authentication_response(
            credential=brought.credential,
            expected_challenge=brought.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNFIT:
        return None
    return found.new_sign_count
