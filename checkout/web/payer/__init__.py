"""The payer's pages: choose, book, pay at the bank, see what became of it. Plain HTML: cookie and scripts only help."""

from checkout.web import assets
from checkout.web.payer import (
    adding,
    book,
    cancelling,
    guest,
    keeping,
    moving,
    order,
    papers,
    phone,
    result,
    saved,
    well_known,
)
from checkout.web.routes import Routes

_ROOMS = (
    assets.routes,
    book.routes,
    papers.routes,
    order.routes,
    moving.routes,
    cancelling.routes,
    keeping.routes,
    saved.routes,
    adding.routes,
    guest.routes,
    result.routes,
    phone.routes,
    well_known.routes,
)
routes = Routes(pages=[entry for room in _ROOMS for entry in room.pages])
