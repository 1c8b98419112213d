"""Long lists of the books: views that say once whose a row is, so that a list of a million is planned for what it costs."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# A policy asks each row of each table whose its order is. It does so only of those who do not see everything, but the
# planner reckons with it for everybody, and takes a million steps through an index for cheaper than one look at a table.
# These views belong to the owner, whom no policy binds, and ask the order alone: what hangs on one is its clinic's.
SEEN: Final = "(SELECT scope_is_everything()) OR {clinic} = ANY (CAST((SELECT scope_clinics()) AS int[]))"
OF_ORDER: Final = SEEN.format(clinic="o.clinic_id")
VIEWS: Final = f"""
CREATE VIEW books_payment AS
SELECT p.id, p.order_id, o.code, o.clinic_id, p.method, p.state, p.merchant, p.reference, p.created_at, p.captured_at,
       p.amount, p.captured, p.refunded
  FROM payment p JOIN orders o ON o.id = p.order_id WHERE {OF_ORDER};
COMMENT ON VIEW books_payment IS 'payments within the scope of whoever asks';
CREATE VIEW books_refund AS
SELECT r.id, r.order_id, r.payment_id, o.code, o.clinic_id, r.method, r.state, r.basis, r.amount, r.requested_at,
       r.scheduled_for, r.done_at, r.requested_by, r.decided_by
  FROM refund r JOIN orders o ON o.id = r.order_id WHERE {OF_ORDER};
COMMENT ON VIEW books_refund IS 'refunds within the scope of whoever asks';
CREATE VIEW books_registry AS
SELECT l.id, l.operated_on, l.settled_on, l.merchant, l.reference, l.operation, l.amount, l.fee, l.net, m.difference,
       m.order_id, o.code, o.clinic_id
  FROM registry_line l JOIN registry_match m ON m.line_id = l.id JOIN orders o ON o.id = m.order_id WHERE {OF_ORDER};
COMMENT ON VIEW books_registry IS 'lines of the bank''s registry that are matched, within the scope of whoever asks';
CREATE VIEW books_entry AS
SELECT t.id AS tx_id, t.order_id, t.kind, t.payment_id, t.refund_id, t.entry_id, t.registry_line_id, t.reverses, e.account,
       e.amount
  FROM ledger_tx t JOIN ledger_entry e ON e.tx_id = t.id LEFT JOIN orders o ON o.id = t.order_id
 WHERE {SEEN.format(clinic="coalesce(o.clinic_id, t.clinic_id)")};
COMMENT ON VIEW books_entry IS 'the ledger''s entries with what they were made for, within the scope of whoever asks';
GRANT SELECT ON books_payment, books_refund, books_registry, books_entry TO checkout_app;
"""  # noqa: S608 - ours
# A hundred people share the end of a telephone number: the indexes alone tell who they are and what they ordered.
SEARCH: Final = """
CREATE INDEX orders_of_payer ON orders (payer_id) INCLUDE (id, clinic_id);
DROP INDEX orders_payer;
CREATE INDEX person_of_phone_tail ON person (phone_tail_index) INCLUDE (id) WHERE erased_at IS NULL;
DROP INDEX person_phone_tail;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (VIEWS, SEARCH):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
