"""A state of a staff page, and the desk at which it is brought about: one colleague, signed in, in a fresh world."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page

from checkout.ground.db import Tx
from checkout.people import staff_store
from tests.browser.light import by_turns
from tests.browser.visit import Visit
from tests.desk.clerk import Clerk, hired
from tests.world import World

Role = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """One colleague before a world. `clerk` acts over HTTP, in the session that the window has too. `first`: nobody was there."""

    world: World
    language: str
    visit: Visit
    clerk: Clerk
    first: bool = True

    @property
    def page(self) -> Page:
        return self.visit.page

    async def again(self) -> None:
        """Signed in once more: the clock went on, and the session ended."""
        await signed_in(self.world, self.visit, self.clerk, self.language)

    async def open(self, path: str) -> None:
        await self.page.goto(self.world.url + path, wait_until="load")


@dataclass(frozen=True, slots=True)
class DeskState:
    """`bring`: makes it so, and answers the address to open; None if the page stands open already.

    `roles` empty: a stranger before the door. `whole`: every factor was shown.
    """

    name: str
    template: str
    roles: tuple[Role, ...]
    bring: Callable[[Desk], Awaitable[str | None]]
    status: int = 200
    authenticator: bool = True
    whole: bool = True

    def __str__(self) -> str:
        return self.name


async def sit_down(world: World, visit: Visit, state: DeskState, language: str) -> Desk:
    """The colleague signs in; without roles nobody does."""
    clerk = Clerk(world)
    if state.roles:
        clerk = await hired(world, *state.roles, email=f"{language}@clinic.example", authenticator=state.authenticator)
        await signed_in(world, visit, clerk, language, whole=state.whole)
    return Desk(world, language, visit, clerk, first=language == by_turns(state.name)[0])


async def seated(
    world: World, visit: Visit, *roles: Role, name: str = "Ольга Смирнова", email: str = "olga@clinic.example"
) -> Desk:
    """A colleague with these roles, hired and signed in, before an empty page."""
    clerk = await hired(world, *roles, email=email, name=name)
    await signed_in(world, visit, clerk, "ru")
    return Desk(world, "ru", visit, clerk)


async def signed_in(world: World, visit: Visit, clerk: Clerk, language: str, *, whole: bool = True) -> None:
    """A session of theirs in the window and in the clerk's hand, as if they had come through the door."""
    token, staff_id = secrets.token_urlsafe(32), clerk.staff_id
    assert staff_id is not None

    async def work(tx: Tx) -> None:
        await staff_store.speak(tx, staff_id, language)
        await staff_store.open_session(tx, staff_id, token, address="127.0.0.1", agent="tests", whole=whole)

    await world.tx(work)
    visit.staff = True
    await visit.page.context.add_cookies([{"name": "desk", "value": token, "url": world.url}])
    clerk.headers["Cookie"] = f"desk={token}"
