"""Sign in: name and password, then the second factor. Whoever is not let in is told the same, as slowly.

Source: reliability.md §8.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from checkout.ground import bucket
from checkout.ground.db import Tx, in_transaction, now
from checkout.ground.errors import Forbidden, Invalid, Missing, TooMany
from checkout.ground.events import AGENT, From, audit
from checkout.ground.service import Service
from checkout.people import passkey, password, second, staff_store
from checkout.people.passkey import Came, Site
from checkout.people.staff import INVITATION, RECOVERY, Session, Staff

# Tries at one account and from one address: enough for who mistypes, no way through a list of passwords.
ACCOUNT: Final = {"capacity": 8.0, "per_hour": 12.0}
ADDRESS: Final = {"capacity": 30.0, "per_hour": 60.0}


async def enter(service: Service, email: str, typed: str, origin: From) -> str:
    """The token of a new session. Raises Forbidden `sign_in_wrong`, always alike, or TooMany."""
    await in_transaction(service.engine, lambda tx: _brake(tx, service, email, origin.address))
    found = await in_transaction(service.engine, lambda tx: staff_store.by_email(tx, service.vault, email))
    fits = await password.fits(typed, found.password_hash if found else None)
    if found is None or not fits or found.disabled:
        await in_transaction(service.engine, lambda tx: _denied(tx, found, origin))
        raise Forbidden("sign_in_wrong")
    anew = await password.hashed(typed) if password.outdated(found.password_hash or "") else None
    return await in_transaction(service.engine, lambda tx: _open(tx, found, origin, anew))


async def _brake(tx: Tx, service: Service, email: str, address: str) -> None:
    """Counted in a transaction of its own: a try costs, whatever becomes of it."""
    moment = await now(tx)
    counted = bucket.counted(service.config.brakes, address)
    keys = [(service.vault.blind("sign-in", email.strip().lower()), ACCOUNT)]
    if counted:
        keys.append((service.vault.blind("sign-in-address", counted), ADDRESS))
    for key, figures in keys:
        wait = await bucket.take(tx, key, **figures)
        if wait:
            raise TooMany("sign_in_too_often", wait=wait, now=moment)


async def _denied(tx: Tx, found: Staff | None, origin: From, action: str = "session.open") -> None:
    await audit(
        tx,
        principal=found.principal if found else "anybody",
        action=action,
        object_="/desk/login",
        outcome="denied",
        origin=origin,
    )


async def _open(tx: Tx, staff: Staff, origin: From, anew: str | None) -> str:
    token = secrets.token_urlsafe(32)
    whole = not (staff.needs_second or staff.has_second)
    await staff_store.open_session(tx, staff.id, token, address=origin.address, agent=origin.agent[:AGENT], whole=whole)
    if anew:
        await staff_store.choose_password(tx, staff.id, anew)
    await _noted(tx, staff, origin, "session.open" if whole else "session.first_factor")
    return token


async def _noted(tx: Tx, staff: Staff, origin: From, action: str) -> None:
    await audit(
        tx,
        principal=staff.principal,
        action=action,
        object_=str(staff.id),
        outcome="done",
        origin=origin,
    )


async def prove(service: Service, session: Session, code: str, origin: From) -> None:
    """The second factor of this session, first or again. Raises Invalid `second_wrong`, TooMany."""
    await in_transaction(service.engine, lambda tx: _brake(tx, service, str(session.staff.id), origin.address))

    async def work(tx: Tx) -> bool:
        staff = await staff_store.lock(tx, session.staff.id)
        right = await second.shown(tx, service.vault, staff, code, now=await now(tx))
        if right:
            await staff_store.proven(tx, session.id)
            await _noted(tx, staff, origin, "session.prove")
        else:
            await _denied(tx, staff, origin)
        return right

    if not await in_transaction(service.engine, work):
        raise Invalid("second_wrong", pointer="/code")


async def prove_by_passkey(service: Service, session: Session, site: Site, brought: str, origin: From) -> None:
    """As `prove`, by a passkey. Raises Invalid `passkey_wrong`, Forbidden `passkey_copied`, TooMany."""
    await in_transaction(service.engine, lambda tx: _brake(tx, service, str(session.staff.id), origin.address))

    async def work(tx: Tx) -> Came:
        came = await passkey.shown(tx, session, site, brought)
        if came is Came.RIGHT:
            await staff_store.proven(tx, session.id)
            await _noted(tx, session.staff, origin, "session.prove")
        else:
            await _denied(tx, session.staff, origin, "passkey.copied" if came is Came.COPIED else "session.open")
        return came

    came = await in_transaction(service.engine, work)
    if came is Came.COPIED:
        raise Forbidden("passkey_copied")
    if came is Came.WRONG:
        raise Invalid("passkey_wrong", pointer="/passkey")


async def prove_by_password(service: Service, session: Session, typed: str, origin: From) -> None:
    """For who has no second factor. Raises Invalid `password_wrong`, TooMany."""
    await in_transaction(service.engine, lambda tx: _brake(tx, service, str(session.staff.id), origin.address))
    fits = await password.fits(typed, session.staff.password_hash)

    async def work(tx: Tx) -> None:
        if fits:
            await staff_store.proven(tx, session.id)
            await _noted(tx, session.staff, origin, "session.prove")
        else:
            await _denied(tx, session.staff, origin)

    await in_transaction(service.engine, work)
    if not fits:
        raise Invalid("password_wrong", pointer="/password")


async def set_up_second(service: Service, session: Session, secret: str, code: str, origin: From) -> list[str]:
    """The authenticator of who has none yet: its paper codes, shown once. Raises Invalid `second_wrong`."""

    async def work(tx: Tx) -> list[str]:
        staff = await staff_store.lock(tx, session.staff.id)
        if staff.has_code:  # another tab was quicker: its codes are the ones
            raise Forbidden("second_known")
        codes = await second.set_up(tx, service.vault, staff, secret, code, now=await now(tx))
        await staff_store.proven(tx, session.id)
        await staff_store.end_all(tx, staff.id, but=session.id)  # they were opened by the password alone
        await _noted(tx, staff, origin, "second.set_up")
        return codes

    return await in_transaction(service.engine, work)


async def leave(tx: Tx, session: Session, origin: From) -> None:
    await staff_store.end(tx, session.staff.id, session.id)
    await _noted(tx, session.staff, origin, "session.close")


async def ticket(tx: Tx, staff: Staff, *, purpose: str, by: str) -> str:
    """A new link's secret, shown once: an invitation lives for a day, a recovery for half an hour."""
    token = secrets.token_urlsafe(32)
    life: timedelta = INVITATION if purpose == "invitation" else RECOVERY
    await staff_store.ticket(tx, staff.id, token, purpose=purpose, by=by, life=life)
    return token


async def choose_password(service: Service, token: str, typed: str, origin: From) -> None:
    """By a ticket, which is used up; every open session ends, the second factor stays. Raises Forbidden, Invalid."""
    found = await in_transaction(service.engine, lambda tx: _owner(tx, service, token))
    if found is None:
        raise Missing("ticket_used")
    staff, name, email = found
    password.check(typed, name=name, email=email)
    hashed = await password.hashed(typed)

    async def work(tx: Tx) -> None:
        if not await staff_store.use_ticket(tx, token):
            raise Missing("ticket_used")
        await staff_store.choose_password(tx, staff.id, hashed)
        await staff_store.end_all(tx, staff.id)
        await _noted(tx, staff, origin, "password.choose")

    await in_transaction(service.engine, work)


async def _owner(tx: Tx, service: Service, token: str) -> tuple[Staff, str, str] | None:
    found = await staff_store.ticket_of(tx, token)
    if found is None or found[0].disabled:
        return None
    person = await staff_store.person(tx, service.vault, found[0])
    return found[0], person.name if person else "", person.email if person else ""
