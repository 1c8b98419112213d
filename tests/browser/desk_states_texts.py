"""States of the texts' room: the list, the form, how a payer would see it, and somebody who was there meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tests.browser.desk import Desk, DeskState
from tests.desk.clerk import at_work
from tests.desk.texts import OFFER, write

ADMIN: Final = ("administrator",)
LONG: Final = "\n\n".join(
    f"{number}. Исполнитель оказывает услугу в срок, который Заказчик выбрал при записи." for number in range(1, 9)
)
CHANGED: Final = LONG.replace("3. Исполнитель", "3. Клиника").replace("в срок", "в день и час")


async def _day(desk: Desk, days: int) -> str:
    return (await desk.world.now() + timedelta(days=days)).date().isoformat()


async def _rich(desk: Desk) -> None:
    """A text that was changed, one to come, and one that was taken back."""
    await write(desk.clerk, text_ru=LONG, text_en="1. The clinic gives the service at the hour that was booked.")
    await write(desk.clerk, text_ru=CHANGED, title_en="I accept the terms of the offer")
    await write(desk.clerk, text_ru="Отложено.", **{"from": await _day(desk, 40)})
    form = await desk.clerk.get(OFFER)
    drop = next(name for name in form.fields if name.startswith("drop-"))
    await write(desk.clerk, **{drop: "yes"})
    await write(desk.clerk, text_ru=LONG, required="yes", **{"from": await _day(desk, 30)})


async def _list(desk: Desk) -> str:
    await _rich(desk)
    return "/desk/texts"


async def _list_read(_desk: Desk) -> str:
    return "/desk/texts"


async def _form(desk: Desk) -> str:
    await _rich(desk)
    return OFFER


async def _planned(desk: Desk) -> str:
    """The form filled from a planned text."""
    await _rich(desk)
    form = await desk.clerk.get(OFFER)
    return next(link for link in form.links if "?of=" in link)


async def _version(desk: Desk) -> str:
    await _rich(desk)
    return next(link for link in (await desk.clerk.get(OFFER)).links if link.endswith(".2"))


async def _first(_desk: Desk) -> str:
    return "/desk/texts/offer/2026-11-01"


async def _pressed(desk: Desk, **typed: str) -> None:
    """The form filled in and looked at, in the window."""
    await desk.open(OFFER)
    for name, value in typed.items():
        await desk.page.fill(f"[name='{name}']", value)
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_load_state("load")


async def _check(desk: Desk) -> None:
    """What differs, what is taken back, and what follows in its turn."""
    await _rich(desk)
    await write(desk.clerk, text_en="To come.", **{"from": await _day(desk, 50)})
    await desk.open(OFFER)
    await desk.page.locator("[name^='drop-']").first.check()
    await desk.page.uncheck("[name=required]")
    await desk.page.fill("[name=text_ru]", CHANGED.replace("Заказчик", "Пациент"))
    await desk.page.fill("[name=from]", await _day(desk, 20))
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_selector("button[value=save]")


async def _check_nothing(desk: Desk) -> None:
    await _pressed(desk)


async def _wrong(desk: Desk) -> None:
    await _pressed(desk, title_ru="", text_en="я" * 30_001)


async def _stale(desk: Desk) -> None:
    await desk.open(OFFER)
    nina = await at_work(desk.world, "administrator", email=f"nina-{desk.language}@clinic.example", name="Нина Орлова")
    await write(nina, text_ru=f"{LONG}\n\n{desk.language}", title_en="I accept")
    await desk.page.fill("#title_ru", "Принимаю условия оферты")
    await desk.page.click("button[value=check]")
    await desk.page.wait_for_selector("#changed")


async def _saved(desk: Desk) -> None:
    await _pressed(desk, text_en=f"In {desk.language}.")
    await desk.page.click("button[value=save]")
    await desk.page.wait_for_selector("[role=status]")


STATES: Final = (
    DeskState("texts", "desk/texts.html", ADMIN, _list),
    DeskState("texts_read", "desk/texts.html", (("administrator", "tverskaya"),), _list_read),
    DeskState("texts_form", "desk/texts_form.html", ADMIN, _form),
    DeskState("texts_planned", "desk/texts_form.html", ADMIN, _planned),
    DeskState("texts_wrong", "desk/texts_form.html", ADMIN, _wrong, status=422),
    DeskState("texts_stale", "desk/texts_form.html", ADMIN, _stale, status=409),
    DeskState("texts_saved", "desk/texts_form.html", ADMIN, _saved),
    DeskState("texts_check", "desk/texts_check.html", ADMIN, _check),
    DeskState("texts_check_nothing", "desk/texts_check.html", ADMIN, _check_nothing),
    DeskState("texts_version", "desk/texts_version.html", ADMIN, _version),
    DeskState("texts_first", "desk/texts_version.html", ADMIN, _first),
)
