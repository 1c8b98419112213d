"""What an operator sees of the brakes: doctor's sentences and the counters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from checkout.doctor import examine
from checkout.ground.config import Brakes
from checkout.payment import brakes
from tests.world import World

ON = "brakes against bots are on (`brakes.enabled`)"
APART = "payers are told apart behind the proxy that ends TLS (`trusted_proxy_hops: 1`)"
CODES = "codes can be sent by {}, as `brakes.contact_code` wants (`mail`, `sms`)"


async def told(world: World, **changed: Any) -> dict[str, bool]:
    """Doctor's sentences, each with whether it is well."""
    service = replace(world.service, config=world.config.model_copy(update=changed))
    return {found.sentence: found.ok async for found in examine(service)}


async def test_doctor_knows_whether_the_brakes_hold(world: World) -> None:
    """On or off; a production behind a proxy that takes everybody for one; codes that nothing can send."""
    assert {ON: True, APART: True}.items() <= (await told(world)).items()
    assert not any(sentence.startswith("codes") for sentence in await told(world))
    assert not (await told(world, brakes=Brakes(enabled=False)))[ON]
    assert not (await told(world, mode="production"))[APART]
    assert (await told(world, mode="production", trusted_proxy_hops=1))[APART]
    by_email, by_sms = Brakes(contact_code="email"), Brakes(contact_code="sms")
    assert (await told(world, brakes=by_email))[CODES.format("email")]
    assert not (await told(world, brakes=by_email, mail=None))[CODES.format("email")]
    assert not (await told(world, brakes=by_sms))[CODES.format("sms")]


@pytest.mark.parametrize("braked", [{"wrong_links_burst": 2, "wrong_links_per_hour": 1}], indirect=True)
async def test_every_look_at_a_brake_is_counted(braked: World) -> None:
    """By kind and by outcome."""

    def counted(outcome: str) -> float:
        return REGISTRY.get_sample_value("checkout_brakes_total", {"kind": "links_address", "outcome": outcome}) or 0.0

    before = counted("passed"), counted("refused")
    for _ in range(3):
        await brakes.wrong_link(braked.service, "203.0.113.7")
    assert (counted("passed") - before[0], counted("refused") - before[1]) == (2, 1)
