"""An installation of one's own for a module of command tests, and how its commands are run."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.setting import ENVIRONMENT, free_port

ROOT: Final = Path(__file__).parent.parent.parent
CHECKOUT: Final = Path(sys.executable).parent / "checkout"


@contextlib.contextmanager
def installation() -> Iterator[dict[str, str]]:
    """The environment of a fresh one, whose bank is nobody yet."""
    folder = Path(tempfile.mkdtemp(prefix="cli-"))
    folder.chmod(0o711)
    bank = f"http://127.0.0.1:{free_port()}/payment/rest/"
    yield {
        **os.environ,
        **ENVIRONMENT,
        "CHECKOUT_STATE": str(folder / "state"),
        "CHECKOUT_DURABLE": "0",
        "CHECKOUT_BANK_URL": bank,
    }
    shutil.rmtree(folder, ignore_errors=True)


def run(environment: dict[str, str], *arguments: str | Path, fails: bool = False) -> str:
    """What the command printed; its exit code is as expected."""
    code, said = ended(environment, *arguments)
    assert (code != 0) == fails, said
    return said


def ended(environment: dict[str, str], *arguments: str | Path, typed: str = "") -> tuple[int, str]:
    """How the command ended, and what it printed; `typed`: its standard input."""
    done = subprocess.run(  # noqa: S603 - our own command
        [CHECKOUT, *arguments],
        env=environment,
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
