"""States of the audit's room."""

from __future__ import annotations

from functools import partial
from typing import Final

from checkout.ground.events import From, audit
from tests.browser.desk import Desk, DeskState

CONTROLLER: Final = ("controller",)
_FROM: Final = From("2001:db8:1234:5678:9abc:def0:1234:5678", "A browser with a very long name indeed/1.0", "req_x")


async def _written(desk: Desk, count: int) -> None:
    for number in range(count):
        line = {"principal": "key:site", "action": "order.read", "object_": f"ord_{number:026}", "origin": _FROM}
        data = {"before": {"roles": {"cashier": [1]}}, "number": number}
        outcome = ("done", "denied", "refused")[number % 3]
        await desk.world.tx(partial(audit, **line, outcome=outcome, data=data))  # type: ignore[arg-type]  # its keywords


async def _page(desk: Desk) -> str:
    """More than one page of it, each line open."""
    await _written(desk, 60)
    return "/desk/audit"


async def _none(_desk: Desk) -> str:
    return "/desk/audit?object=nothing"


async def _wrong(_desk: Desk) -> str:
    return "/desk/audit?from=9999-01-01&who=key%3Asite"


STATES: Final = (
    DeskState("desk_audit", "desk/audit.html", CONTROLLER, _page),
    DeskState("desk_audit_none", "desk/audit.html", CONTROLLER, _none),
    DeskState("desk_audit_wrong", "desk/audit.html", CONTROLLER, _wrong, status=422),
    DeskState("desk_audit_bound", "desk/refused.html", (("controller", "tverskaya"),), _none, status=403),
)
