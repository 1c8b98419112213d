"""A resource's hours as stretches of time that follow each other, each with one week: how a form shows and changes them. Pure.

A file may say them as weeks that overlap, and then all of them hold at once. A form says what holds when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from checkout.catalogue.catalogue import Shift, Span, joined
from checkout.catalogue.notation import Shifts, Week, in_order

DAY: Final = timedelta(days=1)
# Hours cannot say "as the clinic" for a while: within these, the clinic's own bound every start.
ALL_DAY: Final[Week] = tuple((weekday, Span(time(), time(23, 59))) for weekday in range(1, 8))


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `first` to `last`, both included; None: without a bound. `week` None: whenever the clinic is open; empty: never."""

    first: date | None
    last: date | None
    week: Week | None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def stretches(shifts: Shifts) -> list[Stretch]:
    """All of time, from its beginning to its end."""
    if not shifts:
        return [Stretch(None, None, None)]
    starts = {one.valid_from for one in shifts} | {one.valid_until + DAY for one in shifts if one.valid_until}
    days = [None, *sorted(day for day in starts if day is not None)]
    lasts = [*(day - DAY for day in days[1:] if day), None]
    return _merged(
        [Stretch(first, last, _week(shifts, first or last)) for first, last in zip(days, lasts, strict=True)]
    )


def _week(shifts: Shifts, day: date | None) -> Week | None:
    """What holds on `day`, and so in its whole stretch. None: a stretch without any bound, in which everything holds."""
    found: dict[int, list[Span]] = {}
    for shift in shifts:
        if day is None or shift.valid(day):
            found.setdefault(shift.weekday, []).append(shift.span)
    week = tuple((weekday, span) for weekday in sorted(found) for span in joined(found[weekday]))
    return None if week == ALL_DAY else week


def _merged(found: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours with the same week as one."""
    merged: list[Stretch] = []
    for one in found:
        if merged and merged[-1].week == one.week:
            merged[-1] = replace(merged[-1], last=one.last)
        else:
            merged.append(one)
    return merged


def current(shifts: Shifts, today: date) -> Stretch:
    """What holds today."""
    return next(one for one in stretches(shifts) if one.holds(today))


def planned(shifts: Shifts, today: date) -> list[Stretch]:
    """What will hold later, in order."""
    return [one for one in stretches(shifts) if one.first is not None and one.first > today]


def changed(shifts: Shifts, week: Week | None, today: date, start: date | None) -> Shifts:
    """With another week from `start` on, until the next that is planned; without a start, in the place of today's."""
    at = start or today
    found: list[Stretch] = []
    for one in stretches(shifts):
        if not one.holds(at):
            found.append(one)
            continue
        if start is not None and one.first != start:
            found.append(replace(one, last=start - DAY))
            one = replace(one, first=start)  # noqa: PLW2901 - what is left of it
        found.append(replace(one, week=week))
    return _shifts(_merged(found))


def without(shifts: Shifts, starts: Collection[date]) -> Shifts:
    """Without the stretches that begin on these days: what holds before each goes on."""
    if not starts:
        return shifts
    found: list[Stretch] = []
    for one in stretches(shifts):
        if found and one.first in starts:
            found[-1] = replace(found[-1], last=one.last)
        else:
            found.append(one)
    return _shifts(_merged(found))


def _shifts(found: Sequence[Stretch]) -> Shifts:
    """As a file says them. Raises ValueError if there would be no hours at all: that would mean whenever the clinic is open."""
    if [one.week for one in found] == [None]:
        return ()
    shifts = in_order(shift for one in found for shift in _of(one))
    if not shifts:
        raise ValueError("no hours at all")
    return shifts


def _of(one: Stretch) -> Iterator[Shift]:
    for weekday, span in ALL_DAY if one.week is None else one.week:
        yield Shift(weekday, span, one.first, one.last)
