"""A network of clinics with one in every zone, open around the clock; there for the length of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.ground.config import Limits
from checkout.postgres import Urls
from tests.emptying import run_all
from tests.notices.offices import Provider, open_provider
from tests.world import World, open_world
from tests.zones import CITIES, slug

_OPENED = """
WITH c AS (INSERT INTO clinic (slug, merchant, name_ru, name_en, address_ru, address_en, zone, phone, step_minutes)
           VALUES (:slug, 'zdorovie', 'Клиника', 'Clinic', 'Улица, 1', '1 Street', :zone, '+7 495 000-00-00', 30)
           RETURNING id),
 r AS (INSERT INTO resource (clinic_id, slug, kind, name) SELECT id, 'room', 'room', 'Кабинет' FROM c RETURNING id),
 s AS (INSERT INTO resource_service SELECT r.id, s.id FROM r, service s WHERE s.slug = 'consultation'),
 o AS (INSERT INTO clinic_service SELECT c.id, s.id FROM c, service s WHERE s.slug IN ('consultation', 'insoles'))
INSERT INTO opening_hours (clinic_id, weekday, opens, closes) SELECT id, d, '00:00', '23:59' FROM c, generate_series(1, 7) d"""
_CLOSED = """
WITH c AS (SELECT id FROM clinic WHERE slug = ANY(:slugs)),
 h AS (DELETE FROM opening_hours WHERE clinic_id IN (SELECT id FROM c)),
 o AS (DELETE FROM clinic_service WHERE clinic_id IN (SELECT id FROM c)),
 s AS (DELETE FROM resource_service WHERE resource_id IN (SELECT id FROM resource WHERE clinic_id IN (SELECT id FROM c))),
 r AS (DELETE FROM resource WHERE clinic_id IN (SELECT id FROM c))
DELETE FROM clinic WHERE id IN (SELECT id FROM c)"""


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Whoever carries text messages."""
    async with open_provider() as found:
        yield found


@pytest.fixture
async def cities(owner: AsyncEngine, emptied: None, to_empty: str) -> AsyncIterator[None]:
    """A clinic in every zone."""
    _ = emptied
    async with owner.begin() as tx:
        for zone in CITIES:
            await tx.execute(text(_OPENED), {"slug": slug(zone), "zone": zone})
    yield
    await run_all(owner, to_empty)
    async with owner.begin() as tx:
        await tx.execute(text(_CLOSED), {"slugs": list(map(slug, CITIES))})


@pytest.fixture
async def network(
    urls: Urls, cities: None, move: Callable[[timedelta], Awaitable[None]], provider: Provider
) -> AsyncIterator[World]:
    """A world over them. One can book half a year ahead: the next change of the clocks is within reach."""
    _ = cities
    limits = Limits(booking_horizon_days=200)
    async with open_world(urls, move, sms=provider.contract, limits=limits) as found:
        yield found
