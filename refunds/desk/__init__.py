"""Finance's desk: the queue by who must act, one refund with its clock, the decisions on it, and a new one asked for."""

from checkout.web.routes import Room, Routes, Wing
from refunds.desk import asking, deciding, disputed, many, one, outside, queued, reviewing
from refunds.desk.places import QUEUE

_ROOMS = (
    *(queued.routes, many.routes, asking.routes, one.routes, deciding.routes, outside.routes, reviewing.routes),
    disputed.routes,
)
routes = Routes(
    screens=[entry for room in _ROOMS for entry in room.screens],
    rooms=[
        Room(QUEUE, "refunds_title", "r", Wing.MONEY, "refund.read"),
        Room(disputed.PLACE, "cb_room", "n", Wing.MONEY, disputed.READ),
    ],
)
