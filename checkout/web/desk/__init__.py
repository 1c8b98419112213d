"""The staff's pages: doors, people, and the frame in which the rooms of office and finance stand."""

from checkout.books.cure import DOERS
from checkout.books.sources import SOURCES
from checkout.web.desk import audit, dashboard, entering, exports, home, passkeys, people, proof, registry, views
from checkout.web.routes import Room, Routes

_ROOMS = (
    entering.routes,
    proof.routes,
    home.routes,
    people.routes,
    passkeys.routes,
    audit.routes,
    dashboard.routes,
    registry.routes,
    exports.routes,
    views.routes,
)
routes = Routes(
    sources=dict(SOURCES),
    cures=dict(DOERS),
    pages=[entry for room in _ROOMS for entry in room.pages],
    screens=[entry for room in _ROOMS for entry in room.screens],
    rooms=[
        Room("/desk", "desk_home", "h"),
        Room("/desk/dashboard", "desk_dashboard", "d", "figures.read"),
        Room("/desk/registry", "desk_registry", "b", "registry.read"),
        Room("/desk/export", "desk_export", "e", "books.export"),
        Room("/desk/people", "desk_people", "p", "staff.read"),
        Room("/desk/audit", "desk_audit", "a", "audit.read"),
        Room("/desk/me", "desk_me", "m"),
    ],
)
