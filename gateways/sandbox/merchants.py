"""Who may call the bank, and how the bank behaves towards them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """The two ways of speaking: the old RBS forms and the newer JSON."""

    LEGACY = "legacy"
    ECOM = "ecom"


# `created` is sent by the JSON dialect only to merchants who ask for it: most portals leave it unticked.
USUAL_OPERATIONS = frozenset({"deposited", "reversed", "refunded", "declinedByTimeout"})


@dataclass(frozen=True, slots=True)
class Quirks:
    """Differences between installations of the same engine that clients have to survive."""

    error_code_int: bool = False  # errorCode 0 instead of "0"
    action_code_text: bool = False  # actionCode "0" instead of 0
    plain_text: bool = False  # Content-Type text/plain, as recorded in 2017
    nspk_payloads: bool = False  # QR codes say qr.nspk.ru as in the documents, and cannot be opened here


@dataclass(frozen=True, slots=True)
class Merchant:
    """One contract with the bank. Times in seconds.

    `callback_dialect` None means: as the order was registered. Without `callback_secret` callbacks of the
    old dialect are not signed; those of the new one never are.
    """

    login: str = "sandbox-api"
    password: str = "sandbox"  # noqa: S105  (the documented password of a rehearsal bank)
    name: str = "Учебный магазин"
    token: str | None = None
    language: str = "ru"
    currency: str = "643"
    session_seconds: int = 1200
    attempts: int = 3
    refund_same_day: bool = True
    reverse_same_day_only: bool = True
    callback_url: str | None = None
    callback_secret: str | None = None
    callback_dialect: Dialect | None = None
    callback_operations: frozenset[str] = USUAL_OPERATIONS
    callback_extras: tuple[str, ...] = ("amount",)
    callback_tries: int = 3
    callback_spacing: float = 30.0
    quirks: Quirks = Quirks()

    @property
    def folder(self) -> str:
        """The directory of the merchant's payment pages: the portal login, which lacks the `-api`."""
        return self.login.removesuffix("-api")
