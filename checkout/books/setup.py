"""What a new installation still needs before it earns anything: read from what is there, never ticked by hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from checkout.ground.db import Tx, one, run, sql
from checkout.ground.ids import StaffId


class Need(StrEnum):
    """In the order in which one would do them."""

    CLINIC = "clinic"  # one that is open at some hour
    SERVICE = "service"  # offered at a clinic, with a price that holds
    SPECIALIST = "specialist"  # somebody who gives a service, at hours
    COLLEAGUE = "colleague"  # a second account, and a second factor on some account
    BANK = "bank"  # it has answered about a payment of ours
    PAID = "paid"  # a first order was paid, in whatever way


# Each EXISTS ends with its first row, so this costs the same however much there is.
_MET: Final = sql("""
SELECT EXISTS (SELECT 1 FROM clinic c JOIN opening_hours h ON h.clinic_id = c.id WHERE c.active) AS clinic,
       EXISTS (SELECT 1 FROM clinic_service s JOIN service_price p ON p.service_id = s.service_id
                WHERE p.valid_from <= app_now()) AS service,
       EXISTS (SELECT 1 FROM resource r JOIN resource_service s ON s.resource_id = r.id
                WHERE r.active AND r.kind = 'specialist'
                  AND (EXISTS (SELECT 1 FROM resource_hours h WHERE h.resource_id = r.id)
                       OR EXISTS (SELECT 1 FROM opening_hours h WHERE h.clinic_id = r.clinic_id))) AS specialist,
       (SELECT count(*) FROM (SELECT 1 FROM staff WHERE disabled_at IS NULL LIMIT 2) two) = 2
         AND (EXISTS (SELECT 1 FROM staff WHERE totp_sealed IS NOT NULL)
              OR EXISTS (SELECT 1 FROM staff_passkey WHERE removed_at IS NULL)) AS colleague,
       EXISTS (SELECT 1 FROM gateway_fact) AS bank,
       EXISTS (SELECT 1 FROM payment WHERE captured_at IS NOT NULL) AS paid""")
_PUT_AWAY: Final = sql("INSERT INTO staff_put_away (staff_id, card) VALUES (:staff, 'setup') ON CONFLICT DO NOTHING")
_IS_PUT_AWAY: Final = sql("SELECT 1 FROM staff_put_away WHERE staff_id = :staff AND card = 'setup'")


@dataclass(frozen=True, slots=True)
class Step:
    need: Need
    met: bool


async def steps(tx: Tx, staff: StaffId) -> list[Step]:
    """Empty once all of it is there, or once this person has put the card away."""
    if await one(tx, _IS_PUT_AWAY, staff=staff.uuid) is not None:
        return []
    row = await one(tx, _MET)
    assert row is not None  # noqa: S101 - a select without a table
    found = [Step(need, bool(getattr(row, need))) for need in Need]
    return [] if all(step.met for step in found) else found


async def put_away(tx: Tx, staff: StaffId) -> None:
    """This person does not want to see it any more; others still do."""
    await run(tx, _PUT_AWAY, staff=staff.uuid)
