import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkout import postgres
from tests.postgres.postgres_parents import until


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may pass through: pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="checkout-"))
    folder.chmod(0o711)
    yield folder
    until(lambda: removed(folder), "the servers of killed applications let go of their folders")


def removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a stopped cluster, shared by the tests that stop what they start."""
    folder = tmp_path_factory.mktemp("postgres") / "state"
    postgres.stop(postgres.start(folder, durable=False))
    return folder


@pytest.fixture(scope="module")
def server(state: Path) -> Iterator[postgres.Server]:
    """A server of the shared state that this very process owns."""
    server = postgres.start(state, durable=False)
    assert server.owned
    yield server
    postgres.stop(server)
