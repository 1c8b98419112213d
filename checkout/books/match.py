"""Bring a registry in and hold it against our books: all of the file in one transaction, or nothing of it.

Nobody believes the bank's registry about a payment: what it names and we do not know is a break, never a payment. What
agrees is settled at once; the rest waits for a person, or for our own books to learn the same from the bank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from ulid import ULID

from checkout.books import break_store, registry_file, registry_store
from checkout.books.registry import Kind, Line, Operation, Ours, Tariff, Verdict, judge
from checkout.books.registry_file import Fault, RegistryError
from checkout.books.registry_store import Back, Known, Matched
from checkout.books.template import Template
from checkout.ground.config import Merchant
from checkout.ground.db import Tx, in_transaction
from checkout.ground.events import SYSTEM, From, audit
from checkout.ground.ids import PaymentId
from checkout.ground.service import Service
from checkout.payment import ledger_store
from checkout.payment.ledger import Settlement
from gateways.gateway import Way
from gateways.money import Money

AT_ONCE: Final = 500  # lines
REFUND_GRACE: Final = timedelta(days=3)  # until a refund that the bank accepted stands in its registry


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `fresh`: lines that no earlier file had; `known`: the very file, `file`, was there before."""

    file: UUID
    lines: int = 0
    fresh: int = 0
    matched: int = 0
    breaks: tuple[tuple[Kind, int], ...] = ()
    known: bool = False


@dataclass(slots=True)
class _Tally:
    """What one pass over the file has met so far."""

    lines: int = 0
    fresh: int = 0
    matched: int = 0
    ours: int = 0
    first: date = date.max
    last: date = date.min

    def meet(self, lines: Sequence[Line]) -> None:
        self.lines += len(lines)
        self.first = min(self.first, *(line.operated_on for line in lines))
        self.last = max(self.last, *(line.operated_on for line in lines))


async def bring_in(
    tx: Tx,
    service: Service,
    path: Path,
    template: tuple[str, Template],
    merchant: str,
    *,
    principal: str,
    force: bool,
    origin: From | None = None,
) -> Imported:
    """Import one file of one merchant; the same file or the same lines again change nothing.

    Leaves its line in the audit, with `origin` if it came by a request. Raises RegistryError for what is not understood,
    and for a file that names no order of ours unless `force`.
    """
    slug, _ = template
    done = await _brought_in(tx, service, path, template, merchant, principal=principal, force=force)
    data = {
        "merchant": merchant,
        "template": slug,
        "lines": done.lines,
        "fresh": done.fresh,
        "breaks": dict(done.breaks),
    }
    await audit(
        tx,
        principal=principal,
        action="registry.import",
        object_=str(done.file),
        outcome="done",
        origin=origin,
        data={"merchant": merchant, "known": True} if done.known else data,
    )
    return done


async def _brought_in(
    tx: Tx, service: Service, path: Path, template: tuple[str, Template], merchant: str, *, principal: str, force: bool
) -> Imported:
    slug, layout = template
    await registry_store.alone(tx, merchant)
    sha256 = registry_file.digest(path)
    if (known := await registry_store.known_file(tx, merchant, sha256)) is not None:
        return Imported(known, known=True)
    await registry_store.file_follows(tx)
    file, tally = ULID().to_uuid(), _Tally()
    books = await _books(tx, service, merchant)
    lines = registry_file.read(path, layout)
    while batch := list(islice(lines, AT_ONCE)):
        tally.meet(batch)
        await _take(tx, books, file, batch, tally)
    if not tally.ours and not force:
        raise RegistryError(Fault("no_overlap"))
    days = (tally.first, tally.last)
    await registry_store.add_file(
        tx, file, merchant=merchant, template=slug, sha256=sha256, lines=tally.lines, days=days, principal=principal
    )
    await _find_missing(tx, merchant, layout, tally.last)
    breaks = await break_store.count_breaks(tx, merchant, file)
    return Imported(file, tally.lines, tally.fresh, tally.matched, tuple(sorted(breaks.items())))


@dataclass(frozen=True, slots=True)
class _Books:
    """Whose registry it is, among whom, and by what fees it is judged."""

    merchant: str
    merchants: tuple[str, ...]
    tariffs: Mapping[Way, Tariff | None]


async def _books(tx: Tx, service: Service, merchant: str) -> _Books:
    tariffs = {way: await _tariff(tx, service.config.merchant(merchant), way) for way in Way}
    return _Books(merchant, tuple(each.slug for each in service.config.merchants), tariffs)


async def _tariff(tx: Tx, merchant: Merchant, way: Way) -> Tariff | None:
    """As the contract says of this way; else as the registry before. The contract's one tariff is that of cards."""
    agreed = merchant.tariffs.get(way) or (merchant.tariff if way is Way.CARD else None)
    if agreed is not None:
        return Tariff(agreed.percent, agreed.least)
    return await registry_store.last_tariff(tx, merchant.slug, way)


async def _take(tx: Tx, books: _Books, file: UUID, batch: Sequence[Line], tally: _Tally) -> None:
    ids = await registry_store.add_lines(tx, file, books.merchant, batch)
    fresh = [(ids[line.number], line) for line in batch if line.number in ids]
    known = await _known(tx, books, batch)
    tally.ours += sum(found.merchant == books.merchant for found in known.found.values())
    tally.fresh += len(fresh)
    tally.matched += (await _settle(tx, books, known, fresh)).matched


def _number(line: Line) -> PaymentId | None:
    try:
        return PaymentId.parse(line.order_number or "")
    except ValueError:
        return None


class _Ledger:
    """Our side of some lines. What one line takes is gone for the next."""

    def __init__(self, found: Iterable[Known], merchant: str) -> None:
        self.found = {known.id: known for known in found}
        # Of two merchants with the same reference at their banks, this one's counts.
        ranked = sorted(self.found.values(), key=lambda known: known.merchant == merchant)
        self._by_reference = {known.reference: known for known in ranked if known.reference}
        self._settled = {known.id for known in self.found.values() if known.settled}
        self._back = {known.id: list(known.back) for known in self.found.values()}

    def meant(self, line: Line) -> Known | None:
        """The payment that a line speaks of: by our own number, else by the bank's reference."""
        number = _number(line)
        if number in self.found:
            return self.found[number]
        return self._by_reference.get(line.parent or line.reference)

    def ours(self, line: Line, known: Known) -> Ours:
        back = None if line.operation is Operation.PAYMENT else self._candidate(line, known)
        return Ours(
            order=known.order,
            payment=known.id,
            merchant=known.merchant,
            expected=self._expected(line, known, back),
            currency=known.captured.currency,
            refund=back.id if back else None,
            settled=line.operation is Operation.PAYMENT and known.id in self._settled,
            supposed=back is not None and back.supposed,
        )

    def _expected(self, line: Line, known: Known, back: Back | None) -> Money | None:
        if line.operation is Operation.PAYMENT:
            return known.captured or None
        return back.amount if back else None

    def _candidate(self, line: Line, known: Known) -> Back | None:
        """The refund with just this sum, else the oldest that waits for its line."""
        waiting = [back for back in self._back[known.id] if back.operation is line.operation]
        same = [back for back in waiting if back.amount == line.amount]
        return next(iter(same or waiting), None)

    def take(self, ours: Ours, operation: Operation) -> None:
        if ours.refund is None:
            self._settled.add(ours.payment)
        else:
            taken = (ours.refund, operation)
            self._back[ours.payment] = [back for back in self._back[ours.payment] if (back.id, back.operation) != taken]


async def _known(tx: Tx, books: _Books, lines: Iterable[Line]) -> _Ledger:
    lines = list(lines)
    numbers = {number for line in lines if (number := _number(line))}
    references = {line.parent or line.reference for line in lines}
    return _Ledger(await registry_store.payments(tx, numbers, references, books.merchants), books.merchant)


def _judged(ledger: _Ledger, books: _Books, line: Line) -> tuple[Verdict, Known | None, Ours | None]:
    known = ledger.meant(line)
    ours = ledger.ours(line, known) if known else None
    verdict = judge(line, ours, books.merchant, books.tariffs[known.way] if known else None)
    if verdict.agrees and ours:
        ledger.take(ours, line.operation)
    return verdict, known, ours


@dataclass(frozen=True, slots=True)
class _Settled:
    """How many lines agree, and what is open about the others, by their ids."""

    matched: int
    kinds: dict[int, Kind]


async def _settle(tx: Tx, books: _Books, ledger: _Ledger, lines: Sequence[tuple[int, Line]]) -> _Settled:
    """Judge lines by their ids; settle what agrees, note what does not."""
    matched: list[Matched] = []
    settlements: list[Settlement] = []
    breaks: dict[int, tuple[Kind, Known | None]] = {}
    for line_id, line in lines:
        verdict, known, ours = _judged(ledger, books, line)
        if verdict.agrees and ours:
            matched.append(Matched(line_id, ours.order, ours.payment, ours.refund))
            settlements.append(Settlement(ours.order, books.merchant, line_id, line.net, line.fee))
        if verdict.kind:
            breaks[line_id] = verdict.kind, known
    await registry_store.match(tx, matched, principal=SYSTEM)
    await ledger_store.settle(tx, settlements)
    await break_store.add_breaks(tx, books.merchant, breaks)
    return _Settled(len(matched), {line_id: kind for line_id, (kind, _) in breaks.items()})


async def _find_missing(tx: Tx, merchant: str, layout: Template, last: date) -> None:
    """Since the first registry ever: a day that the bank forgot as a whole is missing as well."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), layout.tz)

    since, until = midnight(await registry_store.first_day(tx, merchant)), midnight(last + timedelta(days=1))
    await break_store.find_missing(
        tx, merchant, since=since, payments_until=until, refunds_until=until - REFUND_GRACE, zone=layout.zone
    )


async def judge_again(service: Service) -> int:
    """One round over lines that disagreed: our books may have learned meanwhile what the bank's registry said."""
    for merchant in await in_transaction(service.engine, break_store.troubled):
        after: int | None = 0
        while after is not None:
            after = await in_transaction(service.engine, partial(_again, service, merchant, after))
    return 0  # what still disagrees is no work left over


async def _again(service: Service, merchant: str, after: int, tx: Tx) -> int | None:
    """The next lines after this one; the last of them, or None at the end."""
    await registry_store.alone(tx, merchant)
    books = await _books(tx, service, merchant)
    open_ = await break_store.to_judge_again(tx, merchant, after=after, limit=AT_ONCE)
    ledger = await _known(tx, books, [line for _, line, _ in open_])
    settled = await _settle(tx, books, ledger, [(line_id, line) for line_id, line, _ in open_])
    for line_id, _, before in open_:
        if settled.kinds.get(line_id, before) not in (before, Kind.FEE):
            await break_store.end_others(tx, line_id, settled.kinds[line_id], principal=SYSTEM)
    return open_[-1][0] if len(open_) == AT_ONCE else None
