"""The ways out to the payer, as the installation file describes them: a mail server, and a provider of text messages."""

from __future__ import annotations

import ipaddress
import json
import re
from email.policy import SMTP
from typing import Annotated, Final, Literal
from urllib.parse import quote_plus, urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NAMES: Final = re.compile(r"\{(phone|text|id)\}")
FORM: Final = "application/x-www-form-urlencoded"
LONGEST_SECONDS: Final = 20  # a message is leased for a minute: one try is over long before


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mail(_Part):
    """One mail server. `timeout_seconds` bounds the whole session; the server's certificate is always checked."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    user_name: str | None = None
    password: SecretStr | None = None
    sender: str
    reply_to: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)] = 10

    @field_validator("sender", "reply_to")
    @classmethod
    def _one_mailbox(cls, value: str | None) -> str | None:
        if value is not None and not _mailbox(value):
            raise ValueError('must be one address, like "Clinic <pay@example.ru>"')
        return value

    @model_validator(mode="after")
    def _whole(self) -> Mail:
        if (self.user_name is None) != (self.password is None):
            raise ValueError("user_name and password go together")
        return self

    @property
    def readable(self) -> bool:
        """Whether somebody on the way could read the letters."""
        return self.security == "none" and not loopback(self.host)


class Sms(_Part):
    """One provider: the only address that is ever called for it. In `body`, {phone}, {text} and {id} are filled in."""

    url: str
    method: Literal["POST", "PUT"] = "POST"
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = "application/json"
    headers: dict[str, SecretStr] = {}
    body: SecretStr
    ok_status: tuple[int, ...] = (200, 201, 202)
    timeout_seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)] = 10

    @field_validator("url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError(
                "must look like https://sms.example.ru/send: a key belongs into headers or body, where it is masked"
            )
        return value

    @model_validator(mode="after")
    def _whole(self) -> Sms:
        if not {"phone", "text"} <= set(_NAMES.findall(self.body.get_secret_value())):
            raise ValueError("body: must name {phone} and {text}")
        if any(_CONTROL.search(name + value.get_secret_value()) for name, value in self.headers.items()):
            raise ValueError("headers: no control characters")
        if self.content_type != FORM and not _json(self.filled(phone="+7", text='"', id_="x")):
            raise ValueError("body: must be JSON once it is filled in")
        return self

    @property
    def readable(self) -> bool:
        """Whether somebody on the way could read the texts."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and not loopback(parts.hostname or "")

    def filled(self, *, phone: str, text: str, id_: str) -> str:
        """The body with each value escaped for where it stands: no value can end its string or its field."""
        values = {"phone": phone, "text": text, "id": id_}

        def one(match: re.Match[str]) -> str:
            value = values[match[1]]
            return quote_plus(value) if self.content_type == FORM else json.dumps(value, ensure_ascii=False)[1:-1]

        return _NAMES.sub(one, self.body.get_secret_value())


def loopback(host: str) -> bool:
    """Whether what is said to `host` stays on this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _mailbox(value: str) -> bool:
    found = SMTP.header_factory("To", value)
    if _CONTROL.search(value) or found.defects or len(found.addresses) != 1:
        return False
    try:
        validate_email(found.addresses[0].addr_spec, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
