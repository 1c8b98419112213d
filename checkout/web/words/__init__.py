"""Every visible word of the pages, in both languages: a table a page. Templates see those of one language as `t`.

What happened, whether money moved, what to do next, in that order. `{names}` are filled where the words are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.web.words import (
    advice,
    bank,
    card_care,
    card_check,
    choosing,
    code,
    desk,
    desk_audit,
    desk_audited,
    desk_books,
    desk_catalogue,
    desk_chargeback,
    desk_invariant,
    desk_order,
    desk_passkey,
    desk_refund,
    desk_review,
    desk_texts,
    desk_till,
    desk_visits,
    desk_work,
    details,
    embed,
    faces,
    faults,
    frame,
    order,
    papers,
    phone,
    receipts,
    reference,
    saved,
    selfservice,
)

LANGUAGES: Final = ("ru", "en")
TABLES: Final = (
    advice,
    bank,
    card_care,
    card_check,
    choosing,
    code,
    desk,
    desk_audit,
    desk_audited,
    desk_books,
    desk_catalogue,
    desk_chargeback,
    desk_invariant,
    desk_order,
    desk_passkey,
    desk_refund,
    desk_review,
    desk_texts,
    desk_till,
    desk_visits,
    desk_work,
    details,
    embed,
    faces,
    faults,
    frame,
    order,
    papers,
    phone,
    receipts,
    reference,
    saved,
    selfservice,
)

WORDS: Final[Mapping[str, Text]] = {key: text for table in TABLES for key, text in table.WORDS.items()}

BY_LANGUAGE: Final[Mapping[str, Mapping[str, str]]] = {
    language: {key: text.of(language) for key, text in WORDS.items()} for language in LANGUAGES
}


def say(language: str, key: str, **facts: object) -> str:
    """One sentence in one language, its facts filled in."""
    return BY_LANGUAGE[language][key].format_map(facts)
