"""The timeline "why?" of an order: each event with a shape, a word, who, when, how much, and what to do about it. Pure.

A card that was refused while its payer could try another one changed nothing, so it is no event of ours: the bank's word
on it stands in the story all the same, and so does what the payer was told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from checkout.ground.events import SYSTEM
from checkout.ground.ids import CheckId
from checkout.notices import message
from checkout.notices.message import Message
from checkout.payment.history import Happened, Said
from checkout.web.words import BY_LANGUAGE
from gateways.money import Money
from gateways.sberbank.action_codes import DeclineReason, Explanation, explain

SHOWN: Final = 3  # of the newest, before the fold; the beginning stands after it
FOLDED_FROM: Final = 6  # so many and more are folded
BANK: Final = "bank"
STAFF: Final = "staff:"


class About(StrEnum):
    """What a story may be narrowed to."""

    MONEY = "money"
    MESSAGES = "messages"
    STAFF = "staff"  # whatever people of the clinic did


_MONEY: Final = frozenset(
    {"late_money", "surplus", "at_clinic", "return_asked", "fiscal"}
)  # events of an order that are about it
_OF_MONEY: Final = frozenset({"payment", "refund", "chargeback", "receipt", "card", "card_check"})
_TELLING: Final = frozenset({"link_asked", "reminder"})
_TOLD: Final = (message.State.SENT, message.State.FAILED)
_GOOD: Final = frozenset(
    {
        "captured",
        "confirmed",
        "cash_taken",
        "done",
        "paid_out",
        "given",
        "approve",
        "goods_arrived",
        "handed_over",
        "placed",
        "win",
        "return",
        "restored",
        "ready",
        "saved",
        "used",
        "kept",
        "prolonged",
    }
)
_BAD: Final = frozenset(
    {
        "declined",
        "hold_lost",
        "review",
        "contradiction",
        "late_money",
        "surplus",
        "reject",
        "no_show",
        "tried",
        "recognised",
        "lose",
        "failed",
        "not_restored",
        "not_prolonged",
    }
)
_OVER: Final = frozenset(
    {
        "cancelled",
        "expired",
        "lapsed",
        "voided",
        "cancel",
        "close",
        "storno",
        "accept",
        "removed",
        "erased",
        "unbound",
        "unsaved",
    }
)
_ASKED: Final = frozenset({"payment", "card_check"})  # what the bank was asked about
# Codes that say why nobody paid; of anything else the bank's code says nothing new.
_EXPLAINED: Final = frozenset({"declined", "lapsed"})
_NO_REFUSAL: Final = frozenset({DeclineReason.NONE, DeclineReason.NOT_ATTEMPTED, DeclineReason.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story. `reason`, `advice`: the bank's code in words, and what the receptionist may do.

    `fact`: what the bank said then, if its words are kept. `detail`: of a message, its way and its subject; of a card
    check that a person must see to, its number at the bank.
    """

    anchor: str
    at: datetime
    mark: str
    word: str
    who: str
    sum: Money | None
    reason: str | None
    advice: str | None
    fact: int | None
    about: frozenset[About]
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """Newest first: what is shown, what is folded, and how it began. `open`: a link leads to something that is folded."""

    newest: Sequence[Entry]
    folded: Sequence[Entry]
    first: Sequence[Entry]
    open: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of the story: about what alone, and which of its events it leads to."""

    about: About | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the events name: the bank's words by their ids, sums of payments and refunds, names of principals."""

    said: Mapping[int, Said]
    sums: Mapping[UUID, Money]
    names: Mapping[str, str]
    language: str


def who(event: Happened) -> str:
    """The principal; the bank, where we only wrote down what it said."""
    spoke = event.subject in _ASKED and "report" in event.data
    return BANK if spoke else event.principal


def told(events: Sequence[Happened], messages: Sequence[Message], known: Known, asked: Asked) -> Story:
    """`events` newest first; so is the story."""
    met = {event.fact_id for event in events}
    tries = [_tried(fact, known) for fact in known.said.values() if fact.id not in met and refused(fact.action_code)]
    letters = [_told(one, known) for one in reversed(messages) if one.state in _TOLD]
    happened = [_entry(event, known) for event in events]
    # Sorted by time alone: the sort is stable, and what happened at one moment keeps its order.
    every = sorted([*letters, *tries, *happened], key=lambda entry: entry.at, reverse=True)
    entries = [entry for entry in every if asked.about is None or asked.about in entry.about]
    if len(entries) < FOLDED_FROM:
        return Story(entries, (), (), open=False)
    folded = entries[SHOWN:-1]
    return Story(entries[:SHOWN], folded, entries[-1:], open=asked.event in {entry.anchor for entry in folded})


def refused(code: int | None) -> Explanation | None:
    """Why a card was refused, if it was."""
    meaning = explain(code) if code is not None else None
    return meaning if meaning and meaning.reason not in _NO_REFUSAL else None


def named(event: Happened, language: str) -> str:
    """What happened, in a word or two."""
    words = BY_LANGUAGE[language]
    return words.get(f"story_{event.subject}_{event.kind}", words["story_other"])


def _entry(event: Happened, known: Known) -> Entry:
    words = BY_LANGUAGE[known.language]
    explained = event.subject in _ASKED and event.kind in _EXPLAINED
    meaning = refused(_code(event, known.said)) if explained else None
    return Entry(
        anchor=f"e{event.seq}",
        at=event.at,
        mark=_mark(event.kind),
        word=named(event, known.language),
        who=known.names[who(event)],
        sum=_sum(event, known),
        reason=_reason(meaning, known.language),
        advice=words[f"desk_advice_{meaning.advice}"] if meaning else None,
        fact=_kept(event.fact_id, known.said),
        about=_about(event),
        detail=str(CheckId(event.subject_id)) if (event.subject, event.kind) == ("card_check", "review") else None,
    )


def _sum(event: Happened, known: Known) -> Money | None:
    """How much it is about: what was held, or is to be charged of it, need not be what was paid in the end."""
    whole = known.sums.get(event.subject_id)
    if whole is None or "sum" not in event.data:
        return whole
    return Money(event.data["sum"], whole.currency)


def _about(event: Happened) -> frozenset[About]:
    found = set()
    if event.subject in _OF_MONEY or event.kind in _MONEY:
        found.add(About.MONEY)
    if event.kind in _TELLING:
        found.add(About.MESSAGES)
    if who(event).startswith(STAFF):
        found.add(About.STAFF)
    return frozenset(found)


def _tried(fact: Said, known: Known) -> Entry:
    words, meaning = BY_LANGUAGE[known.language], refused(fact.action_code)
    return Entry(
        anchor=f"b{fact.id}",
        at=fact.at,
        mark=_mark("tried"),
        word=words["story_payment_tried"],
        who=known.names[BANK],
        sum=fact.amount,
        reason=_reason(meaning, known.language),
        advice=words[f"desk_advice_{meaning.advice}"] if meaning else None,
        fact=_kept(fact.id, known.said),
        about=frozenset({About.MONEY}),
    )


def _told(one: Message, known: Known) -> Entry:
    words, failed = BY_LANGUAGE[known.language], one.state is message.State.FAILED
    way = words[f"message_{one.channel}"]
    return Entry(
        anchor=f"m{one.id}",
        at=one.sent_at or one.created_at,
        mark="bad" if failed else "good",
        word=words[f"story_message_{one.state}"],
        who=known.names[SYSTEM],
        sum=None,
        reason=None,
        advice=None,
        fact=None,
        about=frozenset({About.MESSAGES}),
        detail=f"{way}: {one.subject}" if one.subject else way,
    )


def _reason(meaning: Explanation | None, language: str) -> str | None:
    if meaning is None:
        return None
    return meaning.en if language == "en" else meaning.ru


def _kept(fact_id: int | None, said: Mapping[int, Said]) -> int | None:
    return fact_id if fact_id is not None and fact_id in said and said[fact_id].kept else None


def _code(event: Happened, said: Mapping[int, Said]) -> int | None:
    if event.fact_id is not None and event.fact_id in said:
        return said[event.fact_id].action_code
    code = event.data.get("action_code")
    return code if isinstance(code, int) else None


def _mark(kind: str) -> str:
    if kind in _GOOD:
        return "good"
    if kind in _BAD:
        return "bad"
    return "over" if kind in _OVER else "wait"
