"""`checkout bank`: ask the bank itself about an order, a payer's cards, a card, or whether it is there; leave notes there.

Nothing that is heard here reaches the books: the worker's looks do that. Exit 0: both sides agree; 1: they differ; 2: the bank
could not be asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from checkout.books import beside
from checkout.books.beside import Difference, Said
from checkout.commands import bank_card
from checkout.commands import bank_shown as shown
from checkout.commands.bank_common import MerchantSlug, chosen, prepared
from checkout.commands.common import ConfigFile, Embedded, failed, serviced
from checkout.ground.db import Tx, in_transaction
from checkout.ground.errors import Refusal
from checkout.ground.ids import ClientId, PaymentId
from checkout.ground.service import Service
from checkout.payment import breaker, card_store, noting, orders, search, store
from checkout.payment.probe import Probed, probe
from checkout.payment.store import Payment
from checkout.web.texts import explain
from gateways.gateway import Gateway, GatewayError, Unreachable
from gateways.notes import Unfit

app = typer.Typer(no_args_is_help=True, help="Ask the bank itself. Nothing here moves money or changes our books.")
OPERATOR: Final = "operator"
Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="Our number at the bank (pay_…), or an order's code: all its payments.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment, its order's code, what the bank said, and where that is not what we believe."""

    payment: Payment
    code: str
    said: Said

    @property
    def found(self) -> list[Difference]:
        return beside.differences(self.payment, self.said)


@app.command("order")
def order_command(
    number: Number,
    config: ConfigFile = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For a program: a list, sums in kopecks.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The bank's own words too, without personal data.")] = False,
    allow_embedded: Embedded = False,
) -> None:
    """Show a payment as the bank has it beside what we believe, and say what cures a difference.

    Exit 0: both sides agree; 1: they differ; 2: the bank could not be asked, or only in short, which shows no difference.
    """

    async def work(service: Service) -> list[Asked]:
        return [
            Asked(payment, code, await beside.ask(_bank(service, payment.merchant), payment))
            for payment, code in await _payments(service, number)
        ]

    asked = serviced(prepared(config), work, allow_embedded=allow_embedded)
    if as_json:
        told = [shown.as_json(one.payment, one.code, one.said, one.found, raw=raw) for one in asked]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        told_each = [shown.beside(one.payment, one.code, one.said, one.found) for one in asked]
        words = [f"\n{shown.raw(one.said)}" if raw else "" for one in asked]
        typer.echo("\n\n".join(map("".join, zip(told_each, words, strict=True))))
    if code := ended(asked):
        raise typer.Exit(code)


def ended(asked: Sequence[Asked]) -> int:
    """The exit code of these. A short word alone can show a difference; without one it is as if nobody had been heard."""
    if not all(one.said.heard or one.found for one in asked):
        return 2
    return 1 if any(one.found for one in asked) else 0


@app.command("cards")
def cards_command(number: Number, config: ConfigFile = None, *, allow_embedded: Embedded = False) -> None:
    """Show the cards that the bank keeps for this payment's client beside ours.

    Exit 0: both sides agree; 1: they differ; 2: the bank could not be asked.
    """

    async def work(service: Service) -> list[tuple[str, bool]]:
        payments = [payment for payment, _ in await _payments(service, number)]
        clients = {(payment.merchant, payment.client) for payment in payments if payment.client is not None}
        if not clients:
            raise failed("the bank was told of no client here: no card was to be saved, or used")
        return [await _cards(service, merchant, client) for merchant, client in sorted(clients)]

    told = serviced(prepared(config), work, allow_embedded=allow_embedded)
    for text, _ in told:
        typer.echo(text)
    if not all(agree for _, agree in told):
        typer.echo(
            "DIFFERS  the worker asks the bank once a week, and about a removed card until the bank has unbound it"
        )
        raise typer.Exit(1)


@app.command("note")
def note_command(
    number: Number,
    notes: Annotated[list[str], typer.Argument(metavar="KEY=VALUE…", help="E.g. clinic=Тверская visit=AB23CD45.")],
    config: ConfigFile = None,
    *,
    allow_embedded: Embedded = False,
) -> None:
    """Add notes to the bank's order, for its cabinet and registry. Never a person's data: the bank keeps them for ever."""
    pairs = _pairs(notes)

    async def work(service: Service) -> Payment:
        found = [payment for payment, _ in await _payments(service, number)]
        if len(found) > 1:
            raise failed(f"name one of its payments: {', '.join(payment.number for payment in found)}")
        await noting.add(service, found[0], pairs, principal=OPERATOR)
        return found[0]

    try:
        payment = serviced(prepared(config), work, allow_embedded=allow_embedded)
    except Unfit as reason:
        raise failed(f"nothing was sent: {reason}") from reason
    except Refusal as refusal:
        raise failed(explain(refusal, "en")) from refusal
    except Unreachable as reason:
        raise failed(
            f"the bank did not answer ({reason}): the notes may be there; say it again, that is safe"
        ) from reason
    except GatewayError as reason:
        raise failed(f"the bank refused, nothing was added: {reason}") from reason
    typer.echo(f"{payment.number}: the bank added {', '.join(pairs)}")


@app.command("status")
def status_command(
    merchant: MerchantSlug = None, config: ConfigFile = None, *, allow_embedded: Embedded = False
) -> None:
    """Say of each bank contract whether its bank is there, what its breaker does, and what can be asked of it.

    Exit 0: every bank answers and knows us; 2: one does not.
    """
    loaded = prepared(config)
    meant = [chosen(loaded, merchant)] if merchant else list(loaded.merchants)

    async def work(service: Service) -> list[tuple[str, Probed]]:
        resting = {one.merchant: one for one in await in_transaction(service.engine, breaker.troubles)}
        told = []
        for one in meant:
            gateway = service.gateway(one.slug)
            found = await probe(gateway)
            told.append((shown.standing(one, gateway, found.words, resting.get(one.slug)), found))
        return told

    told = serviced(loaded, work, allow_embedded=allow_embedded)
    typer.echo("\n\n".join(text for text, _ in told))
    if not all(found.ok for _, found in told):
        raise typer.Exit(2)


async def _payments(service: Service, number: str) -> list[tuple[Payment, str]]:
    """The payments at the bank that are meant, oldest first, each with its order's code."""
    found = await in_transaction(service.engine, lambda tx: _found(tx, number))
    if not found:
        raise failed(f"nothing was paid at a bank under {number}: write pay_… or an order's code of eight characters")
    return found


async def _found(tx: Tx, number: str) -> list[tuple[Payment, str]]:
    code = search.code_in(number)
    order_id = await search.by_code(tx, code, None) if code else None
    if order_id is not None:
        return [(one, order_id.code) for one in await store.of_order(tx, order_id) if one.method == "card"]
    try:
        payment = await store.read(tx, PaymentId.parse(number))
    except ValueError:
        return []
    if payment is None or payment.method != "card":
        return []
    order, _ = await orders.read(tx, payment.order_id)
    return [(payment, order.code)]


def _bank(service: Service, merchant: str) -> Gateway:
    found = service.gateways.get(merchant)
    if found is None:
        raise failed(f"the installation file has no merchant {merchant} any more")
    return found


async def _cards(service: Service, merchant: str, client: ClientId) -> tuple[str, bool]:
    bank = _bank(service, merchant).bindings
    if bank is None:
        raise failed(f"the contract of {merchant} saves no cards (`saved_cards`)")
    ours = await in_transaction(service.engine, lambda tx: card_store.of_client(tx, client))
    try:
        theirs = await bank.of(str(client))
    except GatewayError as reason:
        raise failed(f"the bank did not say: {type(reason).__name__}: {reason}") from reason
    text, agree = shown.cards(ours, theirs)
    return f"client {client} at the bank of {merchant}\n{text}", agree


def _pairs(notes: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for note in notes:
        name, equals, value = note.partition("=")
        if not equals or name in found:
            raise failed(f"write each note once, as KEY=VALUE: {name[:60]}")
        found[name] = value
    return found


app.command("enrolled")(bank_card.enrolled_command)
