"""The documents are true of the code."""

import re
import shlex
from pathlib import Path

from typer.main import get_command

from checkout.__main__ import app
from checkout.ground.errors import Refusal
from checkout.parts import INVARIANTS
from checkout.web.texts import REFUSALS
from tests.architecture import DOCUMENT, written

ROOT = Path(__file__).parent.parent.parent
# A refusal is raised by name, or its code is handed on by the gate and by the frame around the application.
RAISED = re.compile(
    r"(?:Conflict|Invalid|Missing|Forbidden|Unavailable|PlaceTaken|_Bad|_too_many|_fault|fault_page)"
    r"\((?:\d+, |request, \d+, |tx, service, )?\s*\"(\w+)\""
)
CHOSEN = re.compile(r'Unavailable\("(\w+)" if [^)]* else "(\w+)"')
NAMED = re.compile(r'\bnamed\(\w+, .+, "(\w+)"\)')


def test_the_drawings_are_generated_from_the_tables() -> None:
    """ARCHITECTURE.md shows the state machines that run (`python -m tests.architecture` writes them)."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert written(text) == text


def test_every_refusal_code_has_its_words_and_no_words_are_left_over() -> None:
    """What the program raises is what the table explains, in both languages."""
    source = "\n".join(
        path.read_text(encoding="utf-8") for folder in ("checkout", "refunds") for path in (ROOT / folder).rglob("*.py")
    )
    raised = {*RAISED.findall(source), *NAMED.findall(source)} | {
        code for pair in CHOSEN.findall(source) for code in pair
    }
    assert raised <= set(REFUSALS)
    unused = {code for code in REFUSALS if f'"{code}"' not in source.replace(f'"{code}": Text', "")}
    assert not unused
    assert all(words.ru and words.en and words.ru != words.en for words in REFUSALS.values())
    assert Refusal.__subclasses__()


def test_the_readme_counts_the_invariants() -> None:
    """The figure in README and CHANGELOG is the figure of the code."""
    for name in ("README.md", "CHANGELOG.md"):
        assert f"{len(INVARIANTS)} invariants" in (ROOT / name).read_text(encoding="utf-8")


def test_the_commands_of_the_readme_are_understood() -> None:
    """Each line that begins with `checkout` in a block to be typed: its command, arguments and options exist."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("checkout ")]
    assert len(lines) > 10
    for line in lines:
        _, *words = shlex.split(line.removesuffix("&"), comments=True)
        command = get_command(app)
        while commands := getattr(command, "commands", None):
            command = commands[words.pop(0)]
        command.make_context("checkout", words)
