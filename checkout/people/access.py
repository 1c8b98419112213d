"""Who may do what: a principal holds roles at clinics, a role is a set of actions (data), every action has a scope. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.ground.errors import Missing
from checkout.payment.order import Order

ROLES: Final = ("site", "office", "finance", "admin", "diary")  # of API keys; those of staff are rows


@dataclass(frozen=True, slots=True)
class Grant:
    """One role at some clinics. `clinics` None: every clinic of the installation."""

    role: str
    actions: frozenset[str]
    clinics: frozenset[int] | None = None

    def covers(self, action: str, clinic_id: int | None) -> bool:
        """Whether it allows this, there; `clinic_id` None: anywhere at all."""
        return action in self.actions and (clinic_id is None or self.clinics is None or clinic_id in self.clinics)


@dataclass(frozen=True, slots=True)
class Principal:
    """A person of the staff or an API key, with everything that was granted to it."""

    name: str
    grants: tuple[Grant, ...] = ()

    def may(self, action: str, clinic_id: int | None = None) -> bool:
        """Deny by default: some grant must say so."""
        return any(grant.covers(action, clinic_id) for grant in self.grants)

    @property
    def roles(self) -> str:
        """Its roles, for a refusal and for the audit."""
        return ", ".join(sorted({grant.role for grant in self.grants}))

    @property
    def clinics(self) -> frozenset[int] | None:
        """Where it may do anything at all; None: everywhere. The database lets it see no other clinic's rows."""
        return _union(self.grants)

    def where(self, action: str) -> frozenset[int] | None:
        """The clinics at which it may do this; None: everywhere."""
        return _union(tuple(grant for grant in self.grants if action in grant.actions))

    def sees(self, order: Order) -> bool:
        """Whether this order is theirs to know of."""
        if self.may("order.read", order.clinic_id):
            return True
        return self.may("order.read.own", order.clinic_id) and order.principal == self.name

    def must_see(self, order: Order) -> None:
        """Raises Missing: another's order does not exist for you."""
        if not self.sees(order):
            raise Missing("order_missing")


def _union(grants: tuple[Grant, ...]) -> frozenset[int] | None:
    if any(grant.clinics is None for grant in grants):
        return None
    return frozenset(clinic for grant in grants for clinic in grant.clinics or ())
