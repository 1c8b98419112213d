"""What the bank tells a merchant of, before it is worded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an order, in the words of the protocol. `amount` in kopecks, `at` in seconds since the epoch."""

    operation: str
    succeeded: bool
    at: float
    amount: int
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class BindingEvent:
    """What happened to a saved card without any order: it was saved, switched on or switched off."""

    operation: str
    binding_id: str
    client_id: str
    enabled: bool
    at: float
