"""One merchant's contract with a bank of the Sberbank family, as the rest of the house sees it."""

from __future__ import annotations

from gateways import http
from gateways.bindings import Bindings, Prolonging
from gateways.card_check import CardChecks
from gateways.enrolment import Enrolments
from gateways.fiscal import Cart, Receipts
from gateways.gateway import (
    BankOrder,
    CallbackRequest,
    Capabilities,
    Forged,
    Notice,
    Refund,
    Registered,
    Registration,
    Response,
    Way,
)
from gateways.notes import Notes
from gateways.one_press import OnePress
from gateways.sberbank import answers, dialect
from gateways.sberbank.bindings import Prolonged, SavedCards
from gateways.sberbank.callbacks import Keys, read
from gateways.sberbank.card_check import Verifications
from gateways.sberbank.ecom import ECOM
from gateways.sberbank.enrolment import AskedIssuer
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.notes import AddedParams
from gateways.sberbank.one_press import Presses
from gateways.sberbank.receipts import OfdReceipts, OldReceipts
from gateways.sberbank.sberpay import sberpay
from gateways.sberbank.sbp import AskedCodes
from gateways.sberbank.two_stage import Holds
from gateways.sberbank.verdicts import Operation
from gateways.sberbank.witness import ShortStatus
from gateways.sberpay import SberPay
from gateways.sbp import Codes
from gateways.two_stage import TwoStage
from gateways.witness import Witness


class Sberbank:
    """`gateway.Gateway` over an exchange. Only readings are tried again; an order to move money is sent once."""

    def __init__(self, exchange: Exchange, keys: Keys) -> None:
        config, profile = exchange.config, exchange.profile
        self.name = exchange.name
        self.capabilities = Capabilities(
            same_day_refund=_chosen(config.same_day_refund, profile.same_day_refund),
            signed_callbacks=keys.are_set,
            refund_lock=_chosen(config.refund_lock, profile.refund_lock),
            reverse_completed=_chosen(config.reverse_completed, profile.reverse_completed),
            same_day_cart_refund=_chosen(config.same_day_cart_refund, profile.same_day_cart_refund),
            ways=profile.ways,
            reversible=profile.reversible,
        )
        self.two_stage: TwoStage | None = Holds(exchange) if config.holds else None
        self.receipts: Receipts | None = OfdReceipts(exchange) if profile.dialect is ECOM else OldReceipts(exchange)
        self.codes: Codes | None = AskedCodes(exchange) if Operation.CODE in profile.paths else None
        self.sberpay: SberPay | None = sberpay(exchange) if Way.SBERPAY in profile.ways else None
        self.bindings: Bindings | None = SavedCards(exchange) if config.saved_cards else None
        self.card_checks: CardChecks | None = Verifications(exchange) if config.card_check else None
        prolongs = config.saved_cards and Operation.PROLONG in profile.paths
        self.prolonging: Prolonging | None = Prolonged(exchange) if prolongs else None
        self.witness: Witness | None = ShortStatus(exchange) if Operation.SHORT in profile.paths else None
        self.notes: Notes | None = AddedParams(exchange) if Operation.NOTE in profile.paths else None
        self.enrolment: Enrolments | None = AskedIssuer(exchange) if Operation.ENROLMENT in profile.paths else None
        self.one_press: OnePress | None = Presses(exchange) if config.one_press else None
        self._exchange = exchange
        self._dialect = profile.dialect
        self._keys = keys
        self._page_hosts = config.page_hosts()

    async def register(self, registration: Registration) -> Registered:
        fields = self._dialect.register(registration)

        def parse(response: Response) -> Registered:
            return answers.registered(response, self._page_hosts)

        return await self._exchange.ask(Operation.REGISTER, registration.number, fields, parse)

    async def look(self, *, number: str, reference: str | None) -> BankOrder:
        """Tried again when the bank cannot be reached. Else as the protocol says."""
        fields = dialect.look(reference, number)

        def parse(response: Response) -> BankOrder:
            return answers.order(response, number=number, reference=reference)

        return await self._exchange.read(Operation.LOOK, number, fields, parse)

    async def refund(self, refund: Refund) -> None:
        fields = self._dialect.refund(refund, lock=self.capabilities.refund_lock)
        await self._exchange.do(Operation.REFUND, refund.number, fields)

    async def reverse(self, *, reference: str, number: str, cart: Cart | None = None) -> None:
        await self._exchange.do(Operation.REVERSE, number, self._dialect.reverse(reference, cart))

    async def decline(self, *, reference: str | None, number: str) -> None:
        await self._exchange.do(Operation.DECLINE, number, self._dialect.decline(reference, number))

    def read_callback(self, request: CallbackRequest) -> Notice:
        try:
            notice = read(request, self._keys)
        except Forged as error:
            http.count(self.name, "callback", error)
            raise
        http.count(self.name, "callback", None)
        return notice

    async def close(self) -> None:
        await self._exchange.transport.close()


def _chosen(configured: bool | None, usual: bool) -> bool:
    return usual if configured is None else configured
