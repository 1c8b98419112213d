"""The main job, walked over HTTP and the bank's own pages: what `make demo ARGS=--check` does instead of a person."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
from ulid import ULID

from checkout.books.invariants import Invariant, verify
from checkout.ground.db import in_transaction, now
from checkout.ground.service import Service
from checkout.inbox import Inbox, Mail
from gateways import sandbox

PATIENCE: Final = 40.0  # seconds for the truth to arrive without any callback; the promise is 30
LOOK_EVERY: Final = 0.2
GOOD: Final = ("4111111111111111", "12/34", "123")
CHALLENGE: Final = ("5555555555555599", "12/34", "123")
POOR: Final = ("2202205000060910", "06/28", "810")
CODE: Final = "111111"
MARIA: Final = ("Мария Петрова", "8 (912) 345-67-89", "maria@example.com")
GUESTS: Final = (
    MARIA,
    ("Сергей Волков", "8 (903) 111-22-33", "sergey@example.com"),
    ("Елена Кузнецова", "8 (916) 555-10-20", "elena@example.com"),
    ("Дмитрий Соколов", "8 (925) 777-30-40", "dmitry@example.com"),
)


class Wrong(Exception):
    """A step did not come out as it must."""


def expect(fact: object, sentence: str) -> None:
    if not fact:
        raise Wrong(sentence)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the rehearsal plays. `inbox`: every payer's mailbox. `keys`: API keys by role."""

    service: Service
    url: str
    bank_url: str
    bank: sandbox.Bank
    inbox: Inbox
    keys: dict[str, str]


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what it hides."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = found.get("action") or ""
        if tag == "input" and found.get("type") == "hidden":
            self.fields[found.get("name") or ""] = found.get("value") or ""


@dataclass(slots=True)
class Rehearsal:
    """Each step prints one line with its seconds; the first failure ends the play."""

    stage: Stage
    say: Callable[[str], None]
    taken: int = field(default=0)
    paid: dict[str, Any] = field(default_factory=dict)
    session: aiohttp.ClientSession | None = None

    async def play(self, invariants: Sequence[Invariant]) -> bool:
        steps: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
            ("card order, 3-D Secure, paid with the callback", self.paid_with_callback),
            ("the letter came: code, calendar entry, a link that opens the order", self.letter),
            ("duplicate and forged callbacks change nothing", self.callbacks_again),
            ("declined card, then paid on the second try", self.second_try),
            ("cash order at the desk", self.cash),
            ("refund asked, approved by another, run and done", self.refund),
            ("card order paid with every callback lost", self.paid_in_silence),
        )
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as self.session:
            for name, step in steps:
                if not await self._act(name, step):
                    return False
        return await self._act("the books: every invariant holds", lambda: self.books(invariants))

    async def set_the_scene(self) -> None:
        """A clinic's day to look at, where there is none yet: visits paid and to be paid, and a refund that waits."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as self.session:
            if (await self.api("GET", "/v1/orders?limit=1", "office"))["data"]:
                return
            for plan, payer in zip(("full", "full", "at_clinic", "deposit"), GUESTS, strict=True):
                order = await self.order(days=0, plan=plan, payer=payer)
                if plan == "full":
                    await self.pay((await self.start(order))["redirect_url"], GOOD)
                    self.paid = await self.until(order, "paid")
            wish = {"amount": {"amount": 100_000, "currency": "RUB"}, "reason": "Врач заболел"}
            await self.api("POST", f"/v1/orders/{self.paid['id']}/refunds", "finance", wish)

    async def _act(self, name: str, step: Callable[[], Awaitable[None]]) -> bool:
        began = time.monotonic()
        try:
            await step()
        except (Wrong, aiohttp.ClientError, TimeoutError, KeyError) as reason:
            self.say(f"FAILED  {name}: {type(reason).__name__}: {reason}")
            return False
        self.say(f"ok  {time.monotonic() - began:6.2f} s  {name}")
        return True

    # --- steps

    async def paid_with_callback(self) -> None:
        order = await self.order()
        payment = await self.start(order)
        landing = await self.pay(payment["redirect_url"], CHALLENGE, code=CODE)
        expect("Вы записаны" in landing or "Проверяем" in landing, f"the result page is shown, not: {landing[:500]}")
        self.paid = await self.until(order, "paid")
        kept = [try_.as_json() for try_ in self.stage.bank.outbox.tried]
        expect(any(one.get("answer") == 200 for one in kept), f"a callback was accepted: {kept}")  # noqa: PLR2004 - HTTP

    async def letter(self) -> None:
        code = self.paid["code"]
        mail = await self._mail(f"Запись {code} подтверждена")
        expect(code in mail.text and "2\u00a0500\u00a0₽" in mail.text, f"it names code and sum: {mail.text}")
        entries = [part.content.decode() for part in mail.attachments]
        expect(entries and f"UID:{self.paid['id']}@" in entries[0], f"it brings the calendar entry: {entries}")
        links = [line for line in mail.text.splitlines() if line.startswith(f"{self.stage.url}/o/")]
        expect(links, "it brings the private link")
        assert self.session is not None  # noqa: S101 - play() opened it
        async with self.session.get(links[0]) as answer:
            expect(code in await answer.text(), "the link opens the order")

    async def _mail(self, subject: str) -> Mail:
        end = time.monotonic() + PATIENCE
        while True:
            found = next((mail for mail in self.stage.inbox if mail.subject == subject), None)
            if found is not None:
                return found
            expect(time.monotonic() < end, f"a letter «{subject}» comes; there are {list(self.stage.inbox)}")
            await asyncio.sleep(LOOK_EVERY)

    async def callbacks_again(self) -> None:
        number = self.paid["payments"][0]["id"]
        before = await self.api("GET", f"/v1/orders/{self.paid['id']}", "office")
        for forge in (False, False, True):
            await self.bank("POST", "/sandbox/callbacks", {"number": number, "operation": "deposited", "forge": forge})
        await self._forged(number)
        expect(before == await self.api("GET", f"/v1/orders/{self.paid['id']}", "office"), "the order is as it was")

    async def _forged(self, number: str) -> None:
        query = {"mdOrder": "x", "orderNumber": number, "operation": "deposited", "status": "1", "checksum": "00"}
        assert self.session is not None  # noqa: S101 - play() opened it
        async with self.session.get(f"{self.stage.url}/callbacks/zdorovie", params=query) as answer:
            expect(answer.status == 403, f"a forged callback is refused, not {answer.status}")  # noqa: PLR2004 - HTTP

    async def second_try(self) -> None:
        order = await self.order()
        payment = await self.start(order)
        page = await self.pay(payment["redirect_url"], POOR, code=CODE)
        expect("pan" in page, "after a decline the bank's form is shown again")
        await self.pay(payment["redirect_url"], GOOD)
        await self.until(order, "paid")

    async def cash(self) -> None:
        counted = await self.api("POST", "/v1/clinics/tverskaya/counts", "office", {"total": {"amount": 0}})
        await self.api("POST", "/v1/clinics/tverskaya/shifts", "office", {"count": counted["count"]})
        order = await self.order()
        due = order["due"]
        await self.api("POST", f"/v1/orders/{order['id']}/cash-payments", "office", {"amount": due})
        await self.until(order, "paid")

    async def refund(self) -> None:
        order, amount = self.paid, {"amount": 100_000, "currency": "RUB"}
        wish = {"amount": amount, "reason": "rehearsal"}
        asked = await self.api("POST", f"/v1/orders/{order['id']}/refunds", "finance", wish)
        own = await self.send("POST", f"/v1/refunds/{asked['id']}/approve", "finance", {})
        expect(own[0] == 403, "nobody approves his own refund")  # noqa: PLR2004 - HTTP
        refused = await self.send("POST", f"/v1/orders/{order['id']}/refunds", "office", wish)
        expect(refused[0] == 403, "a cashier cannot refund")  # noqa: PLR2004 - HTTP
        await self.api("POST", f"/v1/refunds/{asked['id']}/approve", "finance-2", {})
        done = await self._until(lambda: self.api("GET", f"/v1/refunds/{asked['id']}", "finance"), "status", "done")
        returned = [effect.amount for effect in self.stage.bank.journal.effects if effect.external_id == asked["id"]]
        expect(returned == [amount["amount"]], f"the bank returned it exactly once: {returned}")
        expect(done["expected_by"] > done["answer_due"], "the payer is promised dates")
        await self.until(order, "part_refunded")

    async def paid_in_silence(self) -> None:
        await self.bank("POST", "/sandbox/faults", {"kind": "drop", "method": "callback", "times": None})
        order = await self.order()
        payment = await self.start(order)
        # The payer closes the window at the bank: no return, no callback. Only asking helps.
        await self.pay(payment["redirect_url"], GOOD, follow_back=False)
        await self.until(order, "paid")
        await self.bank("DELETE", "/sandbox/faults", None)

    async def books(self, invariants: Sequence[Invariant]) -> None:
        broken = await verify(self.stage.service.engine, invariants)
        expect(not broken, str(broken))

    # --- acts

    async def order(self, *, days: int = 1, plan: str = "full", payer: tuple[str, str, str] = MARIA) -> dict[str, Any]:
        """A visit at the first free time from `days` after today on."""
        today = (await in_transaction(self.stage.service.engine, now)).date()
        starts = await self._starts(today + timedelta(days=days))
        self.taken += 1
        name, phone, email = payer
        wish = {
            "clinic": "tverskaya",
            "lines": [{"service": "consultation"}],
            "starts_at": starts[0],
            "payer": {"name": name, "phone": phone, "email": email},
            "plan": plan,
            "consents": ["adult", "offer", "personal-data"],
        }
        return await self.api("POST", "/v1/orders", "site", wish)

    async def _starts(self, day: date) -> list[str]:
        path = f"/v1/slots?clinic=tverskaya&service=consultation&day={day}&days=7"
        found = [slot["starts_at"] for slot in (await self.api("GET", path, "site"))["data"]]
        expect(found, "there are free times")
        return found

    async def start(self, order: dict[str, Any]) -> dict[str, Any]:
        return await self.api("POST", f"/v1/orders/{order['id']}/payments", "site", {})

    async def pay(
        self, page: str, card: tuple[str, str, str], *, code: str | None = None, follow_back: bool = True
    ) -> str:
        """Fill the bank's card form, and the ACS page if a code is given; the text of the page one ends on."""
        pan, expiry, cvc = card
        typed = {"pan": pan, "expiry": expiry, "cvc": cvc, "cardholder": "MARIA PETROVA"}
        landing = await self._submit(page, typed, follow=code is not None or follow_back)
        if code is not None:
            landing = await self._submit(landing[0], {"code": code, "action": "confirm"}, follow=follow_back)
        return landing[1]

    async def _submit(self, page: str, typed: dict[str, str], *, follow: bool) -> tuple[str, str]:
        assert self.session is not None  # noqa: S101 - play() opened it
        async with self.session.get(page) as shown:
            form = _Form()
            form.feed(await shown.text())
            target = urljoin(str(shown.url), form.action or "")
        async with self.session.post(target, data={**form.fields, **typed}, allow_redirects=follow) as answer:
            return str(answer.url), await answer.text()

    async def until(self, order: dict[str, Any], status: str) -> dict[str, Any]:
        return await self._until(lambda: self.api("GET", f"/v1/orders/{order['id']}", "office"), "status", status)

    async def _until(self, read: Callable[[], Awaitable[dict[str, Any]]], name: str, wanted: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while True:
            found = await read()
            if found[name] == wanted:
                return found
            expect(time.monotonic() < end, f"{name} is {found[name]}, not {wanted}, after {PATIENCE:.0f} s")
            await asyncio.sleep(LOOK_EVERY)

    async def api(self, method: str, path: str, role: str, body: Any = None) -> dict[str, Any]:
        status, answer = await self.send(method, path, role, body)
        expect(status < 400, f"{method} {path}: {status} {answer}")  # noqa: PLR2004 - where HTTP's errors begin
        return answer

    async def send(self, method: str, path: str, role: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        assert self.session is not None  # noqa: S101 - play() opened it
        headers = {"Authorization": f"Bearer {self.stage.keys[role]}", "Idempotency-Key": str(ULID())}
        async with self.session.request(method, self.stage.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def bank(self, method: str, path: str, body: Any) -> None:
        assert self.session is not None  # noqa: S101 - play() opened it
        async with self.session.request(method, self.stage.bank_url + path, json=body) as answer:
            expect(answer.status < 400, f"{path}: {answer.status} {await answer.text()}")  # noqa: PLR2004 - as above
