"""However the application dies, its server ends cleanly, and the next start works."""

import os
import signal
import time
from pathlib import Path

import pytest

from checkout import postgres
from tests.postgres.postgres_parents import (
    DRAINS_ON_CTRL_C,
    OWNER,
    PATIENCE_SECONDS,
    SLEEPS,
    WAITS,
    application,
    cluster_state,
    gone,
    said,
    until,
    value,
)

RAISES = OWNER + "raise RuntimeError('a bug')\n"
RETURNS = OWNER  # forgets to stop
EXITS_HARD = OWNER + "import os\nos._exit(3)\n"
WORK = """
import asyncio, asyncpg
async def work():
    connection = await asyncpg.connect(server.urls.owner.replace("+asyncpg", ""))
    await connection.execute("DROP TABLE IF EXISTS taking; CREATE TABLE taking (kopecks int)")
    await connection.execute("INSERT INTO taking VALUES (450000)")
    await connection.execute("BEGIN; INSERT INTO taking VALUES (1)")
    print("busy", flush=True)
    await asyncio.sleep(600)
asyncio.run(work())
"""
IN_A_POOL = OWNER + "import threading\nthreading.Thread(target=lambda: None).start()\n" + SLEEPS


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSEGV])
def test_application_dies_by_signal(state: Path, sign: signal.Signals) -> None:
    """No handler ran, nobody stopped the server: it shuts down by itself and leaves clean data."""
    with application(WAITS, state) as app:
        ownership, pid = said(app)
        assert ownership == "owned"
        app.send_signal(sign)
        app.wait(PATIENCE_SECONDS)
        until(lambda: gone(int(pid)), "the server ends")
    assert cluster_state(state) == "shut down"


@pytest.mark.parametrize("script", [RAISES, RETURNS, EXITS_HARD], ids=["raises", "forgets to stop", "exits hard"])
def test_application_ends_without_stopping(state: Path, script: str) -> None:
    """An exception, a forgotten stop, an abrupt exit: the server ends as cleanly."""
    with application(script, state) as app:
        _, pid = said(app)
        app.wait(PATIENCE_SECONDS)
        until(lambda: gone(int(pid)), "the server ends")
    assert cluster_state(state) == "shut down"


def test_ignored_interrupt_is_not_inherited(state: Path) -> None:
    """Started by `nohup` or in the background of a script, where SIGINT is ignored, the server ends all the same."""
    ignoring = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    with application(ignoring + WAITS, state) as app:
        _, pid = said(app)
        app.kill()
        app.wait(PATIENCE_SECONDS)
        until(lambda: gone(int(pid)), "the server ends")
    assert cluster_state(state) == "shut down"


def test_death_with_an_open_transaction(state: Path) -> None:
    """Work in progress is rolled back; what was committed is there at the next start."""
    with application(OWNER + WORK, state) as app:
        said(app)
        assert said(app) == ["busy"]
        app.kill()
        app.wait(PATIENCE_SECONDS)
    server = postgres.start(state, durable=False)
    assert value(server.urls.owner, "SELECT sum(kopecks) FROM taking") == 450000
    postgres.stop(server)


def test_end_of_another_thread_is_no_death(state: Path) -> None:
    """The server hangs on the main thread, not on whichever thread ends first."""
    with application(IN_A_POOL, state) as app:
        _, pid = said(app)
        urls = postgres.running(state)
        assert urls is not None
        assert value(urls.app, "SELECT 1") == 1
        assert not gone(int(pid))


def test_restart_right_after_a_kill(state: Path) -> None:
    """A start that meets the shutdown of a killed application's server waits for it and then owns a new one."""
    with application(WAITS, state) as first:
        said(first)
        first.kill()
        with application(WAITS, state) as second:
            assert said(second)[0] == "owned"


def test_one_who_attached_takes_over(state: Path) -> None:
    """When the owner is gone, a command that had attached to its server starts its own."""
    with application(WAITS, state) as owner:
        said(owner)
        assert not postgres.start(state).owned
        owner.kill()
        owner.wait(PATIENCE_SECONDS)
        until(lambda: postgres.running(state) is None, "the server ends")
    server = postgres.start(state, durable=False)
    assert server.owned
    postgres.stop(server)


def test_ctrl_c_reaches_the_application_first(state: Path) -> None:
    """Ctrl+C hits the whole process group; the server still answers while the application drains, then is stopped."""
    with application(DRAINS_ON_CTRL_C, state) as app:
        said(app)
        os.killpg(app.pid, signal.SIGINT)
        assert said(app) == ["drained", "42"]
        assert said(app) == ["stopped"]
        assert app.wait(PATIENCE_SECONDS) == 0
    assert cluster_state(state) == "shut down"


def test_death_while_the_cluster_is_made(place: Path) -> None:
    """Killed in the middle of the very first start, the application leaves nothing that hinders the second."""
    state = place / "state"
    with application(WAITS, state) as app:
        until(lambda: any(state.glob("pg.new-*/PG_VERSION")), "initdb is at work")
        app.kill()
        app.wait(PATIENCE_SECONDS)
    server = postgres.start(state, durable=False)
    assert value(server.urls.app, "SELECT current_user") == "checkout_app"
    postgres.stop(server)
    assert not list(state.glob("pg.new-*"))


def test_stuck_server_is_stopped_all_the_same(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not follow the polite request in time is stopped without asking again."""
    monkeypatch.setattr(postgres, "WAIT_FOR_STOP_SECONDS", 0.2)
    server = postgres.start(state, durable=False)
    assert server.child is not None
    server.child.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    postgres.stop(server)
    assert server.child.poll() is not None
    assert time.monotonic() - begin < 10
    value_after = postgres.start(state, durable=False)
    assert value(value_after.urls.app, "SELECT 1") == 1
    postgres.stop(value_after)
