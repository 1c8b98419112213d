"""A message: one thing that is told to the payer over one channel. Pure.

due      is to be told, or was tried and is to be tried again
sent     the mail server, or the provider, took it
skipped  nobody need be told any more, or nobody can be: `outcome` says why
failed   it could not be told: a person's business
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from checkout.ground.ids import MessageId, OrderId


class State(StrEnum):
    DUE = "due"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


# What is worth a text message besides the letter: whether and when to come.
ALSO_BY_SMS: Final = ("paid", "moved", "cancelled", "late", "reminder")

# How long to wait after the n-th try that came to nothing, or may have; then a person. Some sixteen hours in all.
LADDER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 2 * 60, 4 * 60, 8 * 60))

# Stands in a kept text where the letter itself has the private link: what is at rest opens nothing.
LINK: Final = "[private link]"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is kept. `subject_id`: what its event happened to. `token` fences whoever is at it.

    `order_id` None: a code to a contact that is not a payer's yet. `resend_of`: the message whose words it repeats.
    """

    id: MessageId
    order_id: OrderId | None
    event_seq: int | None
    subject_id: UUID | None
    template: str
    channel: Channel
    state: State
    resend_of: MessageId | None
    subject: str | None
    sealed: bytes | None = field(repr=False)
    sealed_recipient: bytes | None = field(repr=False)
    outcome: str | None
    token: int
    attempts: int
    created_at: datetime
    sent_at: datetime | None

    @property
    def place(self) -> str:
        return place(self.id)


def place(message_id: MessageId) -> str:
    """What a message's sealed words are bound to."""
    return f"message/{message_id}"


class Came(StrEnum):
    """What one try came to."""

    SENT = "sent"
    NOT_YET = "not_yet"  # nobody was told, but somebody may be a little later
    UNSURE = "unsure"  # the line broke off: it may have arrived
    REFUSED = "refused"  # this letter, for good


@dataclass(frozen=True, slots=True)
class Outcome:
    """`why` is for staff: codes and our own words, never the server's, which quote addresses."""

    came: Came
    why: str | None = None


def verdict(code: int, what: str) -> Outcome:
    """A mail server's answer to this recipient or this text: 5xx is for good, 4xx is not."""
    permanent = code >= 500  # noqa: PLR2004 - where SMTP's permanent refusals begin
    return Outcome(Came.REFUSED if permanent else Came.NOT_YET, f"the mail server answered {code} to {what}")


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after the `attempts`-th try; None hands it to a person."""
    return now + LADDER[attempts - 1] if 1 <= attempts <= len(LADDER) else None
