"""The staff's pages: doors, people, and the frame in which the rooms of office and finance stand."""

from checkout.web.desk import (
    audit,
    booking,
    closing,
    day,
    entering,
    finding,
    home,
    order,
    passkeys,
    people,
    proof,
    slip,
    taking,
    till,
    today,
    visits,
    worklist,
)
from checkout.web.routes import Room, Routes

_ROOMS = (
    *(entering.routes, proof.routes, home.routes),
    *(till.routes, closing.routes, taking.routes, slip.routes, today.routes),
    *(visits.routes, booking.routes, day.routes),
    *(finding.routes, order.routes, worklist.routes),
    *(people.routes, passkeys.routes, audit.routes),
)
routes = Routes(
    pages=[entry for room in _ROOMS for entry in room.pages],
    screens=[entry for room in _ROOMS for entry in room.screens],
    rooms=[
        Room("/desk", "desk_home", "h"),
        Room("/desk/today", "today_title", "d", "person.read"),
        Room("/desk/till", "till_title", "c", "cash.read"),
        Room("/desk/orders", "orders_title", "o", "order.read"),
        Room("/desk/worklist", "work_title", "w", "worklist.read"),
        Room("/desk/people", "desk_people", "p", "staff.read"),
        Room("/desk/audit", "desk_audit", "a", "audit.read"),
        Room("/desk/me", "desk_me", "m"),
    ],
)
