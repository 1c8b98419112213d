"""Somebody of the staff at a browser: signs in as people do, and presses what the pages offer."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Final

import pyotp

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx
from checkout.ground.ids import StaffId
from checkout.people import password, second, staff_store
from checkout.privacy.person import colleague
from tests.pages.visitor import Seen, Visitor, same_site
from tests.world import World

PASSWORD: Final = "четыре жёлтых трамвая едут"
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)  # when authenticators were set up
_HASHES: dict[str, str] = {}


@dataclass(slots=True)
class Clerk(Visitor):
    """A visitor who has an account."""

    email: str = ""
    staff_id: StaffId | None = None
    used: list[int] = field(default_factory=list)

    async def code(self) -> str:
        """The next code of their authenticator: of a step that was not used yet."""
        now = int((await self.world.now()).timestamp()) // second.STEP
        step = now if now not in self.used else now + 1
        if step in self.used:
            await self.world.advance(seconds=2 * second.STEP)
            return await self.code()
        self.used.append(step)
        return pyotp.TOTP(SECRET).at(step * second.STEP)

    async def enters(self) -> Seen:
        """By password, and by code if one is asked for."""
        sent = await self.post("/desk/login", {"email": self.email, "password": PASSWORD})
        assert sent.status == 303, sent.text
        page = await self.get(sent.location)
        if page.location == "/desk/second":
            form = await self.get("/desk/second")
            page = await self.press(form, "/desk/second", code=await self.code())
        return page

    async def let_in(self) -> None:
        """A session as they have it once they came through the door, where the door is not what is tried."""
        token, staff_id = secrets.token_urlsafe(32), self.staff_id
        assert staff_id is not None
        await self.world.tx(
            lambda tx: staff_store.open_session(tx, staff_id, token, address="127.0.0.1", agent="tests", whole=True)
        )
        self.cookies |= SimpleCookie(f"desk={token}; Path=/desk")

    async def press(self, form: Seen, action: str, **typed: str) -> Seen:
        """Send the form of a page; whoever is asked to prove themselves does so."""
        carried = {name: value for name, value in form.values.items() if name in ("token", "form")}
        sent = await self.post(action, {**carried, **typed}, **same_site(self.world))
        if "proof-code" in sent.values:
            return await self.press_all(sent, action, **{"proof-code": await self.code()})
        return sent

    async def press_all(self, form: Seen, action: str, **typed: str) -> Seen:
        """Send everything that the form holds."""
        return await self.post(action, {**form.values, **typed}, **same_site(self.world))


async def hired(
    world: World,
    *roles: str | tuple[str, str],
    email: str = "",
    authenticator: bool = True,
    name: str = "Ольга Смирнова",
) -> Clerk:
    """An account with these roles: everywhere, or at the named clinic."""
    address = (
        email or f"{'-'.join(role if isinstance(role, str) else role[0] for role in roles) or 'nobody'}@clinic.example"
    )
    if PASSWORD not in _HASHES:
        _HASHES[PASSWORD] = await password.hashed(PASSWORD)

    async def work(tx: Tx) -> StaffId:
        clinics = {found.slug: found.id for found in await catalogue.clinics(tx)}
        who = colleague(name=name, email=address)
        staff_id = await staff_store.add(tx, world.service.vault, who, language="ru", by="operator")
        await staff_store.grant(tx, staff_id, _wanted(roles, clinics))
        await staff_store.choose_password(tx, staff_id, _HASHES[PASSWORD])
        if authenticator:
            staff = await staff_store.read(tx, staff_id)
            code = pyotp.TOTP(SECRET).at(LONG_AGO)
            await second.set_up(tx, world.service.vault, staff, SECRET, code, now=LONG_AGO)
        return staff_id

    return Clerk(world, email=address, staff_id=await world.tx(work))


def _wanted(roles: Iterable[str | tuple[str, str]], clinics: dict[str, int]) -> list[tuple[str, int | None]]:
    return [(role, None) if isinstance(role, str) else (role[0], clinics[role[1]]) for role in roles]


async def at_work(world: World, *roles: str | tuple[str, str], email: str = "", name: str = "Ольга Смирнова") -> Clerk:
    """Hired and signed in."""
    clerk = await hired(world, *roles, email=email, name=name)
    await clerk.let_in()
    return clerk


async def two_administrators(world: World) -> tuple[Clerk, Clerk]:
    """Olga and Nina, who may want to change the same thing."""
    olga = await at_work(world, "administrator", email="olga@clinic.example")
    nina = await at_work(world, "administrator", email="nina@clinic.example", name="Нина Орлова")
    return olga, nina
