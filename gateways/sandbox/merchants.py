"""Who may call the bank, and how the bank behaves towards them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict


class Dialect(StrEnum):
    """The two ways of speaking: the old RBS forms and the newer JSON."""

    LEGACY = "legacy"
    ECOM = "ecom"


class ErrorCodeType(StrEnum):
    """How an installation writes `errorCode`. Source: gateway.md §1.5."""

    TEXT = "str"
    INT = "int"
    MIXED = "mixed"  # a number where the documents show one (deposit, reverse, refund, decline …), text elsewhere
    ABSENT = "absent"  # successes carry neither a code nor a message


class ActionCodeType(StrEnum):
    """How an installation writes `actionCode`."""

    INT = "int"
    TEXT = "str"


class ContentType(StrEnum):
    """What business answers call themselves."""

    JSON = "application/json;charset=UTF-8"
    TEXT = "text/plain;charset=UTF-8"  # as recorded in 2017


class SuccessMessage(StrEnum):
    """The `errorMessage` of a success."""

    USUAL = "usual"  # the dialect's own
    LONG = "long"
    EMPTY = "empty"
    ABSENT = "absent"


class Verb(StrEnum):
    """How callbacks of the old dialect travel: in the query, or as a form."""

    GET = "GET"
    POST = "POST"


class Signing(StrEnum):
    """What signs callbacks of the old dialect. HMAC needs a `callback_secret`, RSA the bank's own key."""

    HMAC = "hmac"
    RSA_SHA512 = "rsa-sha512"
    RSA_SHA256 = "rsa-sha256"
    NONE = "none"


# `created` is sent only to merchants who ask for it: most portals leave it unticked.
OPERATIONS = frozenset(
    {
        "approved",
        "deposited",
        "reversed",
        "refunded",
        "declinedByTimeout",
        "declinedCardpresent",
        "bindingCreated",
        "bindingActivityChanged",
        "bindingDeactivated",
        "subscriptionCreated",
        "created",
    }
)
USUAL_OPERATIONS = OPERATIONS - {"created"}
NEWEST_STATUS = 37


@dataclass(frozen=True, slots=True)
class Quirks:
    """Differences between installations of the same engine that clients have to survive.

    `status_version`: fields of the long status that are newer are left out. `old_rouble`: 643 is echoed as 810. `nspk_payloads`:
    QR codes say qr.nspk.ru as in the documents, and cannot be opened here.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    error_code_type: ErrorCodeType = ErrorCodeType.TEXT
    action_code_type: ActionCodeType = ActionCodeType.INT
    content_type: ContentType = ContentType.JSON
    success_message: SuccessMessage = SuccessMessage.USUAL
    old_rouble: bool = False
    status_version: int = NEWEST_STATUS
    nspk_payloads: bool = False


@dataclass(frozen=True, slots=True)
class Merchant:
    """One contract with the bank. Times in seconds, `fee_least` in kopecks.

    `callback_dialect` None means: as the order was registered. Callbacks of the new dialect are never signed.
    `callback_extras` are the bank's own (`extras.EXTRAS`), `callback_params` keys of the order's jsonParams.
    `reverse_completed`: may a completed hold be reversed on its day; None: in the old dialect. `partial_reverse`,
    `auto_payments`, `pays_without_cvc`, `verifies` are permissions. Raises ValueError for an operation that no bank sends.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    login: str = "sandbox-api"
    password: str = "sandbox"  # noqa: S105  (the documented password of a rehearsal bank)
    name: str = "Учебный магазин"
    token: str | None = None
    language: str = "ru"
    currency: str = "643"
    session_seconds: int = 1200
    attempts: int = 3
    refund_same_day: bool = True
    refund_same_day_cart: bool = True  # also a part of an order that came with a fiscal cart
    receipt_seconds: float = 20.0  # until a receipt is printed
    reverse_same_day_only: bool = True
    reverse_completed: bool | None = None
    partial_reverse: bool = False
    hold_days: float = 7
    auto_payments: bool = False
    pays_without_cvc: bool = False
    verifies: bool = True
    callback_url: str | None = None
    callback_secret: str | None = None
    callback_signing: Signing = Signing.HMAC
    callback_sign_alias: bool = False
    callback_verb: Verb = Verb.GET
    callback_dialect: Dialect | None = None
    callback_operations: frozenset[str] = USUAL_OPERATIONS
    callback_extras: tuple[str, ...] = ("amount",)
    callback_params: tuple[str, ...] = ()
    callback_tries: int = 3
    callback_spacing: float = 30.0
    fee_percent: Decimal = Decimal(2)
    fee_least: int = 0
    quirks: Quirks = Quirks()

    def __post_init__(self) -> None:
        if strange := self.callback_operations - OPERATIONS:
            raise ValueError(f"callback operations are among {sorted(OPERATIONS)}, not {sorted(strange)}")

    @property
    def folder(self) -> str:
        """The directory of the merchant's payment pages: the portal login, which lacks the `-api`."""
        return self.login.removesuffix("-api")
