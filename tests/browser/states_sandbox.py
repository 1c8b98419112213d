"""Every state of the sandbox bank's pages, by name: the payer's, and the control room's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from gateways.sandbox import Bank, CardEntry, Merchant, Order, instant, pay
from gateways.sandbox.dramas import BY_NAME, play
from gateways.sandbox.merchants import Dialect
from gateways.sandbox.orders import Registration
from gateways.sandbox.reverting import refund

GOOD: Final = CardEntry("4111111111111111", "203412", "123", "MARIA PETROVA")
CODED: Final = CardEntry("5555555555555599", "203412", "123")
REFUSED: Final = CardEntry("5168494895055780", "202612", "123")


@dataclass(slots=True)
class Bench:
    """A bank with its default merchant, in one language."""

    bank: Bank
    language: str
    count: int = 0

    @property
    def merchant(self) -> Merchant:
        return next(iter(self.bank.merchants.values()))

    def order(self, dialect: Dialect = Dialect.LEGACY, back: str = "https://shop.example/back") -> Order:
        self.count += 1
        asked = Registration(
            number=f"{self.language}-{self.count}",
            amount=1_250_000,
            currency="643",
            return_url=back,
            expires_at=self.bank.clock.now() + 1200,
            language=self.language,
            dialect=dialect,
            description="Приём терапевта & <b>УЗИ</b> брюшной полости с заключением",
            email="maria.petrova@example.com",
            params=(("backToShopUrl", "https://shop.example/basket"), ("backToShopName", "Клиника «Здоровье»")),
        )
        return self.bank.register(self.merchant, asked)

    def paid(self) -> Order:
        order = self.order()
        pay(self.bank, order, GOOD)
        return order

    def saved(self, back: str = "https://shop.example/back") -> Order:
        """One that a saved card alone may pay."""
        first = self.order()
        first.request = replace(first.request, client_id="c-1")
        pay(self.bank, first, GOOD)
        order = self.order(back=back)
        order.request = replace(order.request, client_id="c-1", binding_id=first.binding_id)
        return order

    def busy(self) -> Order:
        """Something in every table: a refund, callbacks that nobody took, faults, an order that was declined."""
        self.bank.admit(
            replace(self.merchant, callback_url="http://127.0.0.1:9/callbacks", callback_tries=1)
        )  # to nobody
        order = self.paid()
        refund(self.bank, order, 5000, external_id="r-1")
        play(self.bank, BY_NAME["declined-to-the-end"], order=self.order(), login=self.merchant.login)
        play(self.bank, BY_NAME["answer-lost-after-refund"], order=order, login=self.merchant.login)
        play(self.bank, BY_NAME["bank-hangs"], order=None, login=self.merchant.login)
        for delivery in self.bank.take_due_callbacks():
            self.bank.callback_answered(delivery, 500)
        return order


Bring = Callable[[Bench], str]


@dataclass(frozen=True, slots=True)
class State:
    """`bring` makes it so and answers the address. `send`: a form that is then sent by its button, as it stands."""

    name: str
    bring: Bring
    status: int = 200
    send: str | None = None

    def __str__(self) -> str:
        return self.name


def _declined(bench: Bench) -> str:
    order = bench.order()
    pay(bench.bank, order, REFUSED)
    return order.form_path


def _at_issuer(bench: Bench) -> str:
    order = bench.order()
    pay(bench.bank, order, CODED)
    return f"/acs/{order.challenge}?lang={bench.language}"


def _asked(bench: Bench) -> str:
    instant.invoice(bench.bank, bench.order())
    return f"/app?lang={bench.language}"


def _expired(bench: Bench) -> str:
    order = bench.order()
    bench.bank.advance(1200)
    return order.form_path


def _busy(path: str) -> Bring:
    def bring(bench: Bench) -> str:
        order = bench.busy()
        return f"/sandbox/{path.format(order=order.id, login=bench.merchant.login)}?lang={bench.language}"

    return bring


def _empty(path: str) -> Bring:
    return lambda bench: f"/sandbox/{path.format(login=bench.merchant.login)}?lang={bench.language}"


_CONTROLS: Final = {
    "overview": "",
    "orders": "orders",
    "callbacks": "callbacks",
    "journal": "journal",
    "dramas": "dramas",
    "faults": "faults",
    "registry": "registry",
    "merchants": "merchants",
    "merchant": "merchants/{login}",
}
STATES: Final[dict[str, State]] = {
    state.name: state
    for state in (
        State("start", lambda bench: f"/?lang={bench.language}"),
        State("form", lambda bench: bench.order().form_path),
        State("form of the new dialect", lambda bench: bench.order(Dialect.ECOM).form_path),
        State("form filled in", lambda bench: f"{bench.order().form_path}&card=2202205000012424"),
        State("form with mistakes", lambda bench: bench.order().form_path, status=422, send="#pay"),
        State("form after a decline", _declined),
        State("form of a saved card", lambda bench: bench.saved().form_path),
        State("form of a saved card with a mistake", lambda bench: bench.saved().form_path, status=422, send="#pay"),
        State("issuer", _at_issuer),
        State("expired", _expired),
        State("banking application, empty", lambda bench: f"/app?lang={bench.language}"),
        State("SberPay", lambda bench: f"/sberpay/{bench.order().id}?lang={bench.language}"),
        State("banking application", _asked),
        State("unknown order", lambda bench: f"/pp/pay_{bench.language}?orderId=x", status=404),
        *(State(f"{name}, empty", _empty(path)) for name, path in _CONTROLS.items()),
        *(State(name, _busy(path)) for name, path in _CONTROLS.items()),
        State("order", _busy("orders/{order}")),
        State("done", lambda bench: f"/sandbox/?done=moved&lang={bench.language}"),
        State("fault refused", _empty("faults"), status=400, send="#add-fault"),
        State("drama refused", _empty("dramas"), status=400, send="main button >> nth=0"),
    )
}
