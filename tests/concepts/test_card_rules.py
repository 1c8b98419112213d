"""What a saved card is: its month, the pauses of its chore, and the words that were agreed to."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from checkout.ground.errors import Invalid
from checkout.ground.ids import CardId, ClientId, OrderId
from checkout.payment.card import CONSENT, TRIES, Card, next_try, read_month
from checkout.web.words import WORDS

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)


def card(expiry: str | None) -> Card:
    return Card(CardId.new(), ClientId.new(), "m", OrderId.new(), "b", "VISA", "1111", expiry, CONSENT, NOON)


@pytest.mark.parametrize(
    ("expiry", "at", "over"),
    [
        ("202612", NOON, False),
        ("202612", NOON + timedelta(hours=20), False),  # it may still be December somewhere
        ("202612", NOON + timedelta(days=2), True),
        ("202611", NOON, True),
        (None, NOON, False),
    ],
)
def test_a_card_is_good_to_the_end_of_its_month(expiry: str | None, at: datetime, over: bool) -> None:
    """Wherever its holder is; a month that is not known is the bank's to judge."""
    assert card(expiry).expired(at) is over


def test_a_month_is_written_as_on_the_card() -> None:
    """MM/YY; none where it is not known."""
    assert (card("203412").month, card(None).month) == ("12/34", None)


def test_the_pauses_grow_to_a_day() -> None:
    """Half a minute at first; a day in the end, however often it was tried."""
    pauses = [next_try(tries, NOON) - NOON for tries in range(1, TRIES + 3)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=30), timedelta(days=1))


def test_words_that_were_agreed_to_have_a_version_of_their_own() -> None:
    """Whoever rewrites them fails here, gives `CONSENT` another version, and then writes the new sum here."""
    said = "\n".join(text for key in ("save_card", "save_card_hint") for text in (WORDS[key].ru, WORDS[key].en))
    known = {"2026-11-27": "ed73411809d04e5c"}
    assert known[CONSENT] == hashlib.sha256(said.encode()).hexdigest()[:16]
    anew = WORDS["card_restore_agree"]
    known = {"2026-11-27": "53290067d3ad422f"}
    assert known[CONSENT] == hashlib.sha256(f"{anew.ru}\n{anew.en}".encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("typed", "month"), [("05/31", "203105"), (" 5 / 31", "203105"), ("0531", "203105"), ("5.2031", "203105")]
)
def test_a_month_is_read_as_people_type_it(typed: str, month: str) -> None:
    """With or without a zero, a stroke, a century."""
    assert read_month(typed, NOON) == month


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "expiry_unreadable"),
        ("13/31", "expiry_unreadable"),
        ("00/31", "expiry_unreadable"),
        ("05/1931", "expiry_unreadable"),
        ("May", "expiry_unreadable"),
        ("11/26", "expiry_past"),
        ("01/47", "expiry_far"),
    ],
)
def test_a_month_that_no_card_has_is_refused_with_its_reason(typed: str, code: str) -> None:
    """Nonsense, what is over, and what is more than twenty years away."""
    with pytest.raises(Invalid, match=code):
        read_month(typed, NOON)


def test_the_month_that_is_and_twenty_years_are_still_good() -> None:
    """A card is good to the end of its month; on the first of the next one it may still be the last, somewhere."""
    assert read_month("12/26", NOON) == "202612"
    assert read_month("12/46", NOON) == "204612"
    assert read_month("11/26", datetime(2026, 12, 1, 3, tzinfo=UTC)) == "202611"


@pytest.mark.parametrize(("expiry", "reissued"), [("202611", True), ("202702", True), ("202703", False), (None, False)])
def test_only_a_card_near_its_end_may_have_been_issued_anew(expiry: str | None, reissued: bool) -> None:
    """Two months before, and after; one whose month is not known is the bank's to judge."""
    assert card(expiry).reissued(NOON) is reissued
