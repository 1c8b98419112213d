"""What can be made to go wrong, for whom, and how often.

Calls to the API:

    timeout_before   the bank never acts and never answers      timeout_after   it acts, and never answers
    cut_before       the connection breaks, nothing was done    cut_after       it was done, the connection breaks
    delay            the answer comes `value` seconds late      refuse          a business error: `value` = errorCode
    http_429 http_500 http_502                                  nothing was done, unless the rule says `effect`
    html truncated empty oversized                              it was done, the answer is rubbish
    wrong_amount     amounts are off by `value` kopecks (100)   other_order     the answer is about another order

Callbacks (method `callback`), when they are queued:

    drop             never sent                                 duplicate       sent `value` times (2)
    delay            sent `value` seconds late (60)             forge           the signature does not fit; JSON lies
    reorder          held back until the merchant's next callback, at most `value` seconds (60)

The payer's presses on the bank's pages (method `page`):

    delay            the page after it comes `value` seconds late (1)
    cut_before cut_after http_500 http_502                      as with calls to the API
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """One kind of trouble."""

    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    DELAY = "delay"
    REFUSE = "refuse"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTML = "html"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    OVERSIZED = "oversized"
    WRONG_AMOUNT = "wrong_amount"
    OTHER_ORDER = "other_order"
    DROP = "drop"
    DUPLICATE = "duplicate"
    FORGE = "forge"
    REORDER = "reorder"


CALLBACK, PAGE = "callback", "page"
CALLBACK_FAULTS = frozenset({Fault.DROP, Fault.DUPLICATE, Fault.DELAY, Fault.REORDER, Fault.FORGE})
PAGE_FAULTS = frozenset({Fault.DELAY, Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.HTTP_500, Fault.HTTP_502})
API_FAULTS = frozenset(Fault) - (CALLBACK_FAULTS - {Fault.DELAY})
_ALLOWED = {CALLBACK: CALLBACK_FAULTS, PAGE: PAGE_FAULTS}
_NO_EFFECT = frozenset(
    {Fault.TIMEOUT_BEFORE, Fault.CUT_BEFORE, Fault.HTTP_429, Fault.HTTP_500, Fault.HTTP_502, Fault.REFUSE}
)


class Scope(StrEnum):
    """Whom a rule is about."""

    ANY = "any"
    MERCHANT = "merchant"  # `id` is the login
    ORDER = "order"  # `id` is the order number or the order id


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault for the next `times` matching calls (None: for all). `method` is `refund.do`, `callback`, `page` or `*`.

    `*` means every API method, neither callbacks nor pages. `effect` overrides whether the bank acts before it fails.
    From `until` on, in seconds since the epoch, it is over. `key` is given by the book.
    Raises ValueError for a combination that could never fire.
    """

    kind: Fault
    method: str = "*"
    scope: Scope = Scope.ANY
    id: str = ""
    times: int | None = 1
    value: float | None = None
    effect: bool | None = None
    until: float | None = None
    key: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in _ALLOWED.get(self.method, API_FAULTS):
            raise ValueError(f"{self.kind} cannot happen to {self.method}")
        if self.scope is not Scope.ANY and not self.id:
            raise ValueError("a rule for one merchant or order needs its id")
        if self.times is not None and self.times < 1:
            raise ValueError("times is at least 1")

    @property
    def acts(self) -> bool:
        """Whether the bank carries the call out before it misbehaves."""
        return self.kind not in _NO_EFFECT if self.effect is None else self.effect

    def matches(self, method: str, merchant: str, names: tuple[str, ...]) -> bool:
        if self.method.lower() != method.lower() and (self.method != "*" or method in _ALLOWED):
            return False
        if self.scope is Scope.MERCHANT:
            return self.id == merchant
        return self.scope is Scope.ANY or self.id in names

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "kind": self.kind.value,
            "method": self.method,
            "scope": self.scope.value,
            "id": self.id,
            "times": self.times,
            "value": self.value,
            "effect": self.effect,
            "until": None if self.until is None else int(self.until * 1000),
        }


@dataclass(slots=True)
class FaultBook:
    """The rules in force, oldest first, and how often each kind has fired: (kind, method) → times."""

    rules: list[Rule] = field(default_factory=list)
    fired: Counter[tuple[Fault, str]] = field(default_factory=Counter)
    _count: int = 0

    def add(self, rule: Rule) -> Rule:
        """Put it in force, under a key of its own."""
        self._count += 1
        numbered = replace(rule, key=self._count)
        self.rules.append(numbered)
        return numbered

    def remove(self, key: int) -> bool:
        """Whether there was such a rule."""
        before = len(self.rules)
        self.rules[:] = [rule for rule in self.rules if rule.key != key]
        return len(self.rules) < before

    def clear(self) -> None:
        self.rules.clear()

    def forget(self, now: float) -> None:
        """Rules whose time is over."""
        self.rules[:] = [rule for rule in self.rules if rule.until is None or rule.until > now]

    def take(self, method: str, merchant: str, names: tuple[str, ...]) -> Rule | None:
        """The first rule that matches, counted down; `names` are the order's number and id."""
        for index, rule in enumerate(self.rules):
            if rule.matches(method, merchant, names):
                self._count_down(index, rule)
                self.fired[rule.kind, method] += 1
                return rule
        return None

    def _count_down(self, index: int, rule: Rule) -> None:
        if rule.times is None:
            return
        if rule.times > 1:
            self.rules[index] = replace(rule, times=rule.times - 1)
        else:
            del self.rules[index]
