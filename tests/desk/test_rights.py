"""The authorisation matrix: every route × every role × own and other clinic, from the registry and one table of rights."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from ulid import ULID

from checkout.ground.db import rows, sql
from checkout.parts import PARTS
from checkout.web.routes import Op, Screen
from tests.api.every import OPS, Story, example_path, filled, kept, key_of, story
from tests.desk.clerk import Clerk, at_work
from tests.pages.visitor import Seen, same_site
from tests.setting import KEYS
from tests.world import World

RIGHTS: Final = tomllib.loads((Path(__file__).parent / "rights.toml").read_text(encoding="utf-8"))
SCREENS: Final = [entry for room in PARTS.rooms for entry in room.screens]
ENTRIES: Final[list[Op | Screen]] = [*SCREENS, *OPS]
ROUTES: Final = {f"{entry.method} {entry.path}": entry for entry in ENTRIES}
# What a body names may not be there, although what the path names is.
WITHIN: Final = ("entry_missing",)
LAST: Final = "POST /desk/logout"  # nothing can be tried after it
_ROLES = sql("""
SELECT r.name, r.for_staff, array_remove(array_agg(a.action), NULL) AS actions
  FROM role r LEFT JOIN role_action a ON a.role = r.name GROUP BY r.name""")
_DENIED = sql("SELECT count(*) AS denials FROM audit WHERE principal = :name AND outcome = 'denied'")


def _needs(entry: Op | Screen) -> str:
    """What a route asks for, as the table words it."""
    if isinstance(entry, Op):
        return " | ".join(entry.action) or "anybody"
    asked = "door" if entry.door else " | ".join(entry.action) or "session"
    return f"{asked} + fresh" if entry.fresh else asked


def _allowed(route: str, actions: list[str]) -> bool:
    asked = RIGHTS["routes"][route].removesuffix(" + fresh").split(" | ")
    return bool({"anybody", "door", "session", *actions} & set(asked))


def test_every_route_stands_in_the_table() -> None:
    """A new route, or one that asks for less than it did, fails until people have agreed on its row."""
    assert {route: _needs(entry) for route, entry in ROUTES.items()} == RIGHTS["routes"]


async def test_the_roles_in_the_database_are_those_of_the_table(world: World) -> None:
    found: dict[str, dict[str, set[str]]] = {"staff": {}, "keys": {}}
    for row in await world.tx(lambda tx: rows(tx, _ROLES)):
        found["staff" if row.for_staff else "keys"][row.name] = set(row.actions)
    assert found == {kind: {role: set(RIGHTS[kind][role]) for role in RIGHTS[kind]} for kind in found}


def test_no_route_asks_for_a_right_that_nobody_has() -> None:
    """Such a page would be closed to everybody, or its right is misspelt."""
    given = {action for kind in ("staff", "keys") for actions in RIGHTS[kind].values() for action in actions}
    asked = {action for entry in ROUTES.values() for action in entry.action}
    assert asked <= given


async def _tried(clerk: Clerk, entry: Screen, path: str) -> Seen:
    """The screen as a browser of theirs would ask for it, with a right token."""
    if entry.method == "GET":
        return await clerk.get(path)
    carried = (await clerk.get("/desk")).values
    return await clerk.post(path, {"token": carried["token"], "form": str(ULID())}, **same_site(clerk.world))


async def _denials(clerk: Clerk) -> int:
    found = await clerk.world.tx(lambda tx: rows(tx, _DENIED, name=f"staff:{clerk.staff_id}"))
    return int(found[0].denials)


@pytest.mark.parametrize("role", RIGHTS["staff"])
async def test_every_role_on_every_screen(world: World, role: str) -> None:
    """Let in where the table says so; everywhere else 403, and the audit knows of it."""
    clerk = await at_work(world, role)
    for route in sorted(RIGHTS["routes"], key=lambda route: route == LAST):
        entry = ROUTES[route]
        if isinstance(entry, Op):
            continue
        before = await _denials(clerk)
        answer = await _tried(clerk, entry, filled(entry.path))
        allowed = _allowed(route, RIGHTS["staff"][role])
        assert (answer.status != 403) == allowed, (route, answer.status)
        assert allowed or await _denials(clerk) == before + 1, route


async def test_whoever_has_no_role_enters_no_room(world: World) -> None:
    """A session alone opens the doors and one's own page."""
    clerk = await at_work(world)
    for route, entry in ROUTES.items():
        if isinstance(entry, Screen) and route != LAST:
            answer = await _tried(clerk, entry, filled(entry.path))
            assert (answer.status != 403) == (not entry.action), route


async def test_whoever_has_no_session_is_led_to_the_door(world: World) -> None:
    """From every screen, whatever it is; nothing of it is shown."""
    stranger = Clerk(world)
    for entry in SCREENS:
        path = filled(entry.path)
        answer = await (stranger.get(path) if entry.method == "GET" else stranger.post(path, {}, **same_site(world)))
        assert (answer.status, answer.location.partition("?")[0]) == (303, "/desk/login"), entry.path


async def test_a_session_without_its_second_factor_is_led_to_it(world: World) -> None:
    """The password of an administrator alone opens nothing but the next door."""
    clerk = await at_work(world, "administrator")
    half = Clerk(world, email=clerk.email)
    await half.post("/desk/login", {"email": half.email, "password": "четыре жёлтых трамвая едут"})
    for entry in SCREENS:
        if entry.method == "GET" and not entry.door:
            assert (await half.get(filled(entry.path))).location == "/desk/second", entry.path


@pytest.mark.parametrize("role", RIGHTS["keys"])
async def test_every_key_on_every_operation(world: World, role: str) -> None:
    """Let in where the table says so, 403 elsewhere."""
    for op in OPS:
        status, _ = await world.api(op.method, example_path(op.path), role, {} if op.body else None)
        assert (status != 403) == _allowed(f"{op.method} {op.path}", RIGHTS["keys"][role]), (op.path, status)


async def test_a_key_that_nobody_knows_is_told_so(world: World) -> None:
    assert KEYS["admin"]
    headers = {"Authorization": "Bearer ck_admin_wrong", "Idempotency-Key": "k"}
    for op in OPS:
        if op.action:
            async with world.http.request(op.method, world.url + example_path(op.path), headers=headers) as answer:
                assert answer.status == 401, op.path


async def _called(world: World, op: Op, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    sent = {**headers, "Idempotency-Key": str(ULID())}
    body = op.example if op.body else None
    async with world.http.request(op.method, world.url + path, json=body, headers=sent) as answer:
        return answer.status, await answer.json(content_type=None) if answer.content_type.endswith("json") else None


@pytest.mark.parametrize("role", [role for role in RIGHTS["keys"] if role != "site"])
async def test_a_key_of_another_clinic_finds_nothing(world: World, role: str) -> None:
    """404 on each thing, empty lists, and no table has changed; at its own clinic the same calls find it."""
    found = await story(world)
    there, here = await key_of(world, "krasny", role), await key_of(world, "tverskaya", role)
    wanted = [op for op in OPS if op.action and "{" in op.path and _allowed(f"{op.method} {op.path}", _actions(role))]
    before = await kept(world) | {"idempotency": None}
    for op in wanted:
        assert (await _called(world, op, found.path(op.path), there))[0] == 404, op.path
    assert await kept(world) | {"idempotency": None} == before
    for op in wanted:
        status, told = await _called(world, op, found.path(op.path), here)
        assert status not in (403, 404) or told["code"] in WITHIN, op.path


def _actions(role: str) -> list[str]:
    return list(RIGHTS["keys"][role])


def _thing(found: Story, entry: Screen) -> str | None:
    """The screen's address with the thing of the story that it is about; None if that is of no clinic."""
    begins = [begin for begin in RIGHTS["things"] if entry.path.startswith(begin)]
    assert begins, f"say in rights.toml what {entry.path} is about"
    kinds = {
        "order": found.order.code,
        "refund": found.refund,
        "chargeback": found.chargeback,
        "message": found.message,
        "payment": found.payment_id,
        "day": found.day_off,
    }
    kind = RIGHTS["things"][max(begins, key=len)]
    named = {"slug": "orlov" if "{clinic}" in entry.path else "tverskaya", "clinic": "tverskaya"}
    named |= {"id": kinds.get(kind, "x"), "code": found.order.code, "fact": "1", "shift": found.shift, "receipt": "1"}
    return filled(entry.path, **named) if kind else None


@pytest.mark.parametrize("role", RIGHTS["staff"])
async def test_a_screen_of_another_clinics_thing_does_not_exist(world: World, role: str) -> None:
    """404 for whoever works elsewhere, on every screen about an order or a refund that their role may enter."""
    found = await story(world)
    clerk = await at_work(world, (role, "krasny"))
    before = {name: held for name, held in (await kept(world)).items() if name not in ("staff_session", "idempotency")}
    for entry in SCREENS:
        path = _thing(found, entry) if "{" in entry.path else None
        if path is None or not _allowed(f"{entry.method} {entry.path}", RIGHTS["staff"][role]):
            continue
        assert (await _tried(clerk, entry, path)).status == 404, entry.path
    after = await kept(world)
    assert {name: after[name] for name in before} == before
