"""A visitor in the world, and things that the catalogue has for the length of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateways.sandbox import Fault, Rule
from tests.emptying import run_all
from tests.pages.visitor import Visitor, same_site
from tests.world import World

# An option of a dental cleaning and of a massage: 15 minutes, 1 200 ₽, wherever the cleaning is given.
_POLISHING = """
INSERT INTO service (slug, kind, name_ru, name_en, minutes, about_ru, about_en)
VALUES ('polishing', 'option', 'Полировка', 'Polishing', 15, 'Пастой с фтором', 'With fluoride');
INSERT INTO service_price SELECT id, '-infinity', 120000 FROM service WHERE slug = 'polishing';
INSERT INTO service_option
SELECT s.id, o.id FROM service s, service o WHERE s.slug IN ('dental-cleaning', 'massage') AND o.slug = 'polishing';
INSERT INTO clinic_service
SELECT cs.clinic_id, o.id FROM clinic_service cs JOIN service s ON s.id = cs.service_id, service o
 WHERE s.slug = 'dental-cleaning' AND o.slug = 'polishing';
INSERT INTO resource_service
SELECT rs.resource_id, o.id FROM resource_service rs JOIN service s ON s.id = rs.service_id, service o
 WHERE s.slug = 'dental-cleaning' AND o.slug = 'polishing'
"""
_NO_POLISHING = """
DELETE FROM service_option WHERE option_id = (SELECT id FROM service WHERE slug = 'polishing');
DELETE FROM resource_service WHERE service_id = (SELECT id FROM service WHERE slug = 'polishing');
DELETE FROM clinic_service WHERE service_id = (SELECT id FROM service WHERE slug = 'polishing');
DELETE FROM service_price WHERE service_id = (SELECT id FROM service WHERE slug = 'polishing');
DELETE FROM service WHERE slug = 'polishing'
"""
_MORE = """
INSERT INTO service (slug, kind, name_ru, name_en, minutes)
VALUES ('ecg', 'service', 'Съёмка ЭКГ', 'ECG', 15), ('x-ray', 'service', 'Рентген', 'X-ray', 15);
INSERT INTO service_price SELECT id, '-infinity', 100000 FROM service WHERE slug IN ('ecg', 'x-ray');
INSERT INTO clinic_service SELECT c.id, s.id FROM clinic c, service s WHERE s.slug IN ('ecg', 'x-ray')
"""
_NO_MORE = """
DELETE FROM clinic_service WHERE service_id IN (SELECT id FROM service WHERE slug IN ('ecg', 'x-ray'));
DELETE FROM service_price WHERE service_id IN (SELECT id FROM service WHERE slug IN ('ecg', 'x-ray'));
DELETE FROM service WHERE slug IN ('ecg', 'x-ray')
"""
# Krasny alone gives both dental cleanings and blood tests.
_PARTED = """
DELETE FROM clinic_service USING clinic c, service s
 WHERE clinic_id = c.id AND service_id = s.id AND c.slug = 'krasny' AND s.slug = 'blood-test'
"""
_JOINED = """
INSERT INTO clinic_service SELECT c.id, s.id FROM clinic c, service s WHERE c.slug = 'krasny' AND s.slug = 'blood-test'
"""


async def run(owner: AsyncEngine, script: str) -> None:
    """Change the catalogue, as its owner may."""
    async with owner.begin() as tx:
        for statement in script.split(";\n"):
            await tx.execute(text(statement))


@pytest.fixture
def visitor(world: World) -> Visitor:
    """A Russian browser's requests, as far as our pages look at them. No callback helps: pages must not need one."""
    world.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
    return Visitor(world, {"Accept-Language": "ru", **same_site(world)})


@pytest.fixture
async def polishing(world: World, owner: AsyncEngine, to_empty: str) -> AsyncIterator[None]:
    """An option: it goes with one of two services, and lengthens its visit."""
    _ = world
    await run(owner, _POLISHING)
    yield
    await run_all(owner, to_empty)
    await run(owner, _NO_POLISHING)


@pytest.fixture
async def long_list(owner: AsyncEngine) -> AsyncIterator[None]:
    """So many services that they can be searched."""
    await run(owner, _MORE)
    yield
    await run(owner, _NO_MORE)


@pytest.fixture
async def krasny_paused(owner: AsyncEngine) -> AsyncIterator[None]:
    """One of the clinics takes no bookings online."""
    await run(owner, "UPDATE clinic SET paused = true WHERE slug = 'krasny'")
    yield
    await run(owner, "UPDATE clinic SET paused = false WHERE slug = 'krasny'")


@pytest.fixture
async def parted(owner: AsyncEngine) -> AsyncIterator[None]:
    """No clinic gives both dental cleanings and blood tests."""
    await run(owner, _PARTED)
    yield
    await run(owner, _JOINED)


@pytest.fixture
def stranger(braked: World) -> Callable[[str], Visitor]:
    """A visitor from an address of their own, in the world behind one proxy. No callback helps here either."""
    braked.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))

    def visitor_from(address: str) -> Visitor:
        return Visitor(braked, {"Accept-Language": "ru", "X-Forwarded-For": address, **same_site(braked)})

    return visitor_from
