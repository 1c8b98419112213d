"""Pages for people: one set of templates, one choice of language, one face for faults. No cookie; a script only helps.

What a page shows is escaped where it is written into the page, always; a name that is missing is an error, not a blank.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import phonenumbers
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from yarl import URL

from checkout.catalogue.catalogue import Clinic, Text
from checkout.ground import spoken
from checkout.ground.errors import Refusal, TooMany
from checkout.ground.service import Service
from checkout.ground.spoken import in_language
from checkout.web import assets, dates, problem, texts
from checkout.web.framing import embedded
from checkout.web.routes import REQUEST_ID, SERVICE
from checkout.web.words import BY_LANGUAGE, LANGUAGES
from gateways.money import Money

DEFAULT: Final = "ru"
OFFICE: Final = "Europe/Moscow"  # the clock of what belongs to no clinic: sign-ins, audit, exports
_HEADINGS_OF_FAULTS: Final = frozenset({400, 403, 404, 405, 413, 415, 421, 500, 503})


def language_of(request: web.Request, otherwise: str | None = None) -> str:
    """The one asked for in the address; else `otherwise`; else what the browser prefers."""
    asked = request.query.get("lang", "")
    if asked in LANGUAGES:
        return asked
    return otherwise or accepted(request.headers.get("Accept-Language", ""))


def accepted(header: str) -> str:
    """The best of our languages in an Accept-Language header; Russian if none is named."""
    weighed = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            weighed.append((-_weight(weight), place, language))
    return min(weighed)[2] if weighed else DEFAULT


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0


def other(language: str) -> str:
    return "ru" if language == "en" else "en"


# What a browser needs to tell the hour on its reader's own clock. In a sentence: `(t.words | e).format(at=…)`.
_TIME: Final = Markup('<time datetime="{at}" data-zone="{zone}">{shown}</time>')
_DEADLINE: Final = Markup('<time datetime="{at}" data-zone="{zone}" data-until="{at}" data-now="{now}">{shown}</time>')


@pass_context
def _moment(context: Context, value: datetime, zone: str) -> Markup:
    return _TIME.format(at=_utc(value), zone=zone, shown=dates.moment(value, zone, context["lang"]))


@pass_context
def _until(context: Context, value: datetime, zone: str, now: datetime) -> Markup:
    """A deadline that a browser can count down to; from `now`, since its own clock may be wrong."""
    shown = dates.until(value, zone, context["lang"])
    return _DEADLINE.format(at=_utc(value), zone=zone, now=_utc(now), shown=shown)


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pass_context
def _stamp(context: Context, value: datetime, zone: str = OFFICE) -> Markup:
    return _TIME.format(at=_utc(value), zone=zone, shown=dates.stamp(value, zone, context["lang"]))


def _dialled(phone: str) -> str:
    """A telephone number as a link dials it."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def _telephone(phone: str) -> str:
    """A telephone number in the groups in which it is read out; as it is, if it is none, e.g. for being masked."""
    try:
        known = phonenumbers.parse(phone, "RU")
    except phonenumbers.NumberParseException:
        return phone
    said = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return _unbroken(said) if phonenumbers.is_possible_number(known) else phone


def _unbroken(phone: str) -> str:
    """A telephone number that stays on one line."""
    return phone.replace(" ", "\u00a0").replace("-", "\u2011")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates, compiled when first shown and then kept."""
    found = Environment(
        loader=PackageLoader("checkout.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(
        dialled=_dialled,
        unbroken=_unbroken,
        telephone=_telephone,
        clock=dates.clock,
        moment=_moment,
        stamp=_stamp,
        until=_until,
    )
    said = (dates.short, dates.place, dates.day, dates.plain, dates.age, dates.date_in, dates.deadline)
    for say in (spoken.money, spoken.exact, spoken.apart, *said):
        found.filters[say.__name__] = in_language(say)
    found.filters["words"] = in_language(Text.of)
    found.filters["kopecks"] = Money
    found.globals.update(asset=assets.href, integrity=assets.integrity)
    return found


def page(
    request: web.Request,
    template: str,
    *,
    language: str,
    here: str | None = None,
    clinic: Clinic | None = None,
    status: int = 200,
    **facts: Any,
) -> web.Response:
    """One rendered page.

    `here`: this page's address, where the language switch leads back to; default: the address asked for.
    `clinic`: whose telephone is named for help; default: the payee's.
    """
    service = request.app[SERVICE]
    body = (
        environment()
        .get_template(template)
        .render(
            lang=language,
            t=BY_LANGUAGE[language],
            test=service.config.mode == "test",
            brand=_brand(service, clinic),
            phone=clinic.phone if clinic else service.config.merchants[0].legal.phone,
            switch=_switched(request, here, language),
            embed=embedded(request),
            **facts,
        )
    )
    shown = web.Response(status=status, text=body, content_type="text/html")
    # Not for whoever brings a cookie: what they alone may see could be guessed from how well it packs (BREACH).
    if "gzip" in request.headers.get("Accept-Encoding", "") and "Cookie" not in request.headers:
        shown.enable_compression(web.ContentCoding.gzip)
    return shown


def page_after(
    request: web.Request,
    template: str,
    refusal: Refusal | None,
    *,
    language: str,
    zone: str,
    words: str | None = None,
    **facts: Any,
) -> web.Response:
    """The page that a press came from. After a `refusal` it says why (in `words`, or its own) and how long to wait."""
    alert = (words or texts.explain(refusal, language, zone)) if refusal else None
    status = refusal.status if refusal else 200
    shown = page(request, template, language=language, status=status, alert=alert, zone=zone, **facts)
    return patient(shown, refusal)


def _brand(service: Service, clinic: Clinic | None) -> str:
    merchant = service.config.merchant(clinic.merchant) if clinic else service.config.merchants[0]
    return merchant.legal.name


def _switched(request: web.Request, here: str | None, language: str) -> str:
    """The same page in the other language, in its frame if it stands in one."""
    kept = {"embed": "1"} if embedded(request) else {}
    return str(URL(request.path_qs if here is None else here).update_query(lang=other(language), **kept))


def fault_page(request: web.Request, status: int, code: str) -> web.Response:
    """What a person sees when a page fails: what happened, what became of the money, and the request id to tell us.

    Nothing here asks the database: it may be what failed.
    """
    language = language_of(request)
    t = BY_LANGUAGE[language]
    named = status in _HEADINGS_OF_FAULTS
    title = t[f"fault_{status}_title"] if named else t["fault_title"]
    text = t[f"fault_{status}_text"] if named else texts.REFUSALS[code].of(language)
    return _fault(request, language, status, title, text)


def braked_page(request: web.Request, refusal: TooMany) -> web.Response:
    """The whole page is refused for a while."""
    language = language_of(request)
    title = BY_LANGUAGE[language]["fault_429_title"]
    return patient(_fault(request, language, refusal.status, title, texts.explain(refusal, language)), refusal)


def _fault(request: web.Request, language: str, status: int, title: str, text: str) -> web.Response:
    return page(
        request,
        "fault.html",
        language=language,
        here="/",
        status=status,
        title=title,
        text=text,
        request_id=request[REQUEST_ID],
    )


def patient(response: web.Response, refusal: Refusal | None) -> web.Response:
    """The same page; one that a brake caused says in its headers, too, for how long to wait."""
    if isinstance(refusal, TooMany):
        response.headers.update(problem.patience(refusal.code, math.ceil(refusal.wait.total_seconds())))
    return response


def see_other(address: str) -> web.Response:
    """Go on with a GET: a reload then repeats nothing."""
    return web.Response(status=303, headers={"Location": address})
