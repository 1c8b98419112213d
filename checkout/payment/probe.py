"""Whether a bank can be talked to, asked without an order: that there is no such one proves address, certificate and login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateways.gateway import AccessDenied, Garbled, Gateway, GatewayError, NotFound, Throttled

PROBE: Final = "pay_00000000000000000000000000"  # a number no payment ever has
_NOBODYS: Final = "00000000-0000-0000-0000-000000000000"  # an id that no bank gives
_SHORT_ALONE: Final = (
    "answers and knows us, but by the short status alone: nothing is settled until it permits getOrderStatusExtended.do"
)


@dataclass(frozen=True, slots=True)
class Probed:
    """`words`: how a sentence about the bank goes on."""

    ok: bool
    words: str


async def probe(gateway: Gateway) -> Probed:
    """One reading of an order that does not exist."""
    try:
        await gateway.look(number=PROBE, reference=None)
    except NotFound:
        return Probed(ok=True, words="answers and knows us")
    except (AccessDenied, Garbled) as reason:
        if await _in_short(gateway):
            return Probed(ok=False, words=_SHORT_ALONE)
        if isinstance(reason, AccessDenied):
            return Probed(ok=False, words=f"refuses our login ({reason.code}): check the -api login")
        return Probed(ok=False, words=f"does not answer: {reason}")
    except Throttled:
        return Probed(ok=False, words="wants fewer calls (429)")
    except GatewayError as reason:
        return Probed(ok=False, words=f"does not answer: {reason}")
    return Probed(ok=False, words="knows an order that we never made")


async def _in_short(gateway: Gateway) -> bool:
    """Whether the second witness knows us, though the bank refuses its long word, or has none."""
    if gateway.witness is None:
        return False
    try:
        await gateway.witness.brief(number=PROBE, reference=_NOBODYS)
    except NotFound:
        return True
    except GatewayError:
        return False
    return False
