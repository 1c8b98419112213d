"""The head of the dashboard: what a new installation still needs, and what does not run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from checkout.books import problems, setup
from checkout.books.problems import MOST, Kind, Problem
from checkout.books.setup import Need, Step
from checkout.ground.db import Tx
from checkout.web.desk.catalogue.opening import CATALOGUE
from checkout.web.desk.visit import Visit
from checkout.web.routes import WORKLIST, Routes

routes = Routes()
DASHBOARD: Final = "/desk/dashboard"
SETS_UP: Final = "staff.manage"  # whose the setting up is
# Where each problem is looked into, and the right that it takes; of a worker that is not there, what waits for it.
_PLACES: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.CALLBACKS: ("/desk/worklist?kind=payment", "worklist.read"),
    Kind.BANK: ("/desk/worklist?kind=payment", "worklist.read"),
    Kind.PAYMENTS: ("/desk/worklist?kind=payment", "worklist.read"),
    Kind.NOTICES: ("/desk/worklist?kind=message", "worklist.read"),
    Kind.OVERDUE: ("/desk/worklist", "worklist.read"),
    Kind.AUDIT: ("/desk/audit", "audit.read"),
    Kind.WORKER: ("/desk/worklist", "worklist.read"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A problem, or a step, in words; `address` None: they may not go there."""

    words: str
    address: str | None
    met: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    steps: list[Said]
    problems: list[Said]

    @property
    def done(self) -> int:
        return sum(step.met for step in self.steps)


async def head(visit: Visit) -> Head:
    """For whoever looks: the steps for those who set up, the problems of their clinics for all."""
    may = visit.principal.may
    work = visit.request.app[WORKLIST] if may("worklist.read") else ()
    clinics = visit.principal.where("figures.read")

    async def look(tx: Tx) -> tuple[list[Step], list[Problem]]:
        steps = await setup.steps(tx, visit.session.staff.id) if may(SETS_UP) else []
        return steps, await problems.problems(tx, clinics=clinics, work=work)

    steps, found = await visit.read(look)
    places = _steps(visit)
    return Head(
        [Said(visit.say(f"setup_{step.need}"), places[step.need], step.met) for step in steps],
        [_problem(visit, one) for one in found],
    )


def _steps(visit: Visit) -> Mapping[Need, str]:
    """Where each step is taken. A specialist is added to a clinic, which is chosen first."""
    return {
        Need.CLINIC: f"{CATALOGUE}/new-clinic",
        Need.SERVICE: f"{CATALOGUE}/new-service",
        Need.SPECIALIST: CATALOGUE,
        Need.COLLEAGUE: "/desk/people/new",
        Need.BANK: f"{visit.service.config.public_url}/book",
        Need.PAID: "/desk/book",
    }


def _problem(visit: Visit, found: Problem) -> Said:
    number = f"{MOST}+" if found.number >= MOST else str(found.number)
    name = found.name.of(visit.language) if found.name else ""
    words = visit.say(f"problem_{found.kind}", number=number, name=name)
    if found.kind is Kind.SHIFT:
        may: Callable[[str], bool] = visit.principal.may
        return Said(words, f"/desk/till?clinic={found.clinic}" if may("cash.read") else None)
    address, right = _PLACES[found.kind]
    return Said(words, address if visit.principal.may(right) else None)


@routes.screen("POST", DASHBOARD + "/setup", action=SETS_UP)
async def put_away(visit: Visit) -> web.StreamResponse:
    """The card is not shown to this person any more."""

    async def work(tx: Tx) -> str:
        await setup.put_away(tx, visit.session.staff.id)
        return DASHBOARD

    return await visit.change("setup.put_away", str(visit.session.staff.id), work)
