"""Seed an empty database's catalogue from a file, by slug. From then on the database wins."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from checkout.ground.db import Tx, one, run, sql

FICTIONAL: Final = Path(__file__).parent / "fictional.yaml"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLUG: Final = r"^[a-z][a-z0-9-]{0,39}$"

_COUNT = sql("SELECT count(*) AS clinics FROM clinic")
_CLINIC = sql("""
INSERT INTO clinic (slug, merchant, name_ru, name_en, address_ru, address_en, zone, phone, step_minutes)
VALUES (:slug, :merchant, :name_ru, :name_en, :address_ru, :address_en, :zone, :phone, :step) RETURNING id""")
_HOURS = sql(
    "INSERT INTO opening_hours (clinic_id, weekday, opens, closes) VALUES (:clinic, :weekday, :opens, :closes)"
)
_SERVICE = sql("""
INSERT INTO service (slug, kind, name_ru, name_en, minutes, deposit_percent, at_clinic, vat)
VALUES (:slug, :kind, :name_ru, :name_en, :minutes, :deposit, :at_clinic, :vat) RETURNING id""")
_PRICE = sql("INSERT INTO service_price (service_id, valid_from, amount) VALUES (:service, '-infinity', :amount)")
_RESOURCE = sql("""
INSERT INTO resource (clinic_id, slug, kind, name) VALUES (:clinic, :slug, :kind, :name) RETURNING id""")
_GIVES = sql("INSERT INTO resource_service (resource_id, service_id) VALUES (:resource, :service)")
_OFFERS = sql("INSERT INTO clinic_service (clinic_id, service_id) VALUES (:clinic, :service) ON CONFLICT DO NOTHING")


class CatalogueError(Exception):
    """The catalogue file is wrong; the message names the key."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_Part):
    ru: str
    en: str


class _Resource(_Part):
    slug: Annotated[str, Field(pattern=_SLUG)]
    kind: Literal["specialist", "room"]
    name: str
    services: tuple[str, ...]


class _Service(_Part):
    slug: Annotated[str, Field(pattern=_SLUG)]
    kind: Literal["service", "goods"] = "service"
    name: _Words
    minutes: Annotated[int, Field(ge=0, le=600)]
    price: Annotated[int, Field(gt=0)]
    deposit_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    at_clinic: bool = False
    vat: str = "none"


class _Clinic(_Part):
    slug: Annotated[str, Field(pattern=_SLUG)]
    merchant: Annotated[str, Field(pattern=_SLUG)]
    name: _Words
    address: _Words
    zone: str
    phone: str
    step_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    hours: dict[str, str]
    resources: tuple[_Resource, ...]
    goods: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value


class Catalogue(_Part):
    clinics: tuple[_Clinic, ...]
    services: tuple[_Service, ...]


def load(path: Path) -> Catalogue:
    """Raises CatalogueError with every fault by its key's path."""
    try:
        return Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as reason:
        faults = [f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in reason.errors()]
        raise CatalogueError("\n".join(faults)) from reason
    except (OSError, yaml.YAMLError) as reason:
        raise CatalogueError(f"{path}: {reason}") from reason


def weekdays(name: str) -> range:
    """ISO weekdays behind "mon" or "mon-fri"."""
    first, _, last = name.partition("-")
    return range(_DAYS.index(first) + 1, _DAYS.index(last or first) + 2)


async def seed(tx: Tx, catalogue: Catalogue) -> bool:
    """Fill an empty catalogue; False if there is one already."""
    row = await one(tx, _COUNT)
    if row is not None and row.clinics:
        return False
    services = {service.slug: await _service(tx, service) for service in catalogue.services}
    for clinic in catalogue.clinics:
        await _clinic(tx, clinic, services)
    return True


async def _id(tx: Tx, statement: Any, **values: Any) -> int:
    row = await one(tx, statement, **values)
    assert row is not None  # noqa: S101 - an insert that returns
    return int(row.id)


async def _service(tx: Tx, service: _Service) -> int:
    service_id = await _id(
        tx,
        _SERVICE,
        slug=service.slug,
        kind=service.kind,
        name_ru=service.name.ru,
        name_en=service.name.en,
        minutes=service.minutes,
        deposit=service.deposit_percent,
        at_clinic=service.at_clinic,
        vat=service.vat,
    )
    await run(tx, _PRICE, service=service_id, amount=service.price)
    return service_id


async def _clinic(tx: Tx, clinic: _Clinic, services: dict[str, int]) -> None:
    clinic_id = await _id(
        tx,
        _CLINIC,
        slug=clinic.slug,
        merchant=clinic.merchant,
        name_ru=clinic.name.ru,
        name_en=clinic.name.en,
        address_ru=clinic.address.ru,
        address_en=clinic.address.en,
        zone=clinic.zone,
        phone=clinic.phone,
        step=clinic.step_minutes,
    )
    for days, hours in clinic.hours.items():
        opens, closes = (time.fromisoformat(part) for part in hours.split("-"))
        for weekday in weekdays(days):
            await run(tx, _HOURS, clinic=clinic_id, weekday=weekday, opens=opens, closes=closes)
    for resource in clinic.resources:
        resource_id = await _id(
            tx, _RESOURCE, clinic=clinic_id, slug=resource.slug, kind=resource.kind, name=resource.name
        )
        for slug in resource.services:
            await run(tx, _GIVES, resource=resource_id, service=services[slug])
            await run(tx, _OFFERS, clinic=clinic_id, service=services[slug])
    for slug in clinic.goods:
        await run(tx, _OFFERS, clinic=clinic_id, service=services[slug])
