"""A booking: one resource taken for one line of an order. Pure.

held       waits for the money; the hold outlives the bank's page
confirmed  the visit stands
given      the service was given; the return window starts
no_show    the patient did not come
cancelled  given back on request, or left for another time
expired    given back because no money came; left for good once the visit is moved
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from checkout.catalogue.catalogue import Text
from checkout.ground.steps import commands


class State(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    GIVEN = "given"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


COMMANDS: Final = commands(
    "booking",
    State,
    """
    held       --confirm-->   confirmed
    held       --expire-->    expired
    held       --cancel-->    cancelled
    confirmed  --give-->      given
    confirmed  --miss-->      no_show
    confirmed  --cancel-->    cancelled
    expired    --cancel-->    cancelled
    expired    --retake-->    confirmed
    """,
)

# These keep the resource from others; the exclusion constraint in the database says the same.
TAKES_PLACE: Final = frozenset({State.HELD, State.CONFIRMED, State.GIVEN})
# Money has its visit in these: of one that was missed people decide, not a rule.
EARNS: Final = TAKES_PLACE | {State.NO_SHOW}

WORDS: Final = {
    State.HELD: Text("Время удерживается", "Held"),
    State.CONFIRMED: Text("Вы записаны", "Booked"),
    State.GIVEN: Text("Услуга оказана", "Given"),
    State.NO_SHOW: Text("Не пришли", "No show"),
    State.CANCELLED: Text("Отменена", "Cancelled"),
    State.EXPIRED: Text("Истекла", "Expired"),
}
