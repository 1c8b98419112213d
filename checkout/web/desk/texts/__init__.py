"""The room of the texts that payers agree to: what is in force, what is planned, who changed what."""

from checkout.web.desk.texts.screens import routes

__all__ = ["routes"]
