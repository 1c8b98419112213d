"""The payer's pages: choose, book, pay at the bank, see what became of it. Plain HTML: cookie and scripts only help."""

from checkout.web import assets
from checkout.web.payer import book, order, papers, result
from checkout.web.routes import Routes

_ROOMS = (assets.routes, book.routes, papers.routes, order.routes, result.routes)
routes = Routes(pages=[entry for room in _ROOMS for entry in room.pages])
