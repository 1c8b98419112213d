"""Everything a flow needs from the outside, in one typed record, opened and closed in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from checkout.ground import crypto, db
from checkout.ground.config import Config
from gateways.gateway import Gateway, Transport
from gateways.sberbank import make


@dataclass(frozen=True, slots=True)
class Service:
    """`gateways` by merchant slug. Time is not here: it comes from the database, and then as an argument."""

    config: Config
    engine: AsyncEngine
    gateways: Mapping[str, Gateway]
    vault: crypto.Vault

    def gateway(self, merchant: str) -> Gateway:
        return self.gateways[merchant]


@asynccontextmanager
async def open_service(
    config: Config, url: str, *, pool: int = 10, application: str = "checkout", transport: Transport | None = None
) -> AsyncIterator[Service]:
    """Open engine and gateways, close them at the end, however it ends."""
    engine = db.open_engine(url, pool=pool, application=application)
    gateways = {m.slug: make(m.gateway, name=m.slug, transport=transport) for m in config.merchants}
    try:
        yield Service(config, engine, gateways, crypto.vault(config.keys(), config.current_master_key))
    finally:
        for gateway in gateways.values():
            await gateway.close()
        await engine.dispose()
