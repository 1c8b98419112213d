"""The checkout on other sites: who may frame what, the script that they load, and the page with its code."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.postgres import Urls
from checkout.web import assets
from checkout.web.docs import CSP as REFERENCE
from tests.pages.visitor import CONTACTS, Seen, Visitor, home, made
from tests.world import World, open_world

CLINIC = "https://clinic.example"
PAPERS = {"/prices?lang=ru", "/terms?lang=ru"}  # they open in a window of their own
README = Path(__file__).parent.parent.parent / "README.md"


@pytest.fixture
async def world(urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[World]:
    """A world that lets one clinic's site frame the steps."""
    _ = emptied
    async with open_world(urls, move, embed_hosts=(CLINIC, "https://www.clinic.example")) as found:
        yield found


def framers(page: Seen) -> str:
    """Who may frame the page."""
    found = re.search(r"frame-ancestors ([^;]+)", page.headers["Content-Security-Policy"])
    assert found is not None
    return found[1]


def snippet(page: Seen) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.html, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


# --- frames


@pytest.mark.parametrize("path", ["/?embed=1", "/book?embed=1", "/book?service=massage&clinic=krasny&embed=1"])
async def test_steps_may_be_framed_by_the_listed_sites(visitor: Visitor, path: str) -> None:
    """By those and by nobody else; all the rest of the policy stays."""
    page = await visitor.get(path)
    plain = await visitor.get(path.replace("embed=1", ""))
    assert framers(page) == f"{CLINIC} https://www.clinic.example"
    assert framers(plain) == "'none'"
    framed, strict = (seen.headers["Content-Security-Policy"] for seen in (page, plain))
    assert framed.replace(framers(page), "'none'") == strict


async def test_nothing_else_may_be_framed(visitor: Visitor, world: World) -> None:
    """Neither an order, nor a result, nor the hop to the bank, nor any other page, whatever its address says."""
    order, _ = await world.paid()
    for path in (
        home(world, order),
        f"{home(world, order)}/bank",
        "/r/nothing",
        "/embed",
        "/docs",
        "/problems/slot_taken",
    ):
        assert framers(await visitor.get(f"{path}?embed=1")) == "'none'", path
    assert framers(await visitor.get("/?embed=0")) == "'none'"
    assert "frame-ancestors 'none'" in REFERENCE


async def test_without_a_list_nothing_may_be_framed(
    urls: Urls, emptied: None, move: Callable[[timedelta], Awaitable[None]]
) -> None:
    _ = emptied
    async with open_world(urls, move) as world:
        assert framers(await Visitor(world).get("/book?embed=1")) == "'none'"
        assert "embed_hosts:" in (await Visitor(world).get("/embed")).text


async def test_every_step_keeps_the_frame_and_the_form_leaves_it(visitor: Visitor) -> None:
    """Links, forms and the language switch lead to framed pages; what books opens in the whole window."""
    for path in ("/?embed=1", "/book?service=massage&embed=1", "/book?service=massage&clinic=krasny&embed=1"):
        page = await visitor.get(path)
        assert page.values["embed"] == "1"
        assert all("embed=1" in link for link in page.links if link.startswith("/") and link not in PAPERS), path
        assert "_top" not in page.html
        assert assets.href("framed.js") in page.html
    form = await visitor.form(embed="1")
    assert framers(form) == f"{CLINIC} https://www.clinic.example"
    assert all("embed=1" in link for link in form.links if link.startswith("/book"))
    assert re.search(r'<form action="/book" method="post"[^>]* target="_top">', form.html)
    assert "embed" not in form.values
    wrong = await visitor.send(form, phone="12")
    assert (wrong.status, framers(wrong)) == (422, "'none'")
    assert "embed" not in wrong.html
    assert "_top" not in wrong.html


async def test_the_forms_language_switch_stays_in_the_frame(visitor: Visitor, world: World) -> None:
    """It is the one button of the form that does not leave."""
    form = await visitor.form(embed="1")
    button = re.search(r'<button[^>]*name="switch"[^>]*>', form.html)
    assert button is not None
    assert 'formaction="/book?embed=1"' in button[0]
    assert 'formtarget="_self"' in button[0]
    other = await visitor.post("/book?embed=1", {**form.values, **CONTACTS, "switch": "en"})
    assert (other.language, framers(other)) == ("en", framers(form))
    assert 'target="_top"' in other.html
    assert other.values["name"] == CONTACTS["name"]
    assert not await made(world)


async def test_a_fault_in_the_frame_leads_back_into_it(visitor: Visitor) -> None:
    """Its links do not lead to a page that the frame would refuse."""
    page = await visitor.post("/?embed=1", {"a": "b"})
    assert page.status == 405
    assert all("embed=1" in link for link in page.links if link.startswith("/"))


async def test_pages_outside_a_frame_know_nothing_of_frames(visitor: Visitor) -> None:
    """No script for frames, no target, no trace in any address."""
    for page in (await visitor.get("/"), await visitor.get("/book?service=massage"), await visitor.form()):
        assert "framed.js" not in page.html
        assert "embed" not in page.html
        assert "_top" not in page.html


# --- the script


async def test_other_sites_may_load_the_script_and_nothing_else(visitor: Visitor) -> None:
    """With a hash, a browser asks across origins; the answer must allow it, and is kept for ever."""
    script = await visitor.get(assets.href("button.js"), Origin=CLINIC)
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Cache-Control"] == assets.FOR_EVER
    for name in assets.TYPES.keys() - {"button.js"}:
        other = await visitor.get(assets.href(name), Origin=CLINIC)
        assert "Access-Control-Allow-Origin" not in other.headers, name
        assert other.headers["Cross-Origin-Resource-Policy"] == "same-origin", name


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_the_promised_hash_is_the_hash_of_what_is_served(visitor: Visitor, encoding: str) -> None:
    """Packed or not: the snippet's `integrity` fits the file behind its address."""
    code = snippet(await visitor.get("/embed"))
    address = re.search(r'src="([^"]+)"', code)
    promised = re.search(r'integrity="sha384-([^"]+)"', code)
    assert address is not None
    assert promised is not None
    served = await visitor.get(address[1].removeprefix(visitor.world.url), **{"Accept-Encoding": encoding})
    assert base64.b64encode(hashlib.sha384(served.html.encode()).digest()).decode() == promised[1]


async def test_an_older_snippet_gets_the_present_file_and_is_told_not_to_keep_it(visitor: Visitor) -> None:
    """Its hash then refuses the file, and its link stays a link; nothing wrong is kept under the old address."""
    script = await visitor.get("/static/button.js?v=000000000000", Origin=CLINIC)
    assert (script.status, script.headers["Cache-Control"]) == (200, "no-cache")
    assert script.headers["Access-Control-Allow-Origin"] == "*"


# --- the page with the code


async def test_the_code_names_what_was_chosen(visitor: Visitor) -> None:
    """Service, clinic, mode and language stand in the component, and in the plain link too."""
    page = await visitor.get("/embed?service=massage&clinic=krasny&mode=dialog&language=en")
    link = f"{visitor.world.url}/book?service=massage&amp;clinic=krasny&amp;lang=en"
    assert (page.status, page.language, page.heading) == (200, "ru", "Кнопка для вашего сайта")
    assert (
        '<clinic-pay-button service="massage" clinic="krasny" mode="dialog" lang="en">'
        f'<a href="{link}">Book and pay online (by bank card)</a></clinic-pay-button>'
    ) in snippet(page)
    assert 'crossorigin="anonymous"' in snippet(page)
    assert '<meta name="robots" content="noindex, nofollow">' in page.html
    assert CLINIC in page.text
    assert f"frame-src {visitor.world.url}" in page.text


async def test_the_code_may_name_several_services(visitor: Visitor) -> None:
    """As the address of a step spells them."""
    page = await visitor.get("/embed?service=consultation,insoles*2&clinic=krasny")
    assert 'service="consultation,insoles*2" clinic="krasny"' in snippet(page)
    assert "/book?service=consultation,insoles*2&amp;clinic=krasny&amp;lang=ru" in snippet(page)
    assert (await visitor.get("/embed?service=consultation,gone")).status == 404


async def test_without_a_choice_the_visitor_chooses(visitor: Visitor) -> None:
    """The plain way, in the page's language; nonsense counts as nothing chosen."""
    page = await visitor.get("/embed?lang=en&mode=popup&language=de")
    assert page.heading == "A button for your site"
    assert f'<clinic-pay-button mode="redirect" lang="en"><a href="{visitor.world.url}/book?lang=en">' in snippet(page)
    assert "insoles" not in page.html


@pytest.mark.parametrize(
    "query",
    [
        "service=no",
        "clinic=no",
        "service=child-consultation&clinic=lenina",
        "service=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
async def test_what_does_not_go_together_gets_no_code(visitor: Visitor, query: str) -> None:
    """A button that leads to a dead end is not printed."""
    page = await visitor.get(f"/embed?{query}")
    assert page.status == 404
    assert page.title.startswith("Ошибка: ")
    assert "button.js" not in page.html
    assert "textarea" not in page.tags


async def test_the_example_stands_under_the_pages_own_policy(visitor: Visitor) -> None:
    """The very code that is printed, with addresses of the page's own host, whichever that is."""
    page = await visitor.get("/embed?service=massage&mode=dialog")
    own = snippet(page).replace(visitor.world.url, "").replace('mode="dialog"', 'mode="redirect"')
    assert own in page.html
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


async def test_the_readme_shows_the_code_as_it_is_printed(visitor: Visitor) -> None:
    """A change of the script changes every site's snippet: the README has the present one."""
    page = await visitor.get("/embed?service=consultation&clinic=tverskaya&language=ru")
    assert snippet(page).replace(visitor.world.url, "https://pay.clinic.example") in README.read_text(encoding="utf-8")
