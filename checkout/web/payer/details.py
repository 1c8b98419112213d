"""Step 3: contacts, consents, how much to pay now, and who is paid; then the button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from checkout.ground.config import Consent, Limits
from checkout.ground.errors import Conflict
from checkout.payment.order import window_end
from checkout.web import dates
from checkout.web.pages import page
from checkout.web.payer.choice import written
from checkout.web.payer.form import CONSENT, READ, RELATIONS, Fault, Sent, title_of
from checkout.web.payer.menu import Visit
from checkout.web.payer.paying import card_words, meant, methods
from checkout.web.payer.resume import Own
from checkout.web.payer.ticket import Ticket
from checkout.web.routes import SERVICE


@dataclass(frozen=True, slots=True)
class Agreement:
    """One text to agree to, in the page's language. `read`: the field that says which `version` of it was shown."""

    field: str
    read: str
    version: str
    title: str
    text: str
    dated: str
    ticked: bool


def show(
    request: web.Request,
    form: Sent,
    visit: Visit,
    ticket: Ticket,
    texts: Sequence[Consent],
    *,
    status: int = 200,
    faults: Sequence[Fault] = (),
    nearest: Sequence[datetime] = (),
    own: Own | None = None,
) -> web.Response:
    """The form, with whatever was typed and whatever is wrong with it.

    `texts`: to agree to, as they are in force. `nearest`: other times to choose from. `own`: the payer's own visit, if it
    lies across this one.
    """
    config = request.app[SERVICE].config
    choice, clinic = form.choice, visit.clinic
    at, language = choice.at, choice.language
    assert at is not None  # noqa: S101 - this step is reached with a time only
    offers = visit.basket.offers
    return page(
        request,
        "details.html",
        language=language,
        here=choice.href(),
        clinic=clinic,
        status=status,
        form=form,
        choice=choice,
        at=at,
        nearest=[(written(start), start) for start in nearest],
        basket=visit.basket,
        visit=visit,
        place=clinic,
        own=own,
        in_the_way=status == Conflict.status and not faults,
        ticket=ticket.written(request.app[SERVICE]),
        faults=faults,
        wrong={fault.field: fault.text for fault in faults},
        offers=offers,
        plan=form.plan if form.plan in [offer.plan for offer in offers] else offers[0].plan,
        agreements=[agreement(text, language, ticked=form.agreed(text)) for text in texts],
        legal=config.merchant(clinic.merchant).legal,
        limits=config.limits,
        relations=RELATIONS,
        methods=methods(request, clinic.merchant),
        saves_cards=card_words(request.app[SERVICE], clinic.merchant, language),
        way=meant(form.method, methods(request, clinic.merchant)),
        returns_until=_returns_until(visit, nearest[0] if nearest else at, config.limits, language),
    )


def agreement(text: Consent, language: str, *, ticked: bool = False) -> Agreement:
    return Agreement(
        field=CONSENT + text.kind,
        read=READ + text.kind,
        version=text.version,
        title=title_of(text, language),
        text=text.text_en if language == "en" else text.text_ru,
        dated=_dated(text.version, language),
        ticked=ticked,
    )


def _dated(version: str, language: str) -> str:
    """The version as a date, where it is one; the second of a day with its number."""
    day, _, number = version.partition(".")
    try:
        return dates.plain(date.fromisoformat(day), language) + (f"\u00a0({number})" if number else "")
    except ValueError:
        return version


def _returns_until(visit: Visit, at: datetime, limits: Limits, language: str) -> str:
    ends = window_end(visit.ends(at), visit.clinic.zone, limits.return_window_days)
    return dates.plain(ends.astimezone(visit.clinic.tz).date(), language)
