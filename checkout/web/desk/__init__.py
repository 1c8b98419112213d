"""The staff's pages: doors, people, and the frame in which the rooms of office and finance stand."""

from checkout.books.cure import DOERS
from checkout.books.sources import SOURCES
from checkout.web.desk import (
    audit,
    booking,
    catalogue,
    closing,
    dashboard,
    day,
    entering,
    exports,
    finding,
    home,
    order,
    passkeys,
    people,
    proof,
    receipt_note,
    registry,
    slip,
    taking,
    texts,
    till,
    today,
    views,
    visits,
    watch,
    worklist,
)
from checkout.web.routes import Room, Routes, Wing

_ROOMS = (
    *(entering.routes, proof.routes, home.routes),
    *(till.routes, closing.routes, taking.routes, slip.routes, today.routes),
    *(visits.routes, booking.routes, day.routes),
    *(finding.routes, order.routes, receipt_note.routes, worklist.routes),
    *(dashboard.routes, watch.routes, registry.routes, exports.routes, views.routes),
    *(catalogue.routes, texts.routes, people.routes, passkeys.routes, audit.routes),
)
routes = Routes(
    sources=dict(SOURCES),
    cures=dict(DOERS),
    pages=[entry for room in _ROOMS for entry in room.pages],
    screens=[entry for room in _ROOMS for entry in room.screens],
    rooms=[
        Room("/desk", "desk_home", "h", Wing.FRONT),
        Room("/desk/today", "today_title", "d", Wing.FRONT, "person.read"),
        Room("/desk/till", "till_title", "c", Wing.FRONT, "cash.read"),
        Room("/desk/orders", "orders_title", "o", Wing.FRONT, "order.read"),
        Room("/desk/worklist", "work_title", "w", Wing.FRONT, "worklist.read"),
        Room("/desk/dashboard", "desk_dashboard", "f", Wing.MONEY, "figures.read"),
        Room("/desk/registry", "desk_registry", "b", Wing.MONEY, "registry.read"),
        Room("/desk/export", "desk_export", "e", Wing.MONEY, "books.export"),
        Room("/desk/catalogue", "cat_title", "s", Wing.SETTING, "catalogue.read"),
        Room("/desk/texts", "texts_room", "t", Wing.SETTING, "catalogue.write"),
        Room("/desk/people", "desk_people", "p", Wing.SETTING, "staff.read"),
        Room("/desk/audit", "desk_audit", "a", Wing.SETTING, "audit.read"),
    ],
)
