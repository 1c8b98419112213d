"""Ids that stand in addresses and forms."""

from __future__ import annotations

from typing import TypeVar

from checkout.ground.errors import Missing
from checkout.ground.ids import Id

AnyId = TypeVar("AnyId", bound=Id)


def named(kind: type[AnyId], text: str, code: str) -> AnyId:
    """The id that somebody names. What is malformed names nothing: raises Missing with this code."""
    try:
        return kind.parse(text)
    except ValueError as reason:
        raise Missing(code) from reason
