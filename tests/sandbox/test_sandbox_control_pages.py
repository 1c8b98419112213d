"""A tester at the bank's controls with a browser: pages, forms, and whose forms are taken."""

from __future__ import annotations

import pytest

from gateways.sandbox import Fault, Merchant, Status
from gateways.sandbox.control import words
from gateways.sandbox.control.pages import lapse
from gateways.sandbox.control.settings import settings
from tests.sandbox.live import CARD, Page, world

PAGES = (
    "",
    "orders",
    "journal",
    "callbacks",
    "faults",
    "dramas",
    "merchants",
    "merchants/sandbox-api",
    "registry",
    "clock",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_address_is_a_page_to_a_browser(path: str, language: str) -> None:
    """Plain HTML under a strict policy: no script, nothing inline, one heading, every field labelled."""
    async with world() as here:
        order = await here.register(description="<b>Приём</b>")
        await here.post(order["formUrl"], CARD)
        await here.shop.heard(1)
        await here.control("POST", "faults", {"kind": "html"})
        status, text, _ = await here.browse("GET", path, Accept_Language=language)
        found = Page(text)
        assert status == 200
        assert f'<html lang="{language}">' in text
        assert not {"script", "style"} & set(found.tags)
        assert found.inline == []
        assert found.tags.count("h1") == 1
        assert "<b>Приём" not in text
        hidden = {name for name, facts in found.ids.items() if facts.get("type") == "hidden"}
        assert {name for name, facts in found.ids.items() if "name" in facts} - hidden == set(found.labels)


def test_how_far_the_clock_is_ahead_is_told_in_two_units() -> None:
    """Nobody counts seconds of four days; a clock that was not moved is not ahead."""
    told = [lapse(seconds, "ru").replace("\N{NO-BREAK SPACE}", " ") for seconds in (0.4, 5, 7260, 415_385)]
    assert told == ["", "5 с", "2 ч 1 мин", "4 дн 19 ч"]


async def test_the_language_stays_with_the_addresses() -> None:
    """No cookie: what was chosen stands in every link."""
    async with world() as here:
        _, text, _ = await here.browse("GET", "?lang=en")
        assert 'href="/sandbox/faults?lang=en"' in text
        _, _, target = await here.browse("POST", "clock?lang=en", {"amount": "2", "unit": "hours"})
        assert target == "/sandbox/?done=moved&lang=en"
        assert "The clock was moved." in (await here.browse("GET", target.removeprefix("/sandbox/")))[1]


async def test_forms_do_what_the_api_does() -> None:
    """The clock, a fault, a callback, a drama, a merchant: each leads back to a page that says it is done."""
    async with world() as here:
        order = await here.register()
        assert (await here.browse("POST", "clock", {"amount": "2", "unit": "hours"}))[::2] == (
            303,
            "/sandbox/?done=moved",
        )
        assert here.bank.clock.offset == 7200
        form = {
            "kind": "delay",
            "method": "*",
            "scope": "any",
            "id": "",
            "times": "",
            "value": "0.5",
            "seconds": "",
            "effect": "",
        }
        assert (await here.browse("POST", "faults", form))[0] == 303
        (rule,) = here.bank.faults.rules
        assert (rule.times, rule.value, rule.effect) == (None, 0.5, None)
        assert "ответ с задержкой" in (await here.browse("GET", "faults"))[1]
        assert (await here.browse("POST", f"faults/{rule.key}/remove", {}))[0] == 303
        second = await here.register("A-2")
        played = {"drama": "double-callback", "number": second["orderId"]}
        target = (await here.browse("POST", "dramas", played))[2]
        assert target == f"/sandbox/orders/{second['orderId']}?done=played"
        assert "Сцена сыграна." in (await here.browse("GET", target.removeprefix("/sandbox/")))[1]
        sent = {"number": second["orderId"], "operation": "refunded", "status": "0", "forge": "true", "times": "2"}
        assert (await here.browse("POST", "callbacks", sent))[0] == 303
        assert [one["operation"] for one in (await here.shop.heard(5))[-2:]] == ["refunded", "refunded"]
        settings = {
            "name": "Клиника",
            "callback_operations": "deposited, refunded",
            "quirks.old_rouble": "true",
            "token": "",
        }
        assert (await here.browse("POST", "merchants/sandbox-api", settings))[0] == 303
        merchant = here.bank.merchants["sandbox-api"]
        assert (merchant.name, sorted(merchant.callback_operations)) == ("Клиника", ["deposited", "refunded"])
        assert (merchant.quirks.old_rouble, merchant.token) == (True, None)
        assert (await here.browse("POST", "faults/remove", {}))[0] == 303
        assert here.bank.orders[order["orderId"]].status.name == "DECLINED"


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("clock", {"amount": "-1", "unit": "hours"}, 400),
        ("clock", {"amount": "soon", "unit": "hours"}, 400),
        ("clock", {"amount": "1", "unit": "years"}, 400),
        ("faults", {"kind": "drop", "method": "refund.do"}, 400),
        ("faults", {"kind": "delay", "value": "nan"}, 400),
        ("faults/77/remove", {}, 404),
        ("callbacks", {"number": "nonsense"}, 404),
        ("dramas", {"drama": "double-callback", "number": ""}, 400),
        ("merchants/sandbox-api", {"attempts": "many"}, 400),
    ],
)
async def test_a_wrong_form_is_shown_again(path: str, fields: dict[str, str], status: int) -> None:
    """With the reason and what was typed; nothing is changed."""
    async with world() as here:
        before = here.bank.merchants["sandbox-api"]
        answer, text, _ = await here.browse("POST", path, fields)
        assert answer == status
        assert 'id="alert"' in text
        assert (here.bank.faults.rules, here.bank.clock.offset) == ([], 0)
        assert here.bank.merchants["sandbox-api"] == before


async def test_a_page_of_another_origin_cannot_push_the_buttons() -> None:
    """Neither by a form nor by a script, nor under a name that was made to point here; the bank's own pages may."""
    async with world() as here:
        form = {"amount": "1", "unit": "hours"}
        strangers: list[dict[str, str]] = [
            {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"},
            {"Origin": "http://127.0.0.1:1", "Sec_Fetch_Site": "same-site"},
            {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
            {"Origin": "https://evil.example", "Sec_Fetch_Site": "none"},
            {"Host": "evil.example", "Origin": "http://evil.example"},
        ]
        for headers in strangers:
            assert (await here.browse("POST", "clock", form, **headers))[0] == 403, headers
        assert here.bank.clock.offset == 0
        port = here.bank.base_url.rpartition(":")[2]
        own = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
        assert (await here.browse("POST", "clock", form, **own))[0] == 303


async def test_a_script_of_another_origin_cannot_delete() -> None:
    """The same holds where there is no body."""
    async with world() as here:
        await here.control("POST", "faults", {"kind": "html"})
        address = f"{here.bank.base_url}/sandbox/faults"
        async with here.client.delete(address, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
        assert len(here.bank.faults.rules) == 1


async def test_nothing_but_json_and_forms_is_read() -> None:
    """A body of another kind is refused, as a browser would send it without asking."""
    async with world() as here:
        url, body = f"{here.bank.base_url}/sandbox/clock", b'{"advance_seconds": 5}'
        async with here.client.post(url, data=body, headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 400
        assert here.bank.clock.offset == 0


def test_every_setting_fault_and_state_has_words() -> None:
    """In both languages; a setting or a fault that is new here is explained before it is offered."""
    assert {one.name for one in settings(Merchant())} == words.KNOBS.keys()
    assert set(Fault) == words.FAULTS.keys()
    assert {status.name.lower() for status in Status} <= words.STATES.keys()
    tables = (words.WORDS, words.DONE, words.STATES, words.FAULTS, words.KNOBS)
    assert all(russian and english for table in tables for russian, english in table.values())
