"""Whether a bank can be talked to, asked without an order: that there is no such one proves address, certificate and login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateways.gateway import AccessDenied, Gateway, GatewayError, NotFound, Throttled

PROBE: Final = "pay_00000000000000000000000000"  # a number no payment ever has


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
    except AccessDenied as reason:
        return Probed(ok=False, words=f"refuses our login ({reason.code}): check the -api login")
    except Throttled:
        return Probed(ok=False, words="wants fewer calls (429)")
    except GatewayError as reason:
        return Probed(ok=False, words=f"does not answer: {reason}")
    return Probed(ok=False, words="knows an order that we never made")
