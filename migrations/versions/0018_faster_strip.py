"""A million orders read as ten thousand: names by their words, the facts of an order by indexes alone, true statistics.

And finance's keys may ask about a payment in review.
"""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# One word may be the name of thousands: each place that it has in a name is an index of its own, newest people last. Names
# of three words and more are few.
WORDS: Final = """
CREATE INDEX person_first_word ON person ((name_index[1]), id) WHERE erased_at IS NULL;
CREATE INDEX person_second_word ON person ((name_index[2]), id) WHERE erased_at IS NULL;
CREATE INDEX person_third_word ON person ((name_index[3]), id) WHERE erased_at IS NULL AND name_index[3] IS NOT NULL;
CREATE INDEX person_fourth_word ON person ((name_index[4]), id) WHERE erased_at IS NULL AND name_index[4] IS NOT NULL;
DROP INDEX person_surname;
"""
# What an order's word and its three numbers are derived from stands in the indexes that lead there. What a policy asks does,
# too: `clinic_id`.
FACTS: Final = """
CREATE INDEX ledger_tx_of_order ON ledger_tx (order_id) INCLUDE (id, kind, clinic_id);
DROP INDEX ledger_tx_order;
CREATE UNIQUE INDEX ledger_entry_of_tx ON ledger_entry (tx_id, account) INCLUDE (amount);
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_pkey;
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY USING INDEX ledger_entry_of_tx;
CREATE INDEX payment_of_order ON payment (order_id) INCLUDE (state, reserved);
DROP INDEX payment_order;
CREATE INDEX booking_of_order ON booking (order_id) INCLUDE (state);
DROP INDEX booking_order;
"""
ANALYZED: Final = "ANALYZE person;"
# As an accountant does on the screen.
RIGHTS: Final = """
INSERT INTO role_action (role, action) VALUES ('finance', 'worklist.act'), ('admin', 'worklist.act');
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (WORDS, FACTS, ANALYZED, RIGHTS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
