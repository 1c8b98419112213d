"""The proofs' own options and databases, and what they say at the end."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from checkout.postgres import Server, Urls
from tests.proof.stage import Hall, make_database, open_hall


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("proofs")
    group.addoption("--histories", dest="histories", type=int, default=1000, help="storm: how many histories")
    group.addoption("--first-seed", dest="first_seed", type=int, default=1, help="storm: the seed of the first one")
    group.addoption("--seed", dest="seed", type=int, default=None, help="storm: only this history, told step by step")
    group.addoption("--kills", dest="kills", type=int, default=0, help="kills: at least so many in all, at random hits")


def option(config: pytest.Config, name: str, default: int | None) -> int | None:
    """An option of ours; its default when a whole test run met this folder too late to be asked for options."""
    found: int | None = config.getoption(name, default=default)
    return found


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Proofs do by the thousand what the application logs each time."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
async def proof_urls(postgres_server: Server) -> Urls:
    """A database of the proofs' own, whose clock stands still unless it is moved."""
    return await make_database(postgres_server.urls, "proof")


@pytest.fixture(scope="session")
async def hall(proof_urls: Urls) -> AsyncIterator[Hall]:
    async with open_hall(proof_urls) as found:
        yield found
