"""Asking one bank: the login, the path, the clock and the count of every exchange. What is asked stands in the facets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urljoin

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from gateways import http
from gateways.gateway import Garbled, Response, Throttled, Transport, Unreachable
from gateways.sberbank import answers
from gateways.sberbank.banks import Profile
from gateways.sberbank.config import SberbankConfig
from gateways.sberbank.dialect import Fields
from gateways.sberbank.verdicts import Operation

_T = TypeVar("_T")
_ATTEMPTS: Final = 3
_RETRIES_A_CALL: Final = 0.1  # of all calls, so many may be second tries, and
_RETRIES_KEPT: Final = 10.0  # so many at once: a short break is bridged, a long one is not stormed against
_GRACE_SECONDS: Final = 0.5  # a single try runs into its own limit first, and is then counted under its own name


@dataclass(slots=True)
class Budget:
    """How many second tries the calls of late have earned. Source: reliability.md G9, decisions.md 13."""

    left: float = _RETRIES_KEPT

    def earn(self) -> None:
        self.left = min(_RETRIES_KEPT, self.left + _RETRIES_A_CALL)

    def spend(self) -> bool:
        """Whether there is one left to use; it is used then."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Exchange:
    """One merchant's line to a bank. `name` is its label in metrics and logs; `number` always our own order number."""

    name: str
    config: SberbankConfig
    profile: Profile
    transport: Transport = field(repr=False)
    budget: Budget = field(default_factory=Budget)

    async def ask(self, operation: Operation, number: str, fields: Fields, parse: Callable[[Response], _T]) -> _T:
        """Once. The login goes into the body; what comes back must be understood to count as a success."""
        login: Fields = {"userName": self.config.user_name, "password": self.config.password.get_secret_value()}
        path = self.config.paths.get(operation) or self.profile.paths[operation]
        request = self.profile.dialect.encode(urljoin(self.config.base_url, path), login | fields)
        with http.observed(self.name, operation, number):
            return parse(await self.transport(request))

    async def do(self, operation: Operation, number: str, fields: Fields) -> None:
        """An order to act, sent once: returning means that the bank accepted it."""
        await self.ask(operation, number, fields, lambda response: answers.accepted(response, operation))

    async def read(self, operation: Operation, number: str, fields: Fields, parse: Callable[[Response], _T]) -> _T:
        """A reading: tried up to three times within `total_seconds` and the budget when the bank cannot be reached."""
        self.budget.earn()
        patiently = AsyncRetrying(
            retry=retry_if_exception(lambda error: _is_worth_another_try(error) and self.budget.spend()),
            stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(self.config.total_seconds),
            wait=wait_random_exponential(multiplier=0.1, max=0.5),
            reraise=True,
        )
        try:
            async with asyncio.timeout(self.config.total_seconds + _GRACE_SECONDS):
                return await patiently(self.ask, operation, number, fields, parse)
        except TimeoutError:
            raise Unreachable("no answer within the time for all tries") from None


def _is_worth_another_try(error: BaseException) -> bool:
    """A broken connection may mend within a second; a garbled answer or a bank that begs for fewer calls will not."""
    return isinstance(error, Unreachable) and not isinstance(error, Garbled | Throttled)
