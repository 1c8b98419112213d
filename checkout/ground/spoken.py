"""Sums and counts as people read them, with words that do not break apart."""

from __future__ import annotations

from typing import Final

from checkout.ground.dates import LOCALES
from gateways.money import Money

_CATEGORIES: Final = {"ru": ("one", "few", "many"), "en": ("one", "other")}


def money(value: Money, language: str = "ru", *, exact: bool = False) -> str:
    """4 500 ₽; kopecks only when there are any, or if it must be `exact`, as in a column. Spaces do not break."""
    roubles, kopecks = divmod(abs(value.amount), 100)
    whole = f"{roubles:,}".replace(",", "\u00a0")
    separator = "," if language == "ru" else "."
    fraction = f"{separator}{kopecks:02d}" if kopecks or exact else ""
    return f"{'−' if value.amount < 0 else ''}{whole}{fraction}\u00a0₽"


def counted(number: int, language: str, *forms: str) -> str:
    """21 день, 22 дня, 25 дней. `forms` as CLDR names them: one, few, many in Russian; one, other in English."""
    from babel import Locale  # noqa: PLC0415 - as the dates: it costs a tenth of a second and ten megabytes

    category = Locale.parse(LOCALES[language]).plural_form(number)
    return f"{number}\u00a0{forms[_CATEGORIES[language].index(category)]}"
