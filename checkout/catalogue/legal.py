"""The texts that payers agree to: how each reads at a moment, what became of it, and what a change of it would do. Pure.

The installation file says what there is to agree to and how each text first reads. What is written later holds from an
instant on and never rewrites what held before; what has not begun may be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from checkout.catalogue.file import ACCOUNTS_ZONE
from checkout.ground.config import Consent
from checkout.ground.errors import Conflict, Invalid

WRITTEN: Final = "written"
WITHDRAWN: Final = "withdrawn"
BEGAN: Final = "began"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one text reads from an instant on. `withdrawn_at`: taken back before that."""

    id: int
    kind: str
    version: str
    valid_from: datetime
    required: bool
    title_ru: str
    title_en: str
    text_ru: str
    text_en: str
    written_by: str
    written_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def consent(self) -> Consent:
        """What a payer agrees to."""
        return Consent.model_validate({name: getattr(self, name) for name in Consent.model_fields})

    @property
    def at_once(self) -> bool:
        return self.valid_from <= self.written_at

    def stands(self, moment: datetime) -> bool:
        """Whether it was written by then, and not taken back."""
        return self.written_at <= moment and (self.withdrawn_at is None or self.withdrawn_at > moment)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that became of a text. `by`: whoever did it, or had planned what began.

    `before`: what `one` was to follow, as it was known when it was written.
    """

    sign: Literal["written", "withdrawn", "began"]
    one: Wording
    at: datetime
    by: str
    before: Consent


@dataclass(frozen=True, slots=True)
class Standing:
    """One text at a moment. `first`: of the file. `written`: all that came after it, in the order in which it was written."""

    first: Consent
    written: tuple[Wording, ...]
    moment: datetime

    @property
    def current(self) -> Consent:
        return self.at(self.moment)

    @property
    def since(self) -> datetime | None:
        """From when on it reads so; None: from the beginning."""
        return max((one.valid_from for one in self._live if one.valid_from <= self.moment), default=None)

    @property
    def planned(self) -> list[Wording]:
        """What is still to come, the next one first."""
        return sorted((one for one in self._live if one.valid_from > self.moment), key=lambda one: one.valid_from)

    @property
    def story(self) -> list[Turn]:
        """What became of it, oldest first. Its length tells whether anything happened since somebody looked."""
        return sorted((turn for one in self.written for turn in self._turns(one)), key=lambda turn: turn.at)

    def since_seen(self, seen: int) -> list[Turn]:
        """What became of it after the first `seen` turns."""
        return self.story[max(seen, 0) :]

    def at(self, moment: datetime, without: Collection[Wording] = ()) -> Consent:
        """How it reads at a moment, unless `without` had been written."""
        return _latest([self.first], [one for one in self._live if one not in without], moment)[0]

    def version(self, version: str) -> Consent | None:
        """The text of this name, whether it holds or not."""
        known = [self.first, *(one.consent for one in self.written)]
        return next((one for one in reversed(known) if one.version == version), None)

    def before(self, one: Wording) -> Consent:
        """What it was to follow, as it was known when it was written."""
        known = [other for other in self.written if other.id < one.id and other.stands(one.written_at)]
        return _latest([self.first], known, one.valid_from)[0]

    @property
    def _live(self) -> list[Wording]:
        return [one for one in self.written if one.withdrawn_at is None]

    def _turns(self, one: Wording) -> list[Turn]:
        before = self.before(one)
        found = [Turn(WRITTEN, one, one.written_at, one.written_by, before)]
        if one.withdrawn_at is not None and one.withdrawn_by is not None:
            found.append(Turn(WITHDRAWN, one, one.withdrawn_at, one.withdrawn_by, before))
        elif not one.at_once and one.valid_from <= self.moment:
            found.append(Turn(BEGAN, one, one.valid_from, one.written_by, before))
        return found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form wants of one text. `wanted`: how it is to read; its version is of no account. `start` None: at once.

    `drop`: versions to be taken back. `seen`: how long its story was when the form was shown.
    """

    kind: str
    wanted: Consent
    start: datetime | None
    drop: Collection[str]
    seen: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would come of it. `after` None: no other text; else it follows `before` at `start`.

    `until`: the planned text that would follow in its turn.
    """

    found: Standing
    before: Consent
    after: Consent | None
    start: datetime
    dropped: tuple[Wording, ...]
    until: Wording | None

    @property
    def at_once(self) -> bool:
        return self.start <= self.found.moment

    @property
    def changes(self) -> bool:
        return self.after is not None or bool(self.dropped)


def plan(found: Standing, wish: Wish) -> Plan:
    """Raises Conflict `text_changed`, `text_began` if it is not what the form was shown over; Invalid `text_planned`."""
    _still(found, wish)
    start = max(wish.start or found.moment, found.moment)
    dropped = tuple(one for one in found.planned if one.version in wish.drop and not _again(one, wish, start))
    left = [one for one in found.planned if one not in dropped]
    before = found.at(start, dropped)
    after = None if _says(before, wish.wanted) else _named(found, wish.wanted, start)
    if after and any(one.valid_from == start for one in left):
        raise Invalid("text_planned", pointer="/from")
    return Plan(found, before, after, start, dropped, next((one for one in left if one.valid_from > start), None))


def _still(found: Standing, wish: Wish) -> None:
    """Whether the form speaks of what there is."""
    if wish.seen == len(found.story):
        return
    others = [turn for turn in found.since_seen(wish.seen) if turn.sign != BEGAN]
    if others:
        raise Conflict("text_changed", by=others[-1].by)
    raise Conflict("text_began")


def _again(one: Wording, wish: Wish, start: datetime) -> bool:
    """Taken back, and planned anew as it was."""
    return one.valid_from == start and _says(one.consent, wish.wanted)


def _says(one: Consent, other: Consent) -> bool:
    return one == other.model_copy(update={"version": one.version})


def _named(found: Standing, wanted: Consent, start: datetime) -> Consent:
    taken = {found.first.version, *(one.version for one in found.written)}
    return wanted.model_copy(update={"version": version_of(start.astimezone(ACCOUNTS_ZONE).date(), taken)})


def in_force(consents: Sequence[Consent], kept: Iterable[Wording], moment: datetime) -> tuple[Consent, ...]:
    """Every text as it reads at `moment`, in the order of the file."""
    return _latest(consents, [one for one in kept if one.withdrawn_at is None], moment)


def _latest(consents: Sequence[Consent], kept: Iterable[Wording], moment: datetime) -> tuple[Consent, ...]:
    began = sorted((one for one in kept if one.valid_from <= moment), key=lambda one: one.valid_from)
    latest = {one.kind: one.consent for one in began}
    return tuple(latest.get(one.kind, one) for one in consents)


def version_of(day: date, taken: Collection[str]) -> str:
    """The day on which it begins; 2026-12-01.2 for the second of that day. A name that was used means one text for ever."""
    plain = day.isoformat()
    numbered = (f"{plain}.{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (plain, *numbered) if name not in taken)
