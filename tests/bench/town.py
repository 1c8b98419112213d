"""The fictional network that is measured: ten clinics of twenty resources, open every day.

A visit may start at 24 half hours a day; with twelve of the twenty resources giving consultations, a run of any length
finds free places, and each order computes its slots over a diary of its clinic as a real one does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count, cycle
from typing import Any, Final
from zoneinfo import ZoneInfo

CLINICS: Final = 10
SPECIALISTS: Final = 12
ROOMS: Final = 8
OPENS, CLOSES, STEP = time(8), time(20), timedelta(minutes=30)
ZONE: Final = "Asia/Novosibirsk"
HORIZON_DAYS: Final = 58  # the installation offers 60
_SERVICES: Final = (("consultation", 30, 250_000), ("follow-up", 30, 180_000), ("ultrasound", 30, 320_000))


def catalogue() -> dict[str, Any]:
    """The catalogue file, as data."""
    return {
        "clinics": [_clinic(number) for number in range(CLINICS)],
        "services": [
            {"slug": slug, "name": _words(slug), "minutes": minutes, "price": price}
            for slug, minutes, price in _SERVICES
        ],
    }


def _words(name: str) -> dict[str, str]:
    return {"ru": name, "en": name}


def _clinic(number: int) -> dict[str, Any]:
    return {
        "slug": slug_of(number),
        "merchant": "zdorovie",
        "name": _words(f"Clinic {number}"),
        "address": _words(f"{number} Bench Street"),
        "zone": ZONE,
        "phone": "+7 383 000-00-00",
        "hours": {"mon-sun": f"{OPENS:%H:%M}-{CLOSES:%H:%M}"},
        "resources": [
            *(_resource("specialist", one, ["consultation", "follow-up"]) for one in range(SPECIALISTS)),
            *(_resource("room", one, ["ultrasound"]) for one in range(ROOMS)),
        ],
    }


def _resource(kind: str, number: int, services: list[str]) -> dict[str, Any]:
    return {"slug": f"{kind}-{number}", "kind": kind, "name": f"{kind} {number}", "services": services}


def slug_of(clinic: int) -> str:
    return f"clinic-{clinic}"


def wishes(today: datetime, chance: random.Random) -> Iterator[bytes]:
    """Bodies of orders, each by another payer for another time, spread over clinics and days; never at an end."""
    zone = ZoneInfo(ZONE)
    first = (today.astimezone(zone) + timedelta(days=1)).date()
    starts = range(int((CLOSES.hour - OPENS.hour) * 60 / (STEP.total_seconds() / 60)))
    places = [
        (slug_of(clinic), datetime.combine(first + timedelta(days=day), OPENS, zone).astimezone(UTC) + start * STEP)
        for clinic in range(CLINICS)
        for day in range(HORIZON_DAYS)
        for start in starts
    ]
    chance.shuffle(places)
    for number, (clinic, start) in zip(count(), cycle(places)):
        yield json.dumps(_wish(number, clinic, start, chance)).encode()


def _wish(number: int, clinic: str, start: datetime, chance: random.Random) -> dict[str, Any]:
    return {
        "clinic": clinic,
        "lines": [{"service": "consultation"}],
        "starts_at": start.isoformat(),
        "payer": {
            "name": f"Мария Петрова-{number}",
            "phone": f"+7912{chance.randrange(10**7):07}",
            "email": f"payer{number}@example.com",
        },
        "consents": ["adult", "offer", "personal-data"],
    }
