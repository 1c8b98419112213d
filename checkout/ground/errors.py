"""What a flow may answer instead of doing the thing. Each is translated once, at the web edge.

Refusal                    nothing was done; `code` is stable, `facts` fill the text for people
├── Invalid         422    the request cannot be meant like this; `pointer` names the field
├── Missing         404    there is no such thing, or it is not yours
├── Forbidden       403    you may not
├── Conflict        409    it cannot be done now; `facts` say what can
├── TooMany         429    somebody asks too much; `facts` say for how long to wait
└── Unavailable     503    the bank or the database cannot be asked; `facts` say what is safe
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


class Refusal(Exception):
    """A domain answer, not a fault. `code` names the case; its words live in `checkout.web.texts`."""

    status = 400

    def __init__(self, code: str, *, pointer: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer
        self.facts = facts


class Invalid(Refusal):
    status = 422


class Missing(Refusal):
    status = 404


class Forbidden(Refusal):
    status = 403


class Conflict(Refusal):
    status = 409


class TooMany(Refusal):
    """A brake holds. `wait`: how long from `now` until the same may be asked again."""

    status = 429

    def __init__(self, code: str, *, wait: timedelta, now: datetime, **facts: Any) -> None:
        super().__init__(code, retry_after=wait, until=now + wait, **facts)
        self.wait = wait


class Unavailable(Refusal):
    status = 503
