"""Who may do what: a principal holds a role, a role is a set of actions (data), and every action has a scope. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.ground.errors import Missing
from checkout.payment.order import Order

ROLES: Final = ("site", "office", "finance", "admin", "diary")


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or an API key. `clinics` None: every clinic of the installation."""

    name: str
    role: str
    actions: frozenset[str]
    clinics: frozenset[int] | None = None

    def may(self, action: str) -> bool:
        return action in self.actions

    def sees(self, order: Order) -> bool:
        """Whether this order is theirs to know of."""
        if self.clinics is not None and order.clinic_id not in self.clinics:
            return False
        return "order.read" in self.actions or ("order.read.own" in self.actions and order.principal == self.name)

    def must_see(self, order: Order) -> None:
        """Raises Missing: another's order does not exist for you."""
        if not self.sees(order):
            raise Missing("order_missing")
