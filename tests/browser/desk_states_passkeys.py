"""States of passkeys: one is added, listed, asked for, and refused."""

from __future__ import annotations

from typing import Final

from tests.browser.desk import Desk, DeskState
from tests.desk.authenticator import Authenticator
from tests.desk.test_passkeys import added

ACCOUNTANT: Final = ("accountant",)


async def _add(_desk: Desk) -> str:
    return "/desk/passkey"


async def _wrong(desk: Desk) -> None:
    """What the browser brought does not fit."""
    await desk.open("/desk/passkey")
    await desk.page.fill("#name", "Ноутбук")
    await desk.page.evaluate("document.querySelector('[data-brought]').form.submit()")
    await desk.page.wait_for_selector("[role=alert]:not([hidden])")


async def _listed(desk: Desk) -> str:
    await added(desk.clerk, Authenticator(desk.world.url))
    return "/desk/me"


async def _advised(_desk: Desk) -> str:
    return "/desk"


async def _proof(desk: Desk) -> str:
    """By passkey or by code."""
    await added(desk.clerk, Authenticator(desk.world.url))
    return "/desk/proof"


STATES: Final = (
    DeskState("desk_passkey", "desk/passkey.html", ACCOUNTANT, _add),
    DeskState("desk_passkey_wrong", "desk/passkey.html", ACCOUNTANT, _wrong, status=422),
    DeskState("desk_passkeys", "desk/me.html", ACCOUNTANT, _listed),
    DeskState("desk_home_advised", "desk/home.html", ACCOUNTANT, _advised),
    DeskState("desk_proof_by_passkey", "desk/proof.html", ACCOUNTANT, _proof),
)
