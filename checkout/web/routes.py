"""The route registry: one declaration gives routing, validation, authorisation, idempotency and the OpenAPI document.

A handler parses nothing and checks nothing: it gets a `Call`, runs one flow, and returns one model.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from checkout.books.cure import Doer
from checkout.books.registry import Cure
from checkout.books.sources import Source
from checkout.books.worklist import Source as Work
from checkout.ground.db import Tx
from checkout.ground.events import From
from checkout.ground.service import Service
from checkout.payment.order import Order
from checkout.people.access import Principal
from checkout.web.once import Once
from gateways.money import Money

SERVICE: Final = web.AppKey("service", Service)
REQUEST_ID: Final = web.RequestKey("request_id", str)
FORMS_TO: Final = web.RequestKey("forms_to", str)  # the one other origin that a form of this answer may lead to
OPENAPI: Final[web.AppKey[Callable[[], bytes]]] = web.AppKey("openapi")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of something that takes days, in the payer's language, with its day."""

    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A paragraph on the payer's order page that another department adds, in the payer's language."""

    heading: str
    lines: tuple[str, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A line on the staff's page of an order that another department adds; `mark`: its shape."""

    address: str
    heading: str
    mark: str
    state: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """What whoever looks at an order may do with it now, in their language. `key`: the letter that leads there."""

    address: str
    words: str
    key: str


@dataclass(frozen=True, slots=True)
class DeskPart:
    """What a department adds to the staff's page of an order.

    `sums`: how much each thing of its that events speak of is about.
    """

    rows: tuple[DeskRow, ...]
    sums: Mapping[UUID, Money]
    doors: tuple[Door, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """What a department that checkout may not import (refunds stands on it) adds to the pages of an order.

    `rows`, `preview` (what would happen to the money if the visit were called off now) and `record` (what it keeps of the
    payer's data, for the download) are the payer's; `desk` is the staff's.
    """

    rows: Callable[[Tx, Order, str], Awaitable[list[PanelRow]]]
    preview: Callable[[Tx, Service, Order, str], Awaitable[list[PanelRow]]]
    record: Callable[[Tx, Order], Awaitable[dict[str, Any]]]
    desk: Callable[[Tx, Principal, Order, str], Awaitable[DeskPart]]


class Wing(StrEnum):
    """What a room of the staff is for, in the order in which the navigation shows them."""

    FRONT = "front"  # payers at the desk, and their bookings
    MONEY = "money"
    SETTING = "setting"  # what changes seldom: folded away where there is more than one room of it


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the staff in their navigation. `word`: its name's key; `key`: the letter that leads there after `g`."""

    address: str
    word: str
    key: str
    wing: Wing
    action: str = ""


# Joined by the composition root.
ROOMS: Final = web.AppKey("rooms", tuple[Room, ...])
PANELS: Final = web.AppKey("panels", tuple[Panel, ...])
WORKLIST: Final = web.AppKey("worklist", tuple[Work, ...])
SOURCES: Final = web.AppKey("sources", Mapping[str, Source])
CURES: Final = web.AppKey("cures", Mapping[Cure, Doer])
# How many bytes those pages take that take a file or long texts, by method and path.
UPLOADS: Final = web.AppKey("uploads", Mapping[tuple[str, str], int])


Handler = Callable[["Call"], Awaitable[BaseModel]]
PageHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ScreenHandler = TypeVar("ScreenHandler", bound=Callable[[Any], Awaitable[web.StreamResponse]])


@dataclass(frozen=True, slots=True)
class Call:
    """One validated, authorised request."""

    service: Service
    principal: Principal
    path: dict[str, str]
    body: Any
    query: Any
    once: Once
    origin: From


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of the API. `action` empty: anybody. `refusals`: the domain codes it may answer with.

    `personal`: its answer holds somebody's data, so that whoever reads it is noted. `tells`: its flow notes in the audit
    what it did; else the gate does.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    action: tuple[str, ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    out: type[BaseModel]
    status: int
    refusals: tuple[str, ...]
    example: Any
    personal: bool
    tells: bool

    @property
    def changes(self) -> bool:
        return self.method == "POST"

    @property
    def name(self) -> str:
        return getattr(self.handler, "__name__", self.path)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, a callback or a file: routed and listed, but not part of the API document."""

    method: str
    path: str
    handler: PageHandler


@dataclass(frozen=True, slots=True)
class Screen:
    """A page of the staff. What it asks for is checked before its handler runs: `checkout.web.desk.gate`.

    `action`: one of these rights is needed, somewhere; empty: any session. `door`: also for a session that has not shown
    every factor yet. `fresh`: only for whoever proved who they are a moment ago. `again`: what shows a form once more
    with the refusal of its POST. `upload`: how large a file it may bring along, in bytes; 0: none. `bulk`: how many bytes its
    fields may hold if they are sent as parts; 0: what any form may.
    """

    method: str
    path: str
    handler: Callable[[Any], Awaitable[web.StreamResponse]]
    action: tuple[str, ...]
    door: bool
    fresh: bool
    again: Callable[[Any], Awaitable[web.StreamResponse]] | None
    upload: int
    bulk: int


@dataclass(slots=True)
class Routes:
    """What one room of the web layer answers to; the composition root joins the rooms.

    `sources`, `cures`: what its department adds to the exports and to what can be done about a break.
    """

    ops: list[Op] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    screens: list[Screen] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    cures: dict[Cure, Doer] = field(default_factory=dict)

    def op(
        self,
        method: str,
        path: str,
        *,
        out: type[BaseModel],
        summary: str,
        tag: str,
        action: str | tuple[str, ...] = (),
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        status: int = 200,
        refusals: tuple[str, ...] = (),
        example: Any = None,
        personal: bool = False,
        tells: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare an operation; see `Op`. `action`: one of these rights is needed; empty means public."""
        actions = (action,) if isinstance(action, str) else action

        def keep(handler: Handler) -> Handler:
            self.ops.append(
                Op(
                    method,
                    path,
                    handler,
                    summary,
                    tag,
                    actions,
                    body,
                    query,
                    out,
                    status,
                    refusals,
                    example,
                    personal,
                    tells,
                )
            )
            return handler

        return keep

    def page(self, method: str, path: str) -> Callable[[PageHandler], PageHandler]:
        def keep(handler: PageHandler) -> PageHandler:
            self.pages.append(Page(method, path, handler))
            return handler

        return keep

    def screen(
        self,
        method: str,
        path: str,
        *,
        action: str | tuple[str, ...] = (),
        door: bool = False,
        fresh: bool = False,
        again: Callable[[Any], Awaitable[web.StreamResponse]] | None = None,
        upload: int = 0,
        bulk: int = 0,
    ) -> Callable[[ScreenHandler], ScreenHandler]:
        """Declare a page of the staff; see `Screen`."""
        actions = (action,) if isinstance(action, str) else action

        def keep(handler: ScreenHandler) -> ScreenHandler:
            self.screens.append(Screen(method, path, handler, actions, door, fresh, again, upload, bulk))
            return handler

        return keep

    def __iter__(self) -> Iterator[Op | Page | Screen]:
        yield from self.ops
        yield from self.pages
        yield from self.screens
