"""What changes of an entry, in words: a line for each thing, with what it was and what it will be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from checkout.catalogue.changes import Change, Detail
from checkout.catalogue.file import ACCOUNTS_ZONE
from checkout.catalogue.history_store import Told
from checkout.catalogue.notation import CLOSED, write_week
from checkout.catalogue.weeks import ALL_DAY
from checkout.ground import dates
from checkout.ground.spoken import money
from checkout.web.words import say
from gateways.money import Money

_LANGUAGES: Final = ("ru", "en")
_ALL_DAY: Final = write_week(ALL_DAY)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: its name, what it was and what it is to be; an empty text: nothing."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Names:
    """How the language of the page calls what the file calls by slugs: services, payees."""

    language: str
    services: Mapping[str, str]
    merchants: Mapping[str, str]

    def say(self, key: str, **facts: object) -> str:
        return say(self.language, key, **facts)

    def day(self, text: str) -> str:
        return dates.plain(date.fromisoformat(text), self.language)


def heading(sign: str, names: Names, *, again: bool) -> str:
    """What becomes of the entry as a whole; of one that only changes, nothing."""
    if sign == "~":
        return names.say("cat_change_again") if again else ""
    return names.say({"+": "cat_change_new", "-": "cat_change_off"}[sign])


def headings(changes: Iterable[Change], names: Names) -> list[str]:
    return [said for change in changes if (said := heading(change.sign, names, again=change.again))]


def lines(details: Iterable[Detail], names: Names) -> list[Line]:
    return [line for detail in details for line in _of(detail, names)]


def told(one: Told, names: Names) -> tuple[str, list[Line]]:
    """A change that was made."""
    return heading(one.sign, names, again=one.again), lines(one.details, names)


def _of(detail: Detail, names: Names) -> Iterator[Line]:
    if detail.name in ("prices", "exceptions"):
        yield from _dated(detail, names)
    elif isinstance(detail.new, dict) and set(detail.new) == set(_LANGUAGES):
        old = detail.old or {}
        for language in _LANGUAGES:
            if old.get(language) != detail.new[language]:
                what = f"{names.say(f'entry_{detail.name}')} ({names.say(f'entry_in_{language}')})"
                yield Line(what, old.get(language) or "", detail.new[language])
    else:
        shown = _SHOWN.get(detail.name, _plain)
        yield Line(names.say(f"entry_{detail.name}"), shown(detail.old, names), shown(detail.new, names))


def _dated(detail: Detail, names: Names) -> Iterator[Line]:
    """Day by day."""
    split, shown = (_prices, _price) if detail.name == "prices" else (_days, _hours_of_day)
    old, new = split(detail.old), split(detail.new)
    for day in sorted({*old, *new}):
        if old.get(day) != new.get(day):
            what = names.say(f"entry_{detail.name}_on", day=_moment(day, names))
            yield Line(what, shown(old.get(day), names), shown(new.get(day), names))


def _prices(value: Any) -> dict[str, Any]:
    return {one["from"]: one for one in value or ()}


def _days(value: Any) -> dict[str, Any]:
    return dict(value or {})


def _moment(text: str, names: Names) -> str:
    """A day, or an instant that is none, on the clock of the accounts."""
    if len(text) > len("2026-12-31"):
        return dates.stamp(datetime.fromisoformat(text), str(ACCOUNTS_ZONE), names.language)
    return names.day(text)


def _price(value: Any, names: Names) -> str:
    return f"{_money(value['price'], names)}, {_vat(value['vat'], names)}" if value else ""


def _hours_of_day(value: Any, names: Names) -> str:
    if value is None:
        return names.say("cat_as_usual")
    return names.say("cat_closed") if value == CLOSED else _spans(value)


def _plain(value: Any, _names: Names) -> str:
    return "" if value is None else str(value)


def _money(value: Any, names: Names) -> str:
    return money(Money(value), names.language) if value else ""


def _percent(value: Any, _names: Names) -> str:
    return f"{value}\u00a0%" if value else ""


def _vat(value: Any, names: Names) -> str:
    if value is None:
        return ""
    return names.say("cat_vat_none") if value == "none" else names.say("cat_vat_rate", rate=value)


def _yes(value: Any, names: Names) -> str:
    return names.say("cat_yes" if value else "cat_no")


def _services(value: Any, names: Names) -> str:
    return ", ".join(names.services.get(slug, slug) for slug in value or ())


def _merchant(value: Any, names: Names) -> str:
    return names.merchants.get(value, value or "")


def _spans(text: str) -> str:
    return text.replace("-", "–")


def week(value: Mapping[str, str], names: Names) -> str:
    """пн–пт 09:00–18:00; сб 10:00–14:00."""
    if value == _ALL_DAY:
        return names.say("cat_as_clinic")
    return "; ".join(f"{_weekdays(name, names)} {_spans(text)}" for name, text in value.items())


def _weekdays(name: str, names: Names) -> str:
    return "–".join(names.say(f"entry_short_{one}") for one in name.split("-"))


def _hours(value: Any, names: Names) -> str:
    """One week that always holds, or weeks with their bounds; of a resource without any, the clinic's."""
    if isinstance(value, list):
        return ". ".join(_bounded(one, names) for one in value) or names.say("cat_as_clinic")
    return week(value, names) if value else ""


def _bounded(value: Mapping[str, str], names: Names) -> str:
    bounds = [
        names.say(f"entry_week_{name}", day=names.day(value[name])) for name in ("from", "until") if name in value
    ]
    said = week({name: text for name, text in value.items() if name not in ("from", "until")}, names)
    return f"{' '.join(bounds)}: {said}" if bounds else said


_SHOWN: Final[Mapping[str, Callable[[Any, Names], str]]] = {
    "price": _money,
    "deposit_fixed": _money,
    "deposit_percent": _percent,
    "vat": _vat,
    "at_clinic": _yes,
    "paused": _yes,
    "keeps_holidays": _yes,
    "options": _services,
    "goods": _services,
    "services": _services,
    "merchant": _merchant,
    "kind": lambda value, names: names.say(f"entry_kind_{value}") if value else "",
    "hours": _hours,
}
