"""Addresses that more than one room of the staff names."""

from __future__ import annotations

from typing import Final

HOME: Final = "/desk"
LOGIN: Final = "/desk/login"
SECOND: Final = "/desk/second"
PROOF: Final = "/desk/proof"
PASSKEY: Final = "/desk/passkey"
ME: Final = "/desk/me"


def local(address: str) -> str:
    """An address of the staff's own pages, or their first one: a link never leads out of here."""
    inside = address == HOME or address.startswith((f"{HOME}/", f"{HOME}?"))
    return address if inside and address.isprintable() and "\\" not in address else HOME
