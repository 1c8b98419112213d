"""One history: a storm of actors, then calm, then the reckoning. The seed decides everything."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from traceback import format_exception
from typing import Final

from gateways.sandbox.faults import CALLBACK
from tests.proof import disputes, payers, printer, reception, second_thoughts, staff, wallets
from tests.proof.calm import calm_down
from tests.proof.log import listening
from tests.proof.reckoning import reckon
from tests.proof.schedule import virtual_sleep
from tests.proof.stage import Hall, Stage, drawn, set_stage

MOST_TURNS: Final = 700


@dataclass(frozen=True, slots=True)
class Told:
    """How a history ended: what is wrong with it (nothing, one hopes), and what happened in it, counted."""

    seed: int
    wrong: tuple[str, ...]
    fired: Counter[str]
    outcomes: Counter[str]


async def tell(hall: Hall, seed: int, say: Callable[[str], None] | None = None) -> Told:
    """Play one history to its end and look at what it left."""
    random.seed(seed)  # libraries throw these dice for the pauses between their tries
    stage: Stage | None = None

    def timed(line: str) -> None:
        if say and stage:
            say(f"{datetime.fromtimestamp(stage.bank.clock.now(), UTC):%m-%d %H:%M:%S.%f} {line}")

    stage = await set_stage(hall, drawn(seed), timed)
    rng = stage.rng("world")
    zone = rng.choice(("Europe/Moscow", "Asia/Novosibirsk"))
    await hall.open_clinic(stage.clinic, zone=zone, rooms=rng.choice((1, 2)))
    with listening(stage):
        if rng.random() < 0.6 or stage.offer.cards or stage.offer.disputes:
            await payers.paid_before(stage)
            await stage.scheduler.advance(rng.choice((0.0, 86_400.0)))
        with virtual_sleep(stage.scheduler):
            await _storm(stage)
        wrong = await _calm_and_reckoning(stage)
    wrong += [
        *stage.complaints,
        *stage.line.wrong,
        *(f"an actor fell: {reason!r}" for reason in stage.scheduler.faults),
    ]
    for reason in stage.scheduler.faults:
        timed("".join(format_exception(reason)))
    befell = {f"{kind} {method}": n for (kind, method), n in stage.bank.faults.fired.items() if method == CALLBACK}
    stage.weather.fired.update(befell)
    stage.weather.fired["crash process"] += stage.scheduler.crashes
    stage.weather.fired["freeze process"] += stage.scheduler.freezes
    return Told(seed, tuple(wrong), +stage.weather.fired, stage.outcomes)


async def _calm_and_reckoning(stage: Stage) -> list[str]:
    """What is wrong at the end. Whoever falls after the storm was not pushed: that is a fault of ours like any other."""
    try:
        return [*await calm_down(stage), *await reckon(stage)]
    except Exception as reason:  # noqa: BLE001 - the history has to be named, and the next one played
        stage.scheduler.faults.append(reason)
        return []


async def _storm(stage: Stage) -> None:
    rng, spawn = stage.rng("cast"), stage.scheduler.spawn
    _payers(stage, rng)
    for number in range(rng.choice((0, 1, 1))):
        spawn(f"cashier {number}", staff.cashier(stage, f"cashier {number}"))
    for name in rng.choice((("anna",), ("anna", "boris"), ("anna", "boris"))):
        spawn(name, staff.finance(stage, name))
    for number in range(rng.choice((1, 2))):
        spawn(f"worker {number}", staff.worker(stage, f"worker {number}"), lasting=True)
    if rng.random() < (0.6 if stage.offer.fiscal else 0.2):
        spawn("receptionist", reception.receptionist(stage))
    if rng.random() < 0.2:
        spawn("diary", reception.diary(stage), lasting=True)
    wallets.come(stage)
    printer.come(stage)
    disputes.come(stage)
    spawn("courier", staff.courier(stage), lasting=True)
    spawn("ghosts", staff.ghosts(stage), lasting=True)
    if rng.random() < 0.3:
        spawn("forger", staff.forger(stage), lasting=True)
    if stage.weather.chances.lies:
        spawn("fickle", staff.fickle(stage), lasting=True)
    turns = await stage.scheduler.play(MOST_TURNS)
    stage.outcomes["turns"] += turns
    await stage.scheduler.end()


def _payers(stage: Stage, rng: random.Random) -> None:
    spawn = stage.scheduler.spawn
    for number in range(rng.choice((1, 1, 2, 2, 3))):
        spawn(f"payer {number}", payers.payer(stage, f"payer {number}"))
    for number in range(rng.choice((0, 1, 1, 2))):
        spawn(f"holder {number}", second_thoughts.holder(stage, f"holder {number}"))
    if stage.orders and rng.random() < 0.4:
        spawn("patient", payers.patient(stage))
