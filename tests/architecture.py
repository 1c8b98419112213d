"""The drawings in ARCHITECTURE.md, generated from the tables. `python -m tests.architecture` writes them anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Final

from checkout.booking import booking
from checkout.payment import card_check, payment, receipt
from refunds import refund
from refunds.chargebacks import chargeback

DOCUMENT: Final = Path(__file__).parent.parent / "ARCHITECTURE.md"


def drawing(edges: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"    {before} --> {after}: {', '.join(sorted(labels))}" for (before, after), labels in _grouped(edges)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _grouped(edges: Iterable[tuple[str, str, str]]) -> list[tuple[tuple[str, str], set[str]]]:
    found: dict[tuple[str, str], set[str]] = {}
    for before, label, after in edges:
        if before != after:
            found.setdefault((before, after), set()).add(label)
    return list(found.items())


def _commands(machine: ModuleType) -> list[tuple[str, str, str]]:
    return [(str(before), name, str(after)) for (before, name), after in machine.COMMANDS.table.items()]


def _reports(machine: ModuleType) -> list[tuple[str, str, str]]:
    return [(str(belief), str(seen), str(after)) for (belief, seen), (after, _) in machine.GRID.items()]


def drawings() -> dict[str, str]:
    """By the marker that stands around each in the document."""
    return {
        "booking": drawing(_commands(booking)),
        "payment": drawing([*_commands(payment), *_reports(payment)]),
        "card_check": drawing([*_commands(card_check), *_reports(card_check)]),
        "chargeback": drawing(_commands(chargeback)),
        "receipt": drawing(_commands(receipt)),
        "refund": drawing(_commands(refund)),
    }


def written(text: str) -> str:
    """The document with fresh drawings between its markers."""
    for name, picture in drawings().items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}{begin}{picture}\n{end}{after}"
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
