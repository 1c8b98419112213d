"""What stands around every page: words in both languages, headers, files, faults, the developers' reference."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
from dataclasses import replace
from pathlib import Path
from typing import get_args
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, web

import checkout.web
from checkout.ground.config import Receipts
from checkout.ground.service import open_service
from checkout.notices.message import Channel
from checkout.notices.message import State as MessageState
from checkout.parts import PARTS, WORK
from checkout.payment.card_check import LIVE as OPEN
from checkout.payment.card_check import State as Checked
from checkout.payment.order import Goods
from checkout.payment.receipt import Kind as ReceiptKind
from checkout.people.audit_store import OUTCOMES
from checkout.web import assets
from checkout.web.app import make_app
from checkout.web.pages import accepted, environment
from checkout.web.payer.card_care import TOLD as CARD_TOLD
from checkout.web.payer.form import RELATIONS
from checkout.web.payer.guest import MARKS as TOLD
from checkout.web.payer.standing import MARKS, Face, Mark
from checkout.web.snippet import MODES
from checkout.web.texts import REFUSALS
from checkout.web.words import BY_LANGUAGE, TABLES, WORDS
from gateways.gateway import BankStatus, Way
from gateways.sberbank.action_codes import Advice
from refunds.queue import Tab
from refunds.source import BASES
from refunds.typed import METHODS, REASONS
from tests.pages.visitor import Seen, Visitor
from tests.setting import configured, free_port
from tests.world import World

WEB = Path(checkout.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
CODE = [
    *(WEB / "payer").glob("*.py"),
    *(WEB / "desk").rglob("*.py"),
    WEB / "pages.py",
    WEB / "docs.py",
    WEB / "snippet.py",
    *(WEB.parent.parent / "refunds").rglob("*.py"),
    WEB.parent / "alarms.py",
]
USED = re.compile(r"\bt\.(\w+)")
SAID = re.compile(r'(?:say\((?:\s*\w+,)?|Room\(\s*"[^"]+",)\s*"(\w+)"')
STAFF = [
    *(WEB / "desk").rglob("*.py"),
    *(WEB / "templates" / "desk").glob("*.html"),
    *(WEB.parent.parent / "refunds").rglob("*.py"),
    WEB.parent / "alarms.py",
    *(WEB.parent / "books").glob("*.py"),
]
LITERAL = re.compile(r'"(\w+)"')
BEGUN = re.compile(r'"(\w+_)(?:\{|" ~)')
ASSEMBLED = {
    *(f"{face}_{part}" for face in Face for part in ("title", "text")),
    *(f"advice_{advice}" for advice in Advice),
    *(key for key in WORDS if key.startswith("fault_")),
    *("attempt_open", "attempt_checked", "attempt_failed", "hold_released"),
    *(f"card_told_{done}" for done in CARD_TOLD),
    *("morning", "afternoon", "evening"),
    *(f"{part}_{way}" for way in Way for part in ("way", "about", "pay_by")),
    *(f"phone_{told}_{part}" for told in (Way.SBP, Way.SBERPAY, "agreed") for part in ("title", "text")),
    *("at_phone_text", "at_press_text", "at_press_refused_text", "phone_codeless_text", "phone_spent_text"),
    *(f"relation_{relation}" for relation in RELATIONS),
    *(f"embed_{mode}{part}" for mode in MODES for part in ("", "_hint")),
    *(f"window_{kind}{planned}" for kind in ("service", "goods") for planned in ("", "_planned")),
    *(f"goods_mine_{state}" for state in Goods),
    *(f"receipt_{way}" for way in (*get_args(Receipts), "by_bank")),
    *(f"work_receipt_{kind}" for kind in ReceiptKind),
    *(
        key
        for key in WORDS
        if key.startswith(("who_", "today_is_", "book_plan_", "book_letters_", "cure_", "day_is_", "row_", "why_"))
    ),
    *(f"audit_{outcome}" for outcome in OUTCOMES),
    *(f"{told}_{part}" for told in TOLD for part in ("title", "text")),
    *(f"desk_advice_{advice}" for advice in Advice),
    *(key for key in WORDS if key.startswith("story_")),  # tests/desk/test_orders.py asks for each
    *(f"bank_{status}" for status in BankStatus),
    *(f"message_{part}" for part in (*MessageState, *Channel)),
    *(f"method_{method}" for method in METHODS),
    *(f"reason_{reason}" for reason in REASONS),
    *(f"basis_{basis}" for basis in BASES),
    *(f"tab_{tab}" for tab in Tab),
    *(f"refunds_empty_{tab}" for tab in Tab),
    *(f"base_{kind}" for kind in ("service", "goods")),
    *(f"who_{known}" for known in ("system", "bank", "payer", "guest", "operator")),
    *(f"why_{kind}" for kind in ("sums", "lag", "state", "access", "silent")),
    *(f"check_{face}_{part}" for face in ("open", *set(Checked) - OPEN) for part in ("title", "text")),
    *(f"work_{source.kind}{cure}" for source in WORK for cure in ("", "_cure")),
}


# --- words


def test_every_word_has_both_languages_and_the_same_facts() -> None:
    """No key without its translation; what is filled in is the same in both."""
    for key, text in WORDS.items():
        assert bool(text.ru) == bool(text.en) == (key != "advice_nothing"), key
        fields = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in (text.ru, text.en)]
        assert fields[0] == fields[1], key
        assert not re.search("[а-яё]", text.en, re.IGNORECASE) or key == "other_language"


def test_pages_use_only_words_that_there_are_and_all_of_them() -> None:
    """A key that is misspelt, or kept for nothing, is found here and not by a payer."""
    written = {key for path in TEMPLATES for key in USED.findall(path.read_text(encoding="utf-8"))}
    said = {key for path in CODE for key in SAID.findall(path.read_text(encoding="utf-8"))}
    assert not (written | said | ASSEMBLED) - WORDS.keys()
    unsaid = WORDS.keys() - written - said - ASSEMBLED - _of_the_staff()
    assert not unsaid


def _of_the_staff() -> set[str]:
    """Keys that the staff's rooms look up by a name of theirs: written as a literal, or begun as one and ended by a code."""
    texts = [path.read_text(encoding="utf-8") for path in STAFF]
    named = {key for text in texts for key in LITERAL.findall(text)}
    begun = tuple({start for text in texts for start in BEGUN.findall(text)})
    return {key for key in WORDS if key in named or key.startswith(begun)}


def test_no_key_stands_in_two_tables() -> None:
    """Or one would overrule the other, by the order in which they are joined."""
    assert len(WORDS) == sum(len(table.WORDS) for table in TABLES)


def test_no_word_hides_behind_a_method_of_the_table() -> None:
    """`t.items` in a template would be the dictionary's own."""
    assert not [key for key in WORDS if hasattr(BY_LANGUAGE["ru"], key)]


def test_every_face_has_a_shape() -> None:
    assert set(MARKS) == set(Face)
    assert set(MARKS.values()) == set(Mark)


def test_templates_escape_everything_and_know_no_blanks() -> None:
    """No template switches escaping off; a missing name is an error."""
    assert environment().autoescape is True
    assert environment().undefined.__name__ == "StrictUndefined"
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        assert "|safe" not in source.replace(" ", ""), path
        assert "autoescape" not in source, path
        assert " style=" not in source, path
        assert " onclick" not in source, path


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ru"),
        ("en", "en"),
        ("EN-us", "en"),
        ("ru, en", "ru"),
        ("en;q=0.4, ru;q=0.5", "ru"),
        ("en;q=oops, ru;q=0.1", "ru"),
        ("*", "ru"),
        (",;,=,", "ru"),
        ("en," * 10_000, "en"),
    ],
)
def test_accept_language_is_weighed(header: str, language: str) -> None:
    """The heaviest of ours wins; nonsense means Russian."""
    assert accepted(header) == language


# --- headers, files, faults


async def test_every_page_is_sealed(visitor: Visitor) -> None:
    """The strict policy, no cookie, nothing cached, the test mode said on each page."""
    for path in ("/", "/book?service=massage", "/nope", "/problems/slot_taken"):
        page = await visitor.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Request-Id"].startswith("req_")
        assert "Тестовый режим" in page.text


async def test_a_page_weighs_little(visitor: Visitor, world: World) -> None:
    """The heaviest page with all that it loads: four requests, 30 kB on the wire, a script of 8 kB before packing."""
    page = await visitor.form()
    loaded = set(re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page.html))
    assert loaded == {assets.href(name) for name in ("payer.css", "payer.js", "icon.svg")}
    wire = [await on_the_wire(world, address) for address in ("/book?" + form_query(page), *sorted(loaded))]
    assert sum(wire) <= 30_000, wire
    assert len(assets.content("payer.js")) <= 8_000


def form_query(page: Seen) -> str:
    return urlencode({name: page.values[name] for name in ("service", "clinic", "at")})


async def on_the_wire(world: World, address: str) -> int:
    """The bytes of a body as a browser receives them."""
    async with ClientSession(auto_decompress=False) as http, http.get(world.url + address) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        return len(await answer.read())


async def test_nothing_is_packed_for_a_browser_with_a_cookie(visitor: Visitor) -> None:
    """What only its owner may see cannot be guessed from how well the page packs."""
    assert (await visitor.get("/")).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in (await visitor.get("/", Cookie="a=b")).headers
    assert "Content-Encoding" not in (await visitor.get("/", **{"Accept-Encoding": "identity"})).headers


async def test_our_sheet_stands_on_pico(visitor: Visitor) -> None:
    """One answer: Pico first and in a layer, so that every rule of ours wins; then ours."""
    sheet = (await visitor.get(assets.href("payer.css"))).html
    own = (WEB / "static" / "payer.css").read_text(encoding="utf-8")
    assert sheet.startswith("@layer base{/*!\n * Pico CSS")
    assert sheet.endswith("}\n" + own)
    assert (await visitor.get("/static/vendor/pico.classless.min.css")).status == 404


async def test_files_are_kept_for_ever_under_their_hash(visitor: Visitor) -> None:
    """The address changes with the content, so the copy never has to be asked for again; another hash is not trusted."""
    found = await visitor.get(assets.href("payer.css"))
    assert found.status == 200
    assert found.headers["Content-Type"] == "text/css; charset=utf-8"
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (await visitor.get("/static/payer.css?v=000000000000")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pages.py",
        "/static/%2e%2e/pages.py",
        "/static/vendor/vendor.json",
        "/static/",
        "/static/vendor/../docs.js",
    ],
)
async def test_no_other_file_is_served(visitor: Visitor, path: str) -> None:
    """Only what is listed; the list knows no way up."""
    assert (await visitor.get(path)).status == 404


def test_vendored_files_are_what_was_vendored() -> None:
    """Each file is named with the hash it came with; a changed or an unnamed one is found."""
    folder = WEB / "static" / "vendor"
    packages = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    named = {file["path"]: file["sha384"] for package in packages for file in package["files"]}
    for path, expected in named.items():
        digest = hashlib.sha384((folder / path).read_bytes()).digest()
        assert f"sha384-{base64.b64encode(digest).decode()}" == expected, path
    assert {path.name for path in folder.iterdir()} - {"vendor.json"} == set(named)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", package["version"]) for package in packages)


async def test_a_missing_page_is_explained_in_the_readers_language(visitor: Visitor) -> None:
    """What happened, where to go, and the request id to tell us; no trace of our insides."""
    page = await visitor.get("/nope?lang=en")
    assert (page.status, page.heading, page.language) == (404, "There is no such page", "en")
    assert page.headers["X-Request-Id"] in page.text
    assert "/?lang=en" in page.links


async def test_a_wrong_method_is_explained(visitor: Visitor) -> None:
    page = await visitor.post("/", {"a": "b"})
    assert (page.status, page.heading) == (405, "Так эту страницу не открыть")
    assert page.headers["Allow"] == "GET"


async def test_a_foreign_host_is_turned_away(visitor: Visitor) -> None:
    """Nobody else's name leads to our pages."""
    assert (await visitor.get("/", Host="evil.example")).status == 421


async def test_a_database_that_fails_is_503_with_an_id(world: World) -> None:
    """Not the payer's fault: wait a minute, do not pay twice, here is the id; and no trace of our insides."""
    config = configured(world.bank.base_url)
    nowhere = f"postgresql+asyncpg://checkout_app@127.0.0.1:{free_port()}/checkout"
    async with open_service(config, nowhere) as service:
        app = make_app(service, PARTS.rooms, PARTS.panels)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", config.listen.port).start()
            page = await Visitor(replace(world, url=config.public_url)).get("/")
        finally:
            await runner.cleanup()
    assert (page.status, page.heading) == (503, "Сервис временно недоступен")
    assert "не платите второй раз" in page.text
    assert page.headers["X-Request-Id"] in page.text
    assert "Traceback" not in page.html


# --- the reference


async def test_the_reference_has_a_policy_of_its_own(visitor: Visitor) -> None:
    """Strict as the others, without Trusted Types; everything it loads is ours and is there."""
    page = await visitor.get("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert page.status == 200
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "trusted-types" not in policy
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page.html)
    assert loaded
    for address in loaded:
        assert (await visitor.get(address)).status == 200, address
    assert "validatorUrl: null" in (await visitor.get(assets.href("docs.js"))).html


async def test_the_document_is_served_as_it_was_assembled(visitor: Visitor) -> None:
    """OpenAPI 3.1, with the routes of the API and none of the pages."""
    found = json.loads((await visitor.get("/openapi.json")).html)
    assert found["openapi"] == "3.1.0"
    assert "/v1/orders" in found["paths"]
    assert "/book" not in found["paths"]


async def test_every_problem_code_has_a_page(visitor: Visitor) -> None:
    """The `type` of a problem document opens a page that explains it, in both languages."""
    for code, words in REFUSALS.items():
        for language in ("ru", "en"):
            page = await visitor.get(f"/problems/{code}?lang={language}")
            assert (page.status, page.heading, page.language) == (200, code, language)
            assert words.of(language) in page.text


async def test_an_unknown_problem_code_is_a_404(visitor: Visitor) -> None:
    assert (await visitor.get("/problems/nothing")).status == 404
