"""Every action that the code can write into the audit, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import checkout
import refunds
from checkout.parts import PARTS
from checkout.till.till import Kind
from refunds.chargebacks.chargeback import PRESSED

ACTION: Final = re.compile(r"[a-z_]+\.[a-z_]+")
# Who asks about a right writes nothing; nor does who declares one. What routes ask for is read from the routes.
READERS: Final = {"may", "where", "covers", "op", "screen", "_union", "able", "fault_page"}
# What an assembled action may become.
ASSEMBLED: Final = {
    "cash.{movement.kind}": {f"cash.{kind}" for kind in (Kind.PAID_IN, Kind.PAID_OUT)},
    "cash.{state}": {"cash.accepted", "cash.withdrawn"},
    "day_off.{state}": {"day_off.approved", "day_off.withdrawn"},
    "staff.{purpose}": {"staff.recovery", "staff.invitation"},
    "chargeback.{command}": {f"chargeback.{command}" for command in (*PRESSED, "return")},
    "refund.{command}": {f"refund.{command}" for command in ("approve", "reject", "cancel", "retry")},
}


def _trees() -> Iterator[ast.Module]:
    for package in (checkout, refunds):
        for path in Path(package.__file__ or "").parent.rglob("*.py"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _writers(trees: list[ast.Module]) -> set[str]:
    """Functions that take an action, `audit` itself among them."""
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)}
            found |= {node.name} if "action" in names else set()
    return found - READERS


def _said(value: ast.expr) -> Iterator[str]:
    """The actions in an argument: as they stand there, chosen between two, or assembled."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and ACTION.fullmatch(value.value):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*_said(value.body), *_said(value.orelse))
    elif isinstance(value, ast.JoinedStr) and re.match(r"f[\"'][a-z_]+\.\{", ast.unparse(value)):
        yield from ASSEMBLED[ast.unparse(value)[2:-1]]


def actions() -> set[str]:
    """Raises KeyError for one that is assembled in a way nobody has written down here."""
    trees = list(_trees())
    writers = _writers(trees)
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) in writers]
    said = {
        one for call in calls for value in (*call.args, *(each.value for each in call.keywords)) for one in _said(value)
    }
    asked = [entry.action for room in PARTS.rooms for entry in room.ops]
    asked += [entry.action or ("session",) for room in PARTS.rooms for entry in room.screens]
    return said | {actions_[0] for actions_ in asked if actions_}
