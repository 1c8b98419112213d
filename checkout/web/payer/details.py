"""Step 3: contacts, consents, how much to pay now, and who is paid; then the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aiohttp import web

from checkout.catalogue.catalogue import Clinic, Line, Service
from checkout.ground.config import Consent, Limits
from checkout.ground.errors import Invalid
from checkout.payment.order import Plan, asked_before_visit, window_end
from checkout.web import dates
from checkout.web.pages import page
from checkout.web.payer.choice import written
from checkout.web.payer.form import CONSENT, RELATIONS, Fault, Sent, title_of
from checkout.web.payer.menu import Visit
from checkout.web.payer.ticket import Ticket
from checkout.web.routes import SERVICE
from gateways.money import Money


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay: what now, what is left for the clinic."""

    plan: Plan
    now: Money
    rest: Money


@dataclass(frozen=True, slots=True)
class Agreement:
    """One text to agree to, in the page's language."""

    field: str
    title: str
    text: str
    dated: str
    ticked: bool


def show(
    request: web.Request,
    form: Sent,
    visit: Visit,
    ticket: Ticket,
    *,
    status: int = 200,
    faults: Sequence[Fault] = (),
    nearest: Sequence[datetime] = (),
) -> web.Response:
    """The form, with whatever was typed and whatever is wrong with it. `nearest`: other times to choose from."""
    config = request.app[SERVICE].config
    at, language = form.choice.at, form.choice.language
    service, clinic = visit.service, visit.clinic
    assert at is not None  # noqa: S101 - this step is reached with a time only
    offers = plans(service)
    return page(
        request,
        "details.html",
        language=language,
        here=form.choice.href(),
        clinic=clinic,
        status=status,
        form=form,
        at=written(at),
        starts_at=at,
        nearest=[(written(start), start) for start in nearest],
        service=service,
        place=clinic,
        ticket=ticket.written(request.app[SERVICE]),
        faults=faults,
        wrong={fault.field: fault.text for fault in faults},
        offers=offers,
        plan=form.plan if form.plan in [offer.plan for offer in offers] else offers[0].plan,
        agreements=[_agreement(text, form, language) for text in config.consents],
        legal=config.merchant(clinic.merchant).legal,
        limits=config.limits,
        relations=RELATIONS,
        returns_until=_returns_until(at, service, clinic, config.limits, language),
    )


def plans(service: Service) -> list[Offer]:
    """The plans that this service can be paid by; paying everything is always one."""
    found = []
    for plan in Plan:
        try:
            asked = asked_before_visit(plan, (Line(service, 1),))
        except Invalid:
            continue
        found.append(Offer(plan, asked, service.price - asked))
    return found


def _agreement(text: Consent, form: Sent, language: str) -> Agreement:
    return Agreement(
        field=CONSENT + text.kind,
        title=title_of(text, language),
        text=text.text_en if language == "en" else text.text_ru,
        dated=_dated(text.version, language),
        ticked=text.kind in form.consents,
    )


def _dated(version: str, language: str) -> str:
    """The version as a date, where it is one."""
    try:
        return dates.plain(date.fromisoformat(version), language)
    except ValueError:
        return version


def _returns_until(at: datetime, service: Service, clinic: Clinic, limits: Limits, language: str) -> str:
    ends = window_end(at + timedelta(minutes=service.minutes), clinic.zone, limits.return_window_days)
    return dates.plain(ends.astimezone(clinic.tz).date(), language)
