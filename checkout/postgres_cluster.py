"""A new data folder: initdb, the roles, their secrets. It appears complete under its name or not at all.

Roles: the superuser `postgres` has no password and no way in from outside; it only creates the two others.
`checkout_owner` owns the database and migrates it; `checkout_app` runs the service.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from checkout.postgres_child import Account, here, run
from checkout.postgres_files import Programs

DATABASE = "checkout"
OWNER = "checkout_owner"
APP = "checkout_app"
FIRST_WITH_BUILTIN_LOCALE = 17
FIRST_WITH_SCRAM_ITERATIONS = 16


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of the two roles: random, so that they cost an attacker 2^256 tries however cheap one try is."""

    owner: str
    app: str


def read_secrets(state: Path) -> Secrets | None:
    """The passwords from `<state>/pgpass`, which psql understands as well (PGPASSFILE); None when they are lost."""
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        words = dict(line.split(":")[3:5] for line in (state / "pgpass").read_text().splitlines())
        return Secrets(owner=words[OWNER], app=words[APP])
    return None


def ensure_cluster(state: Path, programs: Programs, account: Account, lock: int, *, durable: bool) -> Secrets:
    """Make `<state>/pg` unless it is there, and return the passwords of its roles.

    Passwords that were lost (a backup of the data alone) are replaced. Every program holds `lock` open, so the next
    start waits even for one that outlives a killed application. Raises PostgresError or OSError.
    """
    for leftover in state.glob("pg.new-*"):
        shutil.rmtree(leftover)
    data, known = state / "pg", read_secrets(state)
    fresh = known or Secrets(owner=secrets.token_hex(32), app=secrets.token_hex(32))
    if not data.exists():
        _write_secrets(state, fresh)
        _create(state, programs, account, lock, _roles(fresh, durable=durable), durable=durable)
    elif known is None:
        _alone(
            programs, account, data, lock, [_password("ALTER", OWNER, fresh.owner), _password("ALTER", APP, fresh.app)]
        )
        _write_secrets(state, fresh)
    return fresh


def _write_secrets(state: Path, words: Secrets) -> None:
    handle, name = tempfile.mkstemp(prefix="pgpass.new-", dir=state)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(f"*:*:*:{OWNER}:{words.owner}\n*:*:*:{APP}:{words.app}\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(state / "pgpass")


def _create(state: Path, programs: Programs, account: Account, lock: int, roles: list[str], *, durable: bool) -> None:
    fresh = Path(tempfile.mkdtemp(prefix="pg.new-", dir=state))  # mode 0700
    try:
        if account.switch:
            os.chown(fresh, account.uid, account.gid)
        run([programs.initdb, *_initdb_options(fresh, programs.major)], account, fresh, lock)
        databases = DATABASE if durable else "all"
        (fresh / "pg_hba.conf").write_text(f"local {databases} {OWNER},{APP} scram-sha-256\n")
        _alone(programs, account, fresh, lock, roles, "-F")  # nothing to lose yet: flushed as a whole below
        if durable:
            run([programs.initdb, "--sync-only", "-D", here(fresh)], account, fresh, lock)
        fresh.rename(state / "pg")
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if durable:
        _sync_folder(state)


def _initdb_options(data: Path, major: int) -> list[str]:
    """UTF-8 under the locale C.UTF-8 whatever the machine speaks: it knows Russian letters and sorts by code.

    Nothing is flushed yet: `_create` does it once, after the roles.
    """
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    locale = builtin if major >= FIRST_WITH_BUILTIN_LOCALE else ["--locale=C.UTF-8"]
    common = ["--username=postgres", "--auth=peer", "--encoding=UTF8", "--data-checksums", "--no-sync"]
    return ["-D", here(data), *common, "--no-instructions", *locale]


def _roles(words: Secrets, *, durable: bool) -> list[str]:
    """The statements that turn a fresh cluster into ours.

    The empty database `postgres` is renamed rather than a new one made: that saves a copy. Throw-away clusters let the
    owner make further databases, for tests that want one each.
    """
    return [
        _password("CREATE", OWNER, words.owner),
        _password("CREATE", APP, words.app),
        f"ALTER ROLE {OWNER} {'NOCREATEDB' if durable else 'CREATEDB'}",
        f"ALTER DATABASE postgres RENAME TO {DATABASE}",
        f"ALTER DATABASE {DATABASE} OWNER TO {OWNER}",
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}",
    ]


def _password(verb: str, role: str, word: str) -> str:
    return f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION PASSWORD '{word}'"


def _alone(programs: Programs, account: Account, data: Path, lock: int, statements: list[str], *flags: str) -> None:
    """Run statements as superuser in single-user mode: faster than a connection, and no door stands open for it."""
    options = [*flags, "-c", "exit_on_error=true", "-c", "log_checkpoints=off"]
    if programs.major >= FIRST_WITH_SCRAM_ITERATIONS:
        options += ["-c", "scram_iterations=1"]  # stretching protects weak passwords; it would cost 4 ms a connection
    script = "".join(f"{statement}\n" for statement in statements)
    run([programs.postgres, "--single", "-D", here(data), *options, "template1"], account, data, lock, script=script)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
