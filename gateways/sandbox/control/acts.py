"""What a tester may do to the bank. A wish is a JSON object, or a form's fields, whose values are all text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from gateways.sandbox import chargebacks, dramas, merchants_file
from gateways.sandbox.bank import Bank
from gateways.sandbox.callbacks import Delivery
from gateways.sandbox.codes import Refusal
from gateways.sandbox.control.door import Absent, Wrong, order_of
from gateways.sandbox.drama_steps import Unfit
from gateways.sandbox.faults import Fault, Rule, Scope
from gateways.sandbox.merchants import OPERATIONS, Merchant
from gateways.sandbox.orders import Order

Wish = Mapping[str, Any]
Kind = TypeVar("Kind", bound=StrEnum)

MOST_CALLBACKS = 100
_RULE = ("kind", "method", "scope", "id", "times", "value", "effect")
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_LONGEST_STEP = 3650 * 86400


def move_clock(bank: Bank, wish: Wish) -> None:
    """`advance_seconds`, or `amount` and `unit` as the form has them."""
    moved = _number(wish, "advance_seconds")
    if moved is None:
        amount, unit = _number(wish, "amount"), _UNITS.get(str(wish.get("unit", "")))
        moved = None if amount is None or unit is None else amount * unit
    if moved is None or not 0 <= moved <= _LONGEST_STEP:
        raise Wrong("advance_seconds is a number of seconds, not negative")
    bank.advance(moved)


def add_fault(bank: Bank, wish: Wish) -> Rule:
    """`kind`, and `method`, `scope`, `id`, `times`, `value`, `effect`, `seconds`; all but the kind have defaults."""
    if "kind" not in wish or wish.keys() - {*_RULE, "seconds"}:
        raise Wrong(f"a fault has a kind, and may have {', '.join(_RULE)}, seconds")
    seconds = _number(wish, "seconds")
    try:
        return bank.faults.add(
            Rule(
                _one_of(Fault, "kind", _text(wish, "kind")),
                method=_text(wish, "method") or "*",
                scope=_one_of(Scope, "scope", _text(wish, "scope") or Scope.ANY),
                id=_text(wish, "id"),
                times=_times(wish),
                value=_number(wish, "value"),
                effect=_truth(wish, "effect"),
                until=None if seconds is None else bank.clock.now() + seconds,
            )
        )
    except ValueError as error:
        raise Wrong(str(error)) from error


def send_callback(bank: Bank, wish: Wish) -> list[Delivery]:
    """`again`: the id of one that was sent; or `number`, `operation`, `status`, `forge`, `times`: one put together."""
    if "again" in wish:
        return [bank.again(_sent(bank, wish))]
    order = order_of(bank, _text(wish, "number"))
    operation = _text(wish, "operation") or "deposited"
    if operation not in OPERATIONS:
        raise Wrong(f"an operation is one of {', '.join(sorted(OPERATIONS))}")
    times = _number(wish, "times")
    if times is not None and not 1 <= times <= MOST_CALLBACKS:
        raise Wrong(f"times is between 1 and {MOST_CALLBACKS}")
    succeeded, forged = _truth(wish, "status") is not False, bool(_truth(wish, "forge"))
    sent = [bank.resend(order, operation, succeeded=succeeded, forged=forged) for _ in range(int(times or 1))]
    if None in sent:
        raise Wrong("neither the order nor its merchant has a callback address")
    return [delivery for delivery in sent if delivery is not None]


def dispute(bank: Bank, name: str, verb: str, wish: Wish) -> Order:
    """`chargeback`: the payer's bank takes `amount` kopecks back, or all; `won`: it gives them up again."""
    order, amount = order_of(bank, name), _number(wish, "amount") or 0
    if amount != int(amount) or amount < 0:
        raise Wrong("amount is a number of kopecks, not negative; 0, or none, means all")
    try:
        (chargebacks.charge_back if verb == "chargeback" else chargebacks.win)(bank, order, int(amount))
    except Refusal as refusal:
        raise Wrong(f"{verb}: {refusal}") from refusal
    return order


def break_printer(bank: Bank, name: str, wish: Wish) -> Order:
    """`fail`: whether receipts of the order come to nothing."""
    order, fail = order_of(bank, name), _truth(wish, "fail")
    if fail is None:
        raise Wrong("fail is true or false")
    bank.receipts.spoil(order, fail=fail)
    return order


def play(bank: Bank, wish: Wish) -> tuple[dramas.Drama, Order | None]:
    """`drama`, and `number` of an order, or `merchant` (the first if there is none named)."""
    drama = dramas.BY_NAME.get(_text(wish, "drama"))
    if drama is None:
        raise Absent(f"no such drama; there are {', '.join(dramas.BY_NAME)}")
    number = _text(wish, "number")
    order = order_of(bank, number) if number else None
    login = merchant(bank, _text(wish, "merchant")).login
    try:
        dramas.play(bank, drama, order=order, login=login)
    except Unfit as reason:
        raise Wrong(f"{drama.name} is played over: {drama.needs}") from reason
    return drama, order


def change_merchant(bank: Bank, login: str, wish: Wish) -> Merchant:
    """Any settings of `Merchant`, apart from the login."""
    if wish.get("login", login) != login:
        raise Wrong("a merchant's login does not change")
    try:
        changed = merchants_file.changed(merchant(bank, login), wish)
        bank.admit(changed)
    except ValueError as error:
        raise Wrong(str(error)) from error
    return changed


def add_merchant(bank: Bank, wish: Wish) -> Merchant:
    """`login`, and any other settings."""
    login = _text(wish, "login")
    if not login or login in bank.merchants:
        raise Wrong("a new merchant has a login that nobody else has")
    try:
        added = merchants_file.changed(Merchant(), wish)
        bank.admit(added)
    except ValueError as error:
        raise Wrong(str(error)) from error
    return added


def merchant(bank: Bank, login: str) -> Merchant:
    """By login; the first of all without one. Raises Absent."""
    found = bank.merchants.get(login or next(iter(bank.merchants), ""))
    if found is None:
        raise Absent(f"no such merchant: {login!r}")
    return found


def _sent(bank: Bank, wish: Wish) -> Delivery:
    wanted = _number(wish, "again")
    found = next((one.delivery for one in bank.outbox.tried if one.delivery.id == wanted), None)
    if found is None:
        raise Absent("no such callback was sent, or it is too long ago")
    return found


def _text(wish: Wish, name: str) -> str:
    value = wish.get(name, "")
    if not isinstance(value, str):
        raise Wrong(f"{name} is text")
    return value.strip()


def _one_of(kinds: type[Kind], name: str, value: str) -> Kind:
    """Raises Wrong, with what there is."""
    if value not in list(kinds):
        raise Wrong(f"{name} is one of {', '.join(kinds)}")
    return kinds(value)


def _number(wish: Wish, name: str) -> float | None:
    value = wish.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong(f"{name} is a number")
    try:
        read = float(value)
    except (ValueError, OverflowError) as error:
        raise Wrong(f"{name} is a number") from error
    if not isfinite(read):
        raise Wrong(f"{name} is a number")
    return int(read) if read == int(read) else read


def _times(wish: Wish) -> int | None:
    """Once if nothing is said; for ever if `times` is null, or empty in a form."""
    times = _number(wish, "times")
    if "times" in wish and times is None:
        return None
    if times is not None and times != int(times):
        raise Wrong("times is a whole number")
    return 1 if times is None else int(times)


def _truth(wish: Wish, name: str) -> bool | None:
    value = wish.get(name)
    if value is None or value == "":
        return None
    found = value if isinstance(value, bool) else _TRUTHS.get(str(value))
    if found is None:
        raise Wrong(f"{name} is true or false")
    return found
