"""The audit's screen: who did what from where, filtered by the address, taken along as a table."""

from __future__ import annotations

import csv
import io
from functools import partial
from urllib.parse import urlencode

import pytest

from checkout.ground.db import rows, sql
from checkout.ground.events import audit
from checkout.web.words.desk_audited import ACTIONS
from tests.desk.audited import actions
from tests.desk.clerk import Clerk, at_work, hired
from tests.pages.visitor import same_site
from tests.world import World

_ALL = sql("SELECT principal, action, object, outcome, client, agent, data FROM audit ORDER BY seq")


async def _written(world: World, *objects: str, principal: str = "key:site") -> None:
    for name in objects:
        await world.tx(partial(audit, principal=principal, action="order.read", object_=name, outcome="done"))


async def _boss(world: World) -> Clerk:
    return await at_work(world, "controller", name="Вера Зимина")


def _table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


async def test_names_stand_where_the_audit_keeps_ids(world: World) -> None:
    """One's own sign-in is the newest line, by name, with address and browser; the look itself is noted."""
    boss = await hired(world, "controller", name="Вера Зимина")
    await boss.enters()
    boss.headers["User-Agent"] = "Browser/1.0 of the controller"
    page = await boss.get("/desk/audit")
    assert page.heading == "Журнал действий"
    assert "Вера Зимина" in page.text
    assert "session.prove" in page.text
    assert "127.0.0.1" in page.text
    last = (await world.tx(lambda tx: rows(tx, _ALL)))[-1]
    assert (last.principal, last.action, last.outcome) == (f"staff:{boss.staff_id}", "audit.read", "done")
    assert (last.client, last.agent) == ("127.0.0.1", "Browser/1.0 of the controller")


def test_every_action_that_is_written_has_its_words() -> None:
    """And no words are kept for one that nobody writes."""
    assert actions() == set(ACTIONS)


async def test_actions_are_told_in_words_with_their_code_beside(world: World) -> None:
    """In the list, in the filter and in the table; one of an older installation stands as its code."""
    boss = await _boss(world)
    await _written(world, "a")
    await world.tx(partial(audit, principal="key:site", action="old.code", object_="b", outcome="done"))
    page = await boss.get("/desk/audit?action=order.read")
    assert "Просмотр записи order.read" in page.text
    assert page.values["action"] == "order.read"
    assert "old.code" in (await boss.get("/desk/audit?action=old.code")).values["action"]
    told = {row["action"]: row["did"] for row in _table((await boss.get("/desk/audit.csv")).html)}
    assert (told["order.read"], told["old.code"]) == ("Просмотр записи", "old.code")


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"who": "key:site"}, "by-site", "by-office"),
        ({"who": "key:office"}, "by-office", "by-site"),
        ({"object": "by-site"}, "by-site", "by-office"),
        ({"outcome": "denied"}, "by-finance", "by-site"),
        ({"action": "refund.decide"}, "by-finance", "by-office"),
    ],
)
async def test_the_address_says_what_is_shown(world: World, query: dict[str, str], shown: str, hidden: str) -> None:
    boss = await _boss(world)
    await _written(world, "by-site")
    await _written(world, "by-office", principal="key:office")
    denial = {"principal": "key:finance", "action": "refund.decide", "object_": "by-finance", "outcome": "denied"}
    await world.tx(partial(audit, **denial))  # type: ignore[arg-type]  # its keywords
    page = await boss.get(f"/desk/audit?{urlencode(query)}")
    lines = page.html.partition("<tbody>")[2]
    assert shown in lines
    assert hidden not in lines


async def test_days_are_whole_and_those_of_the_office(world: World) -> None:
    """From a day to a day, both included; a day that is none is named, and nothing is shown for it."""
    boss = await _boss(world)
    await _written(world, "first-day")
    today = (await world.now()).date()
    await world.advance(hours=48)
    await boss.enters()
    await _written(world, "third-day")
    day = f"/desk/audit?object=first-day&from={today}&to={(await world.now()).date()}"
    assert "<tbody>" in (await boss.get(day)).html
    assert "<tbody>" not in (await boss.get(f"/desk/audit?object=third-day&to={today}")).html
    wrong = await boss.get("/desk/audit?from=2026-02-30&who=key:site")
    assert wrong.status == 422
    assert "Введите день" in wrong.text
    assert wrong.values["who"] == "key:site"
    assert wrong.values["from"] == "2026-02-30"


async def test_pages_lead_back_to_the_first_line(world: World) -> None:
    """By keys, so that new lines shift nothing: each of them stands on exactly one page."""
    boss = await _boss(world)
    await _written(world, *(f"line-{number:03}" for number in range(120)))
    seen, address = [], "/desk/audit?who=key%3Asite"
    while address:
        page = await boss.get(address)
        seen += [part[:8] for part in page.html.partition("<tbody>")[2].split("<code>") if part.startswith("line-")]
        address = next((link for link in page.links if "before=" in link), "")
    assert seen == [f"line-{number:03}" for number in reversed(range(120))]


async def test_the_table_is_what_is_filtered(world: World) -> None:
    """Every line of the filter and no other, however many; no cell is a formula; the download is noted."""
    boss = await _boss(world)
    await _written(world, *(f"line-{number}" for number in range(1100)))
    await _written(world, "=cmd|' /C calc'!A0")
    await _written(world, "another", principal="key:office")
    page = await boss.get("/desk/audit.csv?who=key%3Asite")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "audit.csv" in page.headers["Content-Disposition"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    found = _table(page.html)
    assert [row["object"] for row in found] == ["'=cmd|' /C calc'!A0", *(f"line-{n}" for n in reversed(range(1100)))]
    last = (await world.tx(lambda tx: rows(tx, _ALL)))[-1]
    assert (last.action, last.data) == ("audit.export", {"filter": {"who": "key:site"}})


async def test_taking_it_along_asks_for_a_proof(world: World) -> None:
    """Five minutes later whoever wants the table proves first who they are, and then gets what they wanted."""
    boss = await _boss(world)
    await world.advance(minutes=6)
    asked = await boss.get("/desk/audit.csv?who=key%3Asite")
    assert asked.location == "/desk/proof?back=%2Fdesk%2Faudit.csv%3Fwho%3Dkey%253Asite"
    form = await boss.get(asked.location)
    proven = await boss.press_all(form, "/desk/proof", **{"proof-code": await boss.code()})
    assert proven.location == "/desk/audit.csv?who=key%3Asite"
    assert (await boss.get(proven.location)).status == 200


async def test_who_may_read_it_at_one_clinic_may_not_read_it(world: World) -> None:
    """A line belongs to no clinic; the database would show none either."""
    clerk = await at_work(world, ("controller", "tverskaya"))
    for address in ("/desk/audit", "/desk/audit.csv"):
        page = await clerk.get(address)
        assert page.status == 403
        assert "один на все клиники" in page.text


async def test_a_change_of_rights_tells_what_was_before(world: World) -> None:
    admin = await at_work(world, "administrator")
    clerk = await at_work(world, "accountant")
    place = f"/desk/people/{clerk.staff_id}"
    await admin.press(await admin.get(place), f"{place}/grants", **{"grant-cashier-all": "yes", "second": "yes"})
    line = next(row for row in await world.tx(lambda tx: rows(tx, _ALL)) if row.action == "staff.grant")
    assert line.data == {
        "before": {"roles": {"accountant": "all"}, "second_factor": True},
        "after": {"roles": {"cashier": "all"}, "second_factor": True},
    }


async def test_what_a_key_does_is_noted_with_it(world: World) -> None:
    """A change with what it made, a refusal with its code, a look at somebody's letters; each from where."""
    order = await world.order()
    await world.open_till(1000)
    place = f"/v1/orders/{order.id}"
    sent = {"User-Agent": "clinic-site/2.1"}
    await world.api("POST", f"{place}/cash-payments", "office", {"amount": {"amount": 250_000}}, **sent)
    await world.api("POST", f"{place}/cash-payments", "office", {"amount": {"amount": 1}}, **sent)
    await world.api("GET", f"{place}/messages", "office", **sent)
    await world.api("GET", f"{place}/messages", "diary", **sent)
    found = [row for row in await world.tx(lambda tx: rows(tx, _ALL)) if row.principal.startswith("key:")]
    assert [(row.principal, row.action, row.object, row.outcome) for row in found] == [
        ("key:office", "cash.take", str(order.id), "done"),
        ("key:office", "cash.take", str(order.id), "refused"),
        ("key:office", "message.read", str(order.id), "done"),
        ("key:diary", "message.read", str(order.id), "denied"),
    ]
    assert found[0].data["made"].startswith("pay_")
    assert found[1].data == {"code": "nothing_due"}
    assert {(row.client, row.agent) for row in found} == {("127.0.0.1", "clinic-site/2.1")}


async def test_a_repeated_request_is_noted_once(world: World) -> None:
    """The audit counts what was done, not how often it was asked for."""
    order = await world.order()
    await world.open_till(1000)
    for _ in range(3):
        body = {"amount": {"amount": 250_000}}
        await world.api("POST", f"/v1/orders/{order.id}/cash-payments", "office", body, key="once")
    assert len([row for row in await world.tx(lambda tx: rows(tx, _ALL)) if row.principal == "key:office"]) == 1


async def test_every_form_of_the_staff_leaves_a_line(world: World) -> None:
    """Signing out, too."""
    clerk = await at_work(world, "cashier")
    await clerk.post("/desk/logout", (await clerk.get("/desk")).values, **same_site(world))
    last = (await world.tx(lambda tx: rows(tx, _ALL)))[-1]
    assert (last.principal, last.action) == (f"staff:{clerk.staff_id}", "session.close")
