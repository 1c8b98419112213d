"""Who works at one clinic sees no row of another: row-level security, denying by default."""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.scripts import statements

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Both are asked in a scalar subselect, so that the planner does it once a statement and not once a row. A connection that
# was told nothing sees nothing: null is not true.
FUNCTIONS = """
CREATE FUNCTION scope_is_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT current_setting('app.clinics', true) = '*' $$;
CREATE FUNCTION scope_clinics() RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CAST(string_to_array(nullif(current_setting('app.clinics', true), '*'), ',') AS int[]) $$;
COMMENT ON FUNCTION scope_clinics() IS 'the clinics whose rows this transaction may see; app.clinics is * or their ids';
"""

EVERYTHING: Final = "(SELECT scope_is_everything())"
OF_CLINIC: Final = "clinic_id = ANY (CAST((SELECT scope_clinics()) AS int[]))"
# Whatever hangs on an order is seen by whoever sees the order: the policy of `orders` holds inside this one, too.
OF_ORDER: Final = "EXISTS (SELECT 1 FROM orders o WHERE o.id = order_id)"
OF_PAYMENT: Final = "EXISTS (SELECT 1 FROM payment p WHERE p.id = payment_id)"
OF_ENTRY: Final = "EXISTS (SELECT 1 FROM cash_entry e WHERE e.id = entry_id)"
# The bank pays a merchant, not a clinic: a line of its registry is a clinic's once it is matched to an order of it.
OF_MATCH: Final = "EXISTS (SELECT 1 FROM registry_match m WHERE m.line_id = registry_line.id)"
NOBODYS: Final = "false"
OF_RESOURCE: Final = f"EXISTS (SELECT 1 FROM resource r WHERE r.id = resource_id AND r.{OF_CLINIC})"  # noqa: S608 - as written
SCOPED: Final = {
    "orders": OF_CLINIC,
    "cash_shift": OF_CLINIC,
    "cash_count": OF_CLINIC,
    "cash_entry": OF_CLINIC,
    "cash_hand_over": OF_CLINIC,
    "cash_print": OF_ENTRY,
    "figure_day": OF_CLINIC,
    "order_line": OF_ORDER,
    "order_consent": OF_ORDER,
    "consent_withdrawal": OF_ORDER,
    "booking": OF_ORDER,
    "payment": OF_ORDER,
    "refund": OF_ORDER,
    "ledger_tx": f"{OF_ORDER} OR {OF_CLINIC}",
    "event": OF_ORDER,
    "message": OF_ORDER,
    "gateway_fact": OF_PAYMENT,
    "callback": OF_PAYMENT,
    "busy": OF_RESOURCE,
    "registry_file": NOBODYS,
    "registry_line": OF_MATCH,
    "registry_match": OF_ORDER,
    "registry_break": OF_ORDER,
}
# Appended by whoever does something, wherever; read over the whole installation or, for entries, by their transaction.
APPENDED: Final = {
    "ledger_entry": "EXISTS (SELECT 1 FROM ledger_tx t WHERE t.id = tx_id)",
    "audit": NOBODYS,
}

# An operator on ranges may not look at a row before its policy has, so that no index over ranges would serve. When a
# specialist is taken is no secret (every free time tells it); whose time it is, is one. These views belong to the owner,
# whom no policy binds, and say the one without the other.
VIEWS = """
CREATE VIEW booked AS SELECT id, resource_id, during, state FROM booking;
COMMENT ON VIEW booked IS 'when resources are taken by bookings of ours, at every clinic; never for whom';
CREATE VIEW blocked AS SELECT id, resource_id, during, imported_at FROM busy;
COMMENT ON VIEW blocked IS 'when resources are taken by other systems, at every clinic';
GRANT SELECT ON booked, blocked TO checkout_app;
-- A guard sees every row, whoever trips it.
ALTER FUNCTION booking_not_over_busy() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION cash_shift_is_sealed() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION cash_entry_into_an_open_shift() SECURITY DEFINER SET search_path = public, pg_temp;
"""


def upgrade() -> None:
    connection = op.get_bind()
    for script in (FUNCTIONS, VIEWS):
        for statement in statements(script):
            connection.exec_driver_sql(statement)
    for table, rule in SCOPED.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON {table} TO checkout_app USING ({EVERYTHING} OR {rule})")
    for table, rule in APPENDED.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON {table} FOR SELECT TO checkout_app USING ({EVERYTHING} OR {rule})")
        op.execute(f"CREATE POLICY appended ON {table} FOR INSERT TO checkout_app WITH CHECK (true)")
