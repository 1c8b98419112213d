"""The catalogue in the database: brought in, changed, read back; and what an order then costs and needs.

Everything here happens in a transaction that is rolled back: the other tests keep the network that they know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from checkout.catalogue import file, free, held_store, price_list, slots, store
from checkout.catalogue.catalogue import Clinic, Kind
from checkout.catalogue.changes import Plan
from checkout.catalogue.file import Catalogue, CatalogueError
from checkout.catalogue.import_store import bring_in
from checkout.catalogue.seed import FICTIONAL, seed
from checkout.ground.db import Tx, now, rows, run, sql
from checkout.ground.errors import Conflict, Invalid
from checkout.payment import seating
from checkout.payment.order import Plan as PaymentPlan
from checkout.payment.order import asked_before_visit
from checkout.payment.place import Wish, place
from gateways.money import Money
from tests.world import MARIA, MOSCOW, World

PRICES = sql("""
SELECT p.valid_from, p.amount, p.vat FROM service_price p JOIN service s ON s.id = p.service_id
 WHERE s.slug = 'consultation' ORDER BY p.valid_from""")
LATER = sql("""
UPDATE service_price SET valid_from = app_now() - interval '1 second' WHERE valid_from > app_now()""")


@pytest.fixture
async def tx(world: World) -> AsyncIterator[Tx]:
    """A transaction that leaves nothing behind."""
    async with world.service.engine.connect() as connection:
        await connection.begin()
        yield connection
        await connection.rollback()


async def bring(tx: Tx, document: Any, **options: Any) -> Plan:
    catalogue = document if isinstance(document, Catalogue) else Catalogue.model_validate(document)
    return await bring_in(tx, lambda _: catalogue, **options)


async def document(tx: Tx) -> dict[str, Any]:
    """What an export writes, as data to be changed."""
    found: dict[str, Any] = yaml.safe_load(file.text(await held_store.offered(tx)))
    return found


def service_of(document: dict[str, Any], slug: str) -> dict[str, Any]:
    return next(service for service in document["services"] if service["slug"] == slug)


async def clinic(tx: Tx, slug: str = "tverskaya") -> Clinic:
    found = await store.clinic(tx, slug)
    assert found is not None
    return found


async def test_the_seed_is_what_the_file_says(tx: Tx) -> None:
    """Bringing the fictional file in again changes nothing, and what is exported is the file."""
    fictional = file.load(FICTIONAL)
    assert (await bring(tx, fictional, prune=True)).changes == ()
    assert await held_store.offered(tx) == fictional
    assert not await seed(tx, fictional)


@pytest.mark.parametrize("suffix", ["yaml", "csv"])
async def test_what_was_exported_changes_nothing(tx: Tx, tmp_path: Path, suffix: str) -> None:
    """Whatever was planned, closed and overruled meanwhile."""
    rich = await document(tx)
    service_of(rich, "consultation")["prices"] = [{"from": "2027-01-01", "price": 260_000, "vat": "22"}]
    rich["clinics"][2]["exceptions"] = {"2027-01-02": "closed", "2026-12-31": "09:00-12:00, 13:00-14:00"}
    rich["clinics"][2]["resources"][0] |= {
        "hours": [{"from": "2026-12-01", "mon-fri": "10:00-12:00"}],
        "exceptions": {"2026-12-08": "closed"},
    }
    rich["working_days"] = {"2026-12-30": False}
    assert len((await bring(tx, rich)).changes) == 4
    path = tmp_path / f"catalogue.{suffix}"
    offered = await held_store.offered(tx)
    if suffix == "csv":
        path.write_text(price_list.text(offered), encoding="utf-8")
        assert (await bring_in(tx, price_list.read(path))).changes == ()
    else:
        path.write_text(file.text(offered), encoding="utf-8")
        assert (await bring(tx, file.load(path), prune=True)).changes == ()


async def test_a_changed_price_is_a_new_row(tx: Tx) -> None:
    """The old one stays as it was; a planned one waits for its day, and may be changed until then."""
    changed = await document(tx)
    service_of(changed, "consultation").update(price=260_000, prices=[{"from": "2027-01-01", "price": 270_000}])
    assert (await bring(tx, changed, dry_run=True)).changes
    assert len(await rows(tx, PRICES)) == 1
    await bring(tx, changed)
    moment = await now(tx)
    found = await rows(tx, PRICES)
    assert [row.amount for row in found] == [250_000, 260_000, 270_000]
    assert found[1].valid_from == moment
    service_of(changed, "consultation")["prices"][0]["price"] = 280_000
    await bring(tx, changed)
    assert [row.amount for row in await rows(tx, PRICES)] == [250_000, 260_000, 280_000]
    offered = await store.services_at(tx, (await clinic(tx)).id)
    assert offered["consultation"].price == Money(260_000)


async def test_the_vat_mark_may_change_with_the_price(tx: Tx) -> None:
    """From its day on the row's mark is the service's; the file's mark is what is valid now."""
    changed = await document(tx)
    service_of(changed, "insoles")["prices"] = [{"from": "2027-01-01", "price": 390_000, "vat": "10"}]
    await bring(tx, changed)
    place = await clinic(tx)
    assert (await store.services_at(tx, place.id))["insoles"].vat == "22"
    await run(tx, LATER)
    assert (await store.services_at(tx, place.id))["insoles"].vat == "10"
    assert service_of(await document(tx), "insoles")["vat"] == "10"


async def test_what_the_file_does_not_name_stays_unless_it_is_everything(tx: Tx) -> None:
    """Switched off by prune: not offered, not seated, not exported; and back when the file names it again."""
    whole = await document(tx)
    part = {
        "clinics": [{**whole["clinics"][2], "resources": whole["clinics"][2]["resources"][:1]}],
        "services": [service for service in whole["services"] if service["slug"] not in ("massage", "gastroscopy")],
    }
    assert (await bring(tx, part)).changes == ()
    pruned = await bring(tx, part, prune=True)
    assert {change.sign for change in pruned.changes} == {"-"}
    assert [found.slug for found in await store.clinics(tx)] == ["tverskaya"]
    offered = await store.services_at(tx, (await clinic(tx)).id)
    assert {slug for slug, service in offered.items() if service.kind is Kind.SERVICE} == {
        "consultation",
        "follow-up",
        "child-consultation",
    }
    assert await store.clinic(tx, "krasny") is None
    again = await bring(tx, whole)
    assert {change.sign for change in again.changes} == {"~"}
    assert await held_store.offered(tx) == file.load(FICTIONAL)


async def test_a_file_that_refers_to_nothing_does_nothing(tx: Tx) -> None:
    """Not even its good half."""
    wrong = await document(tx)
    service_of(wrong, "consultation")["price"] = 1
    wrong["clinics"][0]["goods"] = ["nothing"]
    with pytest.raises(CatalogueError, match=r"clinics.0 \(krasny\).goods: there is no service 'nothing'"):
        await bring(tx, wrong, merchants=frozenset({"zdorovie"}))
    assert len(await rows(tx, PRICES)) == 1


# --- an order over the catalogue


async def test_several_services_and_options_are_one_visit_with_one_total(tx: Tx) -> None:
    """Options after their service, goods anywhere; the sum and the deposit are those of all lines."""
    place = await clinic(tx)
    wanted = [("ultrasound", 1), ("ultrasound-zone", 2), ("insoles", 1), ("ultrasound-print", 1), ("consultation", 1)]
    lines = await seating.lines_of(tx, place, wanted)
    assert asked_before_visit(PaymentPlan.FULL, lines) == Money(320_000 + 240_000 + 390_000 + 30_000 + 250_000)
    assert asked_before_visit(PaymentPlan.DEPOSIT, lines) == Money(160_000 + 120_000 + 390_000 + 30_000 + 75_000)
    (fixed,) = await seating.lines_of(tx, place, [("gastroscopy", 1)])
    assert asked_before_visit(PaymentPlan.DEPOSIT, [fixed]) == Money(100_000)


@pytest.mark.parametrize(
    ("wanted", "code", "pointer"),
    [
        ((("ultrasound-zone", 1),), "option_unfit", "/lines/0/service"),
        ((("consultation", 1), ("ultrasound-zone", 1)), "option_unfit", "/lines/1/service"),
        ((("ultrasound", 1), ("consultation", 1), ("ultrasound-zone", 1)), "option_unfit", "/lines/2/service"),
        ((("insoles", 1),), "visit_needed", "/lines"),
        ((("consultation", 1), ("stockings", 1)), "service_unknown", "/lines/1/service"),
    ],
)
async def test_lines_that_do_not_fit_are_named(
    tx: Tx, wanted: tuple[tuple[str, int], ...], code: str, pointer: str
) -> None:
    """An option without its service, a visit without any, what this clinic does not offer."""
    with pytest.raises(Invalid, match=code) as refused:
        await seating.lines_of(tx, await clinic(tx), wanted)
    assert refused.value.pointer == pointer


async def test_an_option_is_offered_where_the_clinic_names_it(tx: Tx) -> None:
    """Another clinic gives the service without it."""
    changed = await document(tx)
    changed["clinics"][0]["options"] = ["anaesthesia"]
    await bring(tx, changed)
    here, there = [await store.services_at(tx, (await clinic(tx, slug)).id) for slug in ("tverskaya", "krasny")]
    assert here["ultrasound"].options == ("ultrasound-print", "ultrasound-zone")
    assert there["ultrasound"].options == ()
    with pytest.raises(Invalid, match="service_unknown"):
        await seating.lines_of(tx, await clinic(tx, "krasny"), [("ultrasound", 1), ("ultrasound-zone", 1)])


async def test_a_paused_clinic_is_shown_but_not_booked(world: World, tx: Tx) -> None:
    """No free time, and an order is refused with its own word."""
    changed = await document(tx)
    changed["clinics"][2]["paused"] = True
    await bring(tx, changed)
    place, moment = await clinic(tx), await now(tx)
    lines = await seating.lines_of(tx, place, [("consultation", 1)])
    today = moment.astimezone(place.tz).date()
    assert await free.free_starts(tx, place, lines, today, today + timedelta(days=7), now=moment) == []
    with pytest.raises(Conflict, match="clinic_paused"):
        await seating.seats(tx, place, lines, moment + timedelta(hours=9), now=moment, limits=world.config.limits)


# --- seats that are booked


SEATS = sql("""
SELECT r.slug, b.line_no, lower(b.during) AS starts, upper(b.during) AS ends
  FROM booking b JOIN resource r ON r.id = b.resource_id WHERE b.order_id = :id ORDER BY b.line_no, r.slug""")


def api_wish(start: datetime, *lines: str, **changes: Any) -> dict[str, Any]:
    return {
        "clinic": "tverskaya",
        "lines": [{"service": line} for line in lines],
        "starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "payer": {"name": "Мария Петрова", "phone": "+79123456789", "email": "m@example.com"},
        "consents": ["adult", "offer", "personal-data"],
        **changes,
    }


async def offered(world: World, query: str) -> list[str]:
    day = (await world.now() + timedelta(days=1)).astimezone(MOSCOW).date()
    status, found = await world.api("GET", f"/v1/slots?clinic=tverskaya&day={day}&{query}")
    assert status == 200, found
    return [slot["starts_at"] for slot in found["data"]]


async def test_a_specialist_and_their_room_are_booked_together(world: World) -> None:
    """Two bookings for the one line; the room's other doctor could not have it then."""
    start = (await world.free("gastroscopy"))[0]
    order = await world.order(lines=(("gastroscopy", 1),), starts_at=start)
    found = await world.tx(lambda tx: rows(tx, SEATS, id=order.id.uuid))
    assert [(row.slug, row.line_no) for row in found] == [("belova", 1), ("endoscopy-room", 1)]
    assert {(row.starts, row.ends) for row in found} == {(start, start + timedelta(minutes=45))}
    left = await world.free("gastroscopy")
    assert min(left) >= start + timedelta(minutes=45)
    assert not await world.broken()


async def test_an_option_keeps_its_services_resource_for_longer(world: World) -> None:
    """One booking of 45 minutes for two lines, and the visit ends then."""
    start = (await world.free("ultrasound"))[0]
    order = await world.order(lines=(("ultrasound", 1), ("ultrasound-zone", 1)), starts_at=start)
    (row,) = await world.tx(lambda tx: rows(tx, SEATS, id=order.id.uuid))
    assert (row.line_no, row.ends - row.starts) == (1, timedelta(minutes=45))
    assert order.ends_at == row.ends
    assert not await world.broken()


async def test_a_specialist_can_be_asked_for_by_name(world: World) -> None:
    """Slots, order and what is kept all mean that one; when they are taken, the other one does not stand in."""
    status, found = await world.api("GET", "/v1/specialists?clinic=tverskaya")
    orlov = next(one for one in found["data"] if one["slug"] == "orlov")
    assert (status, orlov["name"]["en"]) == (200, "M. Orlov")
    assert orlov["services"] == ["consultation", "follow-up", "child-consultation"]
    start = (await world.free())[0]
    body = api_wish(start, "consultation", specialist="volkova")
    status, order = await world.api("POST", "/v1/orders", "site", body)
    assert status == 201
    taken = await world.tx(
        lambda tx: rows(tx, sql("SELECT r.slug FROM orders o JOIN resource r ON r.id = o.wanted_id"))
    )
    assert [row.slug for row in taken] == ["volkova"]
    shown = order["starts_at"]
    assert shown not in await offered(world, "service=consultation&specialist=volkova")
    assert shown in await offered(world, "service=consultation&specialist=orlov")
    assert shown in await offered(world, "service=consultation")
    status, refused = await world.api("POST", "/v1/orders", "site", body)
    assert (status, refused["code"]) == (409, "slot_taken")
    assert shown not in refused["nearest"]


@pytest.mark.parametrize("who", ["belova", "nobody", "ultrasound-room"])
async def test_a_specialist_who_gives_none_of_it_is_named(world: World, who: str) -> None:
    """Another's doctor, nobody, a room: 422 for an order and for slots."""
    body = api_wish((await world.free())[0], "consultation", specialist=who)
    status, found = await world.api("POST", "/v1/orders", "site", body)
    assert (status, found["code"], found["errors"][0]["pointer"]) == (422, "specialist_unknown", "/specialist")
    day = (await world.now()).date()
    query = f"clinic=tverskaya&service=consultation&day={day}&specialist={who}"
    assert (await world.api("GET", f"/v1/slots?{query}"))[1]["code"] == "specialist_unknown"


async def test_the_site_sees_what_can_be_ordered(world: World) -> None:
    """Services with their options, rules and texts; a calculator needs no more."""
    _, found = await world.api("GET", "/v1/services")
    services = {service["slug"]: service for service in found["data"]}
    assert services["ultrasound"]["options"] == ["ultrasound-print", "ultrasound-zone"]
    assert services["ultrasound-zone"] == {
        "slug": "ultrasound-zone",
        "name": {"ru": "Ещё одна зона УЗИ", "en": "One more zone"},
        "about": {"ru": "", "en": ""},
        "kind": "option",
        "minutes": 15,
        "price": {"amount": 120_000, "currency": "RUB"},
        "deposit": {"amount": 60_000, "currency": "RUB"},
        "at_clinic": False,
        "vat": "none",
        "options": [],
        "clinics": ["krasny", "tverskaya"],
    }
    assert services["gastroscopy"]["deposit"]["amount"] == 100_000
    assert services["insoles"]["vat"] == "22"
    _, clinics = await world.api("GET", "/v1/clinics")
    assert {clinic["slug"]: clinic["paused"] for clinic in clinics["data"]} == {
        "krasny": False,
        "lenina": False,
        "tverskaya": False,
    }


async def test_every_free_start_can_be_booked(world: World, tx: Tx) -> None:
    """Each of a day that is half full, alone; and no other one of the grid."""
    wanted = (("ultrasound", 1), ("ultrasound-zone", 1), ("consultation", 1))
    for start in (await world.free("ultrasound"))[1::4]:
        await world.order(lines=(("ultrasound", 1),), starts_at=start)
    place_, moment = await clinic(tx), await now(tx)
    lines = await seating.lines_of(tx, place_, wanted)
    day = (moment + timedelta(days=1)).astimezone(place_.tz).date()
    found = await free.free_starts(tx, place_, lines, day, day, now=moment)
    booked = []
    for start in slots.grid_starts(place_, day, 75):
        wish = Wish(
            "tverskaya", wanted, start, MARIA, None, PaymentPlan.FULL, ("adult", "offer", "personal-data"), "ru"
        )
        held = await tx.begin_nested()
        with suppress(Conflict):
            booked.append((await place(tx, world.service, wish, principal="key:site")).starts_at)
        await held.rollback()
    assert booked == found
    assert 0 < len(found) < len(list(slots.grid_starts(place_, day, 75)))


async def test_a_day_can_be_booked_out(world: World) -> None:
    """One visit after the other until nothing is free, and nobody ever sits twice."""
    booked = 0
    while found := await world.free("gastroscopy"):
        await world.order(lines=(("gastroscopy", 1),), starts_at=found[len(found) // 2])
        booked += 1
    assert booked >= 3
    assert not await world.broken()


async def test_holidays_and_breaks_of_the_fictional_clinics(world: World) -> None:
    """A keeper of holidays is closed on the first of January, the other one is not; nobody starts in the break."""

    async def found(tx: Tx) -> tuple[list[datetime], list[datetime], set[str]]:
        starts = []
        for slug in ("krasny", "tverskaya", "lenina"):
            place = await clinic(tx, slug)
            lines = await seating.lines_of(tx, place, [("consultation", 1)])
            year = (await now(tx)).year + 1
            first = datetime(year, 1, 1, tzinfo=place.tz).date()
            last = first if slug != "lenina" else first + timedelta(days=30)
            starts.append(await free.free_starts(tx, place, lines, first, last, now=await now(tx)))
        zone = (await clinic(tx, "lenina")).tz
        return starts[0], starts[1], {f"{start.astimezone(zone):%H:%M}" for start in starts[2]}

    closed, opened, walls = await world.tx(found)
    assert (closed, bool(opened)) == ([], True)
    assert {"12:30", "14:00"} <= walls
    assert not {"13:00", "13:30"} & walls
