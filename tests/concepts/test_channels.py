"""The ways out: what the installation file may say of them, and that no value breaks out of where it stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from checkout.ground.channels import Mail, Sms
from checkout.ground.config import Config, masked
from checkout.inbox import Inbox, receiving
from checkout.notices.mail import Parcel, as_email, send
from checkout.notices.message import Came
from tests.setting import configured

MAIL = {"host": "127.0.0.1", "security": "none", "sender": "Клиника <pay@example.ru>"}
SMS = {"url": "https://sms.example.ru/send", "body": '{"to": "{phone}", "text": "{text}"}'}


def mail(**changes: Any) -> Mail:
    return Mail.model_validate({**MAIL, **changes})


def sms(**changes: Any) -> Sms:
    return Sms.model_validate({**SMS, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "nobody"},
        {"sender": "a@example.ru, b@example.ru"},
        {"sender": "Клиника <pay@example.ru>\r\nBcc: all@example.ru"},
        {"reply_to": "x"},
        {"user_name": "only"},
        {"security": "ssl"},
        {"timeout_seconds": 60},
    ],
)
def test_a_mail_server_that_cannot_be_meant_stops_the_start(changes: dict[str, Any]) -> None:
    """Each by its key."""
    with pytest.raises(ValidationError):
        mail(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "sms.example.ru"},
        {"url": "file:///etc/passwd"},
        {"url": "https://sms.example.ru/send?api_id=hush"},
        {"url": "https://hush@sms.example.ru/send"},
        {"body": '{"text": "{text}"}'},
        {"body": "{phone} {text}"},
        {"headers": {"X": "a\r\nb"}},
        {"method": "GET"},
    ],
)
def test_a_provider_that_cannot_be_meant_stops_the_start(changes: dict[str, Any]) -> None:
    """Each by its key."""
    with pytest.raises(ValidationError):
        sms(**changes)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"mail": mail()}, True),  # on this machine
        ({"mail": mail(host="smtp.example.ru")}, False),
        ({"mail": mail(host="smtp.example.ru", security="starttls")}, True),
        ({"sms": sms(url="http://sms.example.ru/send")}, False),
        ({"sms": sms(url="http://127.0.0.1:9/send")}, True),
        ({"sms": sms()}, True),
    ],
)
def test_production_writes_through_tls_or_on_this_machine(changes: dict[str, Any], fits: bool) -> None:
    """Letters and texts hold the private link."""
    loaded = configured("http://127.0.0.1:1")
    base = {name: getattr(loaded, name) for name in Config.model_fields}
    production = {**base, "mode": "production", "public_url": "https://pay.example.ru", "metrics_token": "t", **changes}
    if fits:
        Config.model_validate(production)
    else:
        with pytest.raises(ValidationError, match="TLS"):
            Config.model_validate(production)


def test_secrets_are_masked() -> None:
    """Password, headers and body, which may hold the provider's key."""
    channels = {
        "mail": mail(user_name="pay", password="hush-1"),
        "sms": sms(headers={"Authorization": "hush-2"}, body='{"key": "hush-3", "to": "{phone}", "text": "{text}"}'),
    }
    shown = json.dumps(masked(configured("http://127.0.0.1:1").model_copy(update=channels)))
    assert "hush" not in shown
    assert "sms.example.ru" in shown


@given(text=st.text(), phone=st.text(max_size=20))
def test_no_text_breaks_out_of_the_providers_body(text: str, phone: str) -> None:
    """JSON or form: whatever is written, it is one value, and it is that text."""
    safe = text.encode("utf-8", "ignore").decode()
    number = phone.encode("utf-8", "ignore").decode()
    filled = json.loads(sms().filled(phone=number, text=safe, id_="i"))
    assert filled == {"to": number, "text": safe}
    form = sms(content_type="application/x-www-form-urlencoded", body="key=k&to={phone}&text={text}")
    read = parse_qs(form.filled(phone=number, text=safe, id_="i"), keep_blank_values=True, strict_parsing=True)
    assert read == {"key": ["k"], "to": [number], "text": [safe]}


@pytest.mark.parametrize(
    "to",
    [
        "maria@example.com\r\nBcc: all@example.com",
        "a@example.com, b@example.com",
        "Maria <a@example.com>",
        "nobody",
        "",
    ],
)
async def test_an_address_cannot_add_a_header_or_a_recipient(to: str) -> None:
    """It is refused for good before anything is sent."""
    outcome = await send(mail(port=1), parcel(to=to))
    assert (outcome.came, outcome.why) == (Came.REFUSED, "the address cannot be written to")


async def test_a_letter_that_must_be_encrypted_never_goes_in_the_clear() -> None:
    """A server without STARTTLS gets nothing; it is tried again later."""
    inbox = Inbox()
    async with receiving(inbox) as port:
        outcome = await send(mail(port=port, security="starttls"), parcel())
        assert outcome.came is Came.NOT_YET
        assert (await send(mail(port=port), parcel())).came is Came.SENT
    assert len(list(inbox)) == 1


def test_a_subject_cannot_add_a_header() -> None:
    """A line end in it is no letter."""
    with pytest.raises(ValueError, match="linefeed"):
        as_email(mail(), parcel(subject="Запись\r\nBcc: all@example.com"))


def test_a_cyrillic_domain_is_written_as_servers_know_it() -> None:
    """Not every mail server takes letters for почта.рф by its own name."""
    assert as_email(mail(), parcel(to="anna@почта.рф"))["To"] == "anna@xn--80a1acny.xn--p1ai"


def parcel(*, to: str = "maria@example.com", subject: str = "Запись") -> Parcel:
    return Parcel(
        id="msg_1", to=to, subject=subject, text="…", host="pay.example.ru", now=datetime(2026, 1, 1, tzinfo=UTC)
    )
