"""One request of a person of the staff, let in: what they sent, what they may, and how an answer is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from aiohttp import web
from pydantic import BaseModel
from ulid import ULID

from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.ground.events import From, audit
from checkout.ground.service import Service
from checkout.people.access import Principal
from checkout.people.staff import Session
from checkout.web import texts
from checkout.web.client import origin
from checkout.web.desk.places import HOME
from checkout.web.once import Once, Replay, fingerprint
from checkout.web.pages import OFFICE, other, page, see_other
from checkout.web.routes import ROOMS, SERVICE, Room, Wing
from checkout.web.words import BY_LANGUAGE

Result = TypeVar("Result")
TOKEN: Final = "token"  # noqa: S105 - the name of a field
KEY: Final = "form"
WORTH_A_PASSKEY: Final = "refund.decide"


class Noted(BaseModel):
    """What a form led to: where its sender goes on."""

    address: str


@dataclass(frozen=True, slots=True)
class Visit:
    """`service`: sees the rows of their clinics alone. `fields`: of the form, or of the address if there is none.

    `refusal`: why the form that is shown again was not done. `file`: what the form brought along, until it is answered.
    """

    request: web.Request
    session: Session
    service: Service
    fields: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    file: Path | None = None

    @property
    def principal(self) -> Principal:
        return self.session.principal

    @property
    def language(self) -> str:
        return self.session.staff.language

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.match_info

    @property
    def origin(self) -> From:
        return origin(self.request)

    @property
    def needs_passkey(self) -> bool:
        """Whether the installation wants one of whoever may do what they may."""
        return any(self.principal.may(action) for action in self.service.config.passkey_for)

    @property
    def advised_passkey(self) -> bool:
        """Whether they are asked, and not more, to set one up."""
        return not self.session.staff.has_passkey and self.principal.may(WORTH_A_PASSKEY)

    def refused(self, refusal: Refusal) -> Self:
        return replace(self, refusal=refusal)

    @property
    def wings(self) -> dict[Wing, list[Room]]:
        """The rooms that they may enter, by what they are for; a wing without any is left out."""
        open_ = [room for room in self.request.app[ROOMS] if not room.action or self.principal.may(room.action)]
        found = {wing: [room for room in open_ if room.wing is wing] for wing in Wing}
        return {wing: rooms for wing, rooms in found.items() if rooms}

    @property
    def room(self) -> Room | None:
        """The one that this page is in, if it is in any."""
        path = self.request.path
        inside = (room for room in self.request.app[ROOMS] if path.startswith(room.address))
        return next((room for room in inside if path == HOME or room.address != HOME), None)

    def say(self, key: str, **facts: object) -> str:
        return BY_LANGUAGE[self.language][key].format_map(facts)

    async def read(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        """In a transaction that sees the rows of their clinics alone."""
        return await in_transaction(self.service.engine, work)

    async def change(
        self,
        action: str,
        object_: str,
        work: Callable[[Tx], Awaitable[str]],
        *,
        told: Mapping[str, Any] | None = None,
    ) -> web.Response:
        """Do it once for this form, with its line in the audit, in one transaction; then go where `work` says.

        `told`: what the line holds besides; `work` may fill it.
        A form sent twice leads to the same place and is done once. Raises what `work` refuses: nothing was done then.
        """

        async def whole(tx: Tx) -> str:
            where = await work(tx)
            await self.noted(tx, action, object_, **(told or {}))
            return where

        return await self.done(whole)

    async def done(self, work: Callable[[Tx], Awaitable[str]]) -> web.Response:
        """As `change`, where the flow leaves its own line in the audit, with where it came from."""

        async def whole(tx: Tx) -> Noted:
            return Noted(address=await work(tx))

        try:
            done = await self.once(whole)
        except Replay as replay:
            done = Noted.model_validate_json(replay.answer)
        return see_other(done.address)

    @property
    def once(self) -> Once:
        """One form, one effect: its key was written into it when it was shown."""
        sent = sorted((name, value) for name, value in self.fields.items() if name != TOKEN)
        mark = fingerprint(self.request.method, self.request.path, repr(sent).encode())
        return Once(self.service, self.principal.name, f"form/{self.fields.get(KEY, '')}", mark, 303)

    async def noted(self, tx: Tx, action: str, object_: str, **data: Any) -> None:
        """A line in the audit: done, by whom, from where. Also for what they looked at, if it is somebody's data."""
        await audit(
            tx,
            principal=self.principal.name,
            action=action,
            object_=object_,
            outcome="done",
            origin=self.origin,
            data=data or None,
        )

    def page(self, template: str, *, status: int = 200, zone: str = OFFICE, **facts: Any) -> web.Response:
        """A page in the frame of the staff; with the refusal that it is shown again for, if there is one.

        `zone`: whose clock its times are on.
        """
        refusal = self.refusal
        return page(
            self.request,
            template,
            language=self.language,
            status=refusal.status if refusal else status,
            me=self,
            alert=texts.explain(refusal, self.language, zone) if refusal else None,
            wrong=self._wrong(refusal, zone),
            typed=self.fields if refusal else {},
            zone=zone,
            form_key=str(ULID()),
            form_token=token(self.request, self.session),
            to_language=other(self.language),
            **facts,
        )

    def _wrong(self, refusal: Refusal | None, zone: str) -> dict[str, str]:
        """The field that the refusal names, with its words."""
        if refusal is None or not refusal.pointer:
            return {}
        return {refusal.pointer.strip("/").replace("/", "-"): texts.explain(refusal, self.language, zone)}

    def go(self, address: str) -> web.Response:
        return see_other(address)


def token(request: web.Request, session: Session) -> str:
    """What a form of this session carries; no other session, and no other site, knows it."""
    return request.app[SERVICE].vault.form_token("desk", str(session.id))
