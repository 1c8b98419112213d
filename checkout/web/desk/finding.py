"""Find a booking. Whoever scans a code stands on its page at once; anything else is a short list."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.ids import PersonId
from checkout.payment import search
from checkout.payment.listing import Listed
from checkout.payment.order import WORDS, Word, word
from checkout.payment.search import MOST, By, Wanted
from checkout.privacy import store as persons
from checkout.privacy.person import Person, masked
from checkout.web.desk.visit import Visit
from checkout.web.routes import Routes

routes = Routes()
ORDERS: Final = "/desk/orders"
LONGEST: Final = 254  # of an e-mail address
MARKS: Final = {
    Word.DRAFT: "wait",
    Word.AWAITING_PAYMENT: "wait",
    Word.CHECKING: "wait",
    Word.DEPOSIT_PAID: "good",
    Word.PAID: "good",
    Word.TO_DECIDE: "bad",
    Word.PART_REFUNDED: "over",
    Word.REFUNDED: "over",
    Word.CHARGED_BACK: "bad",
    Word.CANCELLED: "over",
    Word.EXPIRED: "over",
    Word.REVIEW: "bad",
}


@routes.screen("GET", ORDERS, action="order.read")
async def find(visit: Visit) -> web.StreamResponse:
    typed = visit.fields.get("q", "")[:LONGEST].strip()
    what = search.wanted(typed) if typed else None
    if what is None:
        return _page(visit, typed, what, [], {})
    if what.by is By.CODE:
        code, clinics = what.values[0], visit.principal.where("order.read")
        if await visit.read(lambda tx: search.by_code(tx, code, clinics)) is not None:
            return visit.go(f"{ORDERS}/{quote(code)}")
        if not typed.isalpha():
            return _page(visit, typed, what, [], {})
        what = Wanted(By.NAME, (typed.lower(),))  # eight letters may be a name as well
    return await _people(visit, typed, what)


async def _people(visit: Visit, typed: str, what: Wanted) -> web.Response:
    async def work(tx: Tx) -> tuple[list[Listed], dict[PersonId, Person]]:
        clinics = visit.principal.where("order.read")
        found = await search.by_person(tx, visit.service.vault, what, clinics)
        await visit.noted(tx, "order.search", str(what.by), found=len(found))
        return found, await payers(tx, visit, found)

    found, who = await visit.read(work)
    return _page(visit, typed, what, found, who)


async def payers(tx: Tx, visit: Visit, found: list[Listed]) -> dict[PersonId, Person]:
    """Whoever pays, as far as this visitor is to know them."""
    known: dict[PersonId, Person] = {}
    for one in found[:MOST]:
        person = await persons.read(tx, visit.service.vault, one.order.payer_id)
        if person is not None:
            open_ = visit.principal.may("person.read", one.order.clinic_id)
            known[one.order.payer_id] = person if open_ else masked(person)
    return known


def _page(
    visit: Visit, typed: str, what: Wanted | None, found: list[Listed], who: dict[PersonId, Person]
) -> web.Response:
    return visit.page(
        "desk/orders.html",
        q=typed,
        unclear=bool(typed) and what is None,
        searched=what is not None,
        more=len(found) > MOST,
        found=[(one, WORDS[word(one.facts)], MARKS[word(one.facts)]) for one in found[:MOST]],
        who=who,
    )
