"""Everything a flow needs from the outside, in one typed record, opened and closed in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, Self

from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.ground import crypto, db
from checkout.ground.config import Config
from checkout.ground.events import From, coming_from
from gateways.gateway import Gateway, Transport
from gateways.http import AiohttpTransport
from gateways.sberbank import make

SMS_ANSWER_BYTES: Final = 65_536  # of which only the status is looked at


@dataclass(frozen=True, slots=True)
class Service:
    """`gateways` by merchant slug; `sms`: the line to the configured provider, if there is one.

    Time is not here: it comes from the database, and then as an argument.
    """

    config: Config
    engine: AsyncEngine
    gateways: Mapping[str, Gateway]
    vault: crypto.Vault
    sms: Transport | None = None

    def within(self, scope: db.Scope) -> Self:
        """The same service, for somebody who sees the rows of some clinics alone."""
        return replace(self, engine=db.within(self.engine, scope))

    def coming_from(self, origin: From) -> Self:
        """The same service, for flows that note themselves what they did: with where the request came from."""
        return replace(self, engine=coming_from(self.engine, origin))

    def gateway(self, merchant: str) -> Gateway:
        return self.gateways[merchant]


@asynccontextmanager
async def open_service(
    config: Config, url: str, *, pool: int = 10, application: str = "checkout", transport: Transport | None = None
) -> AsyncIterator[Service]:
    """Open engine and gateways, close them at the end, however it ends."""
    engine = db.open_engine(url, pool=pool, application=application)
    gateways = {m.slug: make(m.gateway, name=m.slug, transport=transport) for m in config.merchants}
    sms = _sms(config)
    try:
        yield Service(config, engine, gateways, crypto.vault(config.keys(), config.current_master_key), sms)
    finally:
        for gateway in gateways.values():
            await gateway.close()
        if sms is not None:
            await sms.close()
        await engine.dispose()


def _sms(config: Config) -> Transport | None:
    """The same careful client as for banks: no redirects, no cookies, an answer bounded in size and time."""
    if config.sms is None:
        return None
    seconds = config.sms.timeout_seconds
    return AiohttpTransport(
        connect_seconds=seconds, read_seconds=seconds, total_seconds=seconds, body_bytes=SMS_ANSWER_BYTES
    )
