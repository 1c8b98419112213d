"""`checkout catalogue` and `checkout busy`, run as an operator runs them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checkout.payment import cancel
from checkout.postgres import Urls
from tests.cli.shop import installation, run
from tests.setting import ENVIRONMENT
from tests.world import MOSCOW, World

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//desk//
BEGIN:VEVENT
UID:a
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20260101
RRULE:FREQ=WEEKLY;BYDAY=MO
END:VEVENT
BEGIN:VEVENT
UID:b
DTSTAMP:20261101T000000Z
DTSTART:20260101T100000Z
DTEND:20260101T110000Z
END:VEVENT
END:VCALENDAR
"""


Run = Callable[..., Awaitable[str]]


@pytest.fixture
def busy_shop(urls: Urls, world: World) -> Run:
    """Commands on the database of the world's application."""
    _ = world
    bank = "http://127.0.0.1:1/payment/rest/"
    environment = {**os.environ, **ENVIRONMENT, "CHECKOUT_BANK_URL": bank, "DATABASE_URL": urls.app}
    return partial(asyncio.to_thread, run, environment)


@pytest.fixture(scope="module")
def shop() -> Iterator[dict[str, str]]:
    """An installation with the fictional network."""
    with installation() as environment:
        run(environment, "migrate")
        yield environment


def test_the_catalogue_goes_out_and_in(shop: dict[str, str], tmp_path: Path) -> None:
    """What was exported changes nothing; what was edited is shown first, and then done, whole or not at all."""
    path = tmp_path / "catalogue.yaml"
    assert "3 clinics, 13 services" in run(shop, "catalogue", "export", path)
    assert run(shop, "catalogue", "import", path).strip() == "0 added, 0 changed, 0 switched off, 31 unchanged"
    path.write_text(path.read_text(encoding="utf-8").replace("price: 250000", "price: 260000"), encoding="utf-8")
    changed = "~ service consultation: price 250000 → 260000\n0 added, 1 changed, 0 switched off, 30 unchanged\n"
    assert run(shop, "catalogue", "import", path, "--dry-run") == f"{changed}nothing was changed: this was a dry run\n"
    assert run(shop, "catalogue", "import", path) == changed
    prices = run(shop, "catalogue", "export", "--format", "csv")
    assert "consultation;service;Приём терапевта" in prices
    assert ";2600;" in prices
    path.write_text(
        path.read_text(encoding="utf-8").replace("merchant: zdorovie", "merchant: nobody", 1), encoding="utf-8"
    )
    text = run(shop, "catalogue", "import", path, fails=True)
    assert "clinics.0 (krasny).merchant: the installation file has no merchant 'nobody'" in text


def test_a_price_list_goes_in(shop: dict[str, str], tmp_path: Path) -> None:
    """By its columns; it cannot say what else there is, and names the line that is wrong."""
    path = tmp_path / "prices.csv"
    path.write_text("slug;price_rub\nmassage;3100\n", encoding="utf-8")
    assert "~ service massage: price 300000 → 310000" in run(shop, "catalogue", "import", path)
    assert "needs a .yaml file" in run(shop, "catalogue", "import", path, "--prune", fails=True)
    path.write_text("slug;price_rub\nmassage;dear\n", encoding="utf-8")
    assert "line 2: price_rub: 'dear' is no sum" in run(shop, "catalogue", "import", path, fails=True)


def command(path: Path, *, clinic: str = "tverskaya", resource: str = "orlov", source: str = "desk") -> tuple[Any, ...]:
    return ("busy", "import", path, "--clinic", clinic, "--resource", resource, "--source", source)


async def test_busy_time_goes_in(busy_shop: Run, tmp_path: Path) -> None:
    """What was taken, left out and removed; whoever is not there, and what is not understood."""
    path = tmp_path / "desk.ics"
    path.write_text(CALENDAR, encoding="utf-8")
    first, second = (await busy_shop(*command(path))).splitlines()
    count = int(first.split()[0])
    assert 8 <= count <= 10
    assert first == f"{count} added, 0 changed, 0 unchanged, 0 removed"
    assert second == "left out: 1 outside the time that can be booked"
    path.write_text(CALENDAR.replace("BYDAY=MO", "BYDAY=TU"), encoding="utf-8")
    assert f"{count} removed" in await busy_shop(*command(path), "--replace")
    assert await busy_shop("busy", "conflicts") == "no conflicts\n"
    path.write_text(CALENDAR.replace("FREQ=WEEKLY", "FREQ=NEVER"), encoding="utf-8")
    assert "line 8: RRULE" in await busy_shop(*command(path), fails=True)


async def test_who_is_not_there_is_named(busy_shop: Run, tmp_path: Path) -> None:
    """A clinic, a resource, and a source that is no name."""
    path = tmp_path / "desk.ics"
    path.write_text(CALENDAR, encoding="utf-8")
    assert "has no specialist or room nobody" in await busy_shop(*command(path, resource="nobody"), fails=True)
    assert "there is no clinic x" in await busy_shop(*command(path, clinic="x"), fails=True)
    assert "--source Desk 1" in await busy_shop(*command(path, source="Desk 1"), fails=True)


async def test_conflicts_are_shown(busy_shop: Run, world: World, tmp_path: Path) -> None:
    """When they are made and until they are gone: the order's code and both times, on the clinic's clock."""
    start = (await world.free("ultrasound"))[0].astimezone(MOSCOW)
    order = await world.order(lines=(("ultrasound", 1),), starts_at=start)
    path = tmp_path / "desk.csv"
    path.write_text(f"starts_at;ends_at\n{start:%d.%m.%Y %H:%M};{start:%d.%m.%Y} 23:00\n", encoding="utf-8")
    said = (
        f"CONFLICT  ultrasound-room  {start:%d.%m.%Y %H:%M}–23:00 of desk  meets order {order.code}, "
        f"{start:%d.%m.%Y %H:%M}–{start + timedelta(minutes=30):%H:%M}: the booking stands, call the payer\n"
    )
    assert (await busy_shop(*command(path, resource="ultrasound-room"))).endswith(said)
    assert await busy_shop("busy", "conflicts", fails=True) == f"tverskaya (Europe/Moscow)\n{said}"
    await world.tx(lambda tx: cancel.cancel(tx, world.service, order.id, principal="o"))
    assert await busy_shop("busy", "conflicts", "--clinic", "tverskaya") == "no conflicts\n"
