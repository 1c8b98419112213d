"""Token buckets in SQL: how much of something one key may ask for, at once and over time.

A key is a blind index, so that no address, phone or e-mail is at rest. A bucket that nobody touched for a day is full
again and is thrown away; a mark is a bucket that stays empty until then.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from checkout.ground.config import HOURS_KEPT, Brakes
from checkout.ground.db import Tx, one, run, sql

_SUBSCRIBER: Final = 64  # bits: an IPv6 subscriber is given at least so much to himself
# Transactions may commit in another order than they began: time never runs backwards for a bucket.
_LEVEL: Final = """least(CAST(:capacity AS float8), b.tokens + CAST(:per_hour AS float8) / 3600
                        * greatest(extract(epoch FROM app_now() - b.at)::float8, 0))"""
_TAKE = sql(f"""
INSERT INTO bucket AS b (key, tokens, at)
VALUES (:key, CAST(:capacity AS float8) - CAST(:cost AS float8), app_now())
ON CONFLICT (key) DO UPDATE SET tokens = {_LEVEL} - CAST(:cost AS float8), at = greatest(b.at, app_now())
 WHERE {_LEVEL} >= CAST(:cost AS float8)""")  # noqa: S608 - a constant of this file
_LACK = sql(f"""
SELECT CAST(:cost AS float8) - {_LEVEL} AS tokens FROM bucket b WHERE key = :key""")  # noqa: S608 - as above
_MARK = sql("""
INSERT INTO bucket (key, tokens, at) VALUES (:key, 0, app_now()) ON CONFLICT (key) DO NOTHING""")
_MARKED = sql("SELECT 1 FROM bucket WHERE key = :key")
_UNMARK = sql("DELETE FROM bucket WHERE key = :key")
_FORGET = sql(f"""
DELETE FROM bucket WHERE key = ANY(ARRAY(
  SELECT key FROM bucket WHERE at < app_now() - interval '{HOURS_KEPT} hours'
   ORDER BY at LIMIT :limit FOR UPDATE SKIP LOCKED))""")  # noqa: S608 - a constant


async def take(tx: Tx, key: bytes, *, capacity: float, per_hour: float, cost: float = 1.0) -> timedelta | None:
    """None, and `cost` tokens are gone; or how long until there are enough, and nothing is taken.

    A new bucket is full. `cost` is at most `capacity`, which is at most what a day refills. The bucket stays locked to
    the end of the transaction: take several in one order of kinds, and commit soon.
    """
    if await run(tx, _TAKE, key=key, capacity=capacity, per_hour=per_hour, cost=cost):
        return None
    lack = await one(tx, _LACK, key=key, capacity=capacity, per_hour=per_hour, cost=cost)
    assert lack is not None  # noqa: S101 - the refusal has locked it
    return timedelta(hours=lack.tokens / per_hour)


async def mark(tx: Tx, key: bytes) -> bool:
    """Remember `key` for a day; False if it is remembered already. Whoever comes second waits for the first to end."""
    return await run(tx, _MARK, key=key) == 1


async def marked(tx: Tx, key: bytes) -> bool:
    return await one(tx, _MARKED, key=key) is not None


async def unmark(tx: Tx, key: bytes) -> None:
    await run(tx, _UNMARK, key=key)


async def forget(tx: Tx, limit: int) -> int:
    """Throw away at most `limit` of those that are full again; how many that was."""
    return await run(tx, _FORGET, limit=limit)


def counted(brakes: Brakes, address: str | None) -> str | None:
    """The address as it is counted: an IPv6 subscriber by the whole /64, IPv4 in IPv6 clothes as IPv4.

    None for one that is not counted: of a free network, or nobody's.
    """
    if address is None:
        return None
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in free for free in brakes.free_networks):
        return None
    return str(ip_network((int(found), _SUBSCRIBER), strict=False) if isinstance(found, IPv6Address) else found)
