"""States of the catalogue's room: the list, the forms, what would come of them, and somebody who was there meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from tests.browser.desk import Desk, DeskState
from tests.desk.clerk import at_work

ADMIN: Final = ("administrator",)
SERVICE: Final = "/desk/catalogue/services/consultation"
CLINIC: Final = "/desk/catalogue/clinics/tverskaya"
RESOURCE: Final = f"{CLINIC}/resources/orlov"


async def _day(desk: Desk, days: int) -> str:
    return (await desk.world.now() + timedelta(days=days)).date().isoformat()


async def _sent(desk: Desk, path: str, press: str, **typed: str) -> None:
    """Over HTTP, in the session that the window has, too."""
    check = await desk.clerk.press_all(await desk.clerk.get(path), path, **typed, press="check")
    if press == "save":
        await desk.clerk.press_all(check, path, press="save")


async def _rich(desk: Desk) -> None:
    """A price to come, one that was, hours from a day on and a day off."""
    await _sent(desk, SERVICE, "save", price="2600")
    await _sent(desk, SERVICE, "save", price="3000", **{"from": await _day(desk, 30)})
    hours = {"works": "own", "mon": "9-13, 14-18", "thu": "12-20", "week-from": await _day(desk, 30)}
    await _sent(desk, RESOURCE, "save", **hours, **{"new-day-1": await _day(desk, 9)})


async def _list(desk: Desk) -> str:
    await _rich(desk)
    await _sent(desk, "/desk/catalogue/services/massage", "save", on="no")
    await _sent(desk, "/desk/catalogue/clinics/lenina", "save", paused="yes")
    return "/desk/catalogue"


async def _list_none(_desk: Desk) -> str:
    return "/desk/catalogue?q=zzz"


def _page(path: str) -> Callable[[Desk], Awaitable[str]]:
    async def bring(desk: Desk) -> str:
        await _rich(desk)
        return path

    return bring


def _new(path: str) -> Callable[[Desk], Awaitable[str]]:
    async def bring(_desk: Desk) -> str:
        return path

    return bring


def _pressed(path: str, **typed: str) -> Callable[[Desk], Awaitable[None]]:
    """The form filled in and looked at, in the window."""

    async def bring(desk: Desk) -> None:
        await desk.open(path)
        for name, value in typed.items():
            await desk.page.fill(f"[name='{name}']", value)
        await desk.page.click("button[value=check]")
        await desk.page.wait_for_load_state("load")

    return bring


async def _check_price(desk: Desk) -> None:
    await desk.world.paid()
    await _pressed(SERVICE, price="3000", **{"from": await _day(desk, 30)})(desk)


async def _check_hours(desk: Desk) -> None:
    """Visits stand outside."""
    await desk.world.paid()
    await desk.open(CLINIC)
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        await desk.page.fill(f"#{day}", "20:00-21:00")
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_selector("[data-stray]")


async def _check_off(desk: Desk) -> None:
    await desk.open(RESOURCE)
    await desk.page.check("[name=on][value=no]")
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_selector("button[value=save]")


async def _check_closing(desk: Desk) -> None:
    """The clinic's name was not typed."""
    await desk.world.paid()
    await desk.open(CLINIC)
    await desk.page.check("[name=on][value=no]")
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_selector("#confirm")
    await desk.page.click("button[value=save]")
    await desk.page.wait_for_selector("#confirm-wrong")


async def _stale(desk: Desk) -> None:
    await desk.open(SERVICE)
    nina = await at_work(desk.world, "administrator", email=f"nina-{desk.language}@clinic.example", name="Нина Орлова")
    check = await nina.press_all(await nina.get(SERVICE), SERVICE, press="check", minutes=_minutes(desk), price="2700")
    await nina.press_all(check, SERVICE, press="save")
    await desk.page.fill("#name_en", "Therapist")
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_selector("#changed")


def _minutes(desk: Desk) -> str:
    """Something else in each language: both have one world."""
    return {"ru": "45", "en": "50"}[desk.language]


async def _saved(desk: Desk) -> None:
    await _pressed(SERVICE, minutes=_minutes(desk))(desk)
    await desk.page.click("button[value=save]")
    await desk.page.wait_for_selector("[role=status]")


STATES: Final = (
    DeskState("catalogue", "desk/catalogue.html", ADMIN, _list),
    DeskState("catalogue_none", "desk/catalogue.html", ADMIN, _list_none),
    DeskState("catalogue_read", "desk/catalogue.html", ("cashier",), _new("/desk/catalogue")),
    DeskState("catalogue_service", "desk/catalogue_service.html", ADMIN, _page(SERVICE)),
    DeskState("catalogue_service_new", "desk/catalogue_service.html", ADMIN, _new("/desk/catalogue/new-service")),
    DeskState(
        "catalogue_service_wrong", "desk/catalogue_service.html", ADMIN, _pressed(SERVICE, price="x"), status=422
    ),
    DeskState("catalogue_service_stale", "desk/catalogue_service.html", ADMIN, _stale, status=409),
    DeskState("catalogue_service_saved", "desk/catalogue_service.html", ADMIN, _saved),
    DeskState("catalogue_clinic", "desk/catalogue_clinic.html", ADMIN, _page(CLINIC)),
    DeskState("catalogue_clinic_new", "desk/catalogue_clinic.html", ADMIN, _new("/desk/catalogue/new-clinic")),
    DeskState("catalogue_clinic_wrong", "desk/catalogue_clinic.html", ADMIN, _pressed(CLINIC, mon="x"), status=422),
    DeskState("catalogue_resource", "desk/catalogue_resource.html", ADMIN, _page(RESOURCE)),
    DeskState("catalogue_resource_new", "desk/catalogue_resource.html", ADMIN, _new(f"{CLINIC}/new-resource")),
    DeskState("catalogue_check_price", "desk/catalogue_check.html", ADMIN, _check_price),
    DeskState("catalogue_check_hours", "desk/catalogue_check.html", ADMIN, _check_hours),
    DeskState("catalogue_check_off", "desk/catalogue_check.html", ADMIN, _check_off),
    DeskState("catalogue_check_closing", "desk/catalogue_check.html", ADMIN, _check_closing, status=422),
)
