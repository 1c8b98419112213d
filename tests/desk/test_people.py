"""Administrators invite people and give rights; the links they make work once."""

from __future__ import annotations

import re

import pytest

from checkout.catalogue import store as catalogue
from checkout.people import password
from tests.desk.clerk import PASSWORD, Clerk, at_work, hired
from tests.pages.visitor import Seen
from tests.world import World


async def _invited(admin: Clerk, email: str = "nina@clinic.example", **grants: str) -> Seen:
    form = await admin.get("/desk/people/new")
    typed = {"name": "Нина Орлова", "email": email, "grant-cashier-all": "yes", **grants}
    return await admin.press(form, "/desk/people/new", **typed)


async def _link(admin: Clerk, place: str) -> str:
    shown = await admin.press(await admin.get(place), f"{place}/link")
    found = re.search(r'value="(http[^"]+/desk/ticket/[^"]+)"', shown.html)
    assert found is not None, shown.text
    return found[1].removeprefix(admin.world.url)


async def test_an_invitation_lets_somebody_in(world: World) -> None:
    """The administrator hands over a link, the colleague chooses a password and signs in; the link is dead then."""
    admin = await at_work(world, "administrator")
    place = (await _invited(admin)).location
    link = await _link(admin, place)
    nina = Clerk(world, email="nina@clinic.example")
    assert (await nina.get(link)).heading == "Выберите пароль"
    assert (await nina.post(link, {"password": PASSWORD})).location == "/desk/login"
    await nina.post("/desk/login", {"email": nina.email, "password": PASSWORD})
    assert (await nina.get("/desk")).status == 200
    again = await nina.post(link, {"password": PASSWORD + "!"})
    assert (again.status, again.heading) == (404, "Ссылка больше не работает")


async def test_a_link_lives_for_a_day_and_a_new_one_kills_the_old(world: World) -> None:
    admin = await at_work(world, "administrator")
    place = (await _invited(admin)).location
    first, second = await _link(admin, place), await _link(admin, place)
    assert (await admin.get(first)).status == 404
    assert (await admin.get(second)).status == 200
    await world.advance(hours=25)
    assert (await admin.get(second)).status == 404


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("коротко", "короче 15"),
        ("a" * 129, "длиннее 128"),
        ("aaaaaaaaaaaaaaaaaaaa", "легко угадать"),
        ("qwertyuiop1234567890", "легко угадать"),
        ("нина орлова нина орлова", "легко угадать"),
    ],
)
async def test_a_password_that_is_easily_guessed_is_not_taken(world: World, typed: str, says: str) -> None:
    """The field says why; the link still works."""
    admin = await at_work(world, "administrator")
    link = await _link(admin, (await _invited(admin)).location)
    refused = await admin.post(link, {"password": typed})
    assert refused.status == 422
    assert says in refused.text
    assert (await admin.get(link)).status == 200


async def test_rights_change_with_the_next_request(world: World) -> None:
    """A cashier becomes an accountant while signed in: the old room is gone, and the password is not enough any more."""
    admin = await at_work(world, "administrator")
    clerk = await at_work(world, "administrator", email="second@clinic.example")
    assert (await clerk.get("/desk/people")).status == 200
    place = f"/desk/people/{clerk.staff_id}"
    sent = await admin.press(await admin.get(place), f"{place}/grants", **{"grant-cashier-all": "yes"})
    assert sent.location == place
    assert (await clerk.get("/desk/people")).status == 403


async def test_a_role_that_needs_a_second_factor_asks_for_it_at_once(world: World) -> None:
    """Whoever signed in by password alone and is given money to return sets the second step up before anything else."""
    admin, clerk = await at_work(world, "administrator"), await hired(world, "cashier", authenticator=False)
    await clerk.enters()
    assert (await clerk.get("/desk/till")).status == 200
    place = f"/desk/people/{clerk.staff_id}"
    await admin.press(await admin.get(place), f"{place}/grants", **{"grant-accountant-all": "yes"})
    assert (await clerk.get("/desk/refunds")).location == "/desk/second"
    assert (await clerk.get("/desk/second")).heading == "Настройте второй шаг"


async def test_nobody_changes_their_own_rights(world: World) -> None:
    admin = await at_work(world, "administrator")
    place = f"/desk/people/{admin.staff_id}"
    sent = await admin.press(await admin.get("/desk/people"), f"{place}/grants", **{"grant-controller-all": "yes"})
    assert sent.status == 403
    assert "другой администратор" in sent.text


async def test_an_administrator_of_one_clinic_grants_there_alone(world: World) -> None:
    """Neither everywhere nor at another clinic; what was typed stays in the form."""
    admin = await at_work(world, ("administrator", "tverskaya"))
    sent = await _invited(admin)
    assert sent.status == 403
    assert "только в своих клиниках" in sent.text
    assert sent.values["email"] == "nina@clinic.example"


@pytest.mark.parametrize("deed", ["link", "grants", "disable", "second"])
async def test_an_administrator_of_one_clinic_has_no_say_over_who_works_elsewhere(world: World, deed: str) -> None:
    """Whoever may make a link and reset the second factor could enter as them: not as the administrator of everything."""
    boss = await hired(world, "administrator", email="boss@clinic.example")
    clerk = await hired(world, ("cashier", "tverskaya"), email="clerk@clinic.example", authenticator=False)
    admin = await at_work(world, ("administrator", "tverskaya"))
    clinic = (await world.tx(lambda tx: catalogue.clinic(tx, "tverskaya"))).id  # type: ignore[union-attr]  # of the file
    for other, status in ((boss, 403), (clerk, 200 if deed == "link" else 303)):
        place = f"/desk/people/{other.staff_id}"
        sent = await admin.press(await admin.get(place), f"{place}/{deed}", **{f"grant-cashier-{clinic}": "yes"})
        assert sent.status == status
    assert (await boss.enters()).status == 303


async def test_a_form_sent_twice_is_done_once(world: World) -> None:
    """The second click leads to the same colleague."""
    admin = await at_work(world, "administrator")
    form = await admin.get("/desk/people/new")
    typed = {"name": "Нина Орлова", "email": "nina@clinic.example", "grant-cashier-all": "yes"}
    first = await admin.press(form, "/desk/people/new", **typed)
    second = await admin.press(form, "/desk/people/new", **typed)
    assert first.location == second.location
    assert (await _invited(admin)).status == 409  # but a new form for the same address is told


async def test_what_matters_asks_for_a_proof_and_loses_nothing(world: World) -> None:
    """Five minutes after the last proof a form is carried through the proof, whole; a wrong code keeps it."""
    admin = await at_work(world, "administrator")
    form = await admin.get("/desk/people/new")
    await world.advance(minutes=6)
    typed = {"name": "Нина Орлова", "email": "nina@clinic.example", "grant-cashier-all": "yes"}
    asked = await admin.post("/desk/people/new", {**form.values, **typed})
    assert asked.heading == "Подтвердите, что это вы"
    wrong = await admin.press_all(asked, "/desk/people/new", **{"proof-code": "000000"})
    assert wrong.status == 422
    done = await admin.press_all(wrong, "/desk/people/new", **{"proof-code": await admin.code()})
    assert done.location.startswith("/desk/people/stf_")


def test_an_unknown_name_costs_what_a_known_one_costs() -> None:
    """What nobody's password is compared with was made with the figures of everybody's."""
    assert not password.outdated(password.NOBODY)


async def test_a_lost_telephone_is_replaced_without_touching_the_password(world: World) -> None:
    admin = await at_work(world, "administrator")
    clerk = await at_work(world, "accountant")
    place = f"/desk/people/{clerk.staff_id}"
    await admin.press(await admin.get(place), f"{place}/second")
    assert (await clerk.get("/desk")).location == "/desk/login"
    await clerk.post("/desk/login", {"email": clerk.email, "password": PASSWORD})
    assert (await clerk.get("/desk/second")).heading == "Настройте второй шаг"


async def test_the_address_of_a_colleague_is_taken_once(world: World) -> None:
    await hired(world, "cashier", email="nina@clinic.example")
    admin = await at_work(world, "administrator")
    sent = await _invited(admin)
    assert sent.status == 409
    assert "уже есть" in sent.text


async def test_open_logins_are_listed_and_ended(world: World) -> None:
    """From one machine the other is thrown out."""
    clerk = await at_work(world, "cashier")
    other = Clerk(world, email=clerk.email, used=clerk.used)
    await other.enters()
    page = await clerk.get("/desk/me")
    await clerk.press(page, "/desk/me/end", login="all")
    assert (await other.get("/desk")).location == "/desk/login"
    assert (await clerk.get("/desk")).status == 200
