"""Who may change what of the catalogue, and what is kept of every change."""

from __future__ import annotations

import pytest

from checkout.catalogue import edit
from checkout.catalogue.file import Catalogue, ResourceEntry
from checkout.catalogue.import_store import bring_in
from checkout.ground.db import DATABASE_TROUBLE, Scope, in_transaction, one, rows, sql, within
from tests.desk.catalogue import (
    CLINIC,
    ORLOV,
    SERVICE,
    changed,
    clinic,
    resource,
    service,
)
from tests.desk.clerk import at_work
from tests.pages.visitor import told
from tests.world import World

_AUDIT = sql("SELECT object, data FROM audit WHERE action = 'catalogue.change' ORDER BY seq DESC LIMIT 1")
_HISTORY = sql("SELECT sign, principal, before, after FROM catalogue_change WHERE key = :key ORDER BY id DESC LIMIT 1")


async def test_whoever_works_at_one_clinic_changes_that_one_alone(world: World) -> None:
    """Its hours and its people; no other clinic's, and no service, since those are everybody's."""
    olga = await at_work(world, ("administrator", "tverskaya"))
    before = (await service(world), await clinic(world, "krasny"))
    await changed(olga, ORLOV, position="5")
    await changed(olga, CLINIC, phone="+7 495 000-00-09")
    assert (await resource(world)).position == 5
    assert (await clinic(world)).phone == "+7 495 000-00-09"
    form = await olga.get(CLINIC)
    for path, status in (
        (SERVICE, 403),
        ("/desk/catalogue/new-service", 403),
        ("/desk/catalogue/new-clinic", 403),
        ("/desk/catalogue/clinics/krasny", 404),
        ("/desk/catalogue/clinics/krasny/resources/petrov", 404),
        ("/desk/catalogue/clinics/krasny/new-resource", 404),
        ("/desk/catalogue/clinics/nowhere", 404),
    ):
        assert (await olga.get(path)).status == status, path
        for press in ("check", "save"):
            sent = await olga.press_all(form, path, slug="lee", press=press)
            assert sent.status == status, path
    assert (await service(world), await clinic(world, "krasny")) == before
    shown = await olga.get("/desk/catalogue")
    assert "Клиника на Красном" not in shown.text
    assert SERVICE not in shown.links
    assert ORLOV in shown.links


async def test_whoever_may_only_read_sees_prices_and_no_way_to_change_them(world: World) -> None:
    cashier = await at_work(world, "cashier")
    shown = await cashier.get("/desk/catalogue")
    assert "2 500 ₽" in told(shown.text)
    assert not [link for link in shown.links if link.startswith("/desk/catalogue/")]
    assert (await cashier.get(SERVICE)).status == 403


async def test_the_audit_keeps_what_was_and_what_is(world: World) -> None:
    """And of who works here no name: it outlives them."""
    admin = await at_work(world, "administrator")
    await changed(admin, SERVICE, minutes="40", price="2700")
    row = await world.tx(lambda tx: one(tx, _AUDIT))
    assert row is not None
    assert row.object == "service/consultation"
    assert row.data["~"] == {"minutes": [30, 40], "price": [250_000, 270_000]}
    await changed(admin, ORLOV, name="Орловский М. Ю.", position="4")
    row = await world.tx(lambda tx: one(tx, _AUDIT))
    assert row is not None
    assert row.data["~"] == {"name": "…", "position": [0, 4]}


async def test_every_change_has_its_history(world: World) -> None:
    """Whole, with who made it."""
    admin = await at_work(world, ("administrator", "tverskaya"))
    await changed(admin, ORLOV, position="9")
    found = (await world.tx(lambda tx: rows(tx, _HISTORY, key=["resource", "tverskaya", "orlov"])))[0]
    assert (found.sign, found.principal) == ("~", f"staff:{admin.staff_id}")
    assert (found.before["position"], found.after["position"]) == (0, 9)
    assert ResourceEntry.model_validate(found.after) == await resource(world)


async def test_whatever_forgot_to_ask_the_database_keeps_a_service_from_whoever_works_at_one_clinic(
    world: World,
) -> None:
    """Of another clinic's entry and of what is everybody's no change can be told, and so none is made."""
    ids = await world.tx(edit.clinic_ids)
    engine = within(world.service.engine, Scope("staff:somebody", frozenset({ids["krasny"]})))
    changed_service = (await service(world)).model_copy(update={"minutes": 25})
    changed_clinic = (await clinic(world)).model_copy(update={"phone": "1"})
    for wanted in (Catalogue(services=(changed_service,)), Catalogue(clinics=(changed_clinic,))):
        with pytest.raises(DATABASE_TROUBLE, match="row-level security"):
            await in_transaction(engine, lambda tx, wanted=wanted: bring_in(tx, lambda _: wanted))  # type: ignore[misc]  # at once
    assert (await service(world)).minutes == 30
