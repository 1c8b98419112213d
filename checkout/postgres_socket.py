"""How a running embedded server is recognised and addressed, by its owner and by every other process."""

import contextlib
import hashlib
import os
import re
import socket
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from checkout.postgres_child import PostgresError
from checkout.postgres_cluster import APP, DATABASE, OWNER, Secrets, read_secrets

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # bytes, the kernel's limit
PROTOCOL_3 = 3 << 16
ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Urls:
    """SQLAlchemy URLs for asyncpg: `app` runs the service, `owner` migrates. They hold passwords: never print them."""

    app: str = field(repr=False)
    owner: str = field(repr=False)


def running(state: Path) -> Urls | None:
    """The URLs of the server of this state folder if it accepts connections now, whoever started it."""
    if not (says_ready(state / "pg") and _welcomes(state)):
        return None
    words = read_secrets(state)
    return urls_of(state, words) if words else None


def urls_of(state: Path, words: Secrets) -> Urls:
    """The port is spelled out because a stray PGPORT of the environment would win over a silent default."""
    where = f"/{DATABASE}?host={quote(str(socket_folder(state)))}&port=5432"
    scheme = "postgresql+asyncpg://"
    return Urls(app=f"{scheme}{APP}:{words.app}@{where}", owner=f"{scheme}{OWNER}:{words.owner}@{where}")


def socket_folder(state: Path) -> Path:
    """The data folder as clients reach its socket: by a short link when its own path is too long or too odd for a URL.

    Each process makes and checks the link for itself, so nothing is lost when temporary files are cleaned.
    Raises PostgresError when something else sits on the link's name, or the link would be too long as well.
    """
    data = state.absolute() / "pg"
    if _short(data) and re.fullmatch(r"[\w/ .@+~-]+", str(data)):
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    link = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"clinic-checkout-{os.geteuid()}-{digest}"
    if not _short(link):
        raise PostgresError(f"No short path to {data}: set CHECKOUT_STATE or TMPDIR to a folder with a shorter name.")
    with contextlib.suppress(FileExistsError):
        link.symlink_to(data)
    if link.lstat().st_uid not in (0, os.geteuid()) or not link.is_symlink() or link.readlink() != data:
        raise PostgresError(f"{link} is in the way: it should be our short link to {data}.")
    return link


def _short(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= LONGEST_SOCKET_PATH


def says_ready(data: Path, pid: int | None = None) -> bool:
    """Whether `postmaster.pid` is complete, says ready and (if given) was written by `pid`; half a file is not."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return [line.strip() for line in lines[7:8]] == ["ready"] and (pid is None or lines[0] == str(pid))


def _welcomes(state: Path) -> bool:
    """Whether the server asks who we are (`R`) instead of an error (`E`), which it sends once it is shutting down.

    After the owner's death it is listening a moment longer, and its lock file still says ready.
    """
    words = b"user\0%b\0database\0%b\0\0" % (APP.encode(), DATABASE.encode())
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.settimeout(ANSWER_SECONDS)
        probe.connect(str(socket_folder(state) / SOCKET))
        probe.sendall(struct.pack("!II", 8 + len(words), PROTOCOL_3) + words)
        return probe.recv(1) == b"R"
    return False
