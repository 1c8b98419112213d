"""The dashboard: today at one's clinics, then thirty days in numbers, each held against the thirty before in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from aiohttp import web

from checkout.books import figures_store
from checkout.books.figures import Dashboard, Period, change
from checkout.books.sources import METHODS
from checkout.catalogue.catalogue import Text
from checkout.ground.spoken import counted, money
from checkout.web.desk.visit import Visit
from checkout.web.desk.watch import head
from checkout.web.pages import OFFICE
from checkout.web.routes import Routes
from gateways.money import Money
from gateways.sberbank.action_codes import WORDS as REASONS

routes = Routes()
STEPS: Final = ("placed", "to_bank", "paid")


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. `against`: the thirty days before, in words."""

    name: str
    value: str
    against: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot: its name, and day by day what is drawn and what is said."""

    name: str
    values: tuple[str, ...]
    said: tuple[str, ...]


@routes.screen("GET", "/desk/dashboard", action="figures.read")
async def dashboard(visit: Visit) -> web.StreamResponse:
    clinics = visit.principal.where("figures.read")
    found = await visit.read(lambda tx: figures_store.dashboard(tx, clinics=clinics, zone=OFFICE))
    return visit.page(
        "desk/dashboard.html",
        head=await head(visit),
        found=found,
        tiles=_tiles(visit, found),
        days=found.current.days,
        revenue=_revenue(visit, found.current),
        returns=_returns(visit, found.current),
        steps=_steps(visit, found.current),
        declines=_declines(visit, found),
        most=max((number for _, number in found.current.declines), default=0),
    )


def _tiles(visit: Visit, found: Dashboard) -> list[Tile]:
    def sums(name: str, of: Callable[[Period], Money], more: str = "") -> Tile:
        now, before = of(found.current), of(found.previous)
        against = _against(visit, change(now.amount, before.amount), money(before, visit.language))
        return Tile(name, money(now, visit.language) + more, against)

    def shares(name: str, of: Callable[[Period], Decimal | None]) -> Tile:
        return Tile(name, _percent(visit, of(found.current)), _was(visit, _percent(visit, of(found.previous))))

    def waits(name: str, of: Callable[[Period], int | None]) -> Tile:
        return Tile(name, _hours(visit, of(found.current)), _was(visit, _hours(visit, of(found.previous))))

    share = found.current.returned_percent
    of_all = f" · {_percent(visit, share)}" if share is not None else ""
    return [
        sums(visit.say("dash_received"), lambda period: period.received),
        sums(visit.say("dash_returned"), lambda period: period.returned, of_all),
        shares(visit.say("dash_to_bank"), lambda period: period.to_bank_percent),
        shares(visit.say("dash_paid_share"), lambda period: period.paid_percent),
        waits(visit.say("dash_median"), lambda period: period.median_hours),
        waits(visit.say("dash_p90"), lambda period: period.p90_hours),
    ]


def _against(visit: Visit, changed: Decimal | None, before: str) -> str:
    """More or less than in the thirty days before, and than how much."""
    if changed is None:
        return visit.say("dash_nothing_before")
    if changed == 0:
        return visit.say("dash_same")
    share = _percent(visit, abs(changed))
    if changed > 0:
        return visit.say("dash_more", share=share, before=before)
    return visit.say("dash_less", share=share, before=before)


def _was(visit: Visit, before: str) -> str:
    return visit.say("dash_was", before=before)


def _percent(visit: Visit, share: Decimal | None) -> str:
    if share is None:
        return visit.say("dash_none")
    said = f"{share.normalize():f}"
    return f"{said.replace('.', ',') if visit.language == 'ru' else said}\u00a0%"


def _hours(visit: Visit, hours: int | None) -> str:
    """Of whole hours: of less than one, hours, or days and hours."""
    if hours is None:
        return visit.say("dash_none")
    if hours == 0:
        return visit.say("dash_within_an_hour")
    return counted(hours, visit.language, *visit.say("dash_hour_forms").split("|"))


def _revenue(visit: Visit, period: Period) -> list[Line]:
    """The methods that took anything, by how much."""
    taken = {method: sum(each.amount for each in days.values()) for method, days in period.revenue.items()}
    order = sorted(taken, key=lambda method: -taken[method])
    return [_sums(visit, METHODS[method].of(visit.language), period, period.revenue[method]) for method in order]


def _returns(visit: Visit, period: Period) -> list[Line]:
    return [_sums(visit, visit.say("dash_returned"), period, period.returns)] if period.refunds else []


def _sums(visit: Visit, name: str, period: Period, by_day: Mapping[date, Money]) -> Line:
    each = [by_day.get(day, Money(0)) for day in period.days]
    values = tuple(f"{Decimal(amount.amount) / 100:f}" for amount in each)
    return Line(name, values, tuple(money(amount, visit.language) for amount in each))


def _steps(visit: Visit, period: Period) -> list[Line]:
    if not period.placed:
        return []
    names = (visit.say("dash_placed"), visit.say("dash_met_bank"), visit.say("dash_paid"))
    found = []
    for step, name in zip(STEPS, names, strict=True):
        each = tuple(str(period.steps.get(step, {}).get(day, 0)) for day in period.days)
        found.append(Line(name, each, each))
    return found


def _declines(visit: Visit, found: Dashboard) -> list[tuple[str, int, int]]:
    """The reason in words, how often, and how often in the thirty days before."""
    before = dict(found.previous.declines)
    return [
        (Text(*REASONS[reason]).of(visit.language), number, before.get(reason, 0))
        for reason, number in found.current.declines
    ]
