"""Say that something needs a person: by metric each minute, and by e-mail to whoever is configured.

A kind of work is told once an hour at most, and only if something of it was not told before. A letter that the mail server
did not take is tried again with the next round.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from ulid import ULID

from checkout.books.worklist import Count, Source, counts
from checkout.ground import dates
from checkout.ground.db import Tx, in_transaction, now, one, run, sql
from checkout.ground.observe import WORK, WORK_AGE
from checkout.ground.service import Service
from checkout.notices import mail
from checkout.notices.message import Came
from checkout.web.words import say

log = structlog.get_logger()
EVERY: Final = 60.0  # seconds
# Whoever comes first tells it; the others find the hour taken.
_TAKE = sql("""
INSERT INTO alarm (kind, told_at, known) VALUES (:kind, app_now(), CAST(:keys AS text[]))
ON CONFLICT (kind) DO UPDATE SET told_at = app_now(), known = excluded.known
 WHERE alarm.told_at <= app_now() - interval '1 hour' AND NOT excluded.known <@ alarm.known
RETURNING kind""")
_UNTOLD = sql("UPDATE alarm SET told_at = '-infinity', known = '{}' WHERE kind = ANY(CAST(:kinds AS text[]))")
# What was cured and breaks again is news.
_CURED = sql("""
UPDATE alarm SET known = ARRAY(SELECT key FROM unnest(known) AS key WHERE key = ANY(CAST(:keys AS text[])))
 WHERE kind = :kind AND NOT known <@ CAST(:keys AS text[])""")


async def watch(sources: Sequence[Source], service: Service) -> int:
    """One round. Never says that there is more to do at once."""
    found, at, news = await in_transaction(service.engine, lambda tx: _look(tx, service, sources))
    for count in found:
        WORK.labels(count.kind).set(len(count.keys))
        WORK_AGE.labels(count.kind).set((at - count.oldest).total_seconds() if count.oldest else 0)
    if news and not await _told(service, news, at):
        kinds = [count.kind for count in news]
        await in_transaction(service.engine, lambda tx: run(tx, _UNTOLD, kinds=kinds))
    return 0


async def _look(tx: Tx, service: Service, sources: Sequence[Source]) -> tuple[list[Count], datetime, list[Count]]:
    """What there is, and what of it is ours to tell now."""
    found = await counts(tx, sources)
    if service.config.alarms is None:
        return found, await now(tx), []
    news = []
    for count in found:
        keys = list(count.keys)
        await run(tx, _CURED, kind=count.kind, keys=keys)
        if keys and await one(tx, _TAKE, kind=count.kind, keys=keys) is not None:
            news.append(count)
    return found, await now(tx), news


async def _told(service: Service, news: Sequence[Count], at: datetime) -> bool:
    config = service.config
    assert config.alarms is not None  # noqa: S101 - see `_look`
    assert config.mail is not None  # noqa: S101 - the configuration asks for it
    language = config.alarms.language
    lines = [
        say(
            language,
            "alarm_line",
            what=say(language, f"work_{count.kind}"),
            count=len(count.keys),
            age=dates.age(at - (count.oldest or at), language),
        )
        for count in news
    ]
    where = say(language, "alarm_where", address=f"{config.public_url}/desk/worklist")
    letter = mail.Parcel(
        id=f"alarm_{ULID()}",
        to=config.alarms.email,
        subject=say(language, "alarm_subject", count=sum(len(count.keys) for count in news)),
        text="\n".join([*lines, "", where, ""]),
        host=config.host,
        now=at,
    )
    outcome = await mail.send(config.mail, letter)
    if outcome.came is not Came.SENT:
        log.error("alarm_not_told", why=outcome.why)
    return outcome.came is Came.SENT
