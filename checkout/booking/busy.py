"""Busy blocks: time of a specialist or a room that another system has sold. Never who or what, only when. Pure.

A block that meets a booking of ours is kept and shown: people decide, and until then the booking stands. No new booking
is ever made over a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from checkout.catalogue.slots import Interval

LONGEST: Final = timedelta(days=366)  # a longer absence is several blocks, or the end of a schedule
LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Block:
    """`external_id`: what the other system calls it; sent again under it, a block is moved, not doubled."""

    external_id: str
    during: Interval


@dataclass(frozen=True, slots=True)
class Meeting:
    """A booking of ours that a block meets, by its order's code."""

    order: str
    during: Interval


@dataclass(frozen=True, slots=True)
class Kept:
    """A block as it is kept, with the bookings that it meets. `id` counts up; lists are paged by it."""

    id: int
    source: str
    resource: str
    block: Block
    meets: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch of blocks did; `conflicts`: those of it that meet bookings."""

    added: int
    changed: int
    unchanged: int
    removed: int
    conflicts: tuple[Kept, ...]


def wrong(during: Interval) -> str | None:
    """Why such a block cannot be meant, as the code of a refusal; None for one that can."""
    if during.end <= during.start:
        return "block_empty"
    return "block_too_long" if during.end - during.start > LONGEST else None


def repeated(blocks: Sequence[Block]) -> int | None:
    """The index of the first block whose id stood before; None if every id stands once."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        if block.external_id in seen:
            return index
        seen.add(block.external_id)
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """What to list: of which resource and source, from when to when, only what meets bookings, after which id."""

    since: datetime
    until: datetime
    resource: str | None = None
    source: str | None = None
    conflicts: bool = False
    after: int | None = None
