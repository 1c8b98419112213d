"""What the application logs as an error while a history runs: expected, or a fault of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from tests.proof.stage import Stage

# Of the messages at this level only these are part of a storm; anything else is a fault that somebody swallowed.
EXPECTED = ("payment_contradiction", "refund_needs_a_person")
_PLANNED = ("Injected", "CancelledError")


@contextmanager
def listening(stage: Stage) -> Iterator[None]:
    """Count the errors that are told to people; complain of those that nobody planned."""

    def hear(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        name, reason = str(event.get("event")), str(event.get("reason", ""))
        stage.outcomes[f"log: {name}"] += 1
        if name not in EXPECTED and not reason.startswith(_PLANNED):
            stage.complaints.append(f"logged: {name} {reason}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[hear],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)
