"""What Linux tells of processes: processor time and resident memory."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """One moment: seconds on a monotonic clock, processor seconds by process name, and of the whole machine."""

    at: float
    cpu: dict[str, float]
    machine: float


def read(pids: Mapping[str, int]) -> Reading:
    """A process counts with its children, living and dead: PostgreSQL has one for each connection. Ours are not ours."""
    families = _families()
    spent = {name: _spent(pid, {} if pid == os.getpid() else families) for name, pid in pids.items()}
    return Reading(time.monotonic(), spent, _machine())


def cpu_between(first: Reading, last: Reading) -> dict[str, float]:
    """Processor seconds by process name; `elsewhere` is what the rest of the machine took meanwhile."""
    ours = {name: last.cpu[name] - first.cpu[name] for name in last.cpu}
    return {**ours, "elsewhere": max(last.machine - first.machine - sum(ours.values()), 0.0)}


def resident(pid: int) -> float:
    """Megabytes (10⁶ bytes) of memory of one process that are in RAM now."""
    return _status(pid, "VmRSS") * 1024 / 1e6


def proportional(pid: int) -> float:
    """The same of a process and its children, pages they share counted once; 0 where the system does not tell."""
    families = _families()
    return sum(_pss(each) for each in (pid, *families.get(pid, ()))) * 1024 / 1e6


def _status(pid: int, name: str) -> int:
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def _pss(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _fields(pid: int) -> list[str]:
    """The fields of `stat` after the program's name, which may hold blanks: state, parent, …"""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _families() -> dict[int, list[int]]:
    """Children by parent."""
    found: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                found.setdefault(int(_fields(int(folder.name))[1]), []).append(int(folder.name))
            except OSError:  # it ended while we looked
                continue
    return found


def _spent(pid: int, families: Mapping[int, list[int]]) -> float:
    """User and system time, of children that ended too, unless no families are given."""
    try:
        fields = _fields(pid)
    except OSError:
        return 0.0
    own = sum(map(int, fields[11 : 15 if families else 13])) / _TICKS
    return own + sum(_spent(child, families) for child in families.get(pid, ()))


def _machine() -> float:
    """Processor seconds that all cores were busy for: user, nice, system, interrupts."""
    user, nice, system, _idle, _wait, irq, softirq = map(int, (_PROC / "stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS
