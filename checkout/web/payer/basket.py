"""What was chosen, as lines at today's prices: what it costs, how long it takes, how it can be paid. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checkout.catalogue.catalogue import Kind, Line, Service
from checkout.catalogue.slots import visit_minutes
from checkout.ground.errors import Invalid
from checkout.payment.order import Plan, asked_before_visit
from gateways.money import Money

NOTHING: Final = Money(0)


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay: what now, what is left for the clinic."""

    plan: Plan
    now: Money
    rest: Money


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything on sale, in the order of the list: services by slug, and the clinics that sell each."""

    services: Mapping[str, Service]
    clinics: Mapping[str, frozenset[str]]

    def of(self, kind: Kind) -> list[Service]:
        return [service for service in self.services.values() if service.kind is kind]

    def added_to(self, service: Service) -> list[Service]:
        return [self.services[slug] for slug in service.options if slug in self.services]


@dataclass(frozen=True, slots=True)
class Basket:
    """`unknown`: something was asked for that is not sold (any more). `loose`: options without their service."""

    lines: tuple[Line, ...]
    loose: tuple[Service, ...] = ()
    unknown: bool = False

    @property
    def chosen(self) -> tuple[tuple[str, int], ...]:
        return tuple((line.service.slug, line.quantity) for line in self.lines)

    @property
    def total(self) -> Money:
        return sum((line.amount for line in self.lines), NOTHING)

    @property
    def minutes(self) -> int:
        return visit_minutes(self.lines)

    @property
    def offers(self) -> list[Offer]:
        """The plans that all of it can be paid by; paying everything is always one."""
        found = []
        for plan in Plan:
            try:
                asked = asked_before_visit(plan, self.lines)
            except Invalid:
                continue
            found.append(Offer(plan, asked, self.total - asked))
        return found

    @property
    def deposit(self) -> Offer | None:
        """What is enough to pay now; None if there is no such plan."""
        return next((offer for offer in self.offers if offer.plan is Plan.DEPOSIT), None) if self.lines else None

    @property
    def enough(self) -> Money:
        """What the deposit asks for, or else the whole."""
        return self.deposit.now if self.deposit else self.total


def basket(shelf: Shelf, wanted: Mapping[str, int]) -> Basket:
    """What is wanted, in the order of the visit: services as they are listed, each with its options; goods last."""
    order: list[Service] = []
    for service in shelf.of(Kind.SERVICE):
        if service.slug in wanted:
            order += [service, *(option for option in shelf.added_to(service) if option.slug in wanted)]
    order += [service for service in shelf.of(Kind.GOODS) if service.slug in wanted]
    lines = {service.slug: Line(service, wanted[service.slug]) for service in order}
    return Basket(
        lines=tuple(lines.values()),
        loose=tuple(one for one in shelf.of(Kind.OPTION) if one.slug in wanted and one.slug not in lines),
        unknown=any(slug not in shelf.services for slug in wanted),
    )
