"""A letter: what it is about, and how it is written. Pure.

A letter is a template, one file a language: the first line is the subject, the rest the text. A text message is the
template beside it that ends in `.sms.txt`. Another department that has something to tell brings a folder of templates
and a composer for each.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from checkout.booking.booking import State as BookingState
from checkout.catalogue.catalogue import Clinic, Kind, Text
from checkout.ground import dates, spoken
from checkout.ground.config import Legal
from checkout.ground.db import Tx
from checkout.ground.service import Service
from checkout.ground.spoken import in_language
from checkout.notices.message import LINK, Channel
from checkout.payment.order import Facts, Order

HOME: Final = "checkout.notices"
_GAPS: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Bought:
    """One line of the order, as a letter names it."""

    name: Text
    kind: Kind
    quantity: int


@dataclass(frozen=True, slots=True)
class Matter:
    """What a letter is about, read at one moment. `since`, `subject_id`: its event's place in the log, and its subject."""

    channel: Channel
    since: int
    subject_id: UUID
    order: Order
    facts: Facts
    lines: tuple[Bought, ...]
    clinic: Clinic
    legal: Legal
    test: bool
    now: datetime

    @property
    def visit(self) -> bool:
        """Whether the visit stands."""
        return BookingState.CONFIRMED in self.facts.bookings and not self.facts.cancelled

    @property
    def ahead(self) -> bool:
        """Whether the payer is still to come."""
        return self.visit and self.now < self.order.starts_at


@dataclass(frozen=True, slots=True)
class Letter:
    """`subject` is discreet: the order's code, never a service. A text message has none."""

    subject: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Nobody need be told any more."""

    why: str


Composer = Callable[[Tx, Service, Matter], Awaitable[Letter | Skip]]
Letters = Mapping[str, Composer]


def write(matter: Matter, name: str, *, package: str = HOME, **facts: Any) -> Letter:
    """The letter of that name in the order's language. Raises jinja2.UndefinedError for a fact that is missing."""
    order = matter.order
    return render(
        name,
        matter.channel,
        order.language,
        package=package,
        code=order.code,
        order=order,
        facts=matter.facts,
        matter=matter,
        clinic=matter.clinic,
        days=_days(matter),
        **facts,
    )


def render(name: str, channel: Channel, language: str, *, package: str = HOME, **facts: Any) -> Letter:
    """Fill a template in. The private link stays a placeholder until the moment of sending."""
    by_sms = channel is Channel.SMS
    template = _environment(package).get_template(f"{language}/{name}{'.sms' if by_sms else ''}.txt")
    text = template.render(lang=language, link=LINK, **facts).strip()
    if by_sms:  # a space that does not break would make a Latin text as dear as a Cyrillic one
        return Letter(None, " ".join(text.replace("\u00a0", " ").split()))
    subject, _, body = text.partition("\n")
    return Letter(subject.strip(), _GAPS.sub("\n\n", body).strip() + "\n")


def _days(matter: Matter) -> int:
    """Calendar days until the visit, on the clinic's clock."""
    zone = matter.order.zone
    return (dates.local(matter.order.starts_at, zone) - dates.local(matter.now, zone)).days


@lru_cache(maxsize=8)
def _environment(package: str) -> Environment:
    """Letters are plain text, so nothing is escaped; a fact that is missing is an error, not a blank."""
    loader = ChoiceLoader([PackageLoader(name, "templates") for name in dict.fromkeys((package, HOME))])
    found = Environment(  # noqa: S701 - plain text, see above
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    for say in (spoken.money, dates.city, dates.moment, dates.deadline, dates.brief, dates.plain, dates.date_in):
        found.filters[say.__name__] = in_language(say)
    found.filters.update(words=in_language(Text.of), counted=_counted)
    return found


@pass_context
def _counted(context: Context, number: int, *forms: str) -> str:
    return spoken.counted(number, context["lang"], *forms)
