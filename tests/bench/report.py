"""What is printed, and which budgets are missed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.bench import scale
from tests.bench.bank import Bank
from tests.bench.load import STEPS, Run
from tests.bench.month import DAYS, SPECIALISTS, Month
from tests.bench.pgbench import Bare
from tests.bench.readings import cpu_between
from tests.bench.scale import Scale
from tests.browser.speed import Pace

BUDGETS: Final = Path(__file__).with_name("budgets.toml")
OURS: Final = ("serve", "worker")
NOISE: Final = 0.05  # more than this share of the cores taken by others deserves a word


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured. `idle` and `loaded`: megabytes resident by process, before and after the load.

    `start`: seconds and processor seconds from the start of `serve` to its first answer. `pages`: the payer's, by name.
    `bank`: the sandbox alone. `callbacks`: verified in a second of processor time, by how they are sent and signed.
    `scale`: the house's reads and exports, unless they were left out.
    """

    setting: dict[str, Any]
    statements: int
    transactions: int
    ours: Run
    bare: tuple[Bare, ...]
    idle: dict[str, float]
    loaded: dict[str, float]
    start: tuple[float, float]
    month: Month
    pages: dict[str, Pace]
    bank: Bank
    callbacks: dict[str, float]
    scale: Scale | None = None

    @property
    def best(self) -> Bare:
        """The yardstick at its best, whatever number of clients suits it."""
        return max(self.bare, key=lambda one: one.rate)

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.best.rate

    @property
    def bank_ratio(self) -> float:
        """How many times as many lifecycles the sandbox makes of a core as the service of both, whatever else is at work."""
        whole = sum(milliseconds for name, milliseconds in self.cpu_ms.items() if name != "elsewhere")
        return whole / int(self.setting["cores"]) / self.bank.cpu_ms

    @property
    def cpu_ms(self) -> dict[str, float]:
        """Processor milliseconds of one lifecycle by process."""
        spent = cpu_between(self.ours.first, self.ours.last)
        return {name: 1000 * seconds / len(self.ours.lifecycles) for name, seconds in spent.items()}

    @property
    def cpu_ratio(self) -> float:
        """The ratio by processor time: both would reach it on two cores that nothing else disturbs."""
        parts = (milliseconds for name, milliseconds in self.cpu_ms.items() if name != "elsewhere")
        return min(one.cpu_ms for one in self.bare) / sum(parts)

    @property
    def slowest(self) -> Pace:
        """The worst of each figure over all pages."""
        return Pace(max(one.lcp for one in self.pages.values()), max(one.cls for one in self.pages.values()))

    @property
    def noise(self) -> float:
        """The share of the cores that others took during our window."""
        seconds = self.ours.last.at - self.ours.first.at
        elsewhere = cpu_between(self.ours.first, self.ours.last)["elsewhere"]
        return elsewhere / (seconds * int(self.setting["cores"]))


def as_json(figures: Figures) -> dict[str, Any]:
    """All figures under stable names: seconds, megabytes and processor milliseconds as the names say."""
    return {
        "setting": figures.setting,
        "lifecycles_per_second": round(figures.ours.rate, 2),
        "pgbench_per_second": {str(one.clients): round(one.rate, 2) for one in figures.bare},
        "ratio": round(figures.ratio, 4),
        "ratio_by_cpu": round(figures.cpu_ratio, 4),
        "statements": figures.statements,
        "transactions": figures.transactions,
        "cpu_ms": {name: round(value, 2) for name, value in figures.cpu_ms.items()},
        "pgbench_cpu_ms": {str(one.clients): round(one.cpu_ms, 2) for one in figures.bare},
        "step_ms": {step: {"p50": _ms(figures, step, 0.5), "p99": _ms(figures, step, 0.99)} for step in STEPS},
        "resident_mb_idle": {name: round(value, 1) for name, value in figures.idle.items()},
        "resident_mb_loaded": {name: round(value, 1) for name, value in figures.loaded.items()},
        "serve_start_seconds": round(figures.start[0], 2),
        "serve_start_cpu_seconds": round(figures.start[1], 2),
        "slots_ms": {"p50": round(figures.month.p50, 1), "p95": round(figures.month.p95, 1)},
        "slots_cpu_ms": round(figures.month.cpu_ms, 1),
        "pages": {name: {"lcp_ms": round(one.lcp), "cls": round(one.cls, 4)} for name, one in figures.pages.items()},
        "sandbox_per_second": round(figures.bank.rate, 1),
        "sandbox_cpu_ms": round(figures.bank.cpu_ms, 3),
        "sandbox_ratio": round(figures.bank_ratio, 2),
        "callbacks_per_second": {name: round(rate) for name, rate in figures.callbacks.items()},
        "scale": scale.as_json(figures.scale) if figures.scale else None,
        "others_share_of_cores": round(figures.noise, 3),
        "missed": missed(figures),
    }


def _ms(figures: Figures, step: str, share: float) -> float:
    return round(1000 * figures.ours.seconds(step, share), 1)


def lines(figures: Figures) -> Iterator[str]:
    """The report, for a person."""
    yield ", ".join(f"{name} {value}" for name, value in figures.setting.items())
    yield from _rates(figures)
    yield from _costs(figures)
    yield ""
    yield "step            p50 ms    p99 ms"
    for step in STEPS:
        yield f"  {step:<10}{_ms(figures, step, 0.5):10.1f}{_ms(figures, step, 0.99):10.1f}"
    yield ""
    yield "resident MB       idle    loaded"
    for name, value in figures.loaded.items():
        yield f"  {name:<10}{figures.idle[name]:10.1f}{value:10.1f}"
    yield ""
    yield from _slots(figures.month)
    yield ""
    yield "page on slow 4G, processor 4 times as slow    LCP ms       CLS"
    for name, page in figures.pages.items():
        yield f"  {name:<40}{page.lcp:10.0f}{page.cls:10.3f}"
    yield ""
    yield from _bank(figures)
    yield ""
    if figures.scale:
        yield from scale.lines(figures.scale)
        yield ""
    yield f"serve answers {figures.start[0]:.2f} s after its start, having used {figures.start[1]:.2f} s of processor time"
    if figures.noise > NOISE:
        yield f"noise: others took {figures.noise:.0%} of the cores meanwhile; measure again on a quiet machine"


def _slots(month: Month) -> Iterator[str]:
    yield f"slots of {DAYS} days, {SPECIALISTS} specialists, {month.taken} half hours taken: {month.found} found"
    yield f"  p50 {month.p50:.1f} ms   p95 {month.p95:.1f} ms   over HTTP, alone; {month.cpu_ms:.1f} ms of processor time"


def _bank(figures: Figures) -> Iterator[str]:
    bank = figures.bank
    yield f"sandbox   {bank.rate:8.1f} lifecycles/s   alone, {figures.bank_ratio:.1f} times ours by processor time"
    yield "callbacks verified in a second by one core"
    for name, rate in figures.callbacks.items():
        yield f"  {name:<16}{rate:10,.0f}"


def _rates(figures: Figures) -> Iterator[str]:
    tried = ", ".join(f"{one.rate:.1f} with {one.clients} clients" for one in figures.bare)
    yield ""
    yield f"ours      {figures.ours.rate:8.1f} lifecycles/s   {len(figures.ours.lifecycles)} in the window"
    yield f"pgbench   {figures.best.rate:8.1f} lifecycles/s   {tried}"
    yield f"ratio     {figures.ratio:8.3f}                {figures.cpu_ratio:.3f} by processor time"
    yield f"one lifecycle is {figures.statements} statements in {figures.transactions} transactions"


def _costs(figures: Figures) -> Iterator[str]:
    spent = figures.cpu_ms
    yield ""
    yield "CPU ms per lifecycle"
    for name, value in spent.items():
        yield f"  {name:<10}{value:10.2f}"
    yield f"  our own   {sum(spent[name] for name in OURS):10.2f}     ({' + '.join(OURS)})"
    yield f"  pgbench   {figures.best.cpu_ms:10.2f}     (with PostgreSQL's share)"


def missed(figures: Figures) -> list[str]:
    """One sentence for each budget that is not met."""
    budget = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
    found = {
        f"ratio by processor time {figures.cpu_ratio:.3f} is below {budget['ratio_at_least']}": (
            figures.cpu_ratio < budget["ratio_at_least"]
        ),
        f"ratio {figures.ratio:.3f} is below {budget['ratio_at_least']}": figures.ratio < budget["ratio_at_least"],
        f"serve has {figures.loaded['serve']:.0f} MB, more than {budget['serve_resident_mb_at_most']}": (
            figures.loaded["serve"] > budget["serve_resident_mb_at_most"]
        ),
        f"serve used {figures.start[1]:.2f} s to answer, more than {budget['serve_start_cpu_seconds_at_most']}": (
            figures.start[1] > budget["serve_start_cpu_seconds_at_most"]
        ),
        f"a month of slots takes {figures.month.slowest:.1f} ms, more than {budget['slots_ms_at_most']}": (
            figures.month.slowest > budget["slots_ms_at_most"]
        ),
        f"a page shows itself after {figures.slowest.lcp:.0f} ms, more than {budget['lcp_ms_at_most']}": (
            figures.slowest.lcp > budget["lcp_ms_at_most"]
        ),
        f"a page moves by {figures.slowest.cls:.3f}, more than {budget['cls_at_most']}": (
            figures.slowest.cls > budget["cls_at_most"]
        ),
    }
    found |= {
        f"a core of sandbox is {figures.bank_ratio:.1f} times as fast as the service, not {budget['sandbox_ratio_at_least']}": (
            figures.bank_ratio < budget["sandbox_ratio_at_least"]
        ),
        **{
            f"{rate:.0f} callbacks a second ({name}), fewer than {budget['callbacks_at_least']}": (
                rate < budget["callbacks_at_least"]
            )
            for name, rate in figures.callbacks.items()
        },
    }
    found |= _missed_at_scale(figures.scale, budget) if figures.scale else {}
    return [sentence for sentence, is_missed in found.items() if is_missed]


def _missed_at_scale(found: Scale, budget: dict[str, Any]) -> dict[str, bool]:
    return {
        f"a read takes {found.worst:.1f} times as long at {found.many:,} orders, more than {budget['scale_ratio_at_most']}": (
            found.worst > budget["scale_ratio_at_most"]
        ),
        f"an export takes {found.peak:.0f} MB, more than {budget['export_resident_mb_at_most']}": (
            found.peak > budget["export_resident_mb_at_most"]
        ),
        **{
            f"an export as {kind} takes {each.seconds:.0f} s, more than {budget['export_seconds_at_most'][kind]}": (
                each.seconds > budget["export_seconds_at_most"][kind]
            )
            for kind, each in found.exports.items()
        },
    }
