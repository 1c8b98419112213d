"""The installation file: read once, checked whole, frozen.

Values may say `${NAME}` to be taken from the environment. A wrong or unknown key stops the start with the key's path and,
where one is near, the name that was probably meant. The catalogue is not here: it lives in the database.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from checkout.ground.channels import Mail, Sms
from gateways.gateway import Way
from gateways.sberbank import SberbankConfig
from gateways.sberbank.banks import BANKS

_PLACEHOLDER: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
LONGEST_CALL_SECONDS: Final = 12  # a payment is leased for 30 seconds, and a look may follow an act
_ORIGIN: Final = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")
HOURS_KEPT: Final = 24  # what the brakes remember is thrown away after a day
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class ConfigError(Exception):
    """The installation file is wrong. One sentence a line, each naming its key."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Legal(_Part):
    """Who is paid, as the law wants it shown before payment."""

    name: str
    address: str
    ogrn: Annotated[str, Field(pattern=r"^\d{13}(\d{2})?$")]
    inn: Annotated[str, Field(pattern=r"^\d{10}(\d{2})?$")]
    kpp: Annotated[str, Field(pattern=r"^\d{9}$")] | None = None
    phone: str
    email: str
    licence: str | None = None


Receipts = Literal["at_clinic", "by_email"]


class Fiscal(_Part):
    """The bank makes the fiscal receipts of what is paid and given back through it.

    ffd         the format of fiscal documents that the contract speaks
    tax_system  of the merchant
    vat         of everything it sells, instead of what the catalogue says: none, or a rate in percent
    prepaid_as  what is paid before the visit is called on the receipt: the thing itself, or a payment
    email       the sender's, by default `legal.email`
    """

    by: Literal["bank"]
    ffd: Literal["1.05", "1.2"] = "1.2"
    tax_system: Literal["osn", "usn_income", "usn_income_outcome", "esn", "patent"]
    vat: Literal["none", "0", "5", "7", "10", "20", "22"] | None = None
    prepaid_as: Literal["thing", "payment"] = "thing"
    email: Annotated[EmailStr, Field(max_length=64)] | None = None


class Tariff(_Part):
    """What the bank's contract says it keeps of a payment: percent, and at least so many kopecks."""

    percent: Annotated[Decimal, Field(ge=0, le=20)]
    least: Annotated[int, Field(ge=0, le=100_000)] = 0


class Merchant(_Part):
    """`methods`: what payers may choose among, in the order in which they are shown.

    `receipts`: how the clinic itself gives the fiscal receipt; None: nothing is said of it.

    `fiscal`: the bank makes those of card payments; None: it makes none.
    `tariff` None: a fee is held against the registry before. `tariffs`: of ways that have one of their own.
    """

    slug: Slug
    legal: Legal
    receipts: Receipts | None = None
    fiscal: Fiscal | None = None
    gateway: SberbankConfig
    methods: tuple[Way, ...] = (Way.CARD,)
    tariff: Tariff | None = None
    tariffs: dict[Way, Tariff] = {}

    @model_validator(mode="after")
    def _has_them(self) -> Merchant:
        """A card is always among them: the bank's page is where every other way leads back to."""
        if Way.CARD not in self.methods or len(set(self.methods)) != len(self.methods):
            raise ValueError("methods: card, and each once")
        if lacking := set(self.methods) - BANKS[self.gateway.kind].ways:
            raise ValueError(f"methods: a bank of the kind {self.gateway.kind} has no {', '.join(sorted(lacking))}")
        if self.gateway.stages == "two" and set(self.methods) != {Way.CARD}:
            raise ValueError("methods: in two stages only a card pays, since no account can be held")
        return self


class Limits(_Part):
    """Figures of policy; seconds, minutes, hours, days and kopecks as the names say."""

    hold_minutes: Annotated[int, Field(ge=5, le=60)] = 15
    hold_cap_minutes: Annotated[int, Field(ge=15, le=180)] = 60
    bank_session_seconds: Annotated[int, Field(ge=120, le=3600)] = 1200
    hold_margin_seconds: Annotated[int, Field(ge=60, le=1800)] = 300
    late_money_hours: Annotated[int, Field(ge=0, le=240)] = 24
    return_window_days: Annotated[int, Field(ge=7, le=365)] = 30
    refund_days_from: Annotated[int, Field(ge=1, le=30)] = 5
    refund_days_to: Annotated[int, Field(ge=1, le=60)] = 30
    chargeback_answer_days: Annotated[int, Field(ge=1, le=90)] = 10
    chargeback_watch_days: Annotated[int, Field(ge=0, le=540)] = 45
    reminder_hours: Annotated[int, Field(ge=2, le=168)] = 24
    booking_horizon_days: Annotated[int, Field(ge=1, le=365)] = 60
    cash_difference_kopecks: Annotated[int, Field(ge=0, le=100_000_000)] = 50_000
    body_bytes: Annotated[int, Field(ge=1024, le=1_048_576)] = 65_536


Figure = Annotated[int, Field(ge=1, le=100_000)]


class Brakes(_Part):
    """How much one address, one phone or e-mail (a contact), one order may ask of us; figures as the names say.

    An address is what the one trusted proxy hop tells: an IPv4 address, or the /64 that an IPv6 subscriber holds.
    """

    enabled: bool = True
    address_orders_burst: Figure = 10
    address_orders_per_hour: Figure = 20
    address_unpaid: Figure = 6
    address_payments_burst: Figure = 12
    address_payments_per_hour: Figure = 24
    contact_orders_per_day: Figure = 8
    contact_unpaid: Figure = 5
    contact_card_checks_per_day: Figure = 5
    order_moves_per_day: Figure = 6
    declines_per_order: Figure = 3
    declines_per_contact: Figure = 4
    declines_per_address: Figure = 8
    wrong_links_burst: Figure = 30
    wrong_links_per_hour: Figure = 60
    free_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    contact_code: Literal["none", "email", "sms"] = "none"
    code_after_holds: Annotated[int, Field(ge=0, le=100)] = 2

    @model_validator(mode="after")
    def _forgotten_in_a_day(self) -> Brakes:
        """A bucket untouched for a day is full again, and therefore thrown away."""
        for name in ("address_orders", "address_payments", "wrong_links"):
            if getattr(self, f"{name}_burst") > HOURS_KEPT * getattr(self, f"{name}_per_hour"):
                raise ValueError(f"brakes.{name}_burst: more than {name}_per_hour gives in a day")
        return self

    def roomier(self, factor: int) -> Brakes:
        """For an installation where one person, or one test, plays many payers."""
        figures = {name for name, info in type(self).model_fields.items() if info.annotation is int}
        more = {name: factor * getattr(self, name) for name in figures - {"code_after_holds"}}
        return self.model_copy(update=more)


class Consent(_Part):
    """One text the payer agrees to, versioned; the hash of the text is frozen on the order."""

    kind: Slug
    version: Annotated[str, Field(max_length=20)]
    required: bool
    title_ru: str
    title_en: str
    text_ru: str
    text_en: str


class Alarms(_Part):
    """Who is told by e-mail that something needs a person: a kind of work once an hour at most."""

    email: EmailStr
    language: Literal["ru", "en"] = "ru"


class Listen(_Part):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080


class Config(_Part):
    """The whole installation."""

    mode: Literal["test", "production"]
    public_url: str
    allowed_hosts: tuple[str, ...]
    embed_hosts: tuple[str, ...] = ()
    desk_hosts: tuple[str, ...] = ()
    passkey_for: tuple[str, ...] = ()
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=1)] = 0
    listen: Listen = Listen()
    master_keys: dict[Slug, SecretStr]
    current_master_key: Slug
    metrics_token: SecretStr | None = None
    catalogue: Path | None = None
    merchants: tuple[Merchant, ...]
    consents: tuple[Consent, ...]
    mail: Mail | None = None
    sms: Sms | None = None
    alarms: Alarms | None = None
    limits: Limits = Limits()
    brakes: Brakes = Brakes()

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"} or parts.query:
            raise ValueError("must look like https://pay.example.ru, without a path")
        return value.rstrip("/")

    @field_validator("embed_hosts")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """They are written into a header: nothing but whole origins gets there."""
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} must look like https://clinic.example (a Cyrillic name as xn--…), no path"
                )
        return value

    @model_validator(mode="after")
    def _whole(self) -> Config:
        slugs = [merchant.slug for merchant in self.merchants]
        if not slugs or len(set(slugs)) != len(slugs):
            raise ValueError("merchants: at least one, each slug once")
        if self.mode == "production" and not self.public_url.startswith("https://"):
            raise ValueError("public_url: production needs https")
        if self.mode == "production" and any(origin.startswith("http:") for origin in self.embed_hosts):
            raise ValueError("embed_hosts: production needs https")
        if set(self.desk_hosts) & set(self.allowed_hosts):
            raise ValueError("desk_hosts: a host is the staff's or the payers', not both")
        if self.mode == "production" and self.metrics_token is None:
            raise ValueError("metrics_token: production needs one")
        if self.mode == "production" and any(channel and channel.readable for channel in (self.mail, self.sms)):
            raise ValueError("mail.security, sms.url: production writes to payers through TLS, or on this machine")
        if self.alarms is not None and self.mail is None:
            raise ValueError("alarms.email: needs `mail`, by which it is told")
        if self.limits.hold_minutes > self.limits.hold_cap_minutes:
            raise ValueError("limits.hold_minutes: more than limits.hold_cap_minutes")
        if any(merchant.gateway.total_seconds > LONGEST_CALL_SECONDS for merchant in self.merchants):
            raise ValueError(
                f"merchants.*.gateway.total_seconds: at most {LONGEST_CALL_SECONDS}, a lease must outlive a call"
            )
        self.keys()
        return self

    def keys(self) -> dict[str, bytes]:
        """The master keys, decoded. Raises ValueError for one that is not 32 bytes of base64."""
        found = {}
        for name, secret in self.master_keys.items():
            try:
                found[name] = base64.b64decode(secret.get_secret_value(), validate=True)
            except binascii.Error as reason:
                raise ValueError(f"master_keys.{name}: not base64") from reason
            if len(found[name]) != 32:  # noqa: PLR2004 - AES-256
                raise ValueError(f"master_keys.{name}: must be 32 bytes (openssl rand -base64 32)")
        if self.current_master_key not in found:
            raise ValueError("current_master_key: names no key of master_keys")
        return found

    @property
    def host(self) -> str:
        """Of the public address."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def desk_url(self) -> str:
        """Where the staff's pages are: on the first of their own hosts, if they have any."""
        return f"{urlsplit(self.public_url).scheme}://{self.desk_hosts[0]}" if self.desk_hosts else self.public_url

    @property
    def desk_host(self) -> str:
        """Of the staff's address, without a port."""
        return urlsplit(self.desk_url).hostname or ""

    def merchant(self, slug: str) -> Merchant:
        return next(merchant for merchant in self.merchants if merchant.slug == slug)


def default_path() -> Path:
    """The file next to the working folder, else the one that came with the package."""
    here = Path("config.yaml")
    if here.is_file():
        return here
    packaged = Path(__file__).parent.parent / "config.yaml"
    return packaged if packaged.is_file() else packaged.parent.parent / "config.yaml"


# The one in C where this machine's yaml has it: ten times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path, env: Mapping[str, str] = os.environ) -> Config:
    """Raises ConfigError with every fault found, each by its key's path."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe ones, both
    except (OSError, yaml.YAMLError) as reason:
        raise ConfigError(f"{path}: cannot be read: {reason}") from reason
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must be a mapping of keys")
    faults: list[str] = []
    filled = _fill(raw, env, (), faults)
    if faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    try:
        return Config.model_validate(filled)
    except ValidationError as reason:
        raise ConfigError("\n".join(f"{path}: {_explain(fault)}" for fault in reason.errors())) from reason


def _fill(value: Any, env: Mapping[str, str], at: tuple[str, ...], faults: list[str]) -> Any:
    """The same tree with `${NAME}` replaced; a name without a value is noted in `faults`."""
    if isinstance(value, dict):
        return {key: _fill(child, env, (*at, str(key)), faults) for key, child in value.items()}
    if isinstance(value, list):
        return [_fill(child, env, (*at, str(index)), faults) for index, child in enumerate(value)]
    if not isinstance(value, str):
        return value
    missing = [name for name in _PLACEHOLDER.findall(value) if name not in env]
    faults.extend(f"{'.'.join(at)}: the environment has no {name}" for name in missing)
    return _PLACEHOLDER.sub(lambda match: env.get(match[1], ""), value)


def _explain(fault: Any) -> str:
    path = ".".join(str(step) for step in fault["loc"]) or "the file"
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), sorted(_known_keys(Config)), n=1)
        return f"{path}: unknown key" + (f" (did you mean {near[0]}?)" if near else "")
    return f"{path}: {fault['msg']}"


def _known_keys(model: type[BaseModel]) -> set[str]:
    found: set[str] = set()
    for name, info in model.model_fields.items():
        found.add(name)
        for part in _models_in(info.annotation):
            found |= _known_keys(part)
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]


def masked(config: Config) -> dict[str, Any]:
    """The installation as it was understood, secrets as asterisks: fit for a screen and a ticket."""
    shown: dict[str, Any] = config.model_dump(mode="json")
    return shown
