"""One letter to the mail server. Nothing here touches the database.

The Message-ID is the message's own id: a letter that is sent again because nobody knows whether it arrived is the same
letter, and mail programs show it once.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

from checkout.ground.channels import Mail
from checkout.notices.message import Came, Outcome, verdict

UNWRITABLE: Final = Outcome(Came.REFUSED, "the address cannot be written to")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter as it leaves. `host`: of our public address. `calendar`: the entry to attach, and its method."""

    id: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    host: str
    now: datetime
    calendar: tuple[bytes, str] | None = field(default=None, repr=False)


async def send(mail: Mail, parcel: Parcel) -> Outcome:
    """Hand the letter over, within the configured time."""
    try:
        letter = as_email(mail, parcel)
    except ValueError:  # the address would break out of its header, or is none
        return UNWRITABLE
    server = client(mail, parcel.host)
    came = Came.NOT_YET
    try:
        async with asyncio.timeout(mail.timeout_seconds):
            await server.connect()
            came = Came.UNSURE  # from here on the letter may have been taken
            outcome = await _hand_over(server, letter)
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await server.quit()
            return outcome
    except (aiosmtplib.SMTPException, OSError) as reason:
        return Outcome(came, _explained(reason))
    finally:
        server.close()


def client(mail: Mail, host: str) -> aiosmtplib.SMTP:
    """A session as configured: encrypted and logged in once it is connected."""
    return aiosmtplib.SMTP(
        hostname=mail.host,
        port=mail.port,
        username=mail.user_name,
        password=mail.password.get_secret_value() if mail.password else None,
        local_hostname=host,
        use_tls=mail.security == "tls",
        start_tls=mail.security == "starttls",
        timeout=mail.timeout_seconds,
    )


def as_email(mail: Mail, parcel: Parcel) -> EmailMessage:
    """The letter with its headers. Raises ValueError for an address that is not exactly one mailbox."""
    address = _wire_address(parcel.to)
    letter = EmailMessage(policy=SMTP)
    letter["From"] = mail.sender
    letter["To"] = address
    if [found.addr_spec for found in letter["To"].addresses] != [address]:
        raise ValueError("not one mailbox")
    if mail.reply_to:
        letter["Reply-To"] = mail.reply_to
    letter["Subject"] = parcel.subject
    letter["Date"] = format_datetime(parcel.now)
    letter["Message-ID"] = f"<{parcel.id}@{parcel.host}>"
    letter["Auto-Submitted"] = "auto-generated"  # holiday replies stay at home
    letter.set_content(parcel.text)
    if parcel.calendar is not None:
        entry, method = parcel.calendar
        params = {"method": method, "charset": "utf-8"}
        letter.add_attachment(entry, "text", "calendar", filename="visit.ics", params=params)
    return letter


def _wire_address(address: str) -> str:
    """With an ASCII domain where that is possible: not every server takes letters for почта.рф otherwise."""
    try:
        return validate_email(address, check_deliverability=False).ascii_email or address
    except EmailNotValidError as reason:
        raise ValueError("no address") from reason


async def _hand_over(server: aiosmtplib.SMTP, letter: EmailMessage) -> Outcome:
    """Only what is said to this recipient or this text is about the letter; all else is the server's own trouble."""
    try:
        await server.send_message(letter)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return verdict(max(one.code for one in refused.recipients), "the recipient")
    except aiosmtplib.SMTPDataError as refused:
        return verdict(refused.code, "the text")
    except (aiosmtplib.SMTPNotSupported, UnicodeError):
        return UNWRITABLE
    return Outcome(Came.SENT)


def _explained(reason: Exception) -> str:
    """The kind of trouble and the server's code: its words may quote an address."""
    code = f" {reason.code}" if isinstance(reason, aiosmtplib.SMTPResponseException) else ""
    return f"the mail server: {type(reason).__name__}{code}"
