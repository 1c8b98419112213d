"""Starting, stopping and starting again: what is refused, what is repaired, what survives."""

import threading
from pathlib import Path

import pytest

from checkout import postgres
from tests.postgres.postgres_parents import WAITS, application, cluster_state, give_away, said, stranger, value


def test_stopped_server_is_not_running(state: Path) -> None:
    """After `stop` the data is cleanly shut down and nobody can attach; to stop twice is harmless."""
    server = postgres.start(state, durable=False)
    postgres.stop(server)
    postgres.stop(server)
    assert postgres.running(state) is None
    assert cluster_state(state) == "shut down"


def test_nothing_runs_in_a_folder_that_is_not_there(place: Path) -> None:
    """To ask is not to make."""
    assert postgres.running(place / "state") is None
    assert not (place / "state").exists()


def test_two_starts_at_once(place: Path) -> None:
    """Of two processes that start a new cluster in the same moment one owns the server and the other attaches."""
    with application(WAITS, place / "state") as one, application(WAITS, place / "state") as two:
        assert sorted([said(one)[0], said(two)[0]]) == ["attached", "owned"]


def test_committed_rows_outlive_a_killed_server(state: Path) -> None:
    """After SIGKILL of the server itself the next start recovers what was committed."""
    first = postgres.start(state, durable=False)
    value(first.urls.owner, "CREATE TABLE IF NOT EXISTS kept (id int)")
    value(first.urls.owner, "INSERT INTO kept VALUES (7)")
    assert first.child is not None
    first.child.kill()
    second = postgres.start(state, durable=False)  # the first is still unreaped: its number is taken
    assert value(second.urls.owner, "SELECT max(id) FROM kept") == 7
    postgres.stop(second)
    first.child.wait()


@pytest.mark.parametrize("content", ["", "garbage\n", "{stranger}\n"], ids=["empty", "garbage", "number of a stranger"])
def test_stale_lock_files(state: Path, content: str) -> None:
    """Left-over lock files do not keep a server from starting, even when a stranger now has the noted number."""
    with stranger(like=state / "pg") as pid:
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (state / "pg" / name).write_text(content.format(stranger=pid))
        server = postgres.start(state, durable=False)
        assert value(server.urls.app, "SELECT 1") == 1
        postgres.stop(server)


def test_lost_passwords_are_replaced(state: Path) -> None:
    """Data restored without its `pgpass` gets new passwords, and the old ones end."""
    before = (state / "pgpass").read_text()
    (state / "pgpass").unlink()
    server = postgres.start(state, durable=False)
    assert value(server.urls.app, "SELECT current_user") == "checkout_app"
    assert value(server.urls.owner, "SELECT current_user") == "checkout_owner"
    postgres.stop(server)
    assert not set(before.split()) & set((state / "pgpass").read_text().split())


def test_long_log_is_turned_over(state: Path) -> None:
    """A log over 10 MB makes room at the next start and is kept once."""
    (state / "pg.log").write_bytes(b"x" * 10_000_001)
    postgres.stop(postgres.start(state, durable=False))
    assert (state / "pg.log.1").stat().st_size == 10_000_001
    assert 0 < (state / "pg.log").stat().st_size < 100_000


def test_durable_server_flushes(state: Path) -> None:
    """By default nothing is traded for speed."""
    server = postgres.start(state)
    settings = "SELECT string_agg(setting, ' ') FROM pg_settings WHERE name = ANY($1)"
    names = "ARRAY['fsync', 'full_page_writes', 'synchronous_commit']"
    assert value(server.urls.app, settings.replace("$1", names)) == "on on on"
    postgres.stop(server)


def test_start_from_another_thread_is_refused(state: Path) -> None:
    """The server would end with that thread, so it is not started at all."""
    caught: list[BaseException] = []

    def attempt() -> None:
        try:
            postgres.start(state)
        except postgres.PostgresError as refusal:
            caught.append(refusal)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


@pytest.mark.parametrize(("version", "sentence"), [("9\n", "PostgreSQL 9"), (None, "no PostgreSQL data")])
def test_data_of_another_kind_is_refused(place: Path, version: str | None, sentence: str) -> None:
    """Data of a server that is not installed, or no data at all, is left as it is, with one clear sentence."""
    data = place / "state" / "pg"
    data.mkdir(parents=True)
    (data / "keep").write_text("mine")
    if version:
        (data / "PG_VERSION").write_text(version)
    (place / "state").chmod(0o711)
    give_away(data)
    with pytest.raises(postgres.PostgresError, match=sentence):
        postgres.start(place / "state")
    assert (data / "keep").read_text() == "mine"


def test_failure_shows_what_the_server_said(state: Path) -> None:
    """When the server cannot start its own last words are in the error, and nothing is left running."""
    wrong = state / "pg" / "postgresql.auto.conf"
    good = wrong.read_text()
    wrong.write_text("max_connections = 'many'\n")
    with pytest.raises(postgres.PostgresError, match=r"postgresql\.auto\.conf"):
        postgres.start(state)
    wrong.write_text(good)
    assert postgres.running(state) is None
