"""Where the dashboard's figures come from: days that a chore counts into rows, and today as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

from checkout.books.figures import DAYS, NO_DECLINE, REASONS, SETTLED_AFTER, Dashboard, Period, Today
from checkout.catalogue.catalogue import Text
from checkout.ground.dates import local
from checkout.ground.db import Row, Tx, in_transaction, now, one, rows, run, sql
from checkout.ground.service import Service
from gateways.money import Money
from gateways.sberbank.action_codes import DeclineReason

EVERY: Final = 60.0  # seconds between counts of the running day
# Of the days that two periods need, those never counted, and those that may still change: the running ones each minute
# (somewhere it is tomorrow already), the others each quarter of an hour.
_TO_COUNT = sql("""
WITH today AS (SELECT (app_now() AT TIME ZONE 'UTC')::date AS day)
SELECT d.day::date AS day FROM today, generate_series(today.day - CAST(:days AS int), today.day + 1, interval '1 day') AS d(day)
  LEFT JOIN figure_run r ON r.day = d.day::date
 WHERE r.day IS NULL OR (NOT r.final AND r.counted_at <= app_now() -
       CASE WHEN d.day::date >= today.day - 1 THEN interval '50 seconds' ELSE interval '15 minutes' END)
 ORDER BY 1 DESC""")
# One worker counts a day; who comes meanwhile leaves it alone.
_RUN = sql("""
INSERT INTO figure_run (day, counted_at, final)
VALUES (:day, app_now(), :day < (app_now() AT TIME ZONE 'UTC')::date - CAST(:settled AS int))
ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at, final = excluded.final""")
_FORGET = sql("DELETE FROM figure_day WHERE day = :day")
# The indexes find what happened within the day anywhere on earth; the clinic's clock then decides.
_COUNT = sql("""
WITH span AS (SELECT CAST(:day AS date)::timestamp AT TIME ZONE 'UTC' - interval '14 hours' AS since,
                     CAST(:day AS date)::timestamp AT TIME ZONE 'UTC' + interval '36 hours' AS until),
 placed AS MATERIALIZED (
  SELECT o.id, o.clinic_id, o.total FROM span, orders o JOIN clinic c ON c.id = o.clinic_id
   WHERE o.created_at >= span.since AND o.created_at < span.until AND (o.created_at AT TIME ZONE c.zone)::date = :day
     AND o.plan <> 'at_clinic'),
 funnel AS (
  SELECT placed.clinic_id, placed.total, coalesce(p.to_bank, false) AS to_bank, coalesce(p.paid, false) AS paid
    FROM placed LEFT JOIN LATERAL (
      SELECT bool_or(p.method = 'card' AND p.reference IS NOT NULL) AS to_bank, bool_or(p.captured > 0) AS paid
        FROM payment p WHERE p.order_id = placed.id) p ON true),
 given_back AS MATERIALIZED (
  SELECT o.clinic_id, r.method, r.amount, r.done_at - r.requested_at AS took
    FROM span, refund r JOIN orders o ON o.id = r.order_id JOIN clinic c ON c.id = o.clinic_id
   WHERE r.state = 'done' AND r.done_at >= span.since AND r.done_at < span.until
     AND (r.done_at AT TIME ZONE c.zone)::date = :day),
 refused AS (
  SELECT DISTINCT placed.clinic_id, f.payment_id, coalesce(why.reason, 'unknown') AS reason
    FROM placed JOIN payment p ON p.order_id = placed.id JOIN gateway_fact f ON f.payment_id = p.id
    LEFT JOIN unnest(CAST(:codes AS int[]), CAST(:reasons AS text[])) AS why(code, reason) ON why.code = f.action_code
   WHERE f.action_code IS NOT NULL AND coalesce(why.reason, 'unknown') <> ALL(CAST(:harmless AS text[])))
INSERT INTO figure_day (day, clinic_id, kind, key, number, amount)
SELECT :day, o.clinic_id, 'revenue', coalesce(p.way, p.method), count(*), sum(p.captured)
  FROM span, payment p JOIN orders o ON o.id = p.order_id JOIN clinic c ON c.id = o.clinic_id
 WHERE p.captured_at >= span.since AND p.captured_at < span.until AND p.captured > 0
   AND (p.captured_at AT TIME ZONE c.zone)::date = :day GROUP BY 2, 4
UNION ALL
SELECT :day, clinic_id, 'refund', method, count(*), sum(amount) FROM given_back GROUP BY 2, 4
UNION ALL
SELECT :day, clinic_id, 'refund_hours', floor(extract(epoch FROM took) / 3600)::int::text, count(*), 0 FROM given_back
 GROUP BY 2, 4
UNION ALL
SELECT :day, f.clinic_id, 'orders', step.key, count(*), sum(f.total)
  FROM funnel f, LATERAL (VALUES ('placed', true), ('to_bank', f.to_bank), ('paid', f.paid)) AS step(key, met)
 WHERE step.met GROUP BY 2, 4
UNION ALL
SELECT :day, clinic_id, 'decline', reason, count(*), 0 FROM refused GROUP BY 2, 4""")
_SEEN: Final = "(CAST(:clinics AS int[]) IS NULL OR clinic_id = ANY(CAST(:clinics AS int[])))"
_PERIODS = sql(f"""
SELECT day >= CAST(:since AS date) AS current, kind, key,
       CASE WHEN kind IN ('revenue', 'refund', 'orders') THEN day END AS day,
       sum(number)::bigint AS number, sum(amount)::bigint AS amount FROM figure_day
 WHERE day >= CAST(:before AS date) AND day <= CAST(:until AS date) AND {_SEEN} GROUP BY 1, 2, 3, 4""")  # noqa: S608 - a constant
_FRESH = sql("SELECT min(counted_at) AS at FROM figure_run WHERE day = CAST(:until AS date)")
_TODAY = sql("""
WITH waiting AS (SELECT o.clinic_id, count(*) AS number FROM refund r JOIN orders o ON o.id = r.order_id
                  WHERE r.state IN ('requested', 'review') GROUP BY 1),
 here AS (SELECT c.*, date_trunc('day', app_now() AT TIME ZONE c.zone) AS midnight FROM clinic c
           WHERE c.active AND (CAST(:clinics AS int[]) IS NULL OR c.id = ANY(CAST(:clinics AS int[]))))
SELECT here.slug, here.name_ru, here.name_en, v.*, coalesce(w.number, 0) AS waiting, s.id IS NOT NULL AS open,
       coalesce((SELECT sum(CASE e.direction WHEN 'in' THEN e.amount ELSE -e.amount END) FROM cash_entry e
                  WHERE e.shift_id = s.id AND e.tender = 'cash'), 0)::bigint AS drawer
  FROM here CROSS JOIN LATERAL (
    SELECT count(*) AS visits, count(*) FILTER (WHERE m.kept >= o.total) AS paid,
           count(*) FILTER (WHERE m.kept > 0 AND m.kept < o.total) AS owing, count(*) FILTER (WHERE m.kept <= 0) AS unpaid,
           coalesce(sum(greatest(o.total - m.kept, 0)), 0)::bigint AS due
      FROM orders o CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.captured - p.refunded), 0) AS kept FROM payment p WHERE p.order_id = o.id) m
     WHERE o.clinic_id = here.id AND o.starts_at >= here.midnight AT TIME ZONE here.zone
       AND o.starts_at < (here.midnight + interval '1 day') AT TIME ZONE here.zone
       AND EXISTS (SELECT 1 FROM booking b WHERE b.order_id = o.id AND b.state IN ('confirmed', 'given', 'no_show'))) v
  LEFT JOIN waiting w ON w.clinic_id = here.id
  LEFT JOIN cash_shift s ON s.clinic_id = here.id AND s.closed_at IS NULL
 ORDER BY here.slug""")


async def count(service: Service) -> int:
    """The chore: count each day that may have changed, one transaction a day."""
    for row in await in_transaction(service.engine, lambda tx: rows(tx, _TO_COUNT, days=2 * DAYS)):
        await in_transaction(service.engine, lambda tx, day=row.day: count_day(tx, day))  # type: ignore[misc]
    return 0  # the same days are due again in a minute


async def count_day(tx: Tx, day: date) -> None:
    """Count one day anew, from the books alone."""
    await run(tx, _RUN, day=day, settled=SETTLED_AFTER.days)
    await run(tx, _FORGET, day=day)
    await run(
        tx,
        _COUNT,
        day=day,
        codes=list(REASONS),
        reasons=[str(reason) for reason in REASONS.values()],
        harmless=[str(reason) for reason in NO_DECLINE],
    )


async def dashboard(tx: Tx, *, clinics: Collection[int] | None, zone: str) -> Dashboard:
    """Today and thirty days up to it (on the calendar of `zone`), with the thirty before; for these clinics, None for all."""
    seen = list(clinics) if clinics is not None else None
    until = local(await now(tx), zone)
    since, before = until - timedelta(days=DAYS - 1), until - timedelta(days=2 * DAYS - 1)
    found = await rows(tx, _PERIODS, before=before, since=since, until=until, clinics=seen)
    fresh = await one(tx, _FRESH, until=until)
    return Dashboard(
        today=await today(tx, clinics=clinics),
        current=_period(since, until, [row for row in found if row.current]),
        previous=_period(before, since - timedelta(days=1), [row for row in found if not row.current]),
        counted_at=fresh.at if fresh else None,
    )


async def today(tx: Tx, *, clinics: Collection[int] | None) -> tuple[Today, ...]:
    """Each clinic's day as it stands."""
    found = await rows(tx, _TODAY, clinics=list(clinics) if clinics is not None else None)
    return tuple(
        Today(
            clinic=row.slug,
            name=Text(row.name_ru, row.name_en),
            visits=row.visits,
            paid=row.paid,
            owing=row.owing,
            unpaid=row.unpaid,
            due=Money(row.due),
            drawer=Money(row.drawer) if row.open else None,
            waiting=row.waiting,
        )
        for row in found
    )


def _period(since: date, until: date, found: list[Row[Any]]) -> Period:
    revenue: dict[str, dict[date, Money]] = defaultdict(dict)
    steps: dict[str, dict[date, int]] = defaultdict(dict)
    returns: dict[date, Money] = defaultdict(lambda: Money(0))
    numbers: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in found:
        numbers[row.kind][row.key] += row.number
        if row.kind == "revenue":
            revenue[row.key][row.day] = Money(row.amount)
        if row.kind == "orders":
            steps[row.key][row.day] = row.number
        if row.kind == "refund":
            returns[row.day] += Money(row.amount)
    declines = sorted(numbers["decline"].items(), key=lambda one: (-one[1], one[0]))
    return Period(
        since=since,
        until=until,
        revenue=dict(revenue),
        returns=dict(returns),
        refunds=sum(numbers["refund"].values()),
        steps=dict(steps),
        declines=tuple((DeclineReason(reason), number) for reason, number in declines),
        hours={int(hours): number for hours, number in numbers["refund_hours"].items()},
    )
