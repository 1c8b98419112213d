"""The fiscal cart of a sum: what of an order it pays for, to the kopeck, or gives back. Pure.

A sum that is less than the price is spread over the lines by what is still open of them, pro rata, the last one taking the
rest. A receipt's price times its quantity is its sum exactly, so what does not divide becomes two rows of one line: that
is also how a discount is written. A row's code is its line and a number, by which a line is found again.
Source: decisions.md 6, gateway.md §9, product.md §6.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from checkout.catalogue.catalogue import Kind
from gateways.fiscal import NAME_LENGTH, Payment, Position, Subject, Vat
from gateways.money import Money

NO_LINE: Final = 0  # of a sum that no line asks for
OVER: Final = {"ru": "Аванс", "en": "Advance"}
_THINGS: Final = {Kind.GOODS: Subject.GOODS, Kind.SERVICE: Subject.SERVICE, Kind.OPTION: Subject.SERVICE}


@dataclass(frozen=True, slots=True)
class Item:
    """A line as a receipt sees it. `vat` by the day of the receipt; `done`: given already, or handed over."""

    line: int
    name: str
    kind: Kind
    quantity: int
    amount: Money
    vat: Vat
    done: bool = False

    @property
    def thing(self) -> Subject:
        return _THINGS[self.kind]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a sum belongs to one line, with the signs that it has there."""

    line: int
    name: str
    quantity: int
    amount: Money
    vat: Vat
    payment: Payment
    subject: Subject


def paying(
    items: Sequence[Item], paid: Money, amount: Money, *, language: str, as_payment: bool = False
) -> tuple[Position, ...]:
    """The cart of a sum that is paid now, after `paid` was paid before.

    What was given already is paid for; anything else is paid before, in full if this one sum is the whole price.
    `as_payment`: what is paid before is called a payment, where the bank wants it so. A sum over the price is an advance.
    """
    open_ = _open(items, paid)
    left = sum(one.amount for one in open_)
    within = Money(min(amount.amount, left), amount.currency)
    whole = not paid and within == amount and left == within.amount
    before = Payment.FULL_PREPAYMENT if whole else Payment.PREPAYMENT
    parts = [
        _paid(item, share, Payment.FULL_PAYMENT if item.done else before, as_payment=as_payment)
        for item, share in zip(items, spread(within, open_), strict=True)
        if share
    ]
    if within < amount:
        parts.append(_advance(amount - within, language))
    return positions(parts)


def _open(items: Sequence[Item], paid: Money) -> list[Money]:
    """What is still to be paid of each line."""
    whole = sum(item.amount.amount for item in items)
    spent = spread(Money(min(paid.amount, whole), paid.currency), [item.amount for item in items])
    return [item.amount - gone for item, gone in zip(items, spent, strict=True)]


def spread(amount: Money, room: Sequence[Money]) -> list[Money]:
    """A sum over places, in proportion to their room and never more than it: the last that has any takes the rest.

    Raises ValueError if it is more than all the room.
    """
    whole = sum(one.amount for one in room)
    if amount.amount > whole:
        raise ValueError("more than there is room for")
    parts = [amount.amount * one.amount // whole if whole else 0 for one in room]
    rest = amount.amount - sum(parts)
    for place in range(len(room) - 1, -1, -1):
        more = min(rest, room[place].amount - parts[place])
        parts[place], rest = parts[place] + more, rest - more
    return [Money(part, amount.currency) for part in parts]


def _paid(item: Item, share: Money, payment: Payment, *, as_payment: bool) -> Part:
    before = payment.before
    vat = item.vat.before if before else item.vat
    subject = Subject.PAYMENT if before and as_payment else item.thing
    return Part(item.line, item.name, item.quantity, share, vat, payment, subject)


def _advance(amount: Money, language: str) -> Part:
    return Part(NO_LINE, OVER[language], 1, amount, Vat.NONE, Payment.ADVANCE, Subject.PAYMENT)


def closing(items: Sequence[Item], kept: Mapping[int, Money]) -> tuple[Position, ...]:
    """The full settlement over what was paid before for these lines, and was kept: nothing for a line without any."""
    return positions(
        replace(_paid(item, kept[item.line], Payment.FULL_PAYMENT, as_payment=False))
        for item in items
        if kept.get(item.line)
    )


@dataclass(frozen=True, slots=True)
class Balance:
    """What of one payment did not go back, by line: `ahead` came before the thing itself, `settled` is for what was given."""

    ahead: Mapping[int, Money]
    settled: Mapping[int, Money]

    @property
    def left(self) -> dict[int, Money]:
        return added((self.ahead, self.settled))

    @property
    def sum(self) -> Money:
        return sum(self.left.values(), Money(0))

    def without(self, amount: Money, wanted: Mapping[int, int]) -> Balance:
        """As if so much of it had gone back as a refund names it (see `drawn`): what came before goes first."""
        takes = drawn(self.left, amount, wanted)
        ahead = {line: min(takes[line], sum_) for line, sum_ in self.ahead.items()}
        return Balance(
            {line: sum_ - ahead[line] for line, sum_ in self.ahead.items()},
            {line: sum_ - (takes[line] - ahead[line]) for line, sum_ in self.settled.items()},
        )


def balance(sold: Sequence[Position], settled: Iterable[Position], gone: Iterable[Position]) -> Balance:
    """Where a payment's rows stand after the rows of its settlements and of its refunds."""
    came, back, closed = by_line(_ahead(sold)), list(gone), by_line(settled)
    returned = by_line(_ahead(back))
    whole, all_back = by_line(sold), by_line(back)
    ahead, done = {}, {}
    for line, amount in whole.items():
        nothing = Money(0, amount.currency)
        open_ = came.get(line, nothing) - closed.get(line, nothing) - returned.get(line, nothing)
        ahead[line] = max(open_, nothing)
        done[line] = max(amount - all_back.get(line, nothing) - ahead[line], nothing)
    return Balance(ahead, done)


def _ahead(rows: Iterable[Position]) -> list[Position]:
    return [one for one in rows if one.payment.before]


def drawn(room: Mapping[int, Money], amount: Money, wanted: Mapping[int, int]) -> dict[int, Money]:
    """By line, what a sum takes that goes back.

    `wanted`: kopecks by line as a refund names them; what a line cannot give because less was paid for it is taken from the
    others. Raises ValueError if it is more than all the room.
    """
    takes = {line: min(wanted.get(line, 0), sum_.amount) for line, sum_ in room.items()}
    over = sum(takes.values()) - amount.amount
    for line in sorted(takes, reverse=True):  # too much is named where a payment was for a part only
        less = min(max(over, 0), takes[line])
        takes[line], over = takes[line] - less, over - less
    free = [Money(room[line].amount - takes[line], amount.currency) for line in takes]
    more = spread(Money(max(-over, 0), amount.currency), free)
    return {line: Money(takes[line] + one.amount, amount.currency) for line, one in zip(takes, more, strict=True)}


def shrunk(sold: Sequence[Position], amount: Money) -> tuple[Position, ...]:
    """The rows of what was sold, brought down to a sum that is less. Raises ValueError if it is more."""
    return positions(_parts(sold, drawn(by_line(sold), amount, {}), {}))


def giving_back(
    sold: Sequence[Position],
    here: Balance,
    amount: Money,
    wanted: Mapping[int, int],
    settled_as: Mapping[int, Position] | None = None,
) -> tuple[Position, ...]:
    """The cart of a refund: what is not settled yet with the signs that it was sold with, the rest as it was settled.

    `settled_as`: by line, a row of its settlement; what was paid for after it was given needs none. `wanted` as of `drawn`.
    Never more than there is: raises ValueError.
    """
    rest = here.without(amount, wanted)
    ahead = {line: sum_ - rest.ahead[line] for line, sum_ in here.ahead.items()}
    settled = {line: sum_ - rest.settled[line] for line, sum_ in here.settled.items()}
    return positions([*_parts(sold, ahead, {}), *_parts(sold, settled, settled_as or {})])


def _parts(sold: Sequence[Position], takes: Mapping[int, Money], as_: Mapping[int, Position]) -> list[Part]:
    """Something of each line that was sold, with the signs of another row of it where there is one."""
    counts, samples = _counts(sold), {line_of(one): one for one in sold}
    signs = {line: as_.get(line, one) for line, one in samples.items()}
    return [
        Part(line, one.name, counts[line], takes[line], signs[line].vat, signs[line].payment, signs[line].subject)
        for line, one in samples.items()
        if takes[line]
    ]


def by_line(rows: Iterable[Position]) -> dict[int, Money]:
    """What rows come to, by their lines."""
    found: dict[int, Money] = {}
    for one in rows:
        line = line_of(one)
        found[line] = found[line] + one.amount if line in found else one.amount
    return found


def added(sums: Iterable[Mapping[int, Money]]) -> dict[int, Money]:
    """Several such sums in one."""
    found: dict[int, Money] = {}
    for each in sums:
        for line, amount in each.items():
            found[line] = found[line] + amount if line in found else amount
    return found


def line_of(one: Position) -> int:
    return int(one.code.partition("-")[0])


def positions(parts: Iterable[Part]) -> tuple[Position, ...]:
    """Each part as one row, or as two where it does not divide by its quantity; those of a line are numbered through."""
    found: list[Position] = []
    for part in parts:
        found += _rows(part, 1 + sum(line_of(one) == part.line for one in found))
    return tuple(found)


def _rows(part: Part, first: int) -> list[Position]:
    price, rest = divmod(part.amount.amount, part.quantity)
    counted = [(part.quantity - rest, price), (rest, price + 1)]
    return [
        Position(
            code=f"{part.line}-{number}",
            name=_name(part.name),
            quantity=Decimal(count),
            price=Money(each, part.amount.currency),
            amount=Money(each * count, part.amount.currency),
            vat=part.vat,
            payment=part.payment,
            subject=part.subject,
        )
        for number, (count, each) in enumerate(((c, p) for c, p in counted if c and p), first)
    ]


def _name(name: str) -> str:
    """One line of at most as many characters as a receipt has room for."""
    short = " ".join("".join(char for char in name if char.isprintable()).split())
    return short if len(short) <= NAME_LENGTH else f"{short[: NAME_LENGTH - 1].rstrip()}…"


def _counts(rows: Iterable[Position]) -> dict[int, int]:
    """How many of each line were sold."""
    found: dict[int, int] = {}
    for one in rows:
        found[line_of(one)] = found.get(line_of(one), 0) + int(one.quantity)
    return found
