"""Call off a day: say what becomes of its visits, have it approved once, and see how each came out.

One decision is for all of them; a visit that needs another is set apart by a press, and only such a visit has a field of its
own. So a day has as many visits as it has, and a form no more fields than it may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from checkout.booking.booking import State
from checkout.catalogue.catalogue import Clinic
from checkout.ground.db import Tx, now
from checkout.ground.errors import Invalid, Missing
from checkout.ground.ids import DayOffId, OrderId
from checkout.payment import day as days
from checkout.payment import day_off
from checkout.payment import day_off_store as store
from checkout.payment.day import Comer
from checkout.payment.day_off import Cure, Wish
from checkout.payment.day_off_store import Called, DayOff, Item, Resource
from checkout.privacy import store as persons
from checkout.web.desk import typed
from checkout.web.desk.clinic import at_clinic
from checkout.web.desk.names import names
from checkout.web.desk.visit import Visit
from checkout.web.named import named
from checkout.web.payer.choice import chosen, written
from checkout.web.routes import Routes
from checkout.web.texts import REFUSALS

routes = Routes()
DAY: Final = "/desk/day"
CURE: Final = "cure-"
SAME: Final = "same"  # of a visit that was set apart: as all of them after all
LEAVE: Final = "leave"
APART: Final = 40  # visits with a field of their own: a form brings fifty fields at most, and ten are taken
RETOLD: Final = ("moved_meanwhile", "bank_session_open")
LAST: Final = 5  # days called off, shown below the form


@dataclass(frozen=True, slots=True)
class Listed:
    """The visits of a day that can be called off, each with free times for it."""

    day: date
    resource: Resource | None
    comers: Sequence[Comer]
    offers: Mapping[OrderId, list[datetime]]
    resources: Sequence[Resource]

    def first(self, comer: Comer) -> datetime | None:
        """Where it goes if it is moved and nobody says where to."""
        return next(iter(self.offers[comer.order.id]), None)


async def _listed(tx: Tx, visit: Visit, clinic: Clinic) -> Listed:
    moment = await now(tx)
    day = typed.day(visit.fields.get("day", "")) or moment.astimezone(clinic.tz).date()
    resources = await store.resources(tx, clinic.id)
    resource = next((one for one in resources if one.slug == visit.fields.get("resource")), None)
    found = await days.of_day(tx, visit.service.vault, clinic, day, resource=resource.id if resource else None)
    ahead = [one for one in found if one.state in (State.HELD, State.CONFIRMED) and one.order.starts_at > moment]
    return Listed(day, resource, ahead, await day_off.offers(tx, clinic, ahead, day, now=moment), resources)


@routes.screen("GET", DAY, action="day.cancel")
@at_clinic("day.cancel")
async def day(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """Whose day, and which; then the list."""
    kept = visit.fields if visit.request.method == "POST" else {}

    async def work(tx: Tx) -> web.Response:
        found = await _listed(tx, visit, clinic)
        await visit.noted(tx, "person.read", f"{clinic.slug} {found.day.isoformat()}")
        last = await store.of_clinic(tx, clinic.id, limit=LAST)
        return visit.page(
            "desk/day.html",
            place=clinic,
            zone=clinic.zone,
            found=found,
            kept=kept,
            apart=_apart(kept, found),
            last=last,
            names=await names(tx, visit.service.vault, [one.asked_by for one in last], visit.language),
            written=written,
        )

    return await visit.read(work)


@routes.screen("POST", DAY, action="day.cancel", again=day)
@at_clinic("day.cancel")
async def ask(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """What was chosen for all, and for those set apart; a second person then looks at the whole list.

    `apart`: the press that sets one more visit apart. Nothing is done by it: the page comes back with what was chosen.
    """
    if visit.fields.get("apart"):
        if len(_named(visit.fields)) > APART:
            raise Invalid("day_off_apart", pointer="/visits", most=APART)
        return await day(visit)
    reason = typed.note(visit.fields, "reason") or ""

    async def work(tx: Tx) -> str:
        found = await _listed(tx, visit, clinic)
        wishes = [wish for comer in found.comers if (wish := _wish(visit.fields, comer, found)) is not None]
        called = Called(clinic.id, found.day, found.resource.id if found.resource else None, reason)
        made = await day_off.ask(tx, called, wishes, principal=visit.principal.name)
        return _address(clinic, made)

    return await visit.done(work)


def _address(clinic: Clinic, made: DayOffId) -> str:
    return f"{DAY}/{made}?{urlencode({'clinic': clinic.slug})}"


def _wish(fields: Mapping[str, str], comer: Comer, found: Listed) -> Wish | None:
    """`all`: a cure, or to leave them; `cure-<code>`: of one set apart, or a time to move to. Nowhere to move: left as it is."""
    order, wanted = comer.order, fields.get("all", LEAVE)
    if order.code in _named(fields):
        own = fields.get(CURE + order.code, SAME)
        wanted = wanted if own == SAME else own
    if wanted in (Cure.CREDIT, Cure.REFUND):
        return Wish(order.id, order.sequence, Cure(wanted))
    free = found.offers[order.id]
    at = chosen({"at": wanted}, "").at or (free[0] if wanted == Cure.MOVE and free else None)
    return Wish(order.id, order.sequence, Cure.MOVE, at) if at is not None else None


def _named(fields: Mapping[str, str]) -> list[str]:
    """The codes of the visits set apart: those that were, and the one just pressed."""
    return list(dict.fromkeys([*fields.get("opened", "").split(), *fields.get("apart", "").split()]))


def _apart(fields: Mapping[str, str], found: Listed) -> list[Comer]:
    """In the order of the day."""
    named = _named(fields)[:APART]
    return [comer for comer in found.comers if comer.order.code in named]


async def _day_off(tx: Tx, visit: Visit, clinic: Clinic) -> DayOff:
    """Raises Missing `day_off_missing`."""
    found = await store.read(tx, named(DayOffId, visit.path["id"], "day_off_missing"))
    if found.clinic_id != clinic.id:
        raise Missing("day_off_missing")
    return found


@routes.screen("GET", DAY + "/{id}", action="day.cancel")
@at_clinic("day.cancel")
async def called_off(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    async def work(tx: Tx) -> web.Response:
        found = await _day_off(tx, visit, clinic)
        items = await store.items(tx, found.id)
        listed = await days.of_day(tx, visit.service.vault, clinic, found.day, resource=found.resource_id)
        await visit.noted(tx, "person.read", str(found.id))
        resources = {one.id: one for one in await store.resources(tx, clinic.id)}
        people = [one for one in (found.asked_by, found.decided_by) if one]
        return visit.page(
            "desk/day_off.html",
            place=clinic,
            zone=clinic.zone,
            found=found,
            resource=resources.get(found.resource_id or 0),
            items=[(item, _why(visit, item)) for item in items],
            who=await persons.several(tx, visit.service.vault, [item.who for item in items]),
            left=_left(listed, items),
            own=found.asked_by == visit.principal.name,
            names=await names(tx, visit.service.vault, people, visit.language),
        )

    return await visit.read(work)


def _why(visit: Visit, item: Item) -> str:
    """Why it was refused; the facts of that moment are not kept, so what would need them is said without."""
    if item.why is None:
        return ""
    if item.why in RETOLD:
        return visit.say(f"why_{item.why}")
    words = REFUSALS[item.why].of(visit.language)
    return visit.say("why_other") if "{" in words else words


def _left(listed: Sequence[Comer], items: Sequence[Item]) -> int:
    """How many visits of that day stand and are not on the list."""
    known = {item.order_id for item in items}
    return sum(1 for one in listed if one.state in (State.HELD, State.CONFIRMED) and one.order.id not in known)


@routes.screen("POST", DAY + "/{id}/approve", action="day.cancel", fresh=True, again=called_off)
@at_clinic("day.cancel")
async def approve(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """Gives money back: whoever approves has just proved who they are."""

    async def work(tx: Tx) -> str:
        found = await _day_off(tx, visit, clinic)
        await day_off.approve(tx, clinic, found.id, principal=visit.principal.name)
        return _address(clinic, found.id)

    return await visit.done(work)


@routes.screen("POST", DAY + "/{id}/withdraw", action="day.cancel", again=called_off)
@at_clinic("day.cancel")
async def withdraw(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    async def work(tx: Tx) -> str:
        found = await _day_off(tx, visit, clinic)
        await day_off.withdraw(tx, found.id, principal=visit.principal.name)
        return _address(clinic, found.id)

    return await visit.done(work)


@routes.screen("POST", DAY + "/{id}/again", action="day.cancel", again=called_off)
@at_clinic("day.cancel")
async def again(visit: Visit, clinic: Clinic) -> web.StreamResponse:
    """One visit that was refused, once more."""

    async def work(tx: Tx) -> str:
        found = await _day_off(tx, visit, clinic)
        code = visit.fields.get("order", "")
        for item in await store.items(tx, found.id):
            if item.code == code:
                await day_off.again(tx, found.id, item.order_id, principal=visit.principal.name)
        return _address(clinic, found.id)

    return await visit.done(work)
