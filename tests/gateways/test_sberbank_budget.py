"""Second tries are a tenth of all calls: a bank that is down is not stormed against."""

import pytest

from gateways.gateway import Gateway, Unreachable
from tests.gateways.samples import NUMBER, PAID, answer, bank

CUT = Unreachable("bank.example: ServerDisconnectedError")


async def look(gateway: Gateway) -> None:
    await gateway.look(number=NUMBER, reference=None)


async def test_a_long_break_costs_one_call_a_look() -> None:
    """The first looks are tried again; once the budget is used up, each look is one call."""
    gateway, wire = bank(*[CUT] * 200)
    for _ in range(50):
        with pytest.raises(Unreachable):
            await look(gateway)
    assert 60 <= len(wire.sent) <= 66


async def test_a_short_break_is_bridged_again_later() -> None:
    """Looks that were answered earn new tries."""
    gateway, wire = bank(*[CUT] * 60, *[answer(PAID)] * 20, CUT, answer(PAID))
    for _ in range(50):
        if len(wire.sent) >= 60:
            break
        with pytest.raises(Unreachable):
            await look(gateway)
    for _ in range(20):
        await look(gateway)
    await look(gateway)
