"""The visit as an entry of the payer's calendar. Pure.

Discreet like everything that others may see on a lock screen: the entry names the clinic's address and the hour, never
the service. Its UID is the order's, and SEQUENCE counts the moves: programs replace the entry they have.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from checkout.catalogue.catalogue import Clinic, Text
from checkout.payment.order import Order

if TYPE_CHECKING:
    import icalendar

SUMMARY: Final = Text("Визит в клинику", "Visit to the clinic")


def method(*, cancelled: bool) -> str:
    """What the entry asks the calendar to do: PUBLISH wants no answer from whoever gets it."""
    return "CANCEL" if cancelled else "PUBLISH"


def entry(order: Order, clinic: Clinic, *, language: str, url: str, cancelled: bool, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545) with its time zone. `url`: the order's private page."""
    import icalendar  # noqa: PLC0415 - a tenth of a second that only a visit's entry needs

    event = icalendar.Event()
    event.add("uid", f"{order.id}@{urlsplit(url).hostname}")
    event.add("sequence", order.sequence + cancelled)  # RFC 5546: a cancellation is a change too
    event.add("dtstamp", now)
    event.add("dtstart", order.starts_at.astimezone(clinic.tz))
    event.add("duration", order.ends_at - order.starts_at)  # of an end that the clock shows twice DTEND means the first
    event.add("summary", SUMMARY.of(language))
    event.add("location", f"{clinic.name.of(language)}, {clinic.address.of(language)}")
    event.add("url", url)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    whole = icalendar.Calendar()
    whole.add("prodid", "-//clinic-checkout//visit//EN")
    whole.add("version", "2.0")
    whole.add("method", method(cancelled=cancelled))
    whole.add_component(event)
    whole.subcomponents[:0] = [_changes(zone, order.starts_at.year) for zone in whole.get_missing_tzids()]
    return bytes(whole.to_ical())


@lru_cache(maxsize=32)
def _changes(zone: str, year: int) -> icalendar.Timezone:
    """How a zone's clocks change around that year: found by trying hour after hour, a twentieth of a second long."""
    import icalendar  # noqa: PLC0415 - as above

    return icalendar.Timezone.from_tzid(zone, first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1))
