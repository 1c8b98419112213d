"""Place an order: price, texts and times frozen, the places held, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from checkout.booking import booking
from checkout.booking import store as bookings
from checkout.catalogue import free, legal_store, slots
from checkout.catalogue import store as catalogue
from checkout.catalogue.catalogue import Kind
from checkout.ground.bucket import counted
from checkout.ground.config import Consent
from checkout.ground.db import Tx, now
from checkout.ground.errors import Conflict, Invalid
from checkout.ground.events import Event, record
from checkout.ground.ids import OrderId
from checkout.ground.service import Service
from checkout.payment import evidence, orders, seating
from checkout.payment.order import Order, Plan, asked_before_visit
from checkout.privacy import store as people
from checkout.privacy.person import Person

DELIVERY: Final = timedelta(days=7)  # goods are at the clinic within a week of the order (product.md BOOK-2)
OF_AGE: Final = 18
OLDEST: Final = 130
CONSENT_CHANGED: Final = "consent_changed"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, by slugs; prices, sums and states are never taken from outside.

    `relation`: what the payer is to a patient under age. `address`: the IP address the consents were given from.
    `specialist`: who is to give what they can of it; None: anybody. `at_desk`: staff wrote down what the payer said.
    `read`: which version of each text they saw; None: that is not known, and what is in force counts as seen.
    """

    clinic: str
    lines: tuple[tuple[str, int], ...]
    starts_at: datetime
    payer: Person
    patient: Person | None
    plan: Plan
    consents: tuple[str, ...]
    language: str
    return_url: str | None = None
    relation: str | None = None
    address: str | None = None
    specialist: str | None = None
    at_desk: bool = False
    read: Mapping[str, str] | None = None


async def place(tx: Tx, service: Service, wish: Wish, *, principal: str, order_id: OrderId | None = None) -> Order:
    """The order, held.

    Raises Invalid naming a field; Conflict `slot_taken` with the nearest free starts, `consent_changed` for a text that reads
    otherwise by now.
    """
    clinic = await catalogue.clinic(tx, wish.clinic)
    if clinic is None:
        raise Invalid("clinic_unknown", pointer="/clinic")
    lines = await seating.lines_of(tx, clinic, wish.lines)
    consents = _consents(await legal_store.in_force(tx, service.config.consents), wish)
    moment = await now(tx)
    limits = service.config.limits
    wanted = await free.specialist(tx, clinic, lines, wish.specialist) if wish.specialist else None
    seats = await seating.seats(tx, clinic, lines, wish.starts_at, now=moment, limits=limits, wanted=wanted)
    asked = asked_before_visit(wish.plan, lines)
    check_patient(wish, wish.starts_at.astimezone(clinic.tz).date())
    payer = await people.add(tx, service.vault, wish.payer)
    patient = await people.add(tx, service.vault, wish.patient) if wish.patient else None
    chosen = order_id or OrderId.new()
    order = Order(
        id=chosen,
        code=chosen.code,
        merchant=clinic.merchant,
        clinic_id=clinic.id,
        clinic=clinic.slug,
        zone=clinic.zone,
        payer_id=payer.id,
        patient_id=patient.id if patient else None,
        plan=wish.plan,
        language=wish.language,
        total=sum((line.amount for line in lines[1:]), lines[0].amount),
        asked=asked,
        starts_at=wish.starts_at,
        ends_at=wish.starts_at + timedelta(minutes=slots.visit_minutes(lines)),
        given_at=None,
        hold_until=moment + timedelta(minutes=limits.hold_minutes),
        hold_cap=moment + timedelta(minutes=limits.hold_cap_minutes),
        decide_by=None,
        cancelled_at=None,
        return_url=wish.return_url,
        principal=principal,
        created_at=moment,
        relation=wish.relation,
        deliver_by=moment + DELIVERY if any(line.service.kind is Kind.GOODS for line in lines) else None,
        wanted_id=wanted,
    )
    at_clinic = order.plan is Plan.AT_CLINIC
    await orders.insert(
        tx,
        order,
        lines,
        due_at=None if at_clinic else order.hold_until,
        link=link_token(service, order.id),
        pay_link=pay_token(service, order.id),
        address_index=address_index(service, wish.address),
    )
    address = payer.seal(wish.address, place=evidence.address_place(order.id)) if wish.address else None
    await evidence.agree(
        tx,
        order.id,
        consents,
        language=order.language,
        sealed_address=address,
        given_to=principal if wish.at_desk else None,
    )
    state = booking.State.CONFIRMED if at_clinic else booking.State.HELD
    held = await bookings.insert(tx, order.id, seats, state)
    await record(tx, order.id, principal, [Event("order", order.id, "placed"), *held])
    return order


def link_token(service: Service, order_id: OrderId, generation: int = 0) -> str:
    """The private link's token: re-derivable for later letters, unguessable, without personal data."""
    return service.vault.link_token("order", str(order_id), str(generation))


def pay_token(service: Service, order_id: OrderId) -> str:
    """The token of the address by which somebody else may pay; it opens nothing but the sum."""
    return service.vault.link_token("pay", str(order_id))


def address_index(service: Service, address: str | None) -> bytes | None:
    """The blind index under which orders from one network address are counted; None where that is not done."""
    found = counted(service.config.brakes, address)
    return service.vault.blind("address", found) if found else None


def check_patient(wish: Wish, day: date) -> None:
    """A patient under age comes with somebody who answers for them. Raises Invalid naming the field.

    Source: product.md BOOK-5 and BOOK-6. The payer's own age is confirmed by a consent.
    """
    if wish.patient is None:
        return
    age = wish.patient.age(day)
    if age is None or not 0 <= age < OLDEST:
        raise Invalid("born_unreadable", pointer="/patient/born")
    if age < OF_AGE and wish.relation is None:
        raise Invalid("guardian_needed", pointer="/relation")


def _consents(texts: Sequence[Consent], wish: Wish) -> list[Consent]:
    given = wish.consents
    missing = [text.kind for text in texts if text.required and text.kind not in given]
    if missing:
        raise Invalid("consent_needed", pointer="/consents", kinds=missing)
    known = {text.kind: text for text in texts}
    unknown = [kind for kind in given if kind not in known]
    if unknown:
        raise Invalid("consent_unknown", pointer="/consents", kinds=unknown)
    agreed = [known[kind] for kind in dict.fromkeys(given)]
    if wish.read is not None:
        _as_read(agreed, wish.read)
    return agreed


def _as_read(agreed: Sequence[Consent], read: Mapping[str, str]) -> None:
    """Nobody agrees to another text than the one they read. Raises Conflict `consent_changed`, naming each by its kind."""
    changed = [text.kind for text in agreed if read.get(text.kind) != text.version]
    if changed:
        raise Conflict(CONSENT_CHANGED, pointer=f"/consents_read/{changed[0]}", kinds=changed)
