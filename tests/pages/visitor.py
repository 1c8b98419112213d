"""A payer without a browser: reads a page, fills its form, follows where it leads, one step at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import Morsel
from typing import Final
from urllib.parse import urlsplit

from aiohttp import FormData
from yarl import URL

from checkout.payment.listing import Listed, Scope, newest
from checkout.payment.order import Order
from checkout.payment.place import link_token
from tests.world import World

CONTACTS: Final = {"name": "Мария Петрова", "phone": "8 (912) 345-67-89", "email": "maria@example.com"}
AGREED: Final = {"consent-adult": "yes", "consent-offer": "yes", "consent-personal-data": "yes"}


class _Reader(HTMLParser):
    """What a person would read, press and follow."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.heading: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self.values: dict[str, str] = {}
        self.links: list[str] = []
        self.actions: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag not in ("meta", "link", "input", "br", "path", "circle"):
            self._open.append(tag)
        if tag == "a":
            self.links.append(found.get("href", ""))
        if tag == "form":
            self.actions.append(found.get("action", ""))
        if tag == "input" and "name" in found:
            self._input(found)
        if tag == "select":
            self._select = found.get("name", "")
        if tag == "textarea":
            self._area = found.get("name", "")
            self.values[self._area] = ""
        if tag == "option":
            self._option(found)

    def _input(self, found: dict[str, str]) -> None:
        name, value = found["name"], found.get("value", "")
        self.fields.setdefault(name, []).append(value)
        if found.get("type") not in ("radio", "checkbox") or "checked" in found:
            self.values[name] = value

    def _option(self, found: dict[str, str]) -> None:
        self.fields.setdefault(self._select, []).append(found.get("value", ""))
        if "selected" in found or self._select not in self.values:
            self.values[self._select] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "textarea" in self._open and self._area:
            self.values[self._area] += data
        if "h1" in self._open:
            self.heading.append(data)


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer. `values`: what the form would send as it stands; `fields`: everything that could be chosen."""

    status: int
    path: str
    location: str
    headers: Mapping[str, str]
    html: str
    text: str
    heading: str
    title: str
    fields: dict[str, list[str]]
    values: dict[str, str]
    links: list[str]
    actions: list[str]
    tags: list[str]
    language: str


def _seen(status: int, path: str, headers: Mapping[str, str], html: str) -> Seen:
    reader = _Reader()
    if "html" in headers.get("Content-Type", ""):
        reader.feed(html)
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    language = re.search(r'<html lang="(\w+)"', html)
    return Seen(
        status=status,
        path=path,
        location=headers.get("Location", ""),
        headers=headers,
        html=html,
        text=re.sub(r"\s+", " ", " ".join(reader.texts)),
        heading=" ".join(reader.heading).strip(),
        title=title[1] if title else "",
        fields=reader.fields,
        values=reader.values,
        links=reader.links,
        actions=reader.actions,
        tags=reader.tags,
        language=language[1] if language else "",
    )


@dataclass(slots=True)
class Visitor:
    """One browser. `headers` go with every request; `cookies` are what our pages set, each for its own path."""

    world: World
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, Morsel[str]] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Seen:
        url = URL(self.world.url + path, encoded=True)
        sent = self.headers | self._kept(path) | headers
        async with self.world.http.get(url, headers=sent, allow_redirects=False) as answer:
            self.cookies |= answer.cookies
            return _seen(answer.status, path, answer.headers, await answer.text(errors="replace"))

    async def post(self, path: str, data: dict[str, str] | bytes | FormData | None = None, **headers: str) -> Seen:
        sent = {"Content-Type": "application/x-www-form-urlencoded"} if isinstance(data, bytes) else {}
        async with self.world.http.post(
            self.world.url + path,
            data=data,
            headers=self.headers | self._kept(path) | sent | headers,
            allow_redirects=False,
        ) as answer:
            self.cookies |= answer.cookies
            return _seen(answer.status, path, answer.headers, await answer.text())

    def _kept(self, path: str) -> dict[str, str]:
        kept = [f"{name}={found.value}" for name, found in self.cookies.items() if path.startswith(found["path"])]
        return {"Cookie": "; ".join(kept)} if kept else {}

    async def form(
        self, service: str = "consultation", clinic: str = "tverskaya", *, nth: int = 0, **query: str
    ) -> Seen:
        """The form with contacts, for the `nth` free time of the first day."""
        extra = "".join(f"&{name}={value}" for name, value in query.items())
        times = await self.get(f"/book?service={service}&clinic={clinic}{extra}")
        found = [link for link in times.links if "at=" in link and "book" in link]
        # The first link is the shortcut to the nearest time, which the list names once more.
        return await self.get(found[1:][nth])

    async def send(self, form: Seen, **typed: str) -> Seen:
        """Fill in the form as Maria would and press the button."""
        return await self.post("/book", {**form.values, **CONTACTS, **AGREED, **typed})

    async def booked(self, **typed: str) -> str:
        """Book, and answer the address of the order's private page."""
        sent = await self.send(await self.form(), **typed)
        assert sent.status == 303, sent.text
        return sent.location.removesuffix("/bank")


def born(on: str) -> dict[str, str]:
    """A date of birth as the form asks for it, from 2018-03-04."""
    year, month, day = on.split("-")
    return {"born_day": day, "born_month": month, "born_year": year}


def home(world: World, order: Order) -> str:
    """The private page of an order that did not come through the pages."""
    return f"/o/{link_token(world.service, order.id)}"


def looks_again(page: Seen) -> bool:
    """Whether the page comes again by itself, with a script (which compares faces) as without one."""
    face = page.headers["X-Face"]
    marks = {f'data-face="{face}"', '<noscript><meta http-equiv="refresh" content="10"></noscript>'}
    found = {mark for mark in marks if mark in page.html}
    assert found in (marks, set())
    return bool(found)


def same_site(world: World) -> dict[str, str]:
    return {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{urlsplit(world.url).netloc}"}


async def made(world: World) -> list[Listed]:
    """Every order there is, newest first."""
    return await world.tx(lambda tx: newest(tx, Scope(), after=None, limit=50))


async def only(world: World) -> Order:
    """The one order there is."""
    found = await made(world)
    assert len(found) == 1
    return found[0].order


def told(text: str) -> str:
    """Spaces as one types them."""
    return text.replace("\u00a0", " ")
