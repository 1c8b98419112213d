"""Two wordings side by side: what of them differs, in words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Final, Literal

from checkout.ground.config import Consent
from checkout.web.words import LANGUAGES, say

_WORD: Final = re.compile(r"\s*\S+|\s+")
_ALIKE: Final = 0.4  # of the words; of less than that one reads the old and then the new
_MOST: Final = 100_000  # pairs of a word here and the same word there: a second's work at worst
_AROUND: Final = 120  # characters of what stays that are shown on either side of a change
_Step = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stays, is gone or is new; "…": more that stays is left out."""

    sign: Literal["=", "-", "+", "…"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: `what` it is; `lang`: whose language it is in; None: the page's."""

    what: str
    old: str
    new: str
    lang: str | None = None

    @property
    def pieces(self) -> list[Piece]:
        return list(pieces(self.old, self.new))


def differences(before: Consent, after: Consent, language: str) -> list[Difference]:
    """In the order of the form, named in `language`."""
    found = list(_words(before, after, "title", say(language, "text_titles"), language))
    if before.required != after.required:
        was, will = (say(language, "text_required" if one.required else "text_optional") for one in (before, after))
        found.append(Difference(say(language, "text_need"), was, will))
    return found + list(_words(before, after, "text", say(language, "text_bodies"), language))


def _words(before: Consent, after: Consent, part: str, called: str, language: str) -> Iterator[Difference]:
    for one in LANGUAGES:
        old, new = (getattr(text, f"{part}_{one}") for text in (before, after))
        if old != new:
            yield Difference(f"{called} ({say(language, f'entry_in_{one}')})", old, new, one)


def pieces(old: str, new: str) -> Iterator[Piece]:
    """Word by word; of long runs that stay only what stands beside a change."""
    was, now = _WORD.findall(old), _WORD.findall(new)
    steps = _steps(was, now)
    for number, (sign, left, right, low, high) in enumerate(steps):
        if sign == "equal":
            yield from _beside("".join(was[left:right]), first=number == 0, last=number == len(steps) - 1)
        else:
            yield from _instead("".join(was[left:right]), "".join(now[low:high]))


def _steps(was: Sequence[str], now: Sequence[str]) -> list[_Step]:
    """What stays and what does not. Of texts that have little in common, or too much of the same, only their ends stay."""
    known = Counter(was)
    if sum(known[word] * number for word, number in Counter(now).items() if not _everywhere(number, now)) <= _MOST:
        matcher = SequenceMatcher(None, was, now)
        if matcher.ratio() >= _ALIKE:
            return matcher.get_opcodes()
    head = _alike(was, now)
    tail = _alike(was[head:][::-1], now[head:][::-1])
    left, right = len(was) - tail, len(now) - tail
    found: list[_Step] = [
        ("equal", 0, head, 0, head),
        ("replace", head, left, head, right),
        ("equal", left, len(was), right, len(now)),
    ]
    return [step for step in found if step[1] < step[2] or step[3] < step[4]]


def _alike(was: Sequence[str], now: Sequence[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, now, strict=False)))


def _everywhere(number: int, now: Sequence[str]) -> bool:
    """Whether a word is so frequent that the matcher looks past it, as its documentation has it."""
    return len(now) >= 200 and number > len(now) // 100 + 1  # noqa: PLR2004 - the matcher's own figures


def _instead(old: str, new: str) -> Iterator[Piece]:
    """What is gone, then what is new; the space before and between them belongs to neither."""
    words = new or old
    yield Piece("=", words[: len(words) - len(words.lstrip())])
    if gone := old.strip():
        yield Piece("-", gone)
    if gone and new:
        yield Piece("=", "\n" if "\n" in old + new else " ")
    if come := new.strip():
        yield Piece("+", come)


def _beside(text: str, *, first: bool, last: bool) -> Iterator[Piece]:
    head, tail = "" if first else text[:_AROUND], "" if last else text[-_AROUND:]
    if len(text) <= len(head) + len(tail):
        yield Piece("=", text)
        return
    if head:
        yield Piece("=", head)
    yield Piece("…")
    if tail:
        yield Piece("=", tail)
