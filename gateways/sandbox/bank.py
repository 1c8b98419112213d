"""The bank: its orders, its clock, its journal. No HTTP, no asyncio, nothing saved; every change is synchronous."""

from __future__ import annotations

import heapq
import random
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from gateways.sandbox.agenda import Act, Agenda
from gateways.sandbox.apps import Apps
from gateways.sandbox.bindings import Bindings
from gateways.sandbox.callbacks import Delivery, Message, compose, compose_binding
from gateways.sandbox.clock import Clock
from gateways.sandbox.codes import SESSION_EXPIRED, Reason, Refusal
from gateways.sandbox.events import BindingEvent, Event
from gateways.sandbox.extras import EXTRAS
from gateways.sandbox.faults import CALLBACK, Fault, FaultBook
from gateways.sandbox.issuer import Issuer
from gateways.sandbox.journal import Journal, Kind
from gateways.sandbox.merchants import Merchant
from gateways.sandbox.orders import Operation, OperationType, Order, Registration, Status, Waiting
from gateways.sandbox.outbox import Outbox
from gateways.sandbox.receipts import ReceiptBook
from gateways.sandbox.replays import Replays
from gateways.sandbox.signing import Keyring


def _nobody_waits() -> None:
    """The default of `Bank.on_work`."""


def _callback_url(order: Order) -> str | None:
    """The order's own address, else the merchant's."""
    return order.request.callback_url or order.merchant.callback_url


class Bank:
    """Everything the bank knows, in memory. What payers and merchants do to an order is in `paying`, `holding` and
    `reverting`.

    The same `rng` and the same calls give the same order ids and codes, so a simulation can be run again.
    `base_url` is the origin of the payment pages, which `server.start` corrects; `on_work` is called when
    there is something to do earlier than `next_event` said before. Raises ValueError as `admit` does.
    """

    def __init__(
        self,
        merchants: Iterable[Merchant] = (Merchant(),),
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        base_url: str = "http://127.0.0.1",
    ) -> None:
        self.clock = clock or Clock()
        self.rng = rng or random.SystemRandom()
        self.base_url = base_url
        self.on_work: Callable[[], None] = _nobody_waits
        self.journal = Journal()
        self.faults = FaultBook()
        self.outbox = Outbox()
        self.keys = Keyring()
        self.replays = Replays()
        self.merchants: dict[str, Merchant] = {}
        self._agenda = Agenda()
        self.issuer = Issuer()
        self.bindings = Bindings()
        self.receipts = ReceiptBook(self.clock, self.rng)
        self.apps = Apps()
        self.orders: dict[str, Order] = {}
        self.challenges: dict[str, Waiting] = {}
        self._numbers: dict[tuple[str, str], Order] = {}
        self._sessions: list[tuple[float, str]] = []
        self._newest: defaultdict[str, deque[Order]] = defaultdict(lambda: deque(maxlen=2))
        self._newest_paid: defaultdict[str, deque[Order]] = defaultdict(lambda: deque(maxlen=2))
        for merchant in merchants:
            self.admit(merchant)

    def admit(self, merchant: Merchant) -> None:
        """Take a merchant in, or change how the bank behaves towards one, in the orders it has already too.

        Raises ValueError for an unknown callback extra.
        """
        if strange := set(merchant.callback_extras) - EXTRAS.keys():
            raise ValueError(f"callback extras are among {sorted(EXTRAS)}, not {sorted(strange)}")
        self.merchants[merchant.login] = merchant
        for order in self.orders.values():
            if order.merchant.login == merchant.login:
                order.merchant = merchant

    # Looking ---------------------------------------------------------------------------------------------------

    def find(self, merchant: Merchant, *, order_id: str | None = None, number: str | None = None) -> Order:
        """The merchant's own order, by id if one is given. Raises Refusal(ORDER_UNKNOWN)."""
        order = self.orders.get(order_id) if order_id else self._numbers.get((merchant.login, number or ""))
        if order is None or order.merchant.login != merchant.login:
            raise Refusal(Reason.ORDER_UNKNOWN)
        return order

    def lookup(self, name: str) -> Order | None:
        """An order of any merchant by its id or its number: for pages, tools and tests."""
        by_number = (self._numbers.get((login, name)) for login in self.merchants)
        return self.orders.get(name) or next((order for order in by_number if order), None)

    def recent(self, count: int) -> list[Order]:
        """The newest orders, newest first."""
        return list(islice(reversed(self.orders.values()), count))

    def another(self, order: Order) -> Order | None:
        """A different order of the same merchant, a paid one if there is any."""
        login = order.merchant.login
        candidates: Iterator[Order] = iter((*reversed(self._newest_paid[login]), *reversed(self._newest[login])))
        return next((other for other in candidates if other is not order), None)

    # Registering and expiring ------------------------------------------------------------------------------------

    def register(self, merchant: Merchant, request: Registration) -> Order:
        """A new order. Raises Refusal(NUMBER_TAKEN) if the number was ever used, whatever became of it."""
        if (merchant.login, request.number) in self._numbers:
            raise Refusal(Reason.NUMBER_TAKEN)
        order = Order(self.new_id(), merchant, request, self.clock.now(), ip=request.ip)
        self.orders[order.id] = order
        self._numbers[merchant.login, request.number] = order
        self._newest[merchant.login].append(order)
        heapq.heappush(self._sessions, (order.expires_at, order.id))
        self.journal.add(order.registered_at, Kind.REGISTERED, order.key, order.amount)
        self.notify(order, "created", succeeded=True, amount=order.amount)
        if self._sessions[0][1] == order.id:  # whoever sleeps until the next session ends sleeps too long now
            self.on_work()
        return order

    def tick(self) -> None:
        """End sessions and faults whose time is over, and do what is due. Every road into the bank begins here; it is cheap."""
        now = self.clock.now()
        if self.faults.rules:
            self.faults.forget(now)
        while self._sessions and self._sessions[0][0] <= now:
            order = self.orders[heapq.heappop(self._sessions)[1]]
            if order.unpaid and not order.in_work:
                self._expire(order)
        for act in self._agenda.take_due(now):
            act()

    def later(self, at: float, act: Act) -> None:
        """Something that the bank will do by itself, at `at` (seconds since the epoch) or when it next looks up."""
        self._agenda.put(at, act)
        self.on_work()

    def resume(self, order: Order) -> None:
        """The banks have answered: an order that is still unpaid ends with its session, if that is not over already."""
        heapq.heappush(self._sessions, (order.expires_at, order.id))
        self.on_work()

    def next_event(self) -> float | None:
        """When the bank next has something to do by itself, in seconds since the epoch."""
        ends = self._sessions[0][0] if self._sessions else None
        due = (self.outbox.next_due(), ends, self._agenda.next_due())
        return min((moment for moment in due if moment is not None), default=None)

    def advance(self, seconds: float) -> None:
        """Move the clock forward and let happen what became due."""
        self.clock.advance(seconds)
        self.tick()
        self.on_work()

    def _expire(self, order: Order) -> None:
        order.status = Status.DECLINED
        order.action_code = SESSION_EXPIRED
        order.challenge = None
        self.journal.add(order.expires_at, Kind.EXPIRED, order.key, 0, action_code=SESSION_EXPIRED)
        self.notify(order, "declinedByTimeout", succeeded=True, amount=order.amount)

    # Writing down ------------------------------------------------------------------------------------------------

    def new_id(self) -> str:
        """A random UUID in the usual lower-case spelling."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def record(
        self, order: Order, kind: OperationType, amount: int, action_code: int, external_id: str | None = None
    ) -> Operation:
        """Add a line to the order's history, with a reference and an approval code of its own."""
        reference, approval = f"{self.rng.randrange(10**12):012}", f"{self.rng.randrange(10**6):06}"
        line = Operation(self.clock.now(), kind, amount, reference, approval, action_code, external_id)
        order.operations.append(line)
        return line

    def mark_paid(self, order: Order) -> None:
        self._newest_paid[order.merchant.login].append(order)
        self.receipts.sold(order)

    # Callbacks ---------------------------------------------------------------------------------------------------

    def notify(
        self, order: Order, operation: str, *, succeeded: bool, amount: int, external_id: str | None = None
    ) -> None:
        """Queue a callback if the merchant wants this operation and there is an address."""
        url = _callback_url(order)
        if url is None or operation not in order.merchant.callback_operations:
            return
        names = (order.number, order.id)
        rule = self.faults.take(CALLBACK, order.merchant.login, names) if self.faults.rules else None
        event = Event(operation, succeeded, self.clock.now(), amount, external_id)
        forged = rule is not None and rule.kind is Fault.FORGE
        self.outbox.put(self._of_order(order, event, url, forged=forged), rule)
        self.on_work()

    def notify_binding(self, merchant: Merchant, event: BindingEvent) -> None:
        """Queue a callback about a saved card alone, if the merchant wants this operation and has an address."""
        if merchant.callback_url is None or event.operation not in merchant.callback_operations:
            return
        message = compose_binding(merchant, event, merchant.callback_url, self.keys)
        self.outbox.put(self._delivery(merchant, ("", ""), (event.operation, event.enabled, event.at), message))
        self.on_work()

    def resend(self, order: Order, operation: str, *, succeeded: bool, forged: bool) -> Delivery | None:
        """Queue a callback by hand, a true or a forged one; None if the merchant has no address."""
        url = _callback_url(order)
        if url is None:
            return None
        event = Event(operation, succeeded, self.clock.now(), order.amount)
        delivery = self._of_order(order, event, url, forged=forged)
        self.outbox.put(delivery)
        self.on_work()
        return delivery

    def again(self, delivery: Delivery) -> Delivery:
        """Queue a callback that was sent before once more, to the last byte as it was."""
        copy = replace(delivery, id=self.outbox.next_id(), due_at=self.clock.now(), attempt=1)
        self.outbox.put(copy)
        self.on_work()
        return copy

    def take_due_callbacks(self) -> list[Delivery]:
        """The callbacks to send now; report each back with `callback_answered`."""
        self.tick()
        return self.outbox.take_due(self.clock.now())

    def callback_answered(self, delivery: Delivery, status: int | None) -> None:
        """Tell how a try went: the merchant's HTTP status, or None for no answer. Failed ones are queued again."""
        merchant = self.merchants[delivery.merchant]
        self.outbox.answered(
            delivery, status, self.clock.now(), tries=merchant.callback_tries, spacing=merchant.callback_spacing
        )

    def _of_order(self, order: Order, event: Event, url: str, *, forged: bool) -> Delivery:
        message = compose(order, event, url, self.keys, forged=forged)
        said = (event.operation, event.succeeded, event.at)
        return self._delivery(order.merchant, (order.id, order.number), said, message)

    def _delivery(
        self, merchant: Merchant, names: tuple[str, str], said: tuple[str, bool, float], message: Message
    ) -> Delivery:
        """`names`: the order's id and number; `said`: operation, outcome, moment."""
        return Delivery(
            id=self.outbox.next_id(),
            order_id=names[0],
            number=names[1],
            merchant=merchant.login,
            operation=said[0],
            succeeded=said[1],
            method=message.method,
            url=message.url,
            content_type=message.content_type,
            body=message.body,
            due_at=said[2],
        )
