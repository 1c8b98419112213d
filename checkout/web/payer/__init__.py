"""The payer's pages."""

from checkout.web.routes import Routes

routes = Routes()
