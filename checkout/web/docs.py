"""The API reference."""

from checkout.web.routes import Routes

routes = Routes()
