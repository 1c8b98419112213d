"""The console command's light first step: the embedded server starts while the rest is still being imported.

A cold start then costs the longer of the two, not their sum. The server must be started by the main thread (it ends with
its thread), so it is the imports that go to another one.
"""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path

from checkout import postgres


def early_state(arguments: list[str]) -> Path | None:
    """The folder of the server that a plain `demo` will surely need; every other command decides for itself."""
    if arguments[:1] != ["demo"] or not set(arguments[1:]).isdisjoint({"--check", "--reset", "--help"}):
        return None
    return postgres.state_folder() / "demo" / "db"


def main() -> None:
    """`checkout …`; the same as `python -m checkout …`. The sandbox is a bank, and loads nothing of the service."""
    if sys.argv[1:2] == ["sandbox"]:
        importlib.import_module("checkout.commands.sandbox").main(sys.argv[2:])
        return
    imports = threading.Thread(target=importlib.import_module, args=("checkout.__main__",), daemon=True)
    imports.start()
    server = None
    state = early_state(sys.argv[1:])
    if state is not None:
        try:
            server = postgres.start(state)
        except postgres.PostgresError as problem:
            sys.exit(str(problem))
    imports.join()
    try:
        importlib.import_module("checkout.__main__").main()
    finally:
        if server is not None:
            postgres.stop(server)
