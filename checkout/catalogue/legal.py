"""The texts that payers agree to, and which of them holds when. Pure.

The installation file says which kinds there are, whether they are required, and how each of them first reads. What is
written later holds from an instant on and never rewrites what held before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from checkout.ground.config import Consent


@dataclass(frozen=True, slots=True)
class Wording:
    """How one text reads from an instant on. `withdrawn_at`: taken back before that."""

    id: int
    kind: str
    version: str
    valid_from: datetime
    title_ru: str
    title_en: str
    text_ru: str
    text_en: str
    written_by: str
    written_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    def over(self, consent: Consent) -> Consent:
        """The text of the file, as it reads now."""
        words = {name: getattr(self, name) for name in ("version", "title_ru", "title_en", "text_ru", "text_en")}
        return consent.model_copy(update=words)


def in_force(consents: Sequence[Consent], kept: Iterable[Wording], now: datetime) -> tuple[Consent, ...]:
    """Every text as it reads at `now`, in the order of the file."""
    began = sorted(
        (one for one in kept if one.withdrawn_at is None and one.valid_from <= now), key=lambda one: one.valid_from
    )
    latest = {one.kind: one for one in began}
    return tuple(latest[one.kind].over(one) if one.kind in latest else one for one in consents)


def version_of(day: date, taken: Collection[str]) -> str:
    """The day on which it begins; 2026-12-01.2 for the second of that day. A version that was used means one text for ever."""
    plain = day.isoformat()
    numbered = (f"{plain}.{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (plain, *numbered) if name not in taken)
