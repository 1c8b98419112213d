"""The circuit breaker of each bank, a row that every process shares: who does not answer is left alone for a while.

It stands between us and a bank that is down for two hours: what is due waits without a call, a payer is told at once and
keeps the visit, and a single call at the end of each pause finds out whether the bank is back. A row exists only while
something is wrong. What a person or a bank's callback asks about one payment is asked all the same: those come one by one.
Source: reliability.md G9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from checkout.ground.db import Row, Tx, one, rows, run, sql

TRIPS: Final = 5  # calls in a row without an answer
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=1)  # so long a recovery may go unnoticed
FORGOTTEN: Final = timedelta(minutes=2)  # failures further apart are no row of them

_READ = sql(
    "SELECT merchant, failures, since, retry_at, retry_at > app_now() AS resting FROM gateway_breaker ORDER BY merchant"
)
# Of calls side by side that fail at once, only those of a new pause make it longer.
_FAILED = sql("""
INSERT INTO gateway_breaker (merchant, failures, since, failed_at) VALUES (:merchant, 1, app_now(), app_now())
ON CONFLICT (merchant) DO UPDATE SET
  failures = CASE WHEN gateway_breaker.retry_at IS NULL AND gateway_breaker.failed_at < app_now() - CAST(:forgotten AS interval)
                  THEN 1 ELSE gateway_breaker.failures + 1 END,
  since = CASE WHEN gateway_breaker.retry_at IS NULL AND gateway_breaker.failed_at < app_now() - CAST(:forgotten AS interval)
               THEN app_now() ELSE gateway_breaker.since END,
  failed_at = app_now()
 WHERE gateway_breaker.retry_at IS NULL OR gateway_breaker.retry_at <= app_now()
RETURNING failures""")
_REST = sql("UPDATE gateway_breaker SET retry_at = app_now() + CAST(:pause AS interval) WHERE merchant = :merchant")
_ANSWERED = sql("DELETE FROM gateway_breaker WHERE merchant = :merchant")
_RANG = sql("UPDATE gateway_breaker SET retry_at = app_now() WHERE merchant = :merchant AND retry_at > app_now()")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A bank that did not answer `failures` times in a row since `since`. `resting`: it is left alone until `retry_at`."""

    merchant: str
    failures: int
    since: datetime
    retry_at: datetime | None
    resting: bool


def pause(failures: int) -> timedelta | None:
    """How long to leave the bank alone after so many failures in a row; None: not yet."""
    if failures < TRIPS:
        return None
    return min(FIRST_PAUSE * (1 << min(failures - TRIPS, 10)), LONGEST_PAUSE)


async def troubles(tx: Tx) -> list[Trouble]:
    """The banks that did not answer of late."""
    return [_trouble(row) for row in await rows(tx, _READ)]


async def trouble(tx: Tx, merchant: str) -> Trouble | None:
    return next((found for found in await troubles(tx) if found.merchant == merchant), None)


async def told(tx: Tx, merchant: str, *, silent: bool, troubled: bool) -> None:
    """What a call came to. `silent`: the bank could not be reached, broke down or begged for fewer calls; else it is there.

    `troubled`: it had not answered of late.
    """
    if silent:
        await _failed(tx, merchant)
    elif troubled:
        await run(tx, _ANSWERED, merchant=merchant)


async def _failed(tx: Tx, merchant: str) -> None:
    row = await one(tx, _FAILED, merchant=merchant, forgotten=FORGOTTEN)
    rest = pause(row.failures) if row else None
    if rest:
        await run(tx, _REST, merchant=merchant, pause=rest)


async def rang(tx: Tx, merchant: str) -> None:
    """A signed callback: whoever rings is alive, and is asked at once."""
    await run(tx, _RANG, merchant=merchant)


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(row.merchant, row.failures, row.since, row.retry_at, bool(row.resting))
