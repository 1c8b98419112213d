"""A preloaded parent that forks a worker for each line it reads, and has it killed at the k-th touch of the outside.

`python -m tests.flows.zygote APP_URL BANK_URL`, then lines of `JOB K` on standard input; for each it answers `killed`,
`finished` or `failed`. A touch is a statement, the moment before and after a commit, and the moment before and after a bank call.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import event

from checkout.ground.ids import OrderId
from checkout.ground.observe import set_up_logging
from checkout.ground.service import Service, open_service
from checkout.payment import pay
from checkout.worker import settle_due
from gateways.gateway import Gateway
from refunds.run import run_due
from tests.setting import configured


@dataclass(slots=True)
class Fate:
    """Counts touches; the `left`-th is the last thing this process does."""

    left: int

    def touch(self, *_: Any) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Touched:
    """A gateway whose every call is a touch before and after."""

    gateway: Gateway
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.gateway, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **named: Any) -> Any:
            self.fate.touch()
            answer = await found(*args, **named)
            self.fate.touch()
            return answer

        return call


def watched(service: Service, fate: Fate) -> Service:
    engine = service.engine.sync_engine
    event.listen(engine, "before_cursor_execute", fate.touch)
    event.listen(engine, "commit", fate.touch)
    event.listen(engine.pool, "checkin", fate.touch)
    gateways: Mapping[str, Any] = {name: Touched(one, fate) for name, one in service.gateways.items()}
    return replace(service, gateways=gateways)


async def start(service: Service, order: str) -> None:
    await pay.start(service, OrderId.parse(order), principal="key:site")


async def _all_due(chore: Callable[[Service], Awaitable[int]], service: Service) -> None:
    while await chore(service):
        pass


async def work(app_url: str, bank_url: str, job: str, last: int) -> None:
    async with open_service(configured(bank_url), app_url, pool=4) as opened:
        service = watched(opened, Fate(last))
        if job.startswith("ord_"):
            await start(service, job)
        else:
            await _all_due({"refund": run_due, "settle": settle_due}[job], service)


def main() -> None:
    set_up_logging(level="CRITICAL")  # standard output is for the answers
    app_url, bank_url = sys.argv[1:]
    for line in sys.stdin:
        job, last = line.split()
        child = os.fork()
        if not child:
            failed = True
            try:
                asyncio.run(work(app_url, bank_url, job, int(last)))
                failed = False
            except Exception:  # noqa: BLE001 - a child must not live on as a second zygote
                traceback.print_exc()
            os._exit(failed)
        _, status = os.waitpid(child, 0)
        ended = "killed" if os.WIFSIGNALED(status) else "finished" if not status else "failed"
        print(ended, flush=True)  # noqa: T201 - the answer to the line


if __name__ == "__main__":
    main()
