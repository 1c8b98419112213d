"""One act, one line in the audit: what was done with its details, and from where; at the till, on a day off, over the API."""

from __future__ import annotations

from typing import Any

from checkout.ground.db import rows, sql
from checkout.payment.order import Plan
from tests.api.test_api_till import COUNTS, SHIFTS
from tests.desk.clerk import Clerk, at_work
from tests.desk.counter import HERE, TILL, counts, opened
from tests.world import World

_LINES = sql("SELECT principal, action, outcome, request_id, client, data FROM audit WHERE seq > :after ORDER BY seq")
_LAST = sql("SELECT coalesce(max(seq), 0) AS seq FROM audit")


class Since:
    """What was written from now on."""

    def __init__(self, world: World, after: int) -> None:
        self._world, self._after = world, after

    @classmethod
    async def now(cls, world: World) -> Since:
        return cls(world, (await world.tx(lambda tx: rows(tx, _LAST)))[0].seq)

    async def lines(self) -> list[Any]:
        return await self._world.tx(lambda tx: rows(tx, _LINES, after=self._after))

    async def acts(self) -> list[str]:
        """Their actions; each must tell from where."""
        found = await self.lines()
        assert not [line for line in found if not line.client or not line.request_id]
        return [line.action for line in found]


async def _cashier(world: World, name: str = "olga") -> Clerk:
    return await at_work(world, ("senior-cashier", "tverskaya"), email=f"{name}@clinic.example")


async def test_an_act_at_the_till_is_one_line_with_its_details(world: World) -> None:
    """Opening counts and opens: two acts. Each other press is one; a form that was refused leaves none that says done."""
    olga = await _cashier(world)
    since = await Since.now(world)
    await opened(olga, "100")
    assert await since.acts() == ["cash.counted", "cash.opened"]
    since = await Since.now(world)
    form = await olga.get(f"/desk/till/move?{HERE}&direction=in")
    await olga.press_all(form, "/desk/till/move", amount="50", reason="change")
    (moved,) = await since.lines()
    assert (moved.principal, moved.action, moved.outcome) == (f"staff:{olga.staff_id}", "cash.paid_in", "done")
    assert moved.data == {"receipt_no": 2, "amount": 5_000, "reason": "change"}
    since = await Since.now(world)
    reverse = await olga.get(f"/desk/till/reverse/2?{HERE}")
    await olga.press_all(reverse, "/desk/till/reverse/2", reason="wrong_sum")
    page = await counts(olga, face_10000="1")
    await olga.press_all(page, "/desk/till/closing")
    assert await since.acts() == ["cash.storno", "cash.counted", "cash.closed"]


async def test_a_close_that_waits_is_a_line_and_the_second_persons_another(world: World) -> None:
    olga, nina = await _cashier(world), await _cashier(world, "nina")
    await opened(olga, "5000")
    page = await counts(olga, face_100000="1")
    since = await Since.now(world)
    await olga.press_all(page, "/desk/till/closing", explanation="не нашли")
    assert await since.acts() == ["cash.close"]
    since = await Since.now(world)
    await nina.press_all(await nina.get(TILL), "/desk/till/confirm")
    (line,) = await since.lines()
    assert (line.action, line.principal) == ("cash.closed", f"staff:{nina.staff_id}")
    assert line.data["counted_by"] == f"staff:{olga.staff_id}"


async def test_takings_and_slips_are_one_line_each(world: World) -> None:
    """Given, accepted; printed, and printed once more as a copy."""
    olga, nina = await _cashier(world), await _cashier(world, "nina")
    await opened(olga, "1000")
    order = await world.order(plan=Plan.AT_CLINIC)
    place = f"/desk/till/take/{order.code}"
    await olga.press_all(await olga.get(place), place)
    since = await Since.now(world)
    hand_over = f"/desk/till/hand-over?{HERE}"
    await olga.press_all(await olga.get(hand_over), "/desk/till/hand-over", amount="500")
    hers = await nina.get(TILL)
    await nina.press(hers, "/desk/till/accept", clinic="tverskaya", given=hers.values["given"])
    for _ in range(2):
        form = await olga.get(f"/desk/till/slip/2?{HERE}")
        await olga.press(form, "/desk/till/slip/2", clinic="tverskaya", paper="58")
    assert await since.acts() == ["cash.given", "cash.accepted", "cash.print", "cash.copied"]


async def test_a_day_off_is_one_line_a_step(world: World) -> None:
    """Asked, and approved by somebody else: about the same list."""
    olga, nina = await _cashier(world), await _cashier(world, "nina")
    order, _ = await world.paid()
    day = f"/desk/day?{HERE}&day={order.starts_at.date().isoformat()}"
    since = await Since.now(world)
    sent = await olga.press_all(await olga.get(day), "/desk/day", reason="врач заболел")
    page = await nina.get(sent.location)
    await nina.press(page, f"{page.path.partition('?')[0]}/approve", clinic="tverskaya")
    told = [line for line in await since.lines() if line.action.startswith("day")]
    assert [line.action for line in told] == ["day_off.ask", "day_off.approved"]
    assert all(line.client and line.request_id for line in told)
    assert told[0].data == {"visits": 1}


async def test_an_act_over_the_api_is_one_line_and_so_is_its_refusal(world: World) -> None:
    """With what was done; a refusal under the right that was asked for, with its code."""
    since = await Since.now(world)
    _, count = await world.api("POST", COUNTS, "office", {"pieces": [{"face": 100_000, "number": 1}]})
    await world.api("POST", SHIFTS, "office", {"count": count["count"]})
    await world.api("POST", SHIFTS, "office", {"count": count["count"]})
    assert await since.acts() == ["cash.counted", "cash.opened", "cash.shift"]
    *_, refused = await since.lines()
    assert (refused.outcome, refused.data) == ("refused", {"code": "shift_open"})


async def test_a_decision_on_a_refund_over_the_api_is_one_line(world: World) -> None:
    order, _ = await world.paid()
    ask = {"amount": {"amount": 100_000, "currency": "RUB"}, "reason": "врач заболел"}
    _, asked = await world.api("POST", f"/v1/orders/{order.id}/refunds", "finance", ask)
    since = await Since.now(world)
    status, _ = await world.api("POST", f"/v1/refunds/{asked['id']}/approve", "finance-2", {})
    assert status == 200
    assert await since.acts() == ["refund.approve"]
