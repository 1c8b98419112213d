"""The audit's chain: who rewrites the past, be it as the owner of the database, is found out.

Rows are appended plainly, so that the chain never holds up money. A chore gives each its link: the SHA-256 of the link
before and the row as it stands. Now and then it signs the newest link with a key that the database never sees (an
anchor), and says so in the log, which leaves the machine. Whoever changes, removes or slips in a row breaks a link;
whoever forges all links anew cannot sign; whoever cuts off the end with its anchors is betrayed by the log. Source:
decisions.md 24, reliability.md §8.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from checkout.books import broken
from checkout.books.invariants import Violation
from checkout.ground.crypto import Vault
from checkout.ground.db import Engine, Row, Tx, in_transaction, now, one, rows, run, snapshot, sql
from checkout.ground.observe import INVARIANTS
from checkout.ground.service import Service

log = structlog.get_logger()
WATCH: Final = "audit"
LOCK: Final = 7_240_116_002  # any fixed number of its own: one chain, one hand
BATCH: Final = 1000
READ_AT_ONCE: Final = 20_000
# Rows get their numbers before they are committed: a link may be owed to one that is this far behind the newest.
WINDOW: Final = 10_000
ANCHOR_EVERY: Final = timedelta(hours=1)
ANCHOR_AFTER: Final = 1000  # links
LATE: Final = (
    "interval '15 minutes'"  # a row without a link, or one older than those before it, is an alarm from then on
)
UNSIGNED: Final = "interval '3 hours'"
EMPTY: Final = bytes(32)
EVENT: Final = "audit_anchor"
SENTENCE: Final = "the audit is as it was written: each row in its chain, the chain under its signatures"

# A row as bytes, the same for ever: times to the microsecond in UTC, data as PostgreSQL writes jsonb.
_ROW: Final = """convert_to(CAST(jsonb_build_array(
    a.seq, to_char(a.at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS.US'), a.principal, a.action, a.object, a.outcome,
    a.request_id, a.client, a.agent, a.data) AS text), 'UTF8')"""
_LOCK = sql("SELECT pg_advisory_xact_lock(:lock)")
_LAST = sql("SELECT no, hash, (SELECT max(audit_seq) FROM audit_link) AS seq FROM audit_link ORDER BY no DESC LIMIT 1")
_UNLINKED = sql(f"""
SELECT a.seq, {_ROW} AS said FROM audit a
 WHERE a.seq > :floor AND NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.audit_seq = a.seq)
 ORDER BY a.seq LIMIT :limit""")  # noqa: S608 - constants of this file
_LINK = sql("""
INSERT INTO audit_link (no, audit_seq, hash)
SELECT * FROM unnest(CAST(:nos AS bigint[]), CAST(:seqs AS bigint[]), CAST(:hashes AS bytea[]))""")
_ANCHORED = sql("SELECT no, link_no, at FROM audit_anchor ORDER BY no DESC LIMIT 1")
_ANCHOR = sql("""
INSERT INTO audit_anchor (no, link_no, hash, at, signature) VALUES (:no, :link_no, :hash, :at, :signature)""")

_CHAIN = sql(f"""
WITH chain AS (
  SELECT l.no, l.audit_seq, l.hash, a.seq, a.at, {_ROW} AS said,
         lag(l.no) OVER along AS no_before, coalesce(lag(l.hash) OVER along, :empty) AS hash_before,
         max(a.at) OVER (ORDER BY l.no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest
    FROM audit_link l LEFT JOIN audit a ON a.seq = l.audit_seq
   WHERE l.no BETWEEN :first - 1 AND :last WINDOW along AS (ORDER BY l.no))
SELECT no, audit_seq,
       CASE WHEN no <> coalesce(no_before, 0) + 1 THEN 'a link before it is gone'
            WHEN seq IS NULL THEN 'deleted'
            WHEN hash <> sha256(hash_before || said) THEN 'changed, or a row before it is gone'
            WHEN at < newest - {LATE} THEN 'slipped in later' END AS fault
  FROM chain WHERE no >= :first""")  # noqa: S608 - as above
_LONGEST = sql("SELECT coalesce(max(no), 0) AS no FROM audit_link")
_LOOSE = sql(f"""
SELECT a.seq FROM audit a
 WHERE a.at < app_now() - {LATE} AND NOT EXISTS (SELECT 1 FROM audit_link l WHERE l.audit_seq = a.seq)
 ORDER BY a.seq LIMIT 20""")  # noqa: S608 - as above
_ANCHORS = sql("""
SELECT x.no, x.link_no, x.hash, x.at, x.signature, l.hash AS linked
  FROM audit_anchor x LEFT JOIN audit_link l ON l.no = x.link_no ORDER BY x.no""")
_UNSIGNED = sql(f"""
SELECT l.no FROM audit_link l JOIN audit a ON a.seq = l.audit_seq
 WHERE l.no > coalesce((SELECT max(link_no) FROM audit_anchor), 0) AND a.at < app_now() - {UNSIGNED}
 ORDER BY l.no LIMIT 1""")  # noqa: S608 - as above
_HASH_AT = sql("SELECT hash FROM audit_link WHERE no = :no")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed link, as the database keeps it and the log tells it."""

    no: int
    link_no: int
    hash: bytes
    at: datetime
    signature: bytes

    @property
    def message(self) -> bytes:
        return said(self.no, self.link_no, self.hash, self.at)

    def as_line(self) -> dict[str, Any]:
        signature = base64.b64encode(self.signature).decode()
        known = {"no": self.no, "link_no": self.link_no, "hash": self.hash.hex(), "at": self.at.isoformat()}
        return {**known, "signature": signature}


def said(no: int, link_no: int, digest: bytes, at: datetime) -> bytes:
    """What an anchor signs."""
    return f"audit-anchor/{no}/{link_no}/{digest.hex()}/{at.isoformat()}".encode()


def link(before: bytes, row: bytes) -> bytes:
    """The next link. Pure."""
    return hashlib.sha256(before + row).digest()


async def keep(service: Service) -> int:
    """A chore: link what was appended, sign the newest link if it is time; how many rows were linked."""

    async def work(tx: Tx) -> tuple[int, Anchor | None]:
        await one(tx, _LOCK, lock=LOCK)
        linked = await _linked(tx)
        return linked, await _anchored(tx, service.vault)

    linked, anchor = await in_transaction(service.engine, work)
    if anchor is not None:
        log.info(EVENT, **anchor.as_line())
    return linked


async def _linked(tx: Tx) -> int:
    last = await one(tx, _LAST)
    no, digest, seq = (last.no, bytes(last.hash), last.seq) if last else (0, EMPTY, 0)
    found = await rows(tx, _UNLINKED, floor=seq - WINDOW, limit=BATCH)
    hashes = []
    for row in found:
        digest = link(digest, bytes(row.said))
        hashes.append(digest)
    if found:
        nos = list(range(no + 1, no + 1 + len(found)))
        await run(tx, _LINK, nos=nos, seqs=[row.seq for row in found], hashes=hashes)
    return len(found)


async def _anchored(tx: Tx, vault: Vault) -> Anchor | None:
    """A new anchor on the newest link, where the last one is old or far behind."""
    last, before, moment = await one(tx, _LAST), await one(tx, _ANCHORED), await now(tx)
    if last is None or (before and last.no == before.link_no):
        return None
    if before and moment - before.at < ANCHOR_EVERY and last.no - before.link_no < ANCHOR_AFTER:
        return None
    no, digest = before.no + 1 if before else 1, bytes(last.hash)
    anchor = Anchor(no, last.no, digest, moment, vault.sign_anchor(said(no, last.no, digest, moment)))
    values = {"no": no, "link_no": last.no, "hash": digest, "at": moment, "signature": anchor.signature}
    await run(tx, _ANCHOR, **values)
    return anchor


async def verify(engine: Engine, vault: Vault, logged: Iterable[str] = ()) -> list[Violation]:
    """What was tampered with, over one snapshot. `logged`: lines of the log, whose anchors must still be in the chain."""
    async with snapshot(engine) as tx:
        faults = [fault async for fault in _faults(tx, vault, logged)]
    INVARIANTS.labels("audit").set(len(faults))
    return [Violation("audit", SENTENCE, tuple(faults[:20]), len(faults))] if faults else []


async def _faults(tx: Tx, vault: Vault, logged: Iterable[str]) -> AsyncIterator[str]:
    longest = await one(tx, _LONGEST)
    assert longest is not None  # noqa: S101 - an aggregate
    for first in range(1, longest.no + 1, READ_AT_ONCE):
        for row in await rows(tx, _CHAIN, first=first, last=first + READ_AT_ONCE - 1, empty=EMPTY):
            if row.fault:
                yield f"row {row.audit_seq}: {row.fault}"
    for row in await rows(tx, _LOOSE):
        yield f"row {row.seq}: without a link"
    async for fault in _unsigned(tx, vault):
        yield fault
    for line in logged:
        if forgotten := await _forgotten(tx, vault, line):
            yield forgotten


async def _unsigned(tx: Tx, vault: Vault) -> AsyncIterator[str]:
    for expected, row in enumerate(await rows(tx, _ANCHORS), 1):
        anchor = _anchor(row)
        if anchor.no != expected:
            yield f"anchor {expected}: gone"
            return
        if not vault.signed_anchor(anchor.message, anchor.signature):
            yield f"anchor {anchor.no}: not signed by us"
        elif row.linked is None or bytes(row.linked) != anchor.hash:
            yield f"anchor {anchor.no}: the chain before it was written anew"
    for row in await rows(tx, _UNSIGNED):
        yield f"link {row.no}: not signed in time"


def _anchor(row: Row[Any]) -> Anchor:
    return Anchor(row.no, row.link_no, bytes(row.hash), row.at, bytes(row.signature))


async def _forgotten(tx: Tx, vault: Vault, line: str) -> str | None:
    """Whether an anchor that was told to the log is not the chain's any more. Other lines say nothing."""
    try:
        told = json.loads(line)
        if told.get("event") != EVENT:
            return None
        digest, signature = bytes.fromhex(told["hash"]), base64.b64decode(told["signature"])
        anchor = Anchor(told["no"], told["link_no"], digest, datetime.fromisoformat(told["at"]), signature)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not vault.signed_anchor(anchor.message, anchor.signature):
        return f"the log's anchor {anchor.no}: not signed by us"
    row = await one(tx, _HASH_AT, no=anchor.link_no)
    if row is None or bytes(row.hash) != anchor.hash:
        return f"the log's anchor {anchor.no}: the chain does not lead to it any more"
    return None


async def watch(service: Service) -> int:
    """A chore: look the whole chain over, and raise the alarm."""
    found = await verify(service.engine, service.vault)
    for violation in found:
        log.error("audit_broken", rows=violation.rows)
    await in_transaction(service.engine, lambda tx: broken.keep(tx, WATCH, found))
    return 0
