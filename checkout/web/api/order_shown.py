"""The order that a call is about: named by the path, seen by whoever may, and shown as the API shows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from checkout.catalogue.catalogue import Kind
from checkout.ground.db import Tx
from checkout.ground.errors import Invalid
from checkout.ground.ids import Id, OrderId
from checkout.ground.service import Service
from checkout.payment import orders, receipt_store, store
from checkout.payment.order import Window, widest, windows, word
from checkout.payment.pay import return_address
from checkout.payment.payment import State
from checkout.payment.place import link_token, pay_token
from checkout.payment.receipt import Receipt
from checkout.payment.store import Payment
from checkout.payment.visit_token import visit_token
from checkout.people.access import Principal
from checkout.web.api import models
from checkout.web.named import named
from checkout.web.routes import Call
from gateways.gateway import Way

AnyId = TypeVar("AnyId", bound=Id)
UNBRAKED: Final = "brakes.pass"  # staff who book for people at the desk


def cursor(kind: type[AnyId], text: str | None) -> AnyId | None:
    """The place in a list that a reader names by the last id of the page before. Raises Invalid."""
    try:
        return kind.parse(text) if text is not None else None
    except ValueError as reason:
        raise Invalid("cursor_unknown", pointer="starting_after") from reason


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
    return named(OrderId, path["id"], "order_missing")


async def seen(tx: Tx, principal: Principal, order_id: OrderId) -> None:
    """Another's order does not exist for you."""
    order, _ = await orders.read(tx, order_id)
    principal.must_see(order)


def payment_out(service: Service, payment: Payment) -> models.PaymentOut:
    """As the API shows it; the ways to pay are told while the bank waits."""
    waiting = payment.state is State.PENDING
    return models.PaymentOut.model_validate(
        {
            "id": str(payment.id),
            "method": payment.told,
            "status": payment.state,
            "amount": models.MoneyOut.of(payment.belief.expected),
            "redirect_url": payment.form_url if waiting else None,
            "expires_at": payment.belief.session_ends_at if waiting else None,
            "charged_back": models.MoneyOut.of(payment.charged_back) if payment.charged_back else None,
            "qr": _qr(service, payment) if waiting and payment.way is Way.SBP else None,
            "deep_link": payment.app_link if waiting and payment.way is Way.SBERPAY else None,
        }
    )


def _qr(service: Service, payment: Payment) -> dict[str, str] | None:
    if payment.code is None:
        return None
    return {"payload": payment.code.payload, "image_url": f"{return_address(service, payment.id)}/qr.png"}


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
        payments=[payment_out(call.service, payment) for payment in await store.of_order(tx, order_id)],
        receipts=[_receipt(one) for one in await receipt_store.of_order(tx, order_id)],
        link=f"{config.public_url}/o/{link_token(call.service, order_id)}" if with_link else None,
        pay_link=f"{config.public_url}/p/{pay_token(call.service, order_id)}" if with_link else None,
        visit_token=visit_token(call.service.vault, order, issuer=config.public_url) if with_link else None,
        created_at=order.created_at,
    )


def _receipt(one: Receipt) -> models.ReceiptOut:
    return models.ReceiptOut.model_validate(
        {
            "id": str(one.id),
            "payment": str(one.payment_id),
            "refund": str(one.refund_id) if one.refund_id else None,
            "kind": one.kind,
            "status": one.state,
            "amount": models.MoneyOut.of(one.amount),
            "number": one.number,
            "sign": one.sign,
            "issued_at": one.printed_at,
            "url": one.url,
        }
    )


def _window(window: Window) -> models.WindowOut:
    return models.WindowOut(
        kind="goods" if window.kind is Kind.GOODS else "service",
        base_at=window.base,
        planned=window.planned,
        until=window.ends,
    )
