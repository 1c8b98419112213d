"""One merchant's contract with a bank of the Sberbank family, as the rest of the house sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from gateways import http
from gateways.gateway import (
    BankOrder,
    CallbackRequest,
    Capabilities,
    Forged,
    Garbled,
    Notice,
    Refund,
    Registered,
    Registration,
    Response,
    Throttled,
    Transport,
    Unreachable,
)
from gateways.sberbank import answers, dialect
from gateways.sberbank.callbacks import Keys, read
from gateways.sberbank.config import SberbankConfig
from gateways.sberbank.dialect import Dialect, Fields
from gateways.sberbank.verdicts import Operation

_T = TypeVar("_T")
_ATTEMPTS: Final = 3
_GRACE_SECONDS: Final = 0.5  # a single try runs into its own limit first, and is then counted under its own name


class Sberbank:
    """`gateway.Gateway` over a transport. Only readings are tried again; an order to move money is sent once."""

    def __init__(
        self, config: SberbankConfig, *, name: str, dialect: Dialect, transport: Transport, keys: Keys
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            same_day_refund=dialect.same_day_refund if config.same_day_refund is None else config.same_day_refund,
            signed_callbacks=keys.are_set,
            refund_lock=dialect.refund_lock,
        )
        self._config = config
        self._dialect = dialect
        self._transport = transport
        self._keys = keys
        self._page_hosts = config.page_hosts()
        self._patiently = AsyncRetrying(
            retry=retry_if_exception(_is_worth_another_try),
            stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(config.total_seconds),
            wait=wait_random_exponential(multiplier=0.1, max=0.5),
            reraise=True,
        )

    async def register(self, registration: Registration) -> Registered:
        fields = self._dialect.register(registration)

        def parse(response: Response) -> Registered:
            return answers.registered(response, self._page_hosts)

        return await self._ask(Operation.REGISTER, registration.number, fields, parse)

    async def look(self, *, number: str, reference: str | None) -> BankOrder:
        """Tried up to three times within `total_seconds` when the bank cannot be reached. Else as the protocol says."""
        fields = dialect.look(reference, number)

        def parse(response: Response) -> BankOrder:
            return answers.order(response, number=number, reference=reference)

        try:
            async with asyncio.timeout(self._config.total_seconds + _GRACE_SECONDS):
                return await self._patiently(self._ask, Operation.LOOK, number, fields, parse)
        except TimeoutError:
            raise Unreachable("no answer within the time for all tries") from None

    async def refund(self, refund: Refund) -> None:
        await self._do(Operation.REFUND, refund.number, self._dialect.refund(refund))

    async def reverse(self, *, reference: str, number: str) -> None:
        await self._do(Operation.REVERSE, number, dialect.reverse(reference))

    async def decline(self, *, reference: str | None, number: str) -> None:
        await self._do(Operation.DECLINE, number, self._dialect.decline(reference, number))

    def read_callback(self, request: CallbackRequest) -> Notice:
        try:
            notice = read(request, self._keys)
        except Forged as error:
            http.count(self.name, "callback", error)
            raise
        http.count(self.name, "callback", None)
        return notice

    async def close(self) -> None:
        await self._transport.close()

    async def _do(self, operation: Operation, number: str, fields: Fields) -> None:
        await self._ask(operation, number, fields, lambda response: answers.accepted(response, operation))

    async def _ask(self, operation: Operation, number: str, fields: Fields, parse: Callable[[Response], _T]) -> _T:
        """One exchange. The login goes into the body; what comes back must be understood to count as a success."""
        login: Fields = {"userName": self._config.user_name, "password": self._config.password.get_secret_value()}
        request = self._dialect.encode(self._config.base_url + _PATHS[operation], login | fields)
        with http.observed(self.name, operation, number):
            return parse(await self._transport(request))


_PATHS: Final = {
    Operation.REGISTER: "register.do",
    Operation.LOOK: "getOrderStatusExtended.do",
    Operation.REFUND: "refund.do",
    Operation.REVERSE: "reverse.do",
    Operation.DECLINE: "decline.do",
}


def _is_worth_another_try(error: BaseException) -> bool:
    """A broken connection may mend within a second; a garbled answer or a bank that begs for fewer calls will not."""
    return isinstance(error, Unreachable) and not isinstance(error, Garbled | Throttled)
