"""The room of the catalogue: what is offered where, at what price, and who works when."""

from checkout.web.desk.catalogue import listing, screens
from checkout.web.routes import Routes

_PARTS = (listing.routes, screens.routes)
routes = Routes(screens=[entry for part in _PARTS for entry in part.screens])
