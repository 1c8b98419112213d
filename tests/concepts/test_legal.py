"""How a text reads at a moment, what became of it, and how two wordings differ: pure, against every order of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.catalogue.legal import Standing, Wish, Wording, in_force, plan, version_of
from checkout.ground.config import Consent
from checkout.ground.errors import Conflict, Invalid
from checkout.web.desk.texts.compared import Piece, pieces

FIRST: Final = Consent(
    kind="offer", version="1", required=True, title_ru="а", title_en="a", text_ru="первый", text_en="first"
)
START: Final = datetime(2026, 12, 1, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def wording(number: int, written: float, begins: float, withdrawn: float | None = None) -> Wording:
    """Written, to begin, and perhaps taken back at so many hours."""
    return Wording(
        id=number,
        kind="offer",
        version=f"v{number}",
        valid_from=at(begins),
        required=True,
        title_ru="а",
        title_en="a",
        text_ru=f"текст {number}",
        text_en=f"text {number}",
        written_by="olga",
        written_at=at(written),
        withdrawn_by=None if withdrawn is None else "nina",
        withdrawn_at=None if withdrawn is None else at(withdrawn),
    )


def wish(found: Standing, text: str, start: datetime | None = None, drop: tuple[str, ...] = ()) -> Wish:
    wanted = found.current.model_copy(update={"text_ru": text, "version": ""})
    return Wish("offer", wanted, start, drop, len(found.story))


def test_the_newest_that_began_and_stands_is_in_force() -> None:
    """What is to come and what was taken back is not; another kind is left as the file says."""
    other = FIRST.model_copy(update={"kind": "mailing"})
    kept = [wording(1, 0, 0), wording(2, 1, 5), wording(3, 2, 4, withdrawn=3), wording(4, 2, 9)]
    for hours, version in ((-1, "1"), (0, "v1"), (4.5, "v1"), (5, "v2"), (9, "v4")):
        found = in_force([FIRST, other], kept, at(hours))
        assert [one.version for one in found] == [version, "1"], hours


def test_the_story_tells_each_turn_once_in_its_order() -> None:
    """Written at once, planned, taken back, begun; what it followed is what was known when it was written."""
    kept = (wording(1, 0, 0), wording(2, 1, 5), wording(3, 2, 9, withdrawn=3), wording(4, 4, 4))
    found = Standing(FIRST, kept, at(6))
    assert [(turn.sign, turn.one.id, turn.by) for turn in found.story] == [
        ("written", 1, "olga"),
        ("written", 2, "olga"),
        ("written", 3, "olga"),
        ("withdrawn", 3, "nina"),
        ("written", 4, "olga"),
        ("began", 2, "olga"),
    ]
    assert [turn.before.version for turn in found.story] == ["1", "v1", "v2", "v2", "v1", "v1"]
    assert (found.current.version, found.since, found.planned) == ("v2", at(5), [])


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_story_only_grows(earlier: int, later: int) -> None:
    """So that its length says what was seen: whatever a form was shown over stands at the head of what is told now."""
    first, second = sorted((earlier, later))
    kept = [wording(1, 1, 1), wording(2, 2, 8), wording(3, 3, 7, withdrawn=5), wording(4, 6, 10)]

    def told(moment: int) -> list[tuple[str, int]]:
        """As the database had it at that hour."""
        then = [
            replace(one, withdrawn_at=None, withdrawn_by=None)
            if one.withdrawn_at is not None and one.withdrawn_at > at(moment)
            else one
            for one in kept
            if one.written_at <= at(moment)
        ]
        return [(turn.sign, turn.one.id) for turn in Standing(FIRST, tuple(then), at(moment)).story]

    assert told(second)[: len(told(first))] == told(first)


def test_a_plan_says_what_it_follows_and_what_follows_it() -> None:
    found = Standing(FIRST, (wording(1, 0, 0), wording(2, 1, 50)), at(2))
    planned = plan(found, wish(found, "новый", at(30)))
    assert planned.after is not None
    assert (planned.before.version, planned.after.version, planned.at_once) == ("v1", "2026-12-02", False)
    assert (planned.until, planned.dropped) == (found.written[1], ())
    instead = plan(found, wish(found, "новый", at(60), ("v2",)))
    assert (instead.before.version, instead.until, instead.dropped) == ("v1", None, (found.written[1],))
    assert plan(found, wish(found, found.current.text_ru)).changes is False


def test_a_day_that_is_over_means_at_once() -> None:
    found = Standing(FIRST, (), at(2))
    assert plan(found, wish(found, "новый", at(-9))).start == at(2)


def test_what_was_not_seen_is_refused_with_who_did_it() -> None:
    """By whoever was there last; where only time went on, by nobody."""
    kept = (wording(1, 0, 0), wording(2, 1, 5))
    before, after = Standing(FIRST, kept, at(2)), Standing(FIRST, kept, at(6))
    with pytest.raises(Conflict) as began:
        plan(after, wish(before, "новый"))
    assert began.value.code == "text_began"
    with pytest.raises(Conflict) as changed:
        plan(before, replace(wish(before, "новый"), seen=1))
    assert (changed.value.code, changed.value.facts["by"]) == ("text_changed", "olga")


def test_a_planned_day_takes_no_second_text() -> None:
    found = Standing(FIRST, (wording(1, 0, 30),), at(2))
    with pytest.raises(Invalid) as refused:
        plan(found, wish(found, "новый", at(30)))
    assert (refused.value.code, refused.value.pointer) == ("text_planned", "/from")
    assert plan(found, wish(found, "новый", at(30), ("v1",))).after is not None


def test_no_version_is_named_twice() -> None:
    day, taken = date(2026, 12, 1), {"x"}
    for _ in range(12):
        name = version_of(day, taken)
        assert name not in taken
        assert len(name) <= 20
        taken.add(name)
    assert {"2026-12-01", "2026-12-01.2", "2026-12-01.12"} <= taken


# --- two wordings side by side


_WORDS: Final = st.lists(st.sampled_from(["раз", "два", "три,", "и", "\n\n", " "]), max_size=60).map(" ".join)


@given(_WORDS, _WORDS)
def test_a_difference_leaves_out_no_word_that_changed(old: str, new: str) -> None:
    """Read without what is gone it is the new text, without what is new the old one, but for what stays and is left out."""
    found = list(pieces(old, new))
    if any(one.sign == "…" for one in found):
        return
    for text, sign in ((old, "+"), (new, "-")):
        read = " ".join(one.text for one in found if one.sign != sign)
        assert read.split() == text.split()


def test_a_word_in_a_long_text_is_shown_with_what_stands_beside_it() -> None:
    words = [f"слово{number}" for number in range(400)]
    found = list(pieces(" ".join(words), " ".join(["иначе" if one == "слово200" else one for one in words])))
    assert [one.sign for one in found if one.text.strip() or one.sign == "…"] == ["…", "=", "-", "+", "=", "…"]
    assert [one.text for one in found if one.sign in "-+"] == ["слово200", "иначе"]
    assert sum(len(one.text) for one in found) < 300


def test_a_text_that_is_another_one_is_told_as_that() -> None:
    """Not as a crossing of both that nobody can read."""
    found = [
        one for one in pieces("Раз в два года, и в срок.", "Совсем другие слова стоят в этом.") if one.text.strip()
    ]
    assert found == [Piece("-", "Раз в два года, и в срок."), Piece("+", "Совсем другие слова стоят в этом.")]


def test_a_text_of_the_same_few_words_costs_no_longer_than_another() -> None:
    """What would keep the matcher busy for a minute is told by its ends."""
    old = " ".join(f"с{number % 100}" for number in range(8000))
    found = list(pieces(old, f"{old} и ещё"))
    assert [one for one in found if one.text.strip() and one.sign != "="] == [Piece("+", "и ещё")]
