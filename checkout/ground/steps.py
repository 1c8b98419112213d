"""State machines are tables. This file reads them; each concept keeps its own on top of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from checkout.ground.errors import Conflict

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Commands(Generic[State]):
    """What people and chores may ask: (state, command) → next state. Partial: a missing pair is refused."""

    name: str
    table: Mapping[tuple[State, str], State]

    def step(self, state: State, command: str) -> State:
        """The next state. Raises Conflict `wrong_state` if the table has no such edge."""
        after = self.table.get((state, command))
        if after is None:
            raise Conflict("wrong_state", subject=self.name, state=str(state), command=command)
        return after

    @property
    def edges(self) -> frozenset[tuple[str, str]]:
        return frozenset((str(before), str(after)) for (before, _), after in self.table.items())


def commands(name: str, states: type[State], drawing: str) -> Commands[State]:
    """Read a drawing with one `state  --command-->  state` a line."""
    table: dict[tuple[State, str], State] = {}
    for line in filter(None, map(str.strip, drawing.splitlines())):
        before, arrow, after = line.split()
        table[states(before), arrow.strip("->")] = states(after)
    return Commands(name, table)


def grid(
    states: type[State], reports: type[StrEnum], drawing: str
) -> Mapping[tuple[State, StrEnum], tuple[State, bool]]:
    """Read a full grid: beliefs down, reports across. `.` stays, a trailing `!` calls a person.

    Raises ValueError unless every belief meets every report: observations are total.
    """
    lines = [line.split() for line in drawing.splitlines() if line.strip()]
    heads = [reports(word) for word in lines[0]]
    cells: dict[tuple[State, StrEnum], tuple[State, bool]] = {}
    for first, *rest in lines[1:]:
        belief = states(first)
        for report, word in zip(heads, rest, strict=True):
            name = word.rstrip("!")
            cells[belief, report] = (belief if name == "." else states(name), word.endswith("!"))
    missing = {(s, r) for s in states for r in reports} - set(cells)
    if missing:
        raise ValueError(f"the grid has holes: {sorted(missing)}")
    return cells
