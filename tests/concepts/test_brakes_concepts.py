"""What the brakes are made of: how an address is counted, when there is room again, how a wait is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from checkout.ground.bucket import counted
from checkout.ground.config import Brakes
from checkout.payment.brakes import reached
from checkout.web import dates

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
OURS = Brakes.model_validate({"free_networks": ["198.51.100.0/24", "2001:db8:5::/48"]})


@pytest.mark.parametrize(
    ("address", "as_counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("198.51.100.9", None),
        ("::ffff:198.51.100.9", None),
        ("2001:db8:5:77::1", None),
        (None, None),
    ],
)
def test_an_address_is_counted_as_what_one_subscriber_holds(address: str | None, as_counted: str | None) -> None:
    """IPv4 whole, IPv6 by its /64, the clinic's own networks not at all."""
    assert counted(OURS, address) == as_counted


@given(
    limit=st.integers(1, 5),
    ends=st.lists(st.timedeltas(timedelta(minutes=1), timedelta(hours=1)).map(NOON.__add__), max_size=9),
)
def test_there_is_room_again_exactly_when_enough_has_ended(limit: int, ends: list[datetime]) -> None:
    """A moment before it the limit is still reached, from it on it is not."""
    until = reached(limit, ends)
    if until is None:
        assert len(ends) < limit
    else:
        assert sum(end >= until for end in ends) >= limit
        assert sum(end > until for end in ends) < limit


@pytest.mark.parametrize("name", ["address_orders", "address_payments", "wrong_links"])
def test_what_is_forgotten_after_a_day_must_be_full_by_then(name: str) -> None:
    """A burst that needs longer to come back than a bucket is kept is refused by its key."""
    Brakes.model_validate({f"{name}_burst": 24, f"{name}_per_hour": 1})
    with pytest.raises(ValidationError, match=rf"brakes\.{name}_burst"):
        Brakes.model_validate({f"{name}_burst": 25, f"{name}_per_hour": 1})


@pytest.mark.parametrize(
    ("wait", "ru", "en"),
    [
        (timedelta(milliseconds=3), "через 1 минуту", "in 1 minute"),
        (timedelta(seconds=61), "через 2 минуты", "in 2 minutes"),
        (timedelta(minutes=60), "через 1 час", "in 1 hour"),
        (timedelta(minutes=61), "через 2 часа", "in 2 hours"),
        (timedelta(hours=23, minutes=1), "через 1 день", "in 1 day"),
    ],
)
def test_a_wait_is_told_rounded_up(wait: timedelta, ru: str, en: str) -> None:
    """Whoever comes back when they were told to is not refused again."""
    assert (dates.ahead(wait, "ru"), dates.ahead(wait, "en")) == (ru, en)
