"""The staff's page of an order: three numbers that add up, what it is about, and why it stands as it does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from checkout.booking.booking import State as BookingState
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Clinic, Kind
from checkout.ground.db import Row, Tx, now
from checkout.ground.errors import Missing
from checkout.ground.events import SYSTEM
from checkout.ground.ids import MessageId, PaymentId, PersonId, ReceiptId
from checkout.notices import resend
from checkout.notices import store as notices
from checkout.notices.message import Message
from checkout.payment import evidence, history, ledger_store, orders, receipt_by_hand, receipt_store
from checkout.payment import store as payments
from checkout.payment.evidence import Given
from checkout.payment.history import Happened, Said
from checkout.payment.order import WORDS, Facts, Order, Window, widest, windows, word
from checkout.payment.payment import WORDS as PAYMENT_WORDS
from checkout.payment.payment import State
from checkout.payment.receipt import KINDS, Receipt
from checkout.payment.receipt import WORDS as RECEIPT_WORDS
from checkout.payment.store import Payment
from checkout.payment.visit import STANDS
from checkout.privacy import store as persons
from checkout.privacy.person import Person, masked
from checkout.till import fiscal
from checkout.web.desk.finding import MARKS, ORDERS
from checkout.web.desk.names import names
from checkout.web.desk.story import BANK, About, Asked, Known, Story, told, who
from checkout.web.desk.story import named as naming
from checkout.web.desk.visit import Visit
from checkout.web.named import named
from checkout.web.routes import PANELS, DeskPart, Door, Routes
from gateways.money import Money
from gateways.sberbank.action_codes import Explanation, explain

routes = Routes()


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything the page shows, read in one transaction. `occasions`: what a message is about, by its event."""

    now: datetime
    order: Order
    facts: Facts
    earned: Money
    clinic: Clinic
    lines: Sequence[Row[Any]]
    window: Window
    payer: Person | None
    patient: Person | None
    open: bool
    payments: Sequence[Payment]
    fiscal: Mapping[PaymentId, str]
    receipts: Sequence[Receipt]
    parts: Sequence[DeskPart]
    messages: Sequence[Message]
    occasions: Mapping[int, str]
    texts: Mapping[MessageId, str]
    consents: Sequence[Given]
    said: Mapping[int, Said]
    story: Story


async def order_of(tx: Tx, visit: Visit) -> Order:
    """The order of this page. Raises Missing: another clinic's does not exist for you."""
    order, _now = await orders.by_code(tx, visit.path["code"].upper())
    if not visit.principal.may("order.read", order.clinic_id):
        raise Missing("order_missing")
    return order


@routes.screen("GET", ORDERS + "/{code}", action="order.read")
async def show(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def _shown(visit: Visit) -> web.Response:
    whole = await visit.read(lambda tx: _whole(tx, visit))
    state = word(whole.facts)
    return visit.page(
        "desk/order.html",
        whole=whole,
        order=whole.order,
        zone=whole.order.zone,
        state=WORDS[state],
        mark=MARKS[state],
        payment_words=PAYMENT_WORDS,
        declined={payment.id: meaning for payment in whole.payments if (meaning := _declined(payment))},
        asked=_asked(visit),
        abouts=list(About),
        part=[row for part in whole.parts for row in part.rows],
        doors=[*_doors(visit, whole), *(door for part in whole.parts for door in part.doors)],
        goods=whole.order.goods(whole.now),
        receipt_kinds=KINDS,
        receipt_words=RECEIPT_WORDS,
        receipt_retries=_prints_again(visit, whole.order),
        may_act=visit.principal.may("worklist.act", whole.order.clinic_id),
        may_mark=visit.principal.may("visit.mark", whole.order.clinic_id) and bool(whole.facts.bookings & STANDS),
        may_resend=visit.principal.may("message.resend", whole.order.clinic_id),
        may_see_raw=visit.principal.may("evidence.read", whole.order.clinic_id),
    )


def _prints_again(visit: Visit, order: Order) -> bool:
    facet = visit.service.gateway(order.merchant).receipts
    return facet is not None and facet.retries


def _asked(visit: Visit) -> Asked:
    """What the address asks of the story; what it cannot mean, it does not ask."""
    about = visit.fields.get("story", "")
    return Asked(About(about) if about in set(About) else None, visit.fields.get("event", ""))


def _doors(visit: Visit, whole: Whole) -> list[Door]:
    """What the office may do with it now."""
    code, clinic_id, may = whole.order.code, whole.order.clinic_id, visit.principal.may
    stands = bool(whole.facts.bookings & {BookingState.HELD, BookingState.CONFIRMED})
    return [
        Door(address, visit.say(words), key)
        for right, possible, address, words, key in (
            ("cash.take", bool(whole.facts.due), f"/desk/till/take/{code}", "today_take", "t"),
            ("order.move", stands, f"/desk/visits/{code}/move", "today_move", "m"),
            ("order.cancel", stands, f"/desk/visits/{code}/cancel", "today_cancel", "c"),
        )
        if possible and may(right, clinic_id)
    ]


async def _whole(tx: Tx, visit: Visit) -> Whole:
    order = await order_of(tx, visit)
    may = visit.principal.may
    await visit.noted(tx, "order.read", str(order.id))
    open_ = may("person.read", order.clinic_id)
    if open_:
        await visit.noted(tx, "person.read", str(order.payer_id))
    lines = await orders.lines(tx, order.id)
    limits = visit.service.config.limits
    messages, texts = await _messages(tx, visit, order)
    events = await history.events(tx, order.id)
    said = {one.id: one for one in await history.said(tx, order.id)}
    found = await payments.of_order(tx, order.id)
    printed = await receipt_store.of_order(tx, order.id)
    parts = [await panel.desk(tx, visit.principal, order, visit.language) for panel in visit.request.app[PANELS]]
    return Whole(
        now=await now(tx),
        order=order,
        facts=await orders.facts(tx, order.id),
        earned=(await ledger_store.work(tx, order.id)).booked,
        clinic=await catalogue.clinic_by_id(tx, order.clinic_id),
        lines=lines,
        window=widest(windows(order, [Kind(line.kind) for line in lines], limits.return_window_days)),
        payer=await _person(tx, visit, order.payer_id, open_=open_),
        patient=await _person(tx, visit, order.patient_id, open_=open_) if order.patient_id else None,
        open=open_,
        payments=found,
        fiscal=await fiscal.of_order(tx, order.id),
        receipts=printed,
        parts=parts,
        messages=messages,
        occasions={event.seq: naming(event, visit.language) for event in events},
        texts=texts,
        consents=await evidence.of_order(tx, visit.service, order),
        said=said,
        story=await _story(tx, visit, events, messages, Known(said, _sums(found, printed, parts), {}, visit.language)),
    )


async def _person(tx: Tx, visit: Visit, person_id: PersonId, *, open_: bool) -> Person | None:
    person = await persons.read(tx, visit.service.vault, person_id)
    return person if person is None or open_ else masked(person)


async def _messages(tx: Tx, visit: Visit, order: Order) -> tuple[list[Message], dict[MessageId, str]]:
    """What was told, and the words for whoever may read them."""
    told_ = await notices.of_order(tx, order.id)
    if not visit.principal.may("message.read", order.clinic_id):
        return told_, {}
    return told_, await resend.words(tx, visit.service, order.id, told_)


def _sums(found: Sequence[Payment], printed: Sequence[Receipt], parts: Sequence[DeskPart]) -> dict[UUID, Money]:
    sums = {payment.id.uuid: payment.belief.expected for payment in found}
    sums.update({receipt.id.uuid: receipt.amount for receipt in printed})
    for part in parts:
        sums.update(part.sums)
    return sums


async def _story(tx: Tx, visit: Visit, events: Sequence[Happened], messages: Sequence[Message], known: Known) -> Story:
    people = await names(tx, visit.service.vault, {BANK, SYSTEM, *map(who, events)}, visit.language)
    return told(events, messages, replace(known, names=people), _asked(visit))


def _declined(payment: Payment) -> Explanation | None:
    """Why the card was refused, if it was and the bank said so."""
    if payment.method != "card" or payment.state is not State.DECLINED or payment.reference is None:
        return None
    return explain(payment.action_code)


@routes.screen("POST", ORDERS + "/{code}/messages/{id}/again", action="message.resend", again=_shown)
async def again(visit: Visit) -> web.StreamResponse:
    """The same words once more, to where the payer can be reached now."""

    async def work(tx: Tx) -> str:
        order = await order_of(tx, visit)
        if not visit.principal.may("message.resend", order.clinic_id):
            raise Missing("message_missing")
        await resend.resend(tx, visit.service, order.id, _message(visit))
        return f"{ORDERS}/{order.code}#messages"

    return await visit.change("message.resend", visit.path["id"], work)


@routes.screen("POST", ORDERS + "/{code}/receipts/{id}/again", action="worklist.act", again=_shown)
async def receipt_again(visit: Visit) -> web.StreamResponse:
    """Have a receipt that failed made anew, where the bank can; look for any other at once."""
    receipt_id = named(ReceiptId, visit.path["id"], "receipt_missing")

    async def work(tx: Tx) -> str:
        order = await order_of(tx, visit)
        if not visit.principal.may("worklist.act", order.clinic_id):
            raise Missing("receipt_missing")
        await receipt_by_hand.again(tx, order.id, receipt_id)
        return f"{ORDERS}/{order.code}#receipts"

    return await visit.change("receipt.again", str(receipt_id), work)


def _message(visit: Visit) -> MessageId:
    return named(MessageId, visit.path["id"], "message_missing")


@routes.screen("GET", ORDERS + "/{code}/bank/{fact}", action="evidence.read")
async def bank_record(visit: Visit) -> web.StreamResponse:
    """The bank's very words, opened on demand; that somebody looked is written down first."""

    async def work(tx: Tx) -> tuple[Order, Said, str]:
        order = await order_of(tx, visit)
        said = {str(one.id): one for one in await history.said(tx, order.id)}
        fact = said.get(visit.path["fact"])
        if fact is None or not visit.principal.may("evidence.read", order.clinic_id):
            raise Missing("record_missing")
        await visit.noted(tx, "evidence.read", str(order.id), fact=fact.id)
        return order, fact, await history.raw(tx, visit.service.vault, order.id, fact.id)

    order, fact, text = await visit.read(work)
    return visit.page("desk/bank_record.html", order=order, fact=fact, text=_tidy(text))


def _tidy(text: str) -> str:
    """Indented, if it is JSON; else as it came."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text
