"""Tell the payer what happened: claim, write, send, note. Three short transactions, and none while the network talks.

The words are kept before they are said, and once they may have been heard every further try says the same under the
same Message-ID: what stands in the record is what arrived, whenever a process dies. Before each try the facts are asked
once more: what is overtaken is not told any more. A result is noted only under the token it was fetched with.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from checkout.ground.crypto import unseal
from checkout.ground.db import DATABASE_TROUBLE, Tx, in_transaction
from checkout.ground.db import now as database_now
from checkout.ground.observe import MESSAGES
from checkout.ground.service import Service
from checkout.notices import calendar, codes, mail, sms, store
from checkout.notices.letter import Letter, Letters, Matter, Skip
from checkout.notices.message import LINK, Came, Channel, Message, Outcome, State, next_try
from checkout.payment.order import Plan
from checkout.payment.place import link_token
from checkout.privacy import store as people
from checkout.privacy.store import Kept

log = structlog.get_logger()
AT_ONCE: Final = 8  # messages on their way side by side
OPEN: Final = frozenset({Came.NOT_YET, Came.UNSURE})  # to be tried again
WITH_ENTRY: Final = frozenset({"placed", "paid", "moved", "cancelled"})  # letters that bring the calendar entry


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be handed over: the words with the private link in its place."""

    to: str = field(repr=False)
    subject: str | None
    text: str = field(repr=False)
    now: datetime
    entry: tuple[bytes, str] | None = field(default=None, repr=False)


async def send_due(letters: Letters, service: Service) -> int:
    """One round over what is due; the number of messages taken up."""
    config = service.config
    if config.mail is None and config.sms is None:
        skipped = await in_transaction(service.engine, lambda tx: store.no_way_out(tx, unconfigured(Channel.EMAIL)))
        for template, channel in skipped:
            MESSAGES.labels(template, channel, "skipped").inc()
        return len(skipped)
    held = await in_transaction(service.engine, lambda tx: store.claim(tx, AT_ONCE, sms=config.sms is not None))
    results = await asyncio.gather(*(tell(letters, service, one) for one in held), return_exceptions=True)
    for failure in results:
        if isinstance(failure, BaseException):
            log.error("message_not_noted", reason=type(failure).__name__)
    return len(held)


async def tell(letters: Letters, service: Service, held: Message) -> None:
    """One message that is leased to the caller. Trouble with one must not hold up the others."""
    try:
        ready = await in_transaction(service.engine, lambda tx: prepare(tx, service, letters, held))
        if ready is None:
            return
        outcome = await hand_over(service, held, ready)
    except DATABASE_TROUBLE:
        raise  # the lease runs out, and it is tried again
    except Exception as reason:
        log.exception("message_broken", message=str(held.id), template=held.template)
        outcome = Outcome(Came.UNSURE, f"broken: {type(reason).__name__}")
    await in_transaction(service.engine, lambda tx: note(tx, held, outcome))


async def prepare(tx: Tx, service: Service, letters: Letters, held: Message) -> Ready | None:
    """The words and where they go; None if there is nothing to do: skipped, or somebody else is at it."""
    current = await store.fenced(tx, held)
    if current is None:
        return None
    found = await _ready(tx, service, letters, current)
    if isinstance(found, Ready):
        return found
    await store.finish(tx, current, State.SKIPPED, outcome=found.why)
    MESSAGES.labels(current.template, current.channel, "skipped").inc()
    return None


async def _ready(tx: Tx, service: Service, letters: Letters, current: Message) -> Ready | Skip:
    if not _configured(service, current.channel):
        return Skip(unconfigured(current.channel))
    if current.order_id is None:
        return await _code(tx, service, current)
    matter = await store.matter(tx, service, current)
    known = await people.known(tx, service.vault, matter.order.payer_id)
    if known is None:
        return Skip("the payer was erased")
    payer, kept = known
    # Words that a person asked to be sent again are sent, whatever has become of the order since.
    composed = None if current.resend_of else await letters[current.template](tx, service, matter)
    if isinstance(composed, Skip):
        return composed
    letter = await _frozen(tx, current, kept, composed)
    link = private_link(service, matter)
    return Ready(
        to=payer.email if current.channel is Channel.EMAIL else payer.phone,
        subject=letter.subject,
        text=letter.text.replace(LINK, link),
        now=matter.now,
        entry=_entry(matter, link) if current.template in WITH_ENTRY else None,
    )


async def _frozen(tx: Tx, current: Message, kept: Kept, composed: Letter | None) -> Letter:
    """The words that may have been heard already; else today's, kept before they are said."""
    if current.sealed is not None:
        return Letter(current.subject, kept.unseal(current.sealed, place=current.place))
    assert composed is not None  # noqa: S101 - a message sent again is born with its words
    sealed = kept.seal(composed.text, place=current.place)
    await store.keep(tx, current, subject=composed.subject, sealed=sealed)
    return composed


async def _code(tx: Tx, service: Service, current: Message) -> Ready | Skip:
    """A code goes to a contact that is nobody's yet, and only as long as it is good for something."""
    now = await database_now(tx)
    if now >= current.created_at + codes.LIFE:
        return Skip("the code is not valid any more")
    assert current.sealed is not None  # noqa: S101 - born with its words
    assert current.sealed_recipient is not None  # noqa: S101 - a constraint holds it
    key = service.vault.answer_key
    text = unseal(key, current.sealed, place=current.place).decode()
    to = unseal(key, current.sealed_recipient, place=codes.recipient_place(current.id)).decode()
    return Ready(to=to, subject=current.subject, text=text, now=now)


async def hand_over(service: Service, held: Message, ready: Ready) -> Outcome:
    """To the mail server or the provider. Nothing here touches the database."""
    config = service.config
    if held.channel is Channel.SMS:
        assert config.sms is not None  # noqa: S101 - see `prepare`
        assert service.sms is not None  # noqa: S101 - opened with the configuration
        return await sms.send(config.sms, service.sms, id_=str(held.id), phone=ready.to, text=ready.text)
    assert config.mail is not None  # noqa: S101 - see `prepare`
    parcel = mail.Parcel(
        id=str(held.id),
        to=ready.to,
        subject=ready.subject or "",
        text=ready.text,
        host=config.host,
        now=ready.now,
        calendar=ready.entry,
    )
    return await mail.send(config.mail, parcel)


async def note(tx: Tx, held: Message, outcome: Outcome) -> None:
    """Write what the try came to; silently nothing if somebody else holds a newer token."""
    due_at = next_try(held.attempts, await database_now(tx)) if outcome.came in OPEN else None
    state = State.SENT if outcome.came is Came.SENT else State.DUE if due_at else State.FAILED
    unsaid = state is State.DUE and outcome.came is Came.NOT_YET and held.sealed is None  # nor in an earlier try
    if not await store.finish(tx, held, state, outcome=outcome.why, due_at=due_at, unsaid=unsaid):
        MESSAGES.labels(held.template, held.channel, "fenced").inc()
        return
    MESSAGES.labels(held.template, held.channel, "retried" if state is State.DUE else state).inc()
    if state is State.FAILED:
        log.error("message_failed", message=str(held.id), template=held.template, why=outcome.why)


def _configured(service: Service, channel: Channel) -> bool:
    return (service.config.sms if channel is Channel.SMS else service.config.mail) is not None


def unconfigured(channel: Channel) -> str:
    return "no sms configured" if channel is Channel.SMS else "no mail configured"


def private_link(service: Service, matter: Matter) -> str:
    """Derived anew each time: it is kept nowhere."""
    return f"{service.config.public_url}/o/{link_token(service, matter.order.id)}"


def _entry(matter: Matter, link: str) -> tuple[bytes, str] | None:
    """The entry as the order stands now, for a visit that stands or once stood."""
    order, cancelled = matter.order, matter.facts.cancelled
    stood = bool(matter.facts.paid) or order.plan is Plan.AT_CLINIC
    if not (matter.visit or (cancelled and stood)):
        return None
    entry = calendar.entry(order, matter.clinic, language=order.language, url=link, cancelled=cancelled, now=matter.now)
    return entry, calendar.method(cancelled=cancelled)
