"""What the application logs as an error while a history runs: expected, or a fault of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from tests.proof.reckoning import CALLS
from tests.proof.stage import Stage

_PLANNED = ("Injected", "CancelledError")


@contextmanager
def listening(stage: Stage) -> Iterator[None]:
    """Count the errors that are told to people; complain of those that nobody planned:
    such an error is a fault that somebody swallowed.
    """

    def hear(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        name, reason = str(event.get("event")), str(event.get("reason", ""))
        stage.outcomes[f"log: {name}"] += 1
        if name not in CALLS and not reason.startswith(_PLANNED):
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
