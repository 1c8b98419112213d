"""States of the doors, and of the room in which people get their rights."""

from __future__ import annotations

from typing import Final

import pyotp

from checkout.ground.db import Tx
from checkout.people import enter, staff_store
from tests.browser.desk import Desk, DeskState
from tests.desk.clerk import PASSWORD, hired

ADMIN: Final = ("administrator",)


async def _login(_desk: Desk) -> str:
    return "/desk/login"


async def _login_wrong(desk: Desk) -> None:
    await desk.open(f"/desk/login?lang={desk.language}")
    await desk.page.fill("#email", "nobody@clinic.example")
    await desk.page.fill("#password", PASSWORD)
    await desk.page.click("main button")


async def _second(_desk: Desk) -> str:
    return "/desk/second"


async def _second_wrong(desk: Desk) -> None:
    await desk.open("/desk/second")
    await desk.page.fill("#code", "000000")
    await desk.page.click("main button")


async def _paper(desk: Desk) -> None:
    await desk.open("/desk/second")
    secret = await desk.page.inner_text(".secret")
    await desk.page.fill("#code", pyotp.TOTP(secret).at(await desk.world.now()))
    await desk.page.click("main button")
    await desk.page.wait_for_selector(".paper")


async def _ticket(desk: Desk) -> str:
    nina = await hired(desk.world, "cashier", email=f"nina-{desk.language}@clinic.example")
    assert nina.staff_id is not None
    staff_id = nina.staff_id

    async def work(tx: Tx) -> str:
        staff = await staff_store.read(tx, staff_id)
        await staff_store.speak(tx, staff_id, desk.language)
        return await enter.ticket(tx, staff, purpose="invitation", by="operator")

    return f"/desk/ticket/{await desk.world.tx(work)}?lang={desk.language}"


async def _ticket_easy(desk: Desk) -> None:
    await desk.open(await _ticket(desk))
    await desk.page.fill("#password", "qwertyuiop1234567890")
    await desk.page.click("main button")


async def _ticket_dead(desk: Desk) -> str:
    return f"/desk/ticket/dead?lang={desk.language}"


async def _home(_desk: Desk) -> str:
    return "/desk"


async def _people(desk: Desk) -> str:
    await hired(
        desk.world, ("cashier", "tverskaya"), ("senior-cashier", "krasny"), email=f"nina-{desk.language}@clinic.example"
    )
    return "/desk/people"


async def _new(_desk: Desk) -> str:
    return "/desk/people/new"


async def _new_wrong(desk: Desk) -> None:
    await desk.open("/desk/people/new")
    await desk.page.fill("#email", "nina@clinic.example")
    await desk.page.click("main .act button")


async def _person(desk: Desk) -> str:
    nina = await hired(desk.world, ("cashier", "tverskaya"), email=f"nina-{desk.language}@clinic.example")
    return f"/desk/people/{nina.staff_id}"


async def _person_link(desk: Desk) -> None:
    await desk.open(await _person(desk))
    await desk.page.click("form[action$='/link'] button")


async def _proof(_desk: Desk) -> str:
    return "/desk/proof?back=/desk/people"


async def _me(_desk: Desk) -> str:
    return "/desk/me"


async def _missing(_desk: Desk) -> str:
    return "/desk/people/stf_00000000000000000000000000"


STATES: Final = (
    DeskState("desk_login", "desk/login.html", (), _login),
    DeskState("desk_login_wrong", "desk/login.html", (), _login_wrong, status=403),
    DeskState("desk_second", "desk/second.html", ("accountant",), _second, whole=False),
    DeskState("desk_second_wrong", "desk/second.html", ("accountant",), _second_wrong, status=422, whole=False),
    DeskState("desk_set_up", "desk/set_up.html", ("accountant",), _second, authenticator=False, whole=False),
    DeskState("desk_paper", "desk/paper.html", ("accountant",), _paper, authenticator=False, whole=False),
    DeskState("desk_ticket", "desk/ticket.html", (), _ticket),
    DeskState("desk_ticket_easy", "desk/ticket.html", (), _ticket_easy, status=422),
    DeskState("desk_ticket_dead", "desk/ticket.html", (), _ticket_dead, status=404),
    DeskState("desk_home", "desk/home.html", ADMIN, _home),
    DeskState("desk_people", "desk/people.html", ADMIN, _people),
    DeskState("desk_person_new", "desk/person_new.html", ADMIN, _new),
    DeskState("desk_person_new_wrong", "desk/person_new.html", ADMIN, _new_wrong, status=422),
    DeskState("desk_person", "desk/person.html", ADMIN, _person),
    DeskState("desk_person_link", "desk/person.html", ADMIN, _person_link),
    DeskState("desk_person_missing", "desk/refused.html", ADMIN, _missing, status=404),
    DeskState("desk_proof", "desk/proof.html", ADMIN, _proof),
    DeskState("desk_me", "desk/me.html", ("cashier",), _me),
)
