"""A visitor in the world."""

from __future__ import annotations

import pytest

from gateways.sandbox import Fault, Rule
from tests.pages.visitor import Visitor, same_site
from tests.world import World


@pytest.fixture
def visitor(world: World) -> Visitor:
    """A Russian browser's requests, as far as our pages look at them. No callback helps: pages must not need one."""
    world.bank.faults.add(Rule(Fault.DROP, method="callback", times=None))
    return Visitor(world, {"Accept-Language": "ru", **same_site(world)})
