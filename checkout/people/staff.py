"""Somebody of the staff, and a session of theirs. Pure.

A session ends after a quarter of an hour without a word or eight hours in all (reliability.md §8, 7.3). What gives money
away, lets data out or changes who may what asks for a proof of the last five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from checkout.ground.ids import PersonId, StaffId
from checkout.people.access import Principal

IDLE: Final = timedelta(minutes=15)
WHOLE_DAY: Final = timedelta(hours=8)
FRESH: Final = timedelta(minutes=5)
INVITATION: Final = timedelta(hours=24)
RECOVERY: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Staff:
    """`needs_second`: a role or an administrator asks for it. `has_code`: an authenticator app is set up."""

    id: StaffId
    person_id: PersonId
    language: str
    password_hash: str | None
    needs_second: bool
    has_code: bool
    has_passkey: bool
    disabled: bool

    @property
    def has_second(self) -> bool:
        """A second factor of whatever kind."""
        return self.has_code or self.has_passkey

    @property
    def principal(self) -> str:
        """How history names them: an id, for names are erased some day."""
        return f"staff:{self.id}"


@dataclass(frozen=True, slots=True)
class Session:
    """An open login. `whole`: every factor was shown; until then it opens nothing but the door to the next one."""

    id: UUID
    staff: Staff
    principal: Principal
    whole: bool
    proven_at: datetime | None
    now: datetime

    @property
    def fresh(self) -> bool:
        return self.proven_at is not None and self.now - self.proven_at < FRESH
