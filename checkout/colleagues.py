"""The demo's fictional colleagues: who they are, how they sign in, and the code that each one's telephone shows now.

Never part of an installation: no account is made there but by an invitation.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import pyotp

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.service import Service
from checkout.people import password, second, staff_store
from checkout.privacy.person import colleague

MADE_BY: Final = "demo"
# Their authenticators were set up before the demo began, so that the code of this very moment is not used up by it.
_BEFORE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the cast. `clinic` None: every clinic."""

    role: str
    name: str
    clinic: str | None = None

    @property
    def email(self) -> str:
        return f"{self.role}@zdorovie.example"


CAST: Final = (
    Part("administrator", "Анна Громова"),
    Part("cashier", "Ольга Смирнова", "tverskaya"),
    Part("senior-cashier", "Ирина Белова", "tverskaya"),
    Part("accountant", "Павел Орлов"),
    Part("controller", "Вера Зимина"),
)


@dataclass(frozen=True, slots=True)
class Pass:
    """What somebody signs in with. `secret`: of their authenticator."""

    password: str
    secret: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the demo's authenticator page. `code` None: their password is enough. `seconds`: until the next code."""

    part: Part
    password: str
    code: str | None
    seconds: int


def new_pass() -> Pass:
    """A password that can be typed, and a new authenticator."""
    drawn = secrets.token_hex(8)
    return Pass("-".join(drawn[at : at + 4] for at in range(0, len(drawn), 4)), second.new_secret())


async def hire(service: Service, passes: Mapping[str, Pass]) -> None:
    """The colleagues that are not there yet, each with a role, a password and, where the role asks for it, a second factor."""
    for part in CAST:
        hashed = await password.hashed(passes[part.role].password)
        await in_transaction(service.engine, partial(_hired, service, part, passes[part.role], hashed))


async def _hired(service: Service, part: Part, entry: Pass, hashed: str, tx: Tx) -> None:
    if await staff_store.by_email(tx, service.vault, part.email) is not None:
        return
    clinics = {found.slug: found.id for found in await catalogue.clinics(tx)}
    who = colleague(name=part.name, email=part.email)
    staff_id = await staff_store.add(tx, service.vault, who, language="ru", by=MADE_BY)
    await staff_store.grant(tx, staff_id, [(part.role, clinics[part.clinic] if part.clinic else None)])
    await staff_store.choose_password(tx, staff_id, hashed)
    staff = await staff_store.read(tx, staff_id)
    if staff.needs_second:
        before = await now(tx) - _BEFORE
        await second.set_up(tx, service.vault, staff, entry.secret, _code(entry, before), now=before)


async def shown(service: Service, passes: Mapping[str, Pass]) -> Sequence[Shown]:
    """The authenticators of all of them, by the clock that the demo runs by."""

    async def look(tx: Tx) -> tuple[datetime, set[str]]:
        return await now(tx), {role.name for role in await staff_store.roles(tx) if role.second_factor}

    moment, asked = await in_transaction(service.engine, look)
    left = second.STEP - int(moment.timestamp()) % second.STEP
    return [
        Shown(part, passes[part.role].password, _code(passes[part.role], moment) if part.role in asked else None, left)
        for part in CAST
    ]


def _code(entry: Pass, at: datetime) -> str:
    return pyotp.TOTP(entry.secret).at(at)
