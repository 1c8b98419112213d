"""Ask for a refund of an order: what is left of each payment, how much, why and when; and what the payer will see, first.

Two steps: the form, then the same looked through with its dates. Nothing is done before the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from checkout.ground.db import Tx
from checkout.ground.errors import Conflict, Forbidden, Missing
from checkout.ground.ids import PaymentId
from checkout.payment import orders
from checkout.payment import store as payments
from checkout.payment.order import Order
from checkout.payment.store import Payment
from checkout.web.desk.typed import plainly, roubles
from checkout.web.desk.visit import KEY, TOKEN, Visit
from checkout.web.routes import PanelRow, Routes
from checkout.web.words import BY_LANGUAGE
from gateways.money import Money
from refunds import issue, panel, typed
from refunds.desk.places import QUEUE

routes = Routes()
FORM = "/desk/orders/{code}/refund"
REASON = "reason_{}"


async def _order(tx: Tx, visit: Visit) -> tuple[Order, datetime]:
    """Raises Missing for another clinic's, Forbidden where no refund may be asked for."""
    order, now = await orders.by_code(tx, visit.path["code"].upper())
    if not visit.principal.may("order.read", order.clinic_id):
        raise Missing("order_missing")
    if not visit.principal.may("refund.request", order.clinic_id):
        raise Forbidden("action_forbidden")
    return order, now


@routes.screen("GET", FORM, action="refund.request")
async def form(visit: Visit) -> web.StreamResponse:
    return await _form(visit)


async def _form(visit: Visit) -> web.Response:
    """With what was typed, if it comes back."""

    async def work(tx: Tx) -> tuple[Order, Sequence[Payment]]:
        order, _now = await _order(tx, visit)
        return order, [one for one in await payments.of_order(tx, order.id) if issue.left(one)]

    try:
        order, found = await visit.read(work)
    except (Missing, Forbidden) as reason:
        return visit.refused(reason).page("desk/refused.html")
    refused = visit.refusal.code if visit.refusal else None
    sent = visit.fields if visit.request.method == "POST" else {}
    return visit.page(
        "desk/refund_ask.html",
        order=order,
        payments=[(one, issue.left(one)) for one in reversed(found)],
        sent=sent,
        chosen=sent.get("payment") or (str(found[-1].id) if found else ""),
        amount=sent.get("amount") or (plainly(issue.left(found[-1])) if found else ""),
        reasons=typed.REASONS,
        asks_beyond=sent.get("beyond") == "yes" or refused == "window_closed",
        asks_again=sent.get("again") == "yes" or refused == "refund_repeated",
    )


def _ask(visit: Visit, order: Order, now: datetime) -> issue.Ask:
    """What was typed, understood. Raises Invalid naming the field."""
    fields = visit.fields
    code = fields.get("reason", "")
    reason = code if code in typed.REASONS else "other"
    note = typed.sentence(fields.get("note", ""), "/note", needed=reason == "other")
    named = BY_LANGUAGE[order.language][REASON.format(reason)]
    why = note if reason == "other" else f"{named}: {note}" if note else named
    return issue.Ask(
        amount=roubles(fields.get("amount", ""), "/amount"),
        reason=why,
        payment_id=_payment(fields.get("payment", "")),
        scheduled_for=typed.sending_day(fields.get("day", ""), now),
        beyond=fields.get("beyond") == "yes",
        knowing=fields.get("again") == "yes",
    )


def _payment(text: str) -> PaymentId:
    try:
        return PaymentId.parse(text)
    except ValueError as reason:
        raise Conflict("nothing_to_refund", pointer="/payment") from reason


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be written down, as the payer would see it."""

    seen: issue.Foresight
    row: PanelRow
    reason: str

    @property
    def left_after(self) -> Money:
        return issue.left(self.seen.payment) - self.seen.amount


@routes.screen("POST", FORM + "/check", action="refund.request", again=_form)
async def check(visit: Visit) -> web.StreamResponse:
    """Everything the flow will look at is looked at now; the payer's words and dates are those that they will get."""

    async def work(tx: Tx) -> Preview:
        order, now = await _order(tx, visit)
        ask = _ask(visit, order, now)
        seen = await issue.foresee(tx, visit.service, order.id, ask)
        drawn = await issue.draft(tx, visit.service, order, seen.meant(ask, visit.principal.name))
        return Preview(seen, panel.row(drawn, order, seen.payment, visit.language), ask.reason)

    preview = await visit.read(work)
    carried = {name: value for name, value in visit.fields.items() if name not in (TOKEN, KEY)}
    return visit.page("desk/refund_check.html", order=preview.seen.order, preview=preview, carried=carried)


@routes.screen("POST", FORM, action="refund.request", again=_form)
async def ask(visit: Visit) -> web.StreamResponse:
    """Reserved and written down; somebody else approves it."""

    async def work(tx: Tx) -> str:
        order, now = await _order(tx, visit)
        wish = _ask(visit, order, now)
        refund = await issue.request(tx, visit.service, order.id, wish, principal=visit.principal.name)
        return f"{QUEUE}/{refund.id}"

    return await visit.change("refund.request", visit.path["code"], work)
