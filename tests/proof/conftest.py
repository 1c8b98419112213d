"""The proofs' own options and databases, and what they say at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from checkout.postgres import Server, Urls
from tests.proof.stage import Hall, make_database, open_hall


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("proofs")
    group.addoption("--histories", dest="histories", type=int, default=300, help="storm: how many histories")
    group.addoption("--first-seed", dest="first_seed", type=int, default=1, help="storm: the seed of the first one")
    group.addoption("--seed", dest="seed", type=int, default=None, help="storm: only this history, told step by step")
    group.addoption("--answers", dest="answers", type=int, default=7_200, help="malformed answers: how many")
    group.addoption("--kills", dest="kills", type=int, default=0, help="kills: at least so many in all, at random hits")


def option(config: pytest.Config, name: str, default: int | None) -> int | None:
    """An option of ours; its default when a whole test run met this folder too late to be asked for options."""
    found: int | None = config.getoption(name, default=default)
    return found


@pytest.fixture(autouse=True)
def hushed(quiet_logs: None) -> None:
    """Proofs do by the thousand what the application logs each time."""


@pytest.fixture(scope="session")
async def proof_urls(postgres_server: Server) -> Urls:
    """A database of the proofs' own, whose clock stands still unless it is moved."""
    return await make_database(postgres_server.urls, "proof")


@pytest.fixture(scope="session")
async def hall(proof_urls: Urls) -> AsyncIterator[Hall]:
    async with open_hall(proof_urls) as found:
        yield found
