"""A visitor in the world."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateways.sandbox import Fault, Rule
from tests.pages.visitor import Visitor, same_site
from tests.world import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    """A Russian browser's requests, as far as our pages look at them. No callback helps: pages must not need one."""
    world.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
    return Visitor(world, {"Accept-Language": "ru", **same_site(world)})


@pytest.fixture
def stranger(braked: World) -> Callable[[str], Visitor]:
    """A visitor from an address of their own, in the world behind one proxy. No callback helps here either."""
    braked.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))

    def visitor_from(address: str) -> Visitor:
        return Visitor(braked, {"Accept-Language": "ru", "X-Forwarded-For": address, **same_site(braked)})

    return visitor_from
