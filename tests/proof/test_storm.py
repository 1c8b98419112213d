"""A thousand histories of payers, staff, workers, a bank and bad weather; after each of them the books must be right.

Every history is one seed: who acts, what fails, and in which order. One that failed is played again, told step by step:

    python -m pytest tests/proof/test_storm.py --seed 4711 -s

More of them, or others:

    python -m pytest tests/proof/test_storm.py --histories=100000 --first-seed=1000000

The files beside this one: `schedule` (turns and time), `ports` (the database and the bank, with their faults), `stage`
(one history's world), `offer` (what its merchant offers), `payers`, `pages`, `phones`, `wallets`, `printer`, `disputes`,
`second_thoughts`, `staff` and `reception` (the actors), `history` (storm, calm, reckoning), `reckoning` (our books against
the bank's journal), `batch` (many histories in one process). That the storm would see a hole is shown by `test_canaries`
with `guards`; what it once found stands in `test_found`.
"Replayable" means the same decisions from the same number: ids are random, so the rows are not equal byte by byte.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from checkout.postgres import Server, Urls
from gateways.sandbox.faults import API_FAULTS, CALLBACK_FAULTS
from tests.proof.batch import Job, Summary, added, alone
from tests.proof.conftest import option
from tests.proof.ports import GHOST, Trouble
from tests.proof.stage import Hall, make_database

ROOT: Final = Path(__file__).parent.parent.parent
ENOUGH: Final = 500  # histories after which each kind of trouble must have struck
KINDS: Final = (
    *(f"{kind} callback" for kind in sorted(CALLBACK_FAULTS)),
    *(f"{kind} database" for kind in Trouble),
    *sorted(API_FAULTS),
    GHOST,
    "changed_mind order",
    "crash process",
    "freeze process",
)
# What a storm that deserves its name brings about; `refund: card surplus done` is money that came twice.
ENDINGS: Final = (
    "bank: held",
    "bank: released",
    "payment: card captured",
    "payment: card declined",
    "payment: card lapsed",
    "payment: cash captured",
    "refund: card person done",
    "refund: card late_money done",
    "refund: card called_off done",
    "refund: card surplus done",
    "refund: cash person done",
    "callback: forged",
    "callback: duplicate",
    "move: done",
    "call off at once: done",
    "return: done",
    "extend: done",
    "guest: done",
    "given: done",
    "no_show: done",
    "way: sbp",
    "way: sberpay",
    "sbp: accepted late",
    "sbp: refused",
    "sbp: too late",
    "leave the code: done",
    "back to a code: done",
    "card: paid again",
    "card: stands",
    "card: removed by payer",
    "card: removed by bank",
    "card: removed by erasure",
    "receipt: payment ready",
    "receipt: payment expected",
    "receipt: refund ready",
    "receipt: closing ready",
    "printer: breaks",
    "printer: forgets",
    "bank: charged back whole",
    "bank: charged back in part",
    "bank: won back",
    "chargeback: flag open",
    "chargeback: flag won",
)


async def test_one_history(request: pytest.FixtureRequest, hall: Hall) -> None:
    """The history of `--seed` is told step by step, else the first one silently; either way its books are right."""
    seed = option(request.config, "seed", None)
    told = await alone(hall, seed or 1, print if seed else None)
    assert not told.wrong


async def test_a_history_is_the_same_whenever_it_is_played(hall: Hall) -> None:
    """The same seed brings the same decisions, faults and endings."""
    first, second = [await alone(hall, 4711) for _ in range(2)]
    assert (first.fired, first.outcomes) == (second.fired, second.outcomes)


async def test_a_storm_leaves_the_books_right(
    request: pytest.FixtureRequest, postgres_server: Server, tell: list[str]
) -> None:
    """Whatever fails and whoever dies: invariants hold, the bank's journal equals our ledger, and nothing stays open."""
    if option(request.config, "seed", None):
        pytest.skip("one history was asked for")
    histories = option(request.config, "histories", 1000) or 0
    first = option(request.config, "first_seed", 1) or 0
    processes = min(2, os.cpu_count() or 1)
    urls = [await make_database(postgres_server.urls, f"storm_{number}") for number in range(processes)]
    jobs = [Job(first + number, processes, len(range(number, histories, processes))) for number in range(processes)]
    whole = added(await asyncio.gather(*map(_process, urls, jobs)))
    tell += _story(whole)
    assert not whole.wrong, "\n".join(f"--seed {seed}: {'; '.join(lines)}" for seed, lines in whole.wrong.items())
    assert whole.histories == histories
    if histories >= ENOUGH:
        assert not _unseen(whole), "these never happened, so nothing was proved about them"


async def _process(urls: Urls, job: Job) -> Summary:
    """One share of the histories, in a process and a database of its own."""
    order = json.dumps({"app": urls.app, "owner": urls.owner, **job.as_json()}).encode()
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.proof.batch", stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT
    )
    try:
        out, errors = await child.communicate(order)
    finally:
        if child.returncode is None:
            child.kill()
    assert child.returncode == 0, errors.decode()[-4000:]
    return added(Summary(**json.loads(line)) for line in out.splitlines())


def _unseen(whole: Summary) -> list[str]:
    struck = {name.split()[0] for name in whole.fired} | set(whole.fired)
    return [name for name in KINDS if name not in struck] + [name for name in ENDINGS if not whole.outcomes.get(name)]


def _story(whole: Summary) -> list[str]:
    kinds: Counter[str] = Counter()
    for name, times in whole.fired.items():
        kinds[name] += times
    shown = {**dict(sorted(kinds.items())), **dict(sorted(whole.outcomes.items()))}
    return [f"storm: {whole.histories} histories", *(f"  {times:>7} {name}" for name, times in shown.items())]
