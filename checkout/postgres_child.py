"""Server programs as children: which operating-system user they run as, and how they die with the application.

Drawn once for all of them: a child starts in the data folder and names it `HERE`, so that neither the length of the
path nor a parent folder that the server's user may not enter (a root-only home) matters.
"""

import contextlib
import ctypes
import os
import pwd
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
NOBODY_ID = 65534
SETUP_TIMEOUT_SECONDS = 120.0


class PostgresError(RuntimeError):
    """The database cannot be had; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user of the server; `switch` when we are root and must become it."""

    uid: int
    gid: int
    switch: bool

    @property
    def named(self) -> bool:
        """Whether the user database knows this user: a container started with a bare number has no entry."""
        with contextlib.suppress(KeyError):
            return bool(pwd.getpwuid(self.uid))
        return False


def account_for(data: Path) -> Account:
    """Who runs the server: ourselves; as root the owner of existing data, else `nobody`, as PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    if data.exists():
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid, switch=True)
    with contextlib.suppress(KeyError):
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid, switch=True)
    return Account(NOBODY_ID, NOBODY_ID, switch=True)


def here(folder: Path) -> str:
    """How a child that was started in `folder` names it: by its own working directory where the system can."""
    return "/proc/self/cwd" if LINUX else str(folder)


def spawn(
    command: Sequence[str | Path],
    account: Account,
    folder: Path,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    keep: Sequence[int] = (),
    at_our_death: signal.Signals = signal.SIGINT,
) -> subprocess.Popen[bytes]:
    """Start a program of the server in `folder`, in a session of its own: Ctrl+C must reach the application alone.

    Raises OSError when the account may not run it. Call from the main thread only, see `_die_with`.
    """
    try:
        return subprocess.Popen(  # noqa: S603  our own server programs, without a shell
            command,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=keep,
            start_new_session=True,
            user=account.uid if account.switch else None,
            group=account.gid if account.switch else None,
            extra_groups=[] if account.switch else None,
            preexec_fn=_die_with(os.getpid(), at_our_death),  # noqa: PLW1509  one system call bound before the fork; PDEATHSIG has no other door
        )
    except subprocess.SubprocessError as problem:
        raise PostgresError(f"{command[0]} could not be started as user {account.uid}: {problem}.") from problem


def _die_with(parent: int, sign: signal.Signals) -> Callable[[], None]:
    """What the child does before it becomes the program: ask the kernel for a signal at its parent's death.

    SIGINT is PostgreSQL's fast, clean shutdown. Python runs this after the change of user, which is needed: the
    change would clear the request. The kernel's "parent" is the *thread* that forked, hence the main-thread rule.
    Elsewhere than on Linux there is no such call: there a killed application leaves its server running, and the next
    start attaches to it.
    """
    prctl = ctypes.CDLL(None).prctl if LINUX else None

    def arrange() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # `nohup` and `&` hand on an ignored SIGINT
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, int(sign))
            if os.getppid() != parent:  # it died between the fork and the request
                os._exit(1)

    return arrange


def run(command: Sequence[str | Path], account: Account, folder: Path, lock: int, *, script: str = "") -> None:
    """Run a program to its end with `script` as its input; it holds the locked file `lock` open while it lives.

    Raises PostgresError with the program's own last words when it fails or takes longer than two minutes.
    """
    pipe = subprocess.PIPE
    child = spawn(
        command,
        account,
        folder,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.STDOUT,
        keep=[lock],
        at_our_death=signal.SIGKILL,  # half a cluster is of no use to anybody, and initdb is slow to give up
    )
    with child:
        try:
            output, _ = child.communicate(script.encode(), timeout=SETUP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise PostgresError(f"{command[0]} took longer than {SETUP_TIMEOUT_SECONDS:.0f} s.") from None
        finally:
            child.kill()
    if child.returncode != 0:
        raise PostgresError(f"{Path(command[0]).name} failed: {last_words(output.decode(errors='replace'))}.")


def last_words(log: str) -> str:
    """The line of a server's output that tells most: the last one that names an error, else the last one."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "ERROR:", "error:"))]
    line = (errors or lines or ["it said nothing"])[-1]
    return re.sub(r"^.*?(?=(FATAL|PANIC|ERROR):)", "", line).rstrip(".")
