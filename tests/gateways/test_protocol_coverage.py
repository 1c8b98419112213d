"""How much of the bank's protocol the client and the sandbox handle, name by name; each gap has a reason or is closed.

A method is handled by the client if a bank's profile has a path for it, by the sandbox if it answers over HTTP. A field
is handled if the side's code spells it: in a text that is no docstring, or as the name of a field of a model. That cannot
tell two fields of one name apart; what they mean is tried by the tests of each method.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final
from urllib.parse import urljoin

import aiohttp
import pytest
from pydantic import BaseModel

import gateways.sandbox
import gateways.sberbank
from gateways import sandbox
from gateways.sberbank.banks import BANKS
from tests.setting import PATHS

TABLE: Final = tomllib.loads(Path(__file__).with_name("protocol.toml").read_text(encoding="utf-8"))
METHODS: Final[dict[str, list[str]]] = {dialect: names.split() for dialect, names in TABLE["methods"].items()}
FIELDS: Final[dict[str, list[str]]] = {group: names.split() for group, names in TABLE["fields"].items()}
SIDES: Final = ("client", "sandbox")


@dataclass(frozen=True, slots=True)
class Gap:
    """Names that a side leaves out, and why."""

    side: str
    why: str
    names: frozenset[str]


GAPS: Final = [Gap(row["side"], row["why"], frozenset(row["names"].split())) for row in TABLE["gap"]]


def reasoned(side: str) -> frozenset[str]:
    return frozenset(name for gap in GAPS if gap.side == side for name in gap.names)


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """The package and everything in it, but for what runs when it is imported."""
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


@cache
def spelt(package: ModuleType) -> frozenset[str]:
    """Every word that the code of a package spells: texts in it that are no docstrings, and the names of models' fields."""
    words: set[str] = set()
    for module in modules(package):
        words |= _texts(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8")))
        words |= {name for model in _models(module) for name in _aliases(model)}
    return frozenset(words)


def _texts(tree: ast.Module) -> set[str]:
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements
    }


def _models(module: ModuleType) -> list[type[BaseModel]]:
    return [found for found in vars(module).values() if isinstance(found, type) and issubclass(found, BaseModel)]


def _aliases(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def asked_by_client() -> set[str]:
    """The methods that some bank's profile has a path for, from the address of its dialect."""
    paths = {path for profile in BANKS.values() for path in profile.paths.values()}
    whole = {urljoin(PATHS[kind], path).lower() for kind in PATHS for path in paths}
    return {method for names in METHODS.values() for method in names if method.lower() in whole}


async def answered_by_sandbox() -> set[str]:
    """The methods that the sandbox has, tried over HTTP: what it lacks is 404, and what it has is anything else."""
    runner = await sandbox.start(sandbox.make_app(bank := sandbox.Bank()), 0)
    found = set()
    try:
        async with aiohttp.ClientSession(bank.base_url) as session:
            for method in (name for names in METHODS.values() for name in names):
                kind = (
                    {"json": {"userName": "nobody"}} if method in METHODS["ecom"] else {"data": {"userName": "nobody"}}
                )
                async with session.post(method, allow_redirects=False, **kind) as answer:  # type: ignore[arg-type]
                    found |= {method} if answer.status not in {404, 405} else set()
    finally:
        await runner.cleanup()
    return found


def test_the_table_is_a_table() -> None:
    """No name twice in a group, no gap without a reason or for a name that is not listed, none reasoned twice."""
    known = {name for names in (*METHODS.values(), *FIELDS.values()) for name in names}
    for names in (*METHODS.values(), *FIELDS.values()):
        assert not [name for name, times in Counter(names).items() if times > 1]
    for side in SIDES:
        times = Counter(name for gap in GAPS if gap.side == side for name in gap.names)
        assert not [name for name, count in times.items() if count > 1]
    assert all(gap.side in SIDES and len(gap.why) > 20 and gap.names <= known for gap in GAPS)


async def test_every_method_is_handled_or_reasoned_away(tell: list[str]) -> None:
    """Of each method: the client asks for it, the sandbox answers it, or the table says why not; and never both."""
    every = {name for names in METHODS.values() for name in names}
    handled = {"client": asked_by_client(), "sandbox": await answered_by_sandbox()}
    tell += [f"protocol: {side} handles {len(handled[side])} of {len(every)} methods" for side in SIDES]
    assert {side: sorted(every - handled[side] - reasoned(side)) for side in SIDES} == {side: [] for side in SIDES}
    assert {side: sorted(handled[side] & reasoned(side)) for side in SIDES} == {side: [] for side in SIDES}


@pytest.mark.parametrize("side", SIDES)
def test_every_field_is_handled_or_reasoned_away(side: str, tell: list[str]) -> None:
    """Of each field: the side's code spells it, or the table says why not; and never both."""
    words = spelt(gateways.sberbank if side == "client" else gateways.sandbox)
    every = {name for names in FIELDS.values() for name in names}
    missing = every - words
    tell.append(f"protocol: {side} spells {len(every) - len(missing)} of {len(every)} fields")
    tell += [f"  leaves out {', '.join(sorted(gap.names))}: {gap.why}" for gap in GAPS if gap.side == side]
    assert sorted(missing - reasoned(side)) == []
    assert sorted(reasoned(side) & every & words) == []
