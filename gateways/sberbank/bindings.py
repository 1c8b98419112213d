"""Saved cards on the wire: `getBindings.do`, `bindCard.do`, `unBindCard.do` (the new dialect: `unbindCard.do`); the old one has
`extendBinding.do`, too. Source: gateway.md §8.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateways.bindings import SavedCard
from gateways.gateway import Response
from gateways.sberbank import answers
from gateways.sberbank.dialect import Fields
from gateways.sberbank.exchange import Exchange
from gateways.sberbank.verdicts import Operation
from gateways.sberbank.wire import Answer, BindingsAnswer, SavedRow, read

_NONE: Final = 2  # of a listing: the client has no cards
_OFF: Final = frozenset({1, 2, 15})  # of unbinding: unknown, inactive, removed by its holder: what was wanted is so
_ON: Final = 2  # of binding: it is active already; some installations mean one that they do not know
_SWITCHED_OFF: Final = "0"


@dataclass(frozen=True, slots=True)
class SavedCards:
    """`gateways.bindings.Bindings` over an exchange."""

    exchange: Exchange

    async def of(self, client: str) -> tuple[SavedCard, ...]:
        fields: Fields = {"clientId": client, "showExpired": "true"}
        return await self.exchange.read(Operation.BINDINGS, client, fields, _listed)

    async def unbind(self, binding: str) -> None:
        await self.exchange.ask(Operation.UNBIND, binding, _one(binding), _gone)

    async def bind(self, binding: str) -> None:
        await self.exchange.ask(Operation.BIND, binding, _one(binding), _back)


@dataclass(frozen=True, slots=True)
class Prolonged:
    """`gateways.bindings.Prolonging` over an exchange."""

    exchange: Exchange

    async def prolong(self, binding: str, expiry: str) -> None:
        await self.exchange.do(Operation.PROLONG, binding, {**_one(binding), "newExpiry": expiry})


def _one(binding: str) -> Fields:
    return {"bindingId": binding, "language": "ru"}


def _listed(response: Response) -> tuple[SavedCard, ...]:
    answer = read(response, BindingsAnswer)
    if answer.error_code != _NONE:
        answers.no_error(Operation.BINDINGS, answer)
    rows = [
        row for row in answer.bindings if row.binding_status != _SWITCHED_OFF and answers.is_binding(row.binding_id)
    ]
    return tuple(_card(row) for row in rows)


def _card(row: SavedRow) -> SavedCard:
    known = answers.card_facts(row.masked_pan, row.payment_system)
    return SavedCard(
        row.binding_id, known.brand if known else None, known.last4 if known else None, answers.expiry(row.expiry_date)
    )


def _gone(response: Response) -> None:
    answer = read(response, Answer)
    if answer.error_code not in _OFF:
        answers.accepted(response, Operation.UNBIND)


def _back(response: Response) -> None:
    answer = read(response, Answer)
    if answer.error_code != _ON:
        answers.accepted(response, Operation.BIND)
