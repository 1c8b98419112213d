"""The shapes of the diary's API: busy blocks as another system sends and reads them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from checkout.booking.busy import LONGEST_ID
from checkout.web.api.models import In, Instant, Moment, Out, Page, Plain, Slug

BATCH: Final = 500
ExternalId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=Plain)]


class BlockIn(In):
    """Time that is not free any more. Never send who comes or what for."""

    external_id: Annotated[ExternalId, Field(description="your own name for it; sent again under it, a block is moved")]
    starts_at: Moment
    ends_at: Moment


class WindowIn(In):
    since: Annotated[Moment, Field(alias="from")]
    until: Annotated[Moment, Field(alias="to")]


class BusyIn(In):
    """A batch for one specialist or room. With `replace` it is everything that `source` knows of in that window."""

    source: Annotated[Slug, Field(description="which of your systems says so")]
    resource: Annotated[Slug, Field(description="the specialist or room, by slug")]
    blocks: Annotated[list[BlockIn], Field(max_length=BATCH)]
    replace: WindowIn | None = None


class BusyRemoveIn(In):
    source: Slug
    resource: Slug
    external_ids: Annotated[list[ExternalId], Field(min_length=1, max_length=BATCH)]


class MeetingOut(Out):
    """A booking that stands although another system has sold its time: somebody has to call."""

    order: Annotated[str, Field(description="the order's code")]
    starts_at: Instant
    ends_at: Instant


class BlockOut(Out):
    id: str
    source: str
    resource: str
    external_id: str
    starts_at: Instant
    ends_at: Instant
    conflicts: list[MeetingOut]


class BusyOut(Out):
    """What the batch did. `conflicts`: those of its blocks that meet bookings; they are kept, and the bookings stand."""

    added: int
    changed: int
    unchanged: int
    removed: int
    conflicts: list[BlockOut]


class BusyRemoved(Out):
    removed: int


class BusyList(Out):
    data: list[BlockOut]
    has_more: bool


class BusyQuery(Page):
    """From now on and for a year, unless `from` and `to` say otherwise."""

    since: Annotated[Moment | None, Field(alias="from")] = None
    until: Annotated[Moment | None, Field(alias="to")] = None
    resource: Slug | None = None
    source: Slug | None = None
    conflicts: Annotated[bool, Field(description="only what meets bookings")] = False
