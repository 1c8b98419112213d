"""Who works here and what they may: invite, grant, ask for a second factor, disable, help who is locked out.

An administrator makes links, never passwords. Nobody changes their own rights: it takes another administrator.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Forbidden, Invalid, Missing
from checkout.ground.ids import StaffId
from checkout.people import enter, passkey, second, staff_store
from checkout.people.access import Grant, Principal
from checkout.people.passkey import Passkey
from checkout.people.staff import Staff
from checkout.people.staff_store import Login, Role
from checkout.privacy.person import colleague
from checkout.web.desk.visit import Visit
from checkout.web.named import named
from checkout.web.routes import Routes

routes = Routes()
EVERYWHERE = "all"
GRANT = "grant-"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the staff, for the screen."""

    staff: Staff
    name: str
    email: str
    principal: Principal


async def _colleague(tx: Tx, visit: Visit, staff: Staff) -> Colleague:
    person = await staff_store.person(tx, visit.service.vault, staff)
    found = await staff_store.principal(tx, staff)
    return Colleague(staff, person.name if person else "", person.email if person else "", found)


@routes.screen("GET", "/desk/people", action="staff.read")
async def everybody(visit: Visit) -> web.StreamResponse:
    async def work(tx: Tx) -> tuple[list[Colleague], list[Role], list[Clinic]]:
        found = [await _colleague(tx, visit, staff) for staff in await staff_store.everybody(tx)]
        await visit.noted(tx, "staff.read", "everybody")
        return found, await staff_store.roles(tx), await catalogue.clinics(tx)

    people, roles, clinics = await visit.read(work)
    return visit.page("desk/people.html", people=people, roles=_by_name(roles), clinics=_by_id(clinics))


def _by_name(roles: Sequence[Role]) -> dict[str, Role]:
    return {role.name: role for role in roles}


def _by_id(clinics: Sequence[Clinic]) -> dict[int, Clinic]:
    return {clinic.id: clinic for clinic in clinics}


@routes.screen("GET", "/desk/people/new", action="staff.manage", fresh=True)
async def new(visit: Visit) -> web.StreamResponse:
    roles, clinics = await visit.read(_choices)
    return visit.page("desk/person_new.html", roles=roles, clinics=clinics, held=set(visit.fields))


async def _choices(tx: Tx) -> tuple[list[Role], list[Clinic]]:
    return await staff_store.roles(tx), await catalogue.clinics(tx)


@routes.screen("POST", "/desk/people/new", action="staff.manage", fresh=True, again=new)
async def invite(visit: Visit) -> web.StreamResponse:
    """The link is shown once, for whoever gives it to them; it lives for a day."""
    who = colleague(name=visit.fields.get("name", ""), email=visit.fields.get("email", ""))
    told: dict[str, Any] = {}

    async def work(tx: Tx) -> str:
        wanted = await _wanted(tx, visit)
        staff_id = await staff_store.add(tx, visit.service.vault, who, language=visit.language, by=visit.principal.name)
        await staff_store.grant(tx, staff_id, wanted)
        told.update(made=str(staff_id), after=await _held(tx, await staff_store.read(tx, staff_id)))
        return f"/desk/people/{staff_id}"

    return await visit.change("staff.invite", "new", work, told=told)


async def _wanted(tx: Tx, visit: Visit) -> list[tuple[str, int | None]]:
    """The boxes that were ticked: a field `grant-<role>-<clinic or all>` each.

    Raises Invalid naming the field; Forbidden for a clinic at which whoever grants may not grant.
    """
    known, clinics = {role.name for role in await staff_store.roles(tx)}, _by_id(await catalogue.clinics(tx))
    ours = visit.principal.where("staff.manage")
    wanted: list[tuple[str, int | None]] = []
    for name in visit.fields:
        if not name.startswith(GRANT):
            continue
        role, _, where = name.removeprefix(GRANT).rpartition("-")
        clinic = None if where == EVERYWHERE else int(where) if where.isdecimal() else -1
        if role not in known or (clinic is not None and clinic not in clinics):
            raise Invalid("grant_unknown", pointer="/grants")
        if ours is not None and clinic not in ours:
            raise Forbidden("grant_beyond", pointer="/grants")
        wanted.append((role, clinic))
    if not wanted:
        raise Invalid("grant_missing", pointer="/grants")
    return wanted


def _id(visit: Visit) -> StaffId:
    return named(StaffId, visit.path["id"], "staff_missing")


@routes.screen("GET", "/desk/people/{id}", action="staff.read")
async def one(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _shown(visit: Visit, link: str | None = None) -> web.Response:
    async def work(tx: Tx) -> tuple[Colleague, list[Role], list[Clinic], list[Login]]:
        staff = await staff_store.read(tx, _id(visit))
        await visit.noted(tx, "staff.read", str(staff.id))
        roles, clinics = await _choices(tx)
        return await _colleague(tx, visit, staff), roles, clinics, await staff_store.sessions(tx, staff.id)

    person, roles, clinics, logins = await visit.read(work)
    return visit.page(
        "desk/person.html",
        person=person,
        roles=roles,
        clinics=clinics,
        logins=logins,
        held={name for grant in person.principal.grants for name in _boxes(grant)},
        own=person.staff.id == visit.session.staff.id,
        link=link,
    )


def _boxes(grant: Grant) -> list[str]:
    """The names of the boxes that are ticked for it."""
    where = [EVERYWHERE] if grant.clinics is None else [str(clinic) for clinic in grant.clinics]
    return [f"{GRANT}{grant.role}-{place}" for place in where]


async def _again(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _other(tx: Tx, visit: Visit) -> Staff:
    """Somebody else, locked. Raises Forbidden for oneself, and for whoever works where one has no say.

    Whoever makes a link for somebody, or resets their second factor, could enter as them: so nobody does it for one who
    may do more, and nobody takes away what was given at another clinic.
    """
    staff = await staff_store.lock(tx, _id(visit))
    if staff.id == visit.session.staff.id:
        raise Forbidden("own_rights")
    ours, theirs = visit.principal.where("staff.manage"), (await staff_store.principal(tx, staff)).clinics
    if ours is not None and (theirs is None or not theirs <= ours):
        raise Forbidden("staff_beyond")
    return staff


@routes.screen("POST", "/desk/people/{id}/grants", action="staff.manage", fresh=True, again=_again)
async def grant(visit: Visit) -> web.StreamResponse:
    """In force with their next request. The audit keeps what they might before, and what since."""
    told: dict[str, Any] = {}

    async def work(tx: Tx) -> str:
        staff = await _other(tx, visit)
        told["before"] = await _held(tx, staff)
        await staff_store.grant(tx, staff.id, await _wanted(tx, visit))
        await staff_store.ask_second(tx, staff.id, needed=visit.fields.get("second") == "yes")
        told["after"] = await _held(tx, await staff_store.read(tx, staff.id))
        return f"/desk/people/{staff.id}"

    return await visit.change("staff.grant", visit.path["id"], work, told=told)


async def _held(tx: Tx, staff: Staff) -> dict[str, Any]:
    """Rights as the audit keeps them: by role, the ids of the clinics, or all."""
    found = await staff_store.principal(tx, staff)
    roles = {grant.role: EVERYWHERE if grant.clinics is None else sorted(grant.clinics) for grant in found.grants}
    return {"roles": roles, "second_factor": staff.needs_second}


@routes.screen("POST", "/desk/people/{id}/disable", action="staff.manage", fresh=True, again=_again)
async def disable(visit: Visit) -> web.StreamResponse:
    """Out of every session at once."""
    return await _changed(visit, "staff.disable", staff_store.disable)


@routes.screen("POST", "/desk/people/{id}/enable", action="staff.manage", fresh=True, again=_again)
async def enable(visit: Visit) -> web.StreamResponse:
    return await _changed(visit, "staff.enable", staff_store.enable)


async def _changed(visit: Visit, action: str, change: Callable[[Tx, StaffId], Awaitable[object]]) -> web.StreamResponse:
    """Do it to the colleague whom the path names."""

    async def work(tx: Tx) -> str:
        staff = await _other(tx, visit)
        await change(tx, staff.id)
        return f"/desk/people/{staff.id}"

    return await visit.change(action, visit.path["id"], work)


@routes.screen("POST", "/desk/people/{id}/link", action="staff.manage", fresh=True, again=_again)
async def link(visit: Visit) -> web.StreamResponse:
    """A new link to choose a password by, shown once; the second factor stays as it is."""

    async def work(tx: Tx) -> str:
        staff = await _other(tx, visit)
        purpose = "recovery" if staff.password_hash else "invitation"
        token = await enter.ticket(tx, staff, purpose=purpose, by=visit.principal.name)
        await visit.noted(tx, f"staff.{purpose}", str(staff.id))
        return f"{visit.service.config.desk_url}/desk/ticket/{token}"

    return await _shown(visit, await in_transaction(visit.service.engine, work))


@routes.screen("POST", "/desk/people/{id}/second", action="staff.manage", fresh=True, again=_again)
async def forget_second(visit: Visit) -> web.StreamResponse:
    """Their telephone is lost: at the next sign-in they set up another one. The password stays."""

    async def forget(tx: Tx, staff_id: StaffId) -> None:
        await second.forget(tx, staff_id)
        await passkey.forget(tx, staff_id)
        await staff_store.end_all(tx, staff_id)

    return await _changed(visit, "staff.forget_second", forget)


@routes.screen("GET", "/desk/me")
async def me(visit: Visit) -> web.StreamResponse:
    """One's own open logins and passkeys."""

    async def work(tx: Tx) -> tuple[list[Login], list[Passkey]]:
        staff_id = visit.session.staff.id
        return await staff_store.sessions(tx, staff_id), await passkey.of(tx, staff_id)

    logins, passkeys = await visit.read(work)
    return visit.page("desk/me.html", logins=logins, passkeys=passkeys, this=visit.session.id)


async def _me_again(visit: Visit) -> web.StreamResponse:
    return await me(visit)


@routes.screen("POST", "/desk/me/end", again=_me_again)
async def end(visit: Visit) -> web.StreamResponse:
    """One login, or all but this one."""
    wanted = visit.fields.get("login", "")

    async def work(tx: Tx) -> str:
        if wanted == EVERYWHERE:
            await staff_store.end_all(tx, visit.session.staff.id, but=visit.session.id)
        else:
            await staff_store.end(tx, visit.session.staff.id, _uuid(wanted))
        return "/desk/me"

    return await visit.change("session.end", wanted or "none", work)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as reason:
        raise Missing("session_missing") from reason
