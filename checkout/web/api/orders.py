"""Orders over the API: place, read, list, pay, cancel. What is taken at the desk: `takings`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Kind
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Invalid, Missing
from checkout.ground.ids import Id, OrderId
from checkout.payment import brakes, listing, orders, pay, store
from checkout.payment import cancel as cancelling
from checkout.payment.order import Plan, Window, widest, windows, word
from checkout.payment.pay import Started
from checkout.payment.payment import State
from checkout.payment.place import Wish, link_token, pay_token, place
from checkout.payment.store import Payment
from checkout.payment.visit_token import visit_token
from checkout.people.access import Principal
from checkout.privacy.person import Person, person
from checkout.web.api import models
from checkout.web.routes import Call, Routes

routes = Routes()
AnyId = TypeVar("AnyId", bound=Id)
UNBRAKED: Final = "brakes.pass"  # staff who book for people at the desk
EXAMPLE = {
    "clinic": "tverskaya",
    "lines": [{"service": "consultation", "quantity": 1}],
    "starts_at": "2026-12-01T07:30:00Z",
    "payer": {"name": "Мария Петрова", "phone": "+7 912 345-67-89", "email": "maria@example.com"},
    "plan": "full",
    "consents": ["adult", "offer", "personal-data"],
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


def cursor(kind: type[AnyId], text: str | None) -> AnyId | None:
    """The place in a list that a reader names by the last id of the page before. Raises Invalid."""
    try:
        return kind.parse(text) if text is not None else None
    except ValueError as reason:
        raise Invalid("cursor_unknown", pointer="starting_after") from reason


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
    "/v1/orders/{id}/payments",
    action="payment.start",
    body=models.PaymentIn,
    out=models.PaymentOut,
    status=201,
    summary="Start a card payment: answers with the bank page's address",
    tag="Payments",
    refusals=(
        "order_missing",
        "nothing_due",
        "order_closed",
        "hold_used_up",
        "payment_being_checked",
        "bank_unreachable",
        "too_many_declines",
    ),
    example={},
)
async def start_payment(call: Call) -> models.PaymentOut:
    order_id = order_of(call.path)

    async def opening(tx: Tx) -> None:
        await seen(tx, call.principal, order_id)
        await call.once.begin(tx)
        if not call.principal.may(UNBRAKED):
            await brakes.before_card(tx, call.service, order_id)

    async def closing(tx: Tx, started: Started) -> None:
        await call.once.finish(tx, 201, (await _started(tx, started)).model_dump_json())

    started = await pay.start(call.service, order_id, principal=call.principal.name, opening=opening, closing=closing)
    return await in_transaction(call.service.engine, lambda tx: _started(tx, started))


async def _started(tx: Tx, started: Started) -> models.PaymentOut:
    payment = await store.read(tx, started.payment_id)
    assert payment is not None  # noqa: S101 - just written
    return payment_out(payment)


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

    return await pay.letting_go(call.service, order_of(call.path), lambda: changed(call, work))


async def changed(call: Call, work: Callable[[Tx, OrderId], Awaitable[None]]) -> models.OrderOut:
    """Do it once to the order that the path names, if its caller may see it; and how the order then stands."""
    order_id = order_of(call.path)

    async def once(tx: Tx) -> models.OrderOut:
        await seen(tx, call.principal, order_id)
        await work(tx, order_id)
        return await shown(tx, call, order_id, with_link=False)

    return await call.once(once)


def order_of(path: dict[str, str]) -> OrderId:
    """The order a path names; anything malformed does not exist."""
    try:
        return OrderId.parse(path["id"])
    except ValueError as reason:
        raise Missing("order_missing") from reason


async def seen(tx: Tx, principal: Principal, order_id: OrderId) -> None:
    """Another's order does not exist for you."""
    order, _ = await orders.read(tx, order_id)
    principal.must_see(order)


def payment_out(payment: Payment) -> models.PaymentOut:
    waiting = payment.state is State.PENDING
    return models.PaymentOut.model_validate(
        {
            "id": str(payment.id),
            "method": payment.method,
            "status": payment.state,
            "amount": models.MoneyOut.of(payment.belief.expected),
            "redirect_url": payment.form_url if waiting else None,
            "expires_at": payment.belief.session_ends_at if waiting else None,
        }
    )


async def shown(tx: Tx, call: Call, order_id: OrderId, *, with_link: bool) -> models.OrderOut:
    """The order as the API shows it. `with_link`: to those who send payers to its pages."""
    order, _ = await orders.read(tx, order_id)
    facts = await orders.facts(tx, order_id)
    lines = await orders.lines(tx, order_id)
    config = call.service.config
    found = windows(order, [Kind(row.kind) for row in lines], config.limits.return_window_days)
    return models.OrderOut(
        id=str(order.id),
        code=order.code,
        status=word(facts),
        clinic=order.clinic,
        zone=order.zone,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        plan=order.plan,
        total=models.MoneyOut.of(order.total),
        due=models.MoneyOut.of(facts.due),
        paid=models.MoneyOut.of(facts.paid),
        refunded=models.MoneyOut.of(facts.refunded),
        hold_until=order.hold_until,
        given_at=order.given_at,
        deliver_by=order.deliver_by,
        goods_arrived_at=order.goods_arrived_at,
        handed_over_at=order.handed_over_at,
        return_until=widest(found).ends,
        return_windows=[_window(window) for window in found],
        lines=[
            models.LineOut(
                line=row.line_no,
                service=models.TextOut(ru=row.name_ru, en=row.name_en),
                quantity=row.quantity,
                amount=models.MoneyOut(amount=row.amount, currency=order.total.currency),
            )
            for row in lines
        ],
        payments=[payment_out(payment) for payment in await store.of_order(tx, order_id)],
        link=f"{config.public_url}/o/{link_token(call.service, order_id)}" if with_link else None,
        pay_link=f"{config.public_url}/p/{pay_token(call.service, order_id)}" if with_link else None,
        visit_token=visit_token(call.service.vault, order, issuer=config.public_url) if with_link else None,
        created_at=order.created_at,
    )


def _window(window: Window) -> models.WindowOut:
    return models.WindowOut(
        kind="goods" if window.kind is Kind.GOODS else "service",
        base_at=window.base,
        planned=window.planned,
        until=window.ends,
    )
