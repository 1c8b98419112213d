"""The second factor: an authenticator's six digits (RFC 6238), each used once, and codes on paper for who lost it."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

import pyotp

from checkout.ground.crypto import Vault, token_hash
from checkout.ground.db import Tx, one, run, sql
from checkout.ground.errors import Invalid
from checkout.ground.ids import StaffId
from checkout.people.staff import Staff
from checkout.privacy import store as persons

STEP: Final = 30  # seconds
SKEW: Final = 1  # steps by which a telephone's clock may be wrong
PAPER_CODES: Final = 10
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_KEPT = sql("SELECT totp_sealed FROM staff WHERE id = :id")
_KEEP = sql("UPDATE staff SET totp_sealed = :sealed, totp_step = :step WHERE id = :id")
_STEP = sql("UPDATE staff SET totp_step = :step WHERE id = :id AND (totp_step IS NULL OR totp_step < :step)")
_FORGET = sql("UPDATE staff SET totp_sealed = NULL, totp_step = NULL WHERE id = :id")
_NO_CODES = sql("DELETE FROM staff_code WHERE staff_id = :id")
_CODE = sql("INSERT INTO staff_code (staff_id, code_hash) VALUES (:id, :hash)")
_USE_CODE = sql("""
UPDATE staff_code SET used_at = app_now() WHERE staff_id = :id AND code_hash = :hash AND used_at IS NULL""")


def new_secret() -> str:
    """160 random bits in base 32, as authenticators take it."""
    return pyotp.random_base32()


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, if it is one near `now`. Pure."""
    here = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    digits = "".join(code.split())
    return next((step for step in range(here - SKEW, here + SKEW + 1) if _same(totp, step, digits)), None)


def _same(totp: pyotp.TOTP, step: int, digits: str) -> bool:
    return digits.isascii() and pyotp.utils.strings_equal(totp.at(step * STEP), digits)


async def set_up(tx: Tx, vault: Vault, staff: Staff, secret: str, code: str, *, now: datetime) -> list[str]:
    """Keep an authenticator that has shown a right code; the new paper codes. Raises Invalid naming the field."""
    step = step_of(secret, code, now)
    found = await persons.known(tx, vault, staff.person_id)
    if step is None or found is None:
        raise Invalid("second_wrong", pointer="/code")
    sealed = found[1].seal(secret, place=_place(staff.id))
    await run(tx, _KEEP, id=staff.id.uuid, sealed=sealed, step=step)
    return await _paper(tx, staff.id)


async def _paper(tx: Tx, staff_id: StaffId) -> list[str]:
    await run(tx, _NO_CODES, id=staff_id.uuid)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(PAPER_CODES)]
    for code in codes:
        await run(tx, _CODE, id=staff_id.uuid, hash=token_hash(f"{staff_id}/{code}"))
    return codes


async def shown(tx: Tx, vault: Vault, staff: Staff, code: str, *, now: datetime) -> bool:
    """Whether this is a right code that was not used before; it is used up by that."""
    tidy = "".join(code.lower().split())
    if len(tidy) == 10:  # noqa: PLR2004 - a code on paper
        return await run(tx, _USE_CODE, id=staff.id.uuid, hash=token_hash(f"{staff.id}/{tidy}")) == 1
    row, found = await one(tx, _KEPT, id=staff.id.uuid), await persons.known(tx, vault, staff.person_id)
    if row is None or row.totp_sealed is None or found is None:
        return False
    step = step_of(found[1].unseal(row.totp_sealed, place=_place(staff.id)), tidy, now)
    return step is not None and await run(tx, _STEP, id=staff.id.uuid, step=step) == 1


async def forget(tx: Tx, staff_id: StaffId) -> None:
    """The telephone is lost: at the next sign-in another one is set up."""
    await run(tx, _FORGET, id=staff_id.uuid)
    await run(tx, _NO_CODES, id=staff_id.uuid)


def _place(staff_id: StaffId) -> str:
    return f"totp/{staff_id}"
