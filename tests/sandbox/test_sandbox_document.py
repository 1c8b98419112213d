"""`docs/sandbox.md` is true: its commands run, its tables are the program's own."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
from pathlib import Path
from typing import Final

import yaml

from gateways.sandbox import Bank, Dialect, make_app, merchants_file, start
from gateways.sandbox.dramas import DRAMAS
from gateways.sandbox.faults import API_FAULTS, CALLBACK_FAULTS, PAGE_FAULTS
from gateways.sandbox.greeting import greeting
from tests.sandbox.rehearsal import PREFIXES

DOCUMENT: Final = Path(__file__).parent.parent.parent / "docs" / "sandbox.md"
TEXT: Final = DOCUMENT.read_text(encoding="utf-8")
WRITTEN: Final = "http://127.0.0.1:8090"
BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN: Final = {
    "sh": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "js": ["node", "--input-type=module", "-e"],
}
ROW: Final = re.compile(r"^\| (.+) \|$", re.MULTILINE)


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def table(title: str, header: str) -> list[list[str]]:
    """The rows below a header, cell by cell."""
    body = section(title).partition(f"| {header} |\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in row.split(" | ")] for row in ROW.findall(body)]


async def test_every_command_of_the_page_runs() -> None:
    """In the order in which they stand, against one bank."""
    bank = Bank()
    runner = await start(make_app(bank), 0)
    ran = []
    try:
        for kind, block in BLOCK.findall(TEXT):
            if kind not in RUN:
                continue
            process = await asyncio.create_subprocess_exec(
                *RUN[kind],
                block.replace(WRITTEN, bank.base_url),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await process.communicate()
            assert process.returncode == 0, f"{block}\n{said.decode()}"
            ran.append(kind)
    finally:
        await runner.cleanup()
    assert set(ran) == RUN.keys()


def test_the_greeting_is_what_the_bank_says() -> None:
    """Line by line, up to where the page leaves off."""
    (console,) = [block for kind, block in BLOCK.findall(TEXT) if kind == "console"]
    shown = [line for line in console.splitlines()[1:] if line.strip() != "…"]
    assert greeting(Bank(base_url=WRITTEN)).splitlines()[: len(shown)] == shown


def test_the_file_of_merchants_can_be_read(tmp_path: Path) -> None:
    """As it stands, in YAML."""
    (written,) = [block for kind, block in BLOCK.findall(TEXT) if kind == "yaml"]
    path = tmp_path / "shops.yaml"
    path.write_text(written, encoding="utf-8")
    (merchant,) = merchants_file.read(path)
    assert merchant.login == yaml.safe_load(written)["merchants"][0]["login"]


def test_the_dramas_are_all_named() -> None:
    """Each with what it is played over."""
    told = {name.strip("`"): over for name, over, _ in table("Dramas", "Drama | Over | What happens")}
    assert told == {drama.name: drama.needs.value for drama in DRAMAS}


def test_the_faults_are_all_named() -> None:
    """Those of calls in the table, those of callbacks and pages in the sentence below it."""
    of_calls = {
        name for names, _ in table("Controls", "Of calls | The bank …") for name in re.findall(r"`(\w+)`", names)
    }
    sentence = re.search(r"^Of callbacks: (.+)\. Of pages: (.+)\.$", section("Controls"), re.MULTILINE)
    assert sentence is not None
    of_callbacks, of_pages = (set(re.findall(r"`(\w+)`", part)) for part in sentence.groups())
    assert [of_calls, of_callbacks, of_pages] == [
        {str(fault) for fault in faults} for faults in (API_FAULTS, CALLBACK_FAULTS, PAGE_FAULTS)
    ]


def test_every_fact_has_its_evidence_and_its_place() -> None:
    """Marks are explained above; the place is a module of the sandbox and a name in it."""
    marks = {mark for mark, _ in table("Facts, and what they rest on", "Mark | Evidence")}
    facts = table("Facts, and what they rest on", "Fact | Mark | Where")
    assert len(facts) > 30
    for fact, evidence, place in facts:
        assert set(evidence.split(", ")) <= marks, fact
        module, name = place.strip("`").split(".")
        assert hasattr(importlib.import_module(f"gateways.sandbox.{module}"), name), fact
    assert {mark for _, evidence, _ in facts for mark in evidence.split(", ")} == marks


def test_both_dialects_are_shown() -> None:
    """Their addresses stand on the page."""
    assert set(PREFIXES) == set(Dialect)
    assert all(f"{WRITTEN}{prefix}" in TEXT for prefix in PREFIXES.values())
