"""Sums and counts as people read them, with words that do not break apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context

from checkout.ground.dates import LOCALES
from gateways.money import Money

_CATEGORIES: Final = {"ru": ("one", "few", "many"), "en": ("one", "other")}


def money(value: Money, language: str = "ru") -> str:
    """4 500 ₽; kopecks only when there are any. Spaces do not break."""
    return _sum(value, language, always=False)


def exact(value: Money, language: str = "ru") -> str:
    """4 500,00 ₽: in a column, where all have two digits."""
    return _sum(value, language, always=True)


def _sum(value: Money, language: str, *, always: bool) -> str:
    roubles, kopecks = divmod(abs(value.amount), 100)
    whole = f"{roubles:,}".replace(",", "\u00a0")
    separator = "," if language == "ru" else "."
    fraction = f"{separator}{kopecks:02d}" if kopecks or always else ""
    return f"{'−' if value.amount < 0 else ''}{whole}{fraction}\u00a0₽"


def apart(value: Money, language: str = "ru") -> str:
    """How far from nothing, without its sign: words beside it say to which side."""
    return money(Money(abs(value.amount), value.currency), language)


def counted(number: int, language: str, *forms: str) -> str:
    """21 день, 22 дня, 25 дней. `forms` as CLDR names them: one, few, many in Russian; one, other in English."""
    from babel import Locale  # noqa: PLC0415 - as the dates: it costs a tenth of a second and ten megabytes

    category = Locale.parse(LOCALES[language]).plural_form(number)
    return f"{number}\u00a0{forms[_CATEGORIES[language].index(category)]}"


def in_language(say: Callable[..., str]) -> Callable[..., str]:
    """A filter for templates: `say`, whose last argument is a language, in that of the page or the letter (`lang`)."""

    @pass_context
    def said(context: Context, *facts: Any) -> str:
        return say(*facts, context["lang"])

    return said
