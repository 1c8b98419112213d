"""A visit as a calendar entry (RFC 5545): one that can be moved and taken back. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from icalendar import Calendar, Event

from checkout.catalogue.catalogue import Clinic, Text
from checkout.payment.order import Order

SUMMARY: Final = Text("Визит в клинику «{clinic}»", "Visit to {clinic}")


def entry(order: Order, clinic: Clinic, *, language: str, url: str, cancelled: bool, now: datetime) -> bytes:
    """The visit under one name for ever, its `sequence` telling which version is newer; neither service nor person."""
    visit = Event()
    visit.add("uid", f"{order.code}@clinic-checkout")
    visit.add("sequence", order.sequence)
    visit.add("dtstamp", now)
    visit.add("dtstart", order.starts_at.astimezone(clinic.tz))
    visit.add("dtend", order.ends_at.astimezone(clinic.tz))
    visit.add("summary", SUMMARY.of(language).format(clinic=clinic.name.of(language)))
    visit.add("location", clinic.address.of(language))
    visit.add("url", url)
    visit.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//clinic-checkout//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(visit)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
