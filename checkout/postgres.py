"""The embedded PostgreSQL as a direct child of the application, and the choice between it and a real server.

A state folder holds one cluster: `pg` the data and the socket, `pgpass` the roles' passwords, `pg.log`, and two lock
files. `start.lock` lets one process at a time start the server. `server.lock` is open and locked in every program of
the server and all its workers: whoever gets it knows that nothing of an earlier one lives, whatever `postmaster.pid` says.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checkout.postgres_child import LINUX, Account, PostgresError, account_for, here, last_words, spawn
from checkout.postgres_cluster import ensure_cluster
from checkout.postgres_files import Programs, programs_for
from checkout.postgres_socket import SOCKET, Urls, running, says_ready, socket_folder, urls_of
from checkout.postgres_url import normalise

__all__ = ["PostgresError", "Server", "Urls", "choose", "normalise", "running", "start", "state_folder", "stop"]

ROOT_STATE = Path("/var/lib")
LARGEST_LOG = 10_000_000  # bytes
WAIT_FOR_OTHERS_SECONDS = 60.0  # another process starts a server, or a killed application's server shuts down
WAIT_FOR_READY_SECONDS = 120.0  # long enough for recovery after a crash
WAIT_FOR_STOP_SECONDS = 20.0
POLL_SECONDS = 0.005
SETTINGS = ("jit=off", "logging_collector=off", "timezone=UTC", "log_timezone=UTC", "cluster_name=clinic-checkout")
THROW_AWAY = ("fsync=off", "full_page_writes=off")  # not synchronous_commit: a commit still outlives a killed server


@dataclass(frozen=True, slots=True)
class Server:
    """A database to talk to; `owned` when this process started it and has to `stop` it."""

    urls: Urls
    state: Path
    owned: bool
    embedded: bool
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False, compare=False)


def choose(env: Mapping[str, str], *, production: bool, allow_embedded: bool, state: Path) -> Server:
    """The database to use: `DATABASE_URL` (and `DATABASE_OWNER_URL` for migrations), else the embedded server.

    Without `DATABASE_OWNER_URL` the owner is the same role as the application. `CHECKOUT_DURABLE=0` makes an embedded
    server fast and forgetful, for tests. Raises PostgresError, also for the embedded server in production unless
    `allow_embedded`.
    """
    app, owner = env.get("DATABASE_URL", ""), env.get("DATABASE_OWNER_URL", "")
    if app:
        return Server(Urls(normalise(app), normalise(owner or app)), state, owned=False, embedded=False)
    if owner:
        raise PostgresError("DATABASE_OWNER_URL is set but DATABASE_URL is not: set both or neither.")
    if production and not allow_embedded:
        raise PostgresError(
            "The embedded database is not meant for production: set DATABASE_URL (and DATABASE_OWNER_URL to migrate), "
            "or allow the embedded one explicitly."
        )
    return start(state, durable=production or env.get("CHECKOUT_DURABLE") != "0")


def state_folder(name: str = "clinic-checkout") -> Path:
    """Where the embedded server lives: `CHECKOUT_STATE`; for root `/var/lib/<name>`, else the XDG data folder.

    A user without a home that can be written, such as a container's bare number, gets `/var/tmp/<name>-<uid>`.
    """
    if chosen := os.environ.get("CHECKOUT_STATE"):
        return Path(chosen).expanduser().absolute()
    if os.geteuid() == 0:
        return ROOT_STATE / name
    with contextlib.suppress(RuntimeError):  # no HOME and no passwd entry
        xdg = Path(os.environ.get("XDG_DATA_HOME", ""))
        base = xdg if xdg.is_absolute() else Path.home() / ".local" / "share"
        nearest = next(folder for folder in (base, *base.parents) if os.access(folder, os.F_OK))
        if os.access(nearest, os.W_OK | os.X_OK):
            return base / name
    return Path("/var/tmp") / f"{name}-{os.geteuid()}"  # noqa: S108  `_prepare` refuses it when another user made it


def start(state: Path, *, durable: bool = True) -> Server:
    """Attach to the running server of this state folder, else start one that stops when this process ends.

    Call it from the main thread: the server's life hangs on the thread that starts it. `durable=False` is for
    throw-away data: faster, but lost or broken when the machine (not the server) crashes.
    Raises PostgresError.
    """
    if threading.current_thread() is not threading.main_thread():
        raise PostgresError("The embedded server must be started from the main thread: it ends with its thread.")
    state = state.absolute()
    try:
        _prepare(state)
        with _only_one_starts(state):
            return _attach_or_launch(state, durable=durable)
    except OSError as problem:
        raise PostgresError(f"The embedded database in {state} cannot start: {problem}.") from problem


def stop(server: Server) -> None:
    """Stop the server if this process started it: cleanly, and after 20 seconds without asking again."""
    if server.child is None:
        return
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.child.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.child.wait(WAIT_FOR_STOP_SECONDS)
            return


def _prepare(state: Path) -> None:
    """Make the folder, and only then set its mode: as root others may pass through it, to our copy of the programs."""
    if not state.exists():
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if os.geteuid() not in (0, state.stat().st_uid):
        raise PostgresError(f"The folder {state} belongs to another user: set CHECKOUT_STATE to a folder of your own.")


@contextlib.contextmanager
def _only_one_starts(state: Path) -> Iterator[None]:
    deadline = time.monotonic() + WAIT_FOR_OTHERS_SECONDS
    while (lock := _try_lock(state / "start.lock")) is None:
        if time.monotonic() > deadline:
            raise PostgresError(f"Another process has been starting the server in {state} for too long: is it stuck?")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(lock)


def _try_lock(path: Path) -> int | None:
    """The locked file, or None while another process has it; closing the file, or dying, gives the lock back."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _attach_or_launch(state: Path, *, durable: bool) -> Server:
    """Wait until a server of another process is ready (attach) or gone (launch): it may be shutting down right now."""
    deadline = time.monotonic() + WAIT_FOR_OTHERS_SECONDS
    while True:
        if urls := running(state):
            return Server(urls, state, owned=False, embedded=True)
        lock = _try_lock(state / "server.lock")
        if lock is not None:
            try:
                return _launch(state, lock, durable=durable)
            finally:
                os.close(lock)  # from now on only the server holds it
        if time.monotonic() > deadline:
            raise PostgresError(f"An earlier server in {state} neither answers nor ends; see {state / 'pg.log'}.")
        time.sleep(POLL_SECONDS)


def _launch(state: Path, lock: int, *, durable: bool) -> Server:
    data = state / "pg"
    account = account_for(data)
    if account.uid == 0:
        raise PostgresError(f"PostgreSQL never runs as root, but {data} belongs to root: give it to the user nobody.")
    homes = (state, ROOT_STATE / "clinic-checkout") if account.switch else (state,)
    programs = programs_for(account, homes, _major_of(data))
    _forget_dead_server(data)
    urls = urls_of(state, ensure_cluster(state, programs, account, lock, durable=durable))
    log = _open_log(state)
    begin = log.stat().st_size
    child = _spawn_server(state, programs, account, log, lock, durable=durable)
    try:
        _await_ready(child, data, log, begin)
    except BaseException:
        child.send_signal(signal.SIGQUIT)
        child.wait(WAIT_FOR_STOP_SECONDS)
        raise
    return Server(urls, state, owned=True, embedded=True, child=child)


def _spawn_server(
    state: Path, programs: Programs, account: Account, log: Path, lock: int, *, durable: bool
) -> subprocess.Popen[bytes]:
    data = state / "pg"
    sockets = here(data) if LINUX else str(socket_folder(state))
    settings = [part for each in SETTINGS + (() if durable else THROW_AWAY) for part in ("-c", each)]
    command: list[str | Path] = [programs.postgres, "-D", here(data), "-k", sockets, "-h", "", *settings]
    with log.open("ab") as errors:
        return spawn(command, account, data, stderr=errors.fileno(), keep=[lock])


def _await_ready(child: subprocess.Popen[bytes], data: Path, log: Path, begin: int) -> None:
    deadline = time.monotonic() + WAIT_FOR_READY_SECONDS
    while not says_ready(data, child.pid):
        if child.poll() is not None or time.monotonic() > deadline:
            with log.open("rb") as file:
                file.seek(begin)
                said = last_words(file.read().decode(errors="replace"))
            raise PostgresError(f"PostgreSQL did not start: {said} (all of it is in {log}).")
        time.sleep(POLL_SECONDS)


def _open_log(state: Path) -> Path:
    """The log, private to us; the server only inherits it open. A long one becomes `pg.log.1`."""
    log = state / "pg.log"
    log.touch(mode=0o600)
    if log.stat().st_size > LARGEST_LOG:
        log.replace(state / "pg.log.1")
        log.touch(mode=0o600)
    return log


def _major_of(data: Path) -> int | None:
    """The major version that wrote the data; None when there is no data yet."""
    if not data.exists():
        return None
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int((data / "PG_VERSION").read_text())
    raise PostgresError(f"The folder {data} holds no PostgreSQL data: move it away to let a new database be made.")


def _forget_dead_server(data: Path) -> None:
    """Remove the lock files of a server that is gone, which PostgreSQL cannot always tell.

    It takes any process of its user with the noted number for its predecessor: an unreaped child, or a stranger after
    a container's restart. We hold `server.lock`, so only a server that somebody started by hand can still be alive.
    """
    for name in ("postmaster.pid", f"{SOCKET}.lock"):
        with contextlib.suppress(FileNotFoundError):
            words = (data / name).read_text(errors="replace").split()
            if not (words and words[0].lstrip("-").isdigit() and _works_in(abs(int(words[0])), data)):
                (data / name).unlink()


def _works_in(pid: int, data: Path) -> bool:
    """Whether a living process has the data folder for its working directory, as each PostgreSQL has; in doubt yes."""
    try:
        return not LINUX or Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        return True
    except OSError:
        return False
