"""How a recorded lifecycle becomes a pgbench script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from checkout.ground.ids import OrderId, PaymentId
from tests.bench.record import Recording, Statement, Transaction
from tests.bench.script import CannotReplay, literal, pgbench_script

START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
BEGAN = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
CLAIM = Statement("SELECT id FROM payment LIMIT $1 FOR UPDATE SKIP LOCKED", (1,))


def recorded(number: int, *statements: tuple[str, tuple[object, ...]]) -> Recording:
    """A lifecycle of one transaction before the claim and one after it, with ids that hang on `number`."""
    body = [Statement(text, values) for text, values in statements]
    return Recording(
        transactions=tuple(Transaction(BEGAN.timestamp(), part) for part in (body, [CLAIM], body)),
        order=OrderId(UUID(int=number)),
        payment=PaymentId(UUID(int=1000 + number)),
        payer=UUID(int=2000 + number),
        reference=str(UUID(int=3000 + number)),
        starts_at=START,
        ends_at=START,
    )


def lines(text: str, one: object, other: object) -> list[str]:
    script = pgbench_script(recorded(1, (text, (one,))), recorded(2, (text, (other,)))).splitlines()
    return [line for line in script if line.startswith("SELECT 1")]


def test_a_value_that_is_the_same_in_both_recordings_is_written_as_it_is() -> None:
    """Constants of the service stay constants of the script."""
    assert lines("SELECT 1 WHERE $1", 7, 7) == ["SELECT 1 WHERE 7;"] * 2


def test_a_differing_uuid_hangs_on_the_replays_number_until_the_claim_names_the_row() -> None:
    """Before the claim each replay has an order of its own; after it, the order of the payment that was claimed."""
    before, after = lines("SELECT 1 WHERE $1", UUID(int=1), UUID(int=2))
    assert ":n::bigint" in before
    assert after == "SELECT 1 WHERE :p_order_id::uuid;"


def test_a_known_id_is_replaced_inside_a_longer_text() -> None:
    """JSON that names the order names the replay's order."""
    one, other = (f'{{"id": "{UUID(int=number)}"}}' for number in (1, 2))
    found = lines("SELECT 1 WHERE $1", one, other)[1]
    assert found == """SELECT 1 WHERE concat(E'{"id": "', :p_order_id::uuid, E'"}');"""


def test_moments_near_the_recording_stay_as_far_from_now() -> None:
    """A deadline twenty seconds ahead is twenty seconds ahead in each replay."""
    other = datetime(2026, 11, 23, 12, 5, 20, 250_000, tzinfo=UTC)
    found = lines("SELECT 1 WHERE $1", BEGAN.replace(second=20), other)
    assert found == ["SELECT 1 WHERE (now() + interval '20 seconds');"] * 2


def test_a_differing_day_is_the_visits() -> None:
    """The day after the recorded visit is the day after each replay's."""
    found = lines("SELECT 1 WHERE $1", START.date() + timedelta(days=1), START.date())[0]
    assert found.endswith("::date + 1);")
    assert lines("SELECT 1 WHERE $1", START.date(), START.date())[0] == "SELECT 1 WHERE date '2026-12-01';"


def test_two_lifecycles_of_different_statements_cannot_be_replayed() -> None:
    """A yardstick of other work would measure nothing."""
    with pytest.raises(CannotReplay):
        pgbench_script(recorded(1, ("SELECT 1", ())), recorded(2, ("SELECT 2", ())))


def test_no_text_looks_like_a_variable_to_pgbench() -> None:
    """A colon before a letter is escaped, quotes and backslashes too; a colon before anything else stays."""
    assert literal("customer:ord_1 a: b 'c' \\") == r"E'customer\x3aord_1 a: b ''c'' \\'"


def test_the_facts_number_is_kept_wherever_in_a_statement_it_is_made() -> None:
    """A capture rests on it: what the insert returned is what the ledger is told."""
    fact = "WITH said AS (SELECT 1) INSERT INTO gateway_fact (id) VALUES (1) RETURNING id"
    one, other = (recorded(number, (fact, ()), ("SELECT 1 WHERE $1", (number,))) for number in (1, 2))
    script = pgbench_script(one, other).splitlines()
    assert [line for line in script if "gateway_fact" in line] == [rf"{fact} \gset f_"] * 2
    assert [line for line in script if line.startswith("SELECT 1")] == ["SELECT 1 WHERE :f_id;"] * 2
