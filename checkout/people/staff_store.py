"""Where the staff are kept: the person sealed like any other, grants as rows, sessions and tickets by the hash of their token."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from checkout.ground.crypto import Vault, token_hash
from checkout.ground.db import IntegrityError, Row, Tx, one, rows, run, sql
from checkout.ground.errors import Conflict, Missing
from checkout.ground.ids import PersonId, StaffId
from checkout.people.access import Grant, Principal
from checkout.people.staff import IDLE, WHOLE_DAY, Session, Staff
from checkout.privacy import store as persons
from checkout.privacy.person import Person

_NEEDS: Final = """(s.second_factor OR EXISTS (
  SELECT 1 FROM staff_grant g JOIN role r ON r.name = g.role WHERE g.staff_id = s.id AND r.second_factor)) AS needs_second,
  EXISTS (SELECT 1 FROM staff_passkey k WHERE k.staff_id = s.id AND k.removed_at IS NULL) AS has_passkey"""
_INSERT = sql("""
INSERT INTO staff (id, person_id, email_index, language, invited_by) VALUES (:id, :person_id, :email, :language, :by)""")
_BY_EMAIL = sql(f"SELECT s.*, {_NEEDS} FROM staff s WHERE s.email_index = :email")  # noqa: S608 - a constant of this file
_READ = sql(f"SELECT s.*, {_NEEDS} FROM staff s WHERE s.id = :id")  # noqa: S608 - as above
_LOCK = sql(f"SELECT s.*, {_NEEDS} FROM staff s WHERE s.id = :id FOR NO KEY UPDATE OF s")  # noqa: S608 - as above
_ALL = sql(f"SELECT s.*, {_NEEDS} FROM staff s ORDER BY s.created_at, s.id LIMIT 500")  # noqa: S608 - as above
_ABLE = sql(f"""
SELECT s.*, {_NEEDS} FROM staff s WHERE EXISTS (
  SELECT 1 FROM staff_grant g JOIN role_action a ON a.role = g.role WHERE g.staff_id = s.id AND a.action = :action
     AND (g.clinic_id IS NULL OR CAST(:clinics AS int[]) IS NULL OR g.clinic_id = ANY(CAST(:clinics AS int[]))))
 ORDER BY s.created_at, s.id LIMIT 500""")  # noqa: S608 - as above
_ANY = sql("SELECT 1 FROM staff WHERE disabled_at IS NULL LIMIT 1")
_GRANTS = sql("""
SELECT g.role, array_agg(DISTINCT g.clinic_id) FILTER (WHERE g.clinic_id IS NOT NULL) AS clinics,
       bool_or(g.clinic_id IS NULL) AS everywhere,
       (SELECT array_agg(a.action) FROM role_action a WHERE a.role = g.role) AS actions
  FROM staff_grant g WHERE g.staff_id = :id GROUP BY g.role ORDER BY g.role""")
_GRANT = sql("""
INSERT INTO staff_grant (staff_id, role, clinic_id)
SELECT :id, r.name, CAST(:clinic AS int) FROM role r WHERE r.name = :role AND r.for_staff ON CONFLICT DO NOTHING""")
_NO_GRANTS = sql("DELETE FROM staff_grant WHERE staff_id = :id")
_ROLES = sql("SELECT * FROM role WHERE for_staff ORDER BY position")
_PASSWORD = sql("UPDATE staff SET password_hash = :hash WHERE id = :id")
_LANGUAGE = sql("UPDATE staff SET language = :language WHERE id = :id")
_DISABLE = sql("UPDATE staff SET disabled_at = app_now() WHERE id = :id AND disabled_at IS NULL")
_ENABLE = sql("UPDATE staff SET disabled_at = NULL WHERE id = :id AND disabled_at IS NOT NULL")
_SECOND_FACTOR = sql("UPDATE staff SET second_factor = :needed WHERE id = :id")
_TICKET = sql("""
INSERT INTO staff_ticket (token_hash, staff_id, purpose, made_by, expires_at)
VALUES (:hash, :id, :purpose, :by, app_now() + CAST(:life AS interval))""")
_DROP_TICKETS = sql("UPDATE staff_ticket SET used_at = app_now() WHERE staff_id = :id AND used_at IS NULL")
_SHOWN_TICKET = sql("""
SELECT staff_id, purpose FROM staff_ticket WHERE token_hash = :hash AND used_at IS NULL AND expires_at > app_now()""")
_USE_TICKET = sql("""
UPDATE staff_ticket SET used_at = app_now() WHERE token_hash = :hash AND used_at IS NULL AND expires_at > app_now()""")
_OPEN = sql("""
INSERT INTO staff_session (token_hash, staff_id, address, agent, proven_at, whole)
VALUES (:hash, :id, :address, :agent, app_now(), :whole)""")
_SEEN: Final = f"seen_at > app_now() - interval '{IDLE}' AND opened_at > app_now() - interval '{WHOLE_DAY}'"
_SESSION = sql(f"""
UPDATE staff_session SET seen_at = app_now()
 WHERE token_hash = :hash AND ended_at IS NULL AND {_SEEN}
RETURNING id, staff_id, whole, proven_at, app_now() AS now""")  # noqa: S608 - constants of this program
_PROVEN = sql("UPDATE staff_session SET proven_at = app_now(), whole = true WHERE id = :id AND ended_at IS NULL")
_END = sql("UPDATE staff_session SET ended_at = app_now() WHERE id = :id AND staff_id = :staff AND ended_at IS NULL")
_END_ALL = sql("""
UPDATE staff_session SET ended_at = app_now()
 WHERE staff_id = :id AND ended_at IS NULL AND id IS DISTINCT FROM CAST(:but AS uuid)""")
_SESSIONS = sql(f"""
SELECT id, address, agent, opened_at, seen_at, whole FROM staff_session
 WHERE staff_id = :id AND ended_at IS NULL AND {_SEEN} ORDER BY seen_at DESC""")  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Role:
    """A preset of rights, as people call it."""

    name: str
    title_ru: str
    title_en: str
    second_factor: bool

    def title(self, language: str) -> str:
        return self.title_en if language == "en" else self.title_ru


@dataclass(frozen=True, slots=True)
class Login:
    """An open session as its owner sees it in a list."""

    id: UUID
    address: str
    agent: str
    opened_at: datetime
    seen_at: datetime
    whole: bool


def _staff(row: Row[Any]) -> Staff:
    return Staff(
        id=StaffId(row.id),
        person_id=PersonId(row.person_id),
        language=row.language,
        password_hash=row.password_hash,
        needs_second=row.needs_second,
        has_code=row.totp_sealed is not None,
        has_passkey=row.has_passkey,
        disabled=row.disabled_at is not None,
    )


def email_index(vault: Vault, email: str) -> bytes:
    return vault.blind("staff-email", email.strip().lower())


async def add(tx: Tx, vault: Vault, who: Person, *, language: str, by: str) -> StaffId:
    """Raises Conflict `staff_known`: one account a person, disabled or not."""
    kept, staff_id = await persons.add(tx, vault, who), StaffId.new()
    values = {"id": staff_id.uuid, "person_id": kept.id.uuid, "email": email_index(vault, who.email)}
    try:
        await run(tx, _INSERT, **values, language=language, by=by)
    except IntegrityError as reason:
        raise Conflict("staff_known", pointer="/email") from reason
    return staff_id


async def read(tx: Tx, staff_id: StaffId) -> Staff:
    """Raises Missing."""
    return _found(await one(tx, _READ, id=staff_id.uuid))


async def lock(tx: Tx, staff_id: StaffId) -> Staff:
    """Raises Missing."""
    return _found(await one(tx, _LOCK, id=staff_id.uuid))


def _found(row: Row[Any] | None) -> Staff:
    if row is None:
        raise Missing("staff_missing")
    return _staff(row)


async def by_email(tx: Tx, vault: Vault, email: str) -> Staff | None:
    row = await one(tx, _BY_EMAIL, email=email_index(vault, email))
    return _staff(row) if row else None


async def person(tx: Tx, vault: Vault, staff: Staff) -> Person | None:
    """Their name and address; None once erased."""
    return await persons.read(tx, vault, staff.person_id)


async def everybody(tx: Tx) -> list[Staff]:
    return [_staff(row) for row in await rows(tx, _ALL)]


async def able(tx: Tx, action: str, clinics: Collection[int] | None) -> list[Staff]:
    """Whose roles allow this at one of these clinics (None: anywhere), disabled accounts as well: history names them."""
    seen = None if clinics is None else list(clinics)
    return [_staff(row) for row in await rows(tx, _ABLE, action=action, clinics=seen)]


async def anybody(tx: Tx) -> bool:
    """Whether the installation has staff at all."""
    return await one(tx, _ANY) is not None


async def roles(tx: Tx) -> list[Role]:
    return [Role(row.name, row.title_ru, row.title_en, row.second_factor) for row in await rows(tx, _ROLES)]


async def principal(tx: Tx, staff: Staff) -> Principal:
    """What they may do, as of now: a right that was taken away is gone with the next request."""
    found = await rows(tx, _GRANTS, id=staff.id.uuid)
    grants = tuple(
        Grant(row.role, frozenset(row.actions or ()), None if row.everywhere else frozenset(row.clinics))
        for row in found
    )
    return Principal(staff.principal, grants)


async def grant(tx: Tx, staff_id: StaffId, wanted: Iterable[tuple[str, int | None]]) -> None:
    """These roles at these clinics (None: all), and no other any more."""
    await run(tx, _NO_GRANTS, id=staff_id.uuid)
    for role, clinic in wanted:
        await run(tx, _GRANT, id=staff_id.uuid, role=role, clinic=clinic)


async def choose_password(tx: Tx, staff_id: StaffId, hashed: str) -> None:
    await run(tx, _PASSWORD, id=staff_id.uuid, hash=hashed)


async def speak(tx: Tx, staff_id: StaffId, language: str) -> None:
    await run(tx, _LANGUAGE, id=staff_id.uuid, language=language)


async def disable(tx: Tx, staff_id: StaffId) -> bool:
    """And out of every session, at once."""
    await end_all(tx, staff_id)
    await run(tx, _DROP_TICKETS, id=staff_id.uuid)
    return await run(tx, _DISABLE, id=staff_id.uuid) == 1


async def enable(tx: Tx, staff_id: StaffId) -> bool:
    return await run(tx, _ENABLE, id=staff_id.uuid) == 1


async def ask_second(tx: Tx, staff_id: StaffId, *, needed: bool) -> None:
    """An administrator's word, for whose roles do not ask for it anyway."""
    await run(tx, _SECOND_FACTOR, id=staff_id.uuid, needed=needed)


async def ticket(tx: Tx, staff_id: StaffId, token: str, *, purpose: str, by: str, life: timedelta) -> None:
    """A link to choose a password by; older ones are dead from now on."""
    await run(tx, _DROP_TICKETS, id=staff_id.uuid)
    await run(tx, _TICKET, hash=token_hash(token), id=staff_id.uuid, purpose=purpose, by=by, life=life)


async def ticket_of(tx: Tx, token: str) -> tuple[Staff, str] | None:
    """Whose it is and what for, if it can still be used."""
    row = await one(tx, _SHOWN_TICKET, hash=token_hash(token))
    return (await read(tx, StaffId(row.staff_id)), row.purpose) if row else None


async def use_ticket(tx: Tx, token: str) -> bool:
    return await run(tx, _USE_TICKET, hash=token_hash(token)) == 1


async def open_session(tx: Tx, staff_id: StaffId, token: str, *, address: str, agent: str, whole: bool) -> None:
    values = {"hash": token_hash(token), "id": staff_id.uuid, "address": address, "agent": agent}
    await run(tx, _OPEN, **values, whole=whole)


async def session(tx: Tx, token: str) -> Session | None:
    """The open session behind a cookie, its idle clock set anew; None if it ended, whatever ended it."""
    row = await one(tx, _SESSION, hash=token_hash(token))
    if row is None:
        return None
    staff = await read(tx, StaffId(row.staff_id))
    if staff.disabled:
        return None
    # A role that came meanwhile may ask for a second factor that this session could not show: it is asked for now.
    whole = row.whole and (staff.has_second or not staff.needs_second)
    return Session(row.id, staff, await principal(tx, staff), whole, row.proven_at, row.now)


async def proven(tx: Tx, session_id: UUID) -> None:
    """Its holder has proved, a moment ago, who they are."""
    await run(tx, _PROVEN, id=session_id)


async def end(tx: Tx, staff_id: StaffId, session_id: UUID) -> bool:
    return await run(tx, _END, id=session_id, staff=staff_id.uuid) == 1


async def end_all(tx: Tx, staff_id: StaffId, *, but: UUID | None = None) -> int:
    return await run(tx, _END_ALL, id=staff_id.uuid, but=but)


async def sessions(tx: Tx, staff_id: StaffId) -> list[Login]:
    found = await rows(tx, _SESSIONS, id=staff_id.uuid)
    return [Login(row.id, row.address, row.agent, row.opened_at, row.seen_at, row.whole) for row in found]
