"""Which database is chosen at the start, and how its URL may be written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import text

from checkout import postgres
from tests.postgres.postgres_parents import forked

PLAIN_UID = os.geteuid() or 12345
PREFIX = "postgresql+asyncpg://"
SPELLINGS = [
    ("postgres://u:p@db.example/c", "u:p@db.example/c"),
    ("postgresql://u:p@db.example:6432/c", "u:p@db.example:6432/c"),
    ("postgresql+asyncpg://u:p@db.example/c", "u:p@db.example/c"),
    (" postgresql://u@db.example/c\n", "u@db.example/c"),
    ("postgresql://u:p%40%2F@db.example/c", "u:p%40%2F@db.example/c"),
    ("postgresql://u:p@[::1]:5433/c", "u:p@[::1]:5433/c"),
    ("postgresql:///c", "/c"),
    ("postgresql:///c?host=/var/run/postgresql", "/c?host=/var/run/postgresql"),
    ("postgresql://u@/c?host=/my%20dir&port=5433", "u@/c?host=/my%20dir&port=5433"),
    ("postgresql://u@%2Fvar%2Frun/c", "u@/c?host=/var/run"),
    ("postgresql://u@%2Fvar%2Frun:5433/c", "u@/c?host=/var/run&port=5433"),
    ("postgresql://u@h1,h2:5433/c", "u@/c?host=h1:5432&host=h2:5433"),
    ("postgres://u@h/c?sslmode=require", "u@h/c?ssl=require"),
    ("postgres://u@h/c?sslmode=disable", "u@h/c?ssl=disable"),
    ("postgres://u@h/c?ssl=verify-full", "u@h/c?ssl=verify-full"),
    ("postgres://u@h/c?sslmode=require&target_session_attrs=primary", "u@h/c?ssl=require&target_session_attrs=primary"),
]
REFUSED = [
    ("mysql://u:secret@h/c", "begins with mysql"),
    ("db.example/c", "begins with no scheme"),
    ("postgresql+psycopg://u:secret@h/c", "begins with postgresql\\+psycopg"),
    ("postgresql://u:secret@h", "names no database"),
    ("postgresql://u:secret@[h/c", "cannot be read"),
    ("postgresql://u:secret@h/c?sslmode", "cannot be read"),
    ("postgresql://u:secret@h/c?sslmode=maybe", "sslmode maybe"),
    ("postgresql://u:secret@h/c?sslrootcert=/ca.pem", "PGSSLROOTCERT"),
    ("postgresql://u:secret@h/c?channel_binding=require", "parameter channel_binding"),
]


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_url_is_normalised(written: str, meant: str) -> None:
    """Every common spelling becomes the one that SQLAlchemy gives to asyncpg."""
    assert postgres.normalise(written) == PREFIX + meant


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_normalised_url_is_understood(written: str, meant: str) -> None:
    """SQLAlchemy turns the result into arguments without complaint, and normalising again changes nothing."""
    url = postgres.normalise(written)
    engine = create_async_engine(make_url(url))
    assert engine.dialect.create_connect_args(engine.url)[1]["database"] == "c"
    assert postgres.normalise(url) == PREFIX + meant


@pytest.mark.parametrize(("written", "sentence"), REFUSED)
def test_url_is_refused(written: str, sentence: str) -> None:
    """What would be misread or lost is refused in one sentence that does not repeat the password."""
    with pytest.raises(postgres.PostgresError, match=sentence) as refusal:
        postgres.normalise(written)
    assert "secret" not in str(refusal.value)


def test_database_url_overrides(place: Path) -> None:
    """A given server is used, in production too, and nothing is started or written."""
    env = {"DATABASE_URL": "postgres://app@h/c", "DATABASE_OWNER_URL": "postgres://owner@h/c"}
    server = postgres.choose(env, production=True, allow_embedded=False, state=place / "state")
    assert server.urls == postgres.Urls(app=f"{PREFIX}app@h/c", owner=f"{PREFIX}owner@h/c")
    assert (server.owned, server.embedded) == (False, False)
    postgres.stop(server)
    assert not (place / "state").exists()


def test_owner_defaults_to_the_application(place: Path) -> None:
    """With one URL given, migrations use it as well."""
    server = postgres.choose({"DATABASE_URL": "postgres://u@h/c"}, production=False, allow_embedded=False, state=place)
    assert server.urls.owner == server.urls.app


def test_owner_url_alone_is_refused(place: Path) -> None:
    """To migrate one database and serve another is never meant."""
    with pytest.raises(postgres.PostgresError, match="set both or neither"):
        postgres.choose({"DATABASE_OWNER_URL": "postgres://u@h/c"}, production=False, allow_embedded=True, state=place)


def test_production_refuses_the_embedded_server(place: Path) -> None:
    """In production the embedded server is never a silent default; an empty variable is not a URL."""
    with pytest.raises(postgres.PostgresError, match="not meant for production"):
        postgres.choose({"DATABASE_URL": ""}, production=True, allow_embedded=False, state=place / "state")
    assert not (place / "state").exists()


@pytest.mark.parametrize(
    ("production", "durable", "fsync"), [(True, "0", "on"), (False, "0", "off"), (False, "1", "on")]
)
async def test_embedded_server_is_chosen(state: Path, production: bool, durable: str, fsync: str) -> None:
    """Allowed by its flag it serves production, where data is never throw-away; SQLAlchemy understands its URLs."""
    env = {"CHECKOUT_DURABLE": durable}
    server = postgres.choose(env, production=production, allow_embedded=production, state=state)
    engine = create_async_engine(server.urls.app)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW fsync"))).scalar_one() == fsync
    await engine.dispose()
    assert (server.owned, server.embedded) == (True, True)
    postgres.stop(server)


def test_state_folder_by_variable(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """CHECKOUT_STATE names the folder, relative to where the command runs."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("CHECKOUT_STATE", "here")
    assert postgres.state_folder() == place / "here"


def folder_of_a_plain_user(**env: str) -> str:
    """What state_folder answers a user without privileges: ourselves, or as root one who is nobody in particular."""

    def ask(tell: Callable[[str], None]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("CHECKOUT_STATE", "XDG_DATA_HOME", "HOME"):
                patch.delenv(name, raising=False)
            for name, value in env.items():
                patch.setenv(name, value)
            tell(str(postgres.state_folder()))

    with forked(PLAIN_UID, ask) as answer:
        return answer


def test_state_folder_of_a_plain_user(place: Path) -> None:
    """A plain user's state is in the XDG data folder, by default below the home."""
    place.chmod(0o777)
    assert folder_of_a_plain_user(HOME=str(place)) == f"{place}/.local/share/clinic-checkout"
    assert folder_of_a_plain_user(HOME=str(place), XDG_DATA_HOME=f"{place}/x") == f"{place}/x/clinic-checkout"


def test_state_folder_without_a_home() -> None:
    """A user whose home cannot be written still gets a folder of his own."""
    assert folder_of_a_plain_user(HOME="/proc/nowhere") == f"/var/tmp/clinic-checkout-{PLAIN_UID}"  # noqa: S108  a name


if os.geteuid() == 0:

    def test_state_folder_of_root(monkeypatch: pytest.MonkeyPatch) -> None:
        """Root's state is where services keep theirs."""
        monkeypatch.delenv("CHECKOUT_STATE", raising=False)
        assert postgres.state_folder() == Path("/var/lib/clinic-checkout")

    def test_state_folder_of_a_bare_number() -> None:
        """A user without a home and without a passwd entry gets a folder of his own as well."""
        assert folder_of_a_plain_user() == f"/var/tmp/clinic-checkout-{PLAIN_UID}"  # noqa: S108  a name
