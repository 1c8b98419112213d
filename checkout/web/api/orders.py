"""Orders over the API: place, list, read, cancel. Paying for them: `payments`, `takings`."""

from __future__ import annotations

from urllib.parse import urlsplit

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Invalid
from checkout.ground.ids import OrderId
from checkout.payment import brakes, listing, pay
from checkout.payment import cancel as cancelling
from checkout.payment.order import Plan, word
from checkout.payment.place import Wish, place
from checkout.people.access import Principal
from checkout.privacy.person import Person, person
from checkout.web.api import models
from checkout.web.api.order_shown import UNBRAKED, changed, cursor, order_of, seen, shown
from checkout.web.routes import Call, Routes

routes = Routes()
EXAMPLE = {
    "clinic": "tverskaya",
    "lines": [{"service": "consultation", "quantity": 1}],
    "starts_at": "2026-12-01T07:30:00Z",
    "payer": {"name": "Мария Петрова", "phone": "+7 912 345-67-89", "email": "maria@example.com"},
    "plan": "full",
    "consents": ["adult", "offer", "personal-data"],
    "consents_read": {"adult": "2026-11-01", "offer": "2026-11-01", "personal-data": "2026-11-01"},
}


@routes.op(
    "POST",
    "/v1/orders",
    action="order.create",
    body=models.OrderIn,
    out=models.OrderOut,
    status=201,
    summary="Place an order and hold its time",
    tag="Orders",
    refusals=(
        "slot_taken",
        "clinic_paused",
        "clinic_unknown",
        "service_unknown",
        "option_unfit",
        "visit_needed",
        "specialist_unknown",
        "consent_needed",
        "consent_unknown",
        "consent_changed",
        "plan_not_offered",
        "guardian_needed",
        "too_many_orders",
        "too_many_holds",
    ),
    example=EXAMPLE,
)
async def create_order(call: Call) -> models.OrderOut:
    wish, braked = _wish(call), not call.principal.may(UNBRAKED)
    if braked:
        attempt = f"{call.principal.name}/{call.once.key}"
        await brakes.before_order(call.service, wish, attempt=attempt, answered=call.once.answered)

    async def work(tx: Tx) -> models.OrderOut:
        if braked:
            await brakes.before_hold(tx, call.service, wish)
        await _must_book_at(tx, call.principal, wish.clinic)
        order = await place(tx, call.service, wish, principal=call.principal.name)
        return await shown(tx, call, order.id, with_link=True)

    return await call.once(work)


async def _must_book_at(tx: Tx, principal: Principal, slug: str) -> None:
    """A key of one clinic books at that clinic only. Raises Invalid."""
    clinic = await catalogue.clinic(tx, slug)
    if clinic is None or not principal.may("order.create", clinic.id):
        raise Invalid("clinic_unknown", pointer="/clinic")


def _wish(call: Call) -> Wish:
    body: models.OrderIn = call.body
    return Wish(
        clinic=body.clinic,
        lines=tuple((line.service, line.quantity) for line in body.lines),
        starts_at=body.starts_at,
        payer=_person(body.payer, "/payer"),
        patient=_person(body.patient, "/patient") if body.patient else None,
        relation=body.relation,
        specialist=body.specialist,
        plan=Plan(body.plan),
        consents=tuple(body.consents),
        read=body.consents_read,
        language=body.language,
        return_url=_return_url(call, body.return_url),
    )


def _person(sent: models.PersonIn, pointer: str) -> Person:
    born = sent.born if isinstance(sent, models.PatientIn) else None
    return person(name=sent.name, phone=sent.phone, email=sent.email, born=born, at=pointer)


def _return_url(call: Call, url: str | None) -> str | None:
    """Only to hosts of this installation: a link in our page never leads to a stranger's site."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or parts.netloc not in call.service.config.allowed_hosts:
        raise Invalid("return_url_forbidden", pointer="/return_url")
    return url


@routes.op(
    "GET",
    "/v1/orders",
    action=("order.read", "order.read.own"),
    query=models.OrderQuery,
    out=models.OrderList,
    summary="List orders, newest first",
    tag="Orders",
    refusals=("cursor_unknown",),
)
async def list_orders(call: Call) -> models.OrderList:
    query: models.OrderQuery = call.query
    after = cursor(OrderId, query.starting_after)
    scope = listing.Scope(
        clinics=call.principal.clinics,
        principal=None if call.principal.may("order.read") else call.principal.name,
        clinic=query.clinic,
        code=query.code,
    )
    found = await in_transaction(
        call.service.engine, lambda tx: listing.newest(tx, scope, after=after, limit=query.limit + 1)
    )
    return models.OrderList(data=[_row(row) for row in found[: query.limit]], has_more=len(found) > query.limit)


def _row(row: listing.Listed) -> models.OrderRow:
    return models.OrderRow(
        id=str(row.order.id),
        code=row.order.code,
        status=word(row.facts),
        clinic=row.order.clinic,
        zone=row.order.zone,
        starts_at=row.order.starts_at,
        total=models.MoneyOut.of(row.order.total),
        paid=models.MoneyOut.of(row.facts.paid),
        refunded=models.MoneyOut.of(row.facts.refunded),
        created_at=row.order.created_at,
    )


@routes.op(
    "GET",
    "/v1/orders/{id}",
    action=("order.read", "order.read.own"),
    out=models.OrderOut,
    summary="Read an order",
    tag="Orders",
    refusals=("order_missing",),
)
async def read_order(call: Call) -> models.OrderOut:
    order_id = order_of(call.path)

    async def work(tx: Tx) -> models.OrderOut:
        await seen(tx, call.principal, order_id)
        return await shown(tx, call, order_id, with_link=call.principal.may("order.create"))

    return await in_transaction(call.service.engine, work)


@routes.op(
    "POST",
    "/v1/orders/{id}/cancel",
    action="order.cancel",
    body=models.CancelIn,
    out=models.OrderOut,
    summary="Cancel the visit; money taken is then decided or goes back by itself",
    tag="Orders",
    refusals=("order_missing", "order_closed", "bank_session_open"),
    example={},
)
async def cancel_order(call: Call) -> models.OrderOut:
    async def work(tx: Tx, order_id: OrderId) -> None:
        await cancelling.cancel(tx, call.service, order_id, principal=call.principal.name)

    return await pay.letting_go(call.service, order_of(call.path), lambda: changed(call, work), given_up=True)
