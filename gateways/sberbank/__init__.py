"""The Sberbank family of banks: one engine, two dialects. A sibling bank is a block of configuration, not code."""

from __future__ import annotations

from gateways.gateway import Gateway, Transport
from gateways.http import AiohttpTransport
from gateways.sberbank.banks import BANKS
from gateways.sberbank.callbacks import Keys, load_public_key
from gateways.sberbank.client import Sberbank
from gateways.sberbank.config import SberbankConfig
from gateways.sberbank.exchange import Exchange

__all__ = ["SberbankConfig", "make"]


def make(config: SberbankConfig, *, name: str, transport: Transport | None = None) -> Gateway:
    """The gateway of one merchant; `name` is its label in metrics and logs. Without a transport, the real network.

    Raises OSError, ssl.SSLError or ValueError if a certificate or key named by the configuration cannot be loaded.
    """
    return Sberbank(Exchange(name, config, BANKS[config.kind], transport or _network(config)), _keys(config))


def _network(config: SberbankConfig) -> AiohttpTransport:
    return AiohttpTransport(
        connect_seconds=config.connect_seconds,
        read_seconds=config.read_seconds,
        total_seconds=config.total_seconds,
        body_bytes=config.max_body_bytes,
        connections=config.max_connections,
        ca_bundle=config.ca_bundle,
    )


def _keys(config: SberbankConfig) -> Keys:
    secrets = (config.callback_secret, config.callback_secret_previous)
    key_file = config.callback_public_key
    return Keys(
        secrets=tuple(secret.get_secret_value().encode() for secret in secrets if secret is not None),
        public_key=load_public_key(key_file.read_bytes()) if key_file else None,
        hash_name=config.callback_hash,
        own_params=frozenset(config.callback_own_params),
        merchant_login=config.merchant_login,
    )
