"""Explain each misconfiguration in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Final

from aiosmtplib import SMTPException

from checkout.ground.config import Config
from checkout.ground.db import Tx, in_transaction, one, rows, sql
from checkout.ground.migrate import newest
from checkout.ground.service import Service
from checkout.notices.mail import client
from checkout.payment import breaker, probe

_BASICS = sql("""
SELECT (SELECT version_num FROM alembic_version) AS version, (SELECT mode FROM installation) AS mode,
       (SELECT clock_offset <> '0' FROM installation) AS moved, current_user AS who,
       lower('ПРИВЕТ') = 'привет' AS cyrillic,
       has_table_privilege(current_user, 'ledger_entry', 'UPDATE')
         OR has_table_privilege(current_user, 'event', 'DELETE')
         OR has_table_privilege(current_user, 'audit', 'UPDATE') AS may_rewrite,
       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS too_mighty""")
_CATALOGUE = sql("""
SELECT slug, merchant, (SELECT count(*) FROM opening_hours h WHERE h.clinic_id = c.id) AS hours,
       (SELECT count(*) FROM resource r WHERE r.clinic_id = c.id AND r.active) AS resources
  FROM clinic c WHERE active ORDER BY slug""")
_LIFE = sql("""
SELECT (SELECT count(*) FROM worker WHERE seen_at > now() - interval '1 minute') AS workers,
       (SELECT count(*) FROM api_key WHERE disabled_at IS NULL) AS keys,
       ARRAY(SELECT DISTINCT action FROM role_action) AS actions,
       (SELECT count(*) FROM payment WHERE parked IS NOT NULL OR state = 'review') AS parked_payments,
       (SELECT count(*) FROM refund WHERE state = 'review') AS parked_refunds,
       (SELECT count(*) FROM message m WHERE state = 'failed' AND NOT EXISTS (
          SELECT 1 FROM message n WHERE n.resend_of = m.id AND n.state = 'sent')) AS untold,
       (SELECT max(app_now() - due_at) FROM payment WHERE due_at < app_now()) AS late""")


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` or not, in one sentence."""

    ok: bool
    sentence: str


async def examine(service: Service) -> AsyncIterator[Finding]:
    """Database, catalogue, work, mail, bank; in the order in which one would mend them."""
    for check in (_database, _catalogue, _life, _breakers):

        async def look(tx: Tx, check: object = check) -> list[Finding]:
            return await check(tx, service)  # type: ignore[operator,no-any-return]  # one of the four above

        for finding in await in_transaction(service.engine, look):
            yield finding
    yield await _mail(service)
    for finding in (*_brakes(service.config), *_saved_cards(service.config), *_own_clocks(service.config)):
        yield finding
    for merchant in service.config.merchants:
        yield await _bank(service, merchant.slug)


async def _database(tx: Tx, service: Service) -> list[Finding]:
    row = await one(tx, _BASICS)
    assert row is not None  # noqa: S101 - a select without a table
    mode = service.config.mode
    return [
        Finding(row.version == newest(), f"schema {row.version}, this code needs {newest()} (by `checkout migrate`)"),
        Finding(row.mode == mode, f"the database is of mode {row.mode}, the configuration says {mode}"),
        Finding(bool(row.cyrillic), "the database's locale knows Cyrillic (C.UTF-8 or ru_RU.UTF-8)"),
        Finding(not row.may_rewrite, f"role {row.who} cannot rewrite ledger, events or audit"),
        Finding(not row.too_mighty, f"role {row.who} is neither a superuser nor above row security"),
        Finding(not row.moved or mode == "test", "the clock is not moved"),
    ]


async def _catalogue(tx: Tx, service: Service) -> list[Finding]:
    clinics = await rows(tx, _CATALOGUE)
    known = {merchant.slug for merchant in service.config.merchants}
    found = [Finding(bool(clinics), "there is at least one clinic (`catalogue` in the configuration seeds them)")]
    for clinic in clinics:
        found.append(Finding(clinic.merchant in known, f"clinic {clinic.slug} is paid to merchant {clinic.merchant}"))
        found.append(Finding(clinic.hours > 0, f"clinic {clinic.slug} has opening hours"))
        found.append(Finding(clinic.resources > 0, f"clinic {clinic.slug} has somebody who gives its services"))
    return found


async def _life(tx: Tx, service: Service) -> list[Finding]:
    row = await one(tx, _LIFE)
    assert row is not None  # noqa: S101 - a select without a table
    late = row.late.total_seconds() if row.late else 0
    minute = 60
    return [
        Finding(row.workers > 0, f"workers seen within a minute: {row.workers} (start one with `checkout worker`)"),
        Finding(row.keys > 0, f"API keys: {row.keys} (make one with `checkout keys add`)"),
        _passkeys(service.config, row.actions),
        Finding(late < minute, f"the oldest due payment is {late:.0f} s late"),
        Finding(row.parked_payments == 0, f"payments that wait for a person: {row.parked_payments}"),
        Finding(row.parked_refunds == 0, f"refunds that wait for a person: {row.parked_refunds}"),
        Finding(row.untold == 0, f"messages that could not be told: {row.untold}"),
    ]


async def _breakers(tx: Tx, service: Service) -> list[Finding]:
    """A bank that does not answer is asked once at the end of each pause."""
    found = {trouble.merchant: trouble for trouble in await breaker.troubles(tx)}
    return [_breaker(merchant.slug, found.get(merchant.slug)) for merchant in service.config.merchants]


def _breaker(merchant: str, trouble: breaker.Trouble | None) -> Finding:
    if trouble is None or trouble.retry_at is None:
        return Finding(ok=True, sentence=f"the breaker of the bank of {merchant} is closed")
    said = f"the breaker of the bank of {merchant} is open since {trouble.since:%Y-%m-%d %H:%MZ}"
    return Finding(
        ok=False,
        sentence=f"{said}: {trouble.failures} calls in a row without an answer, next try {trouble.retry_at:%H:%M:%SZ}",
    )


def _passkeys(config: Config, actions: Collection[str]) -> Finding:
    """A right that is misspelt would force nobody."""
    unknown = sorted(set(config.passkey_for) - set(actions))
    said = f"; there is no {', '.join(unknown)}" if unknown else ""
    return Finding(not unknown, f"passkeys are forced for {', '.join(config.passkey_for) or 'nobody'}{said}")


async def _mail(service: Service) -> Finding:
    """Say hello, encrypted and logged in as for a letter; nothing is sent."""
    mail = service.config.mail
    if mail is None:
        return Finding(ok=False, sentence="payers get no letters: `mail` is not configured")
    try:
        async with asyncio.timeout(mail.timeout_seconds), client(mail, service.config.host):
            return Finding(ok=True, sentence=f"the mail server {mail.host} answers and knows us")
    except (SMTPException, OSError) as reason:
        return Finding(ok=False, sentence=f"the mail server {mail.host} does not take letters: {type(reason).__name__}")


def _brakes(config: Config) -> list[Finding]:
    """Whether bots are held back, and nobody else."""
    # We speak plain HTTP, so that something in front of us must end the payers' TLS: without the hop it is all we see.
    seen = config.mode == "test" or config.trusted_proxy_hops > 0
    found = [
        Finding(config.brakes.enabled, "brakes against bots are on (`brakes.enabled`)"),
        Finding(seen, "payers are told apart behind the proxy that ends TLS (`trusted_proxy_hops: 1`)"),
    ]
    channel = config.brakes.contact_code
    if channel != "none":
        sends = (config.mail if channel == "email" else config.sms) is not None
        found.append(Finding(sends, f"codes can be sent by {channel}, as `brakes.contact_code` wants (`mail`, `sms`)"))
    return found


def _saved_cards(config: Config) -> list[Finding]:
    """Whoever comes back gets at their cards by a code alone."""
    if not any(merchant.gateway.saved_cards for merchant in config.merchants):
        return []
    sends = config.mail is not None or config.sms is not None
    return [Finding(sends, "payers can get at the cards they saved by a code (`mail`, `sms`)")]


# A cart has to be repeated where a receipt is to be made, and nobody repeats it at that hour. Source: gateway.md §9.3.
_NO_CART: Final = (
    "; it sends no cart then, so the fiscal receipt may not come and is work for a person (/desk/worklist)"
)


def _own_clocks(config: Config) -> list[Finding]:
    """Nothing is wrong with it, but whoever runs the installation should know who charges whom, and when."""
    return [
        Finding(
            ok=True,
            sentence=f"the bank of {merchant.slug} charges by its own clock what it still holds {hours} h after a payment began, "
            f"also for a visit that is gone: a worker has to be back by then{_NO_CART if merchant.fiscal else ''}",
        )
        for merchant in config.merchants
        if (hours := merchant.gateway.autocompletion_hours)
    ]


async def _bank(service: Service, merchant: str) -> Finding:
    found = await probe.probe(service.gateway(merchant))
    return Finding(found.ok, f"the bank of {merchant} {found.words}")
