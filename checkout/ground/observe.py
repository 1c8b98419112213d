"""Metrics and logs of our own: every flow, chore and alarm has a series; nothing personal reaches a log line."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import Processor

OUTCOMES: Final = Counter("checkout_flow_total", "Flows by outcome", ["flow", "outcome"])
ALARMS: Final = Counter("checkout_contradictions_total", "Bank reports that call a person", ["belief", "report"])
CALLBACKS: Final = Counter("checkout_callbacks_total", "Callbacks by what became of them", ["merchant", "outcome"])
BRAKES: Final = Counter("checkout_brakes_total", "Looks at a brake by what it let through", ["kind", "outcome"])
CSP_REPORTS: Final = Counter("checkout_csp_reports_total", "Browsers' reports against our pages' policy", ["directive"])
MESSAGES: Final = Counter(
    "checkout_messages_total", "Tries to tell the payer something, by outcome", ["template", "channel", "outcome"]
)
CHORES: Final = Histogram("checkout_chore_seconds", "One round of a chore", ["chore"])
CHORE_ERRORS: Final = Counter("checkout_chore_errors_total", "Rounds that failed", ["chore"])
WORK: Final = Gauge("checkout_work_items", "What needs a person, by kind", ["kind"])
WORK_AGE: Final = Gauge("checkout_work_oldest_seconds", "Since when the oldest of a kind needs a person", ["kind"])
HEARTBEAT: Final = Gauge("checkout_worker_heartbeat_timestamp_seconds", "When this worker last went round")
BREAKER: Final = Gauge("checkout_breaker_open", "1 while the merchant's bank is left alone for a while", ["merchant"])
OLDEST_DUE: Final = Gauge("checkout_oldest_due_seconds", "Age of the oldest due row", ["table"])
INVARIANTS: Final = Gauge("checkout_invariant_violations", "Rows that break an invariant", ["invariant"])
REQUESTS: Final = Histogram("checkout_http_seconds", "Requests by route", ["route", "method", "status"])

_CARD: Final = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")
_PHONE: Final = re.compile(r"(?<![0-9A-Za-z])(?:\+7|8)[ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?![0-9])")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TOKEN: Final = re.compile(r"(?i)(bearer\s+|password=|token=|booked=|/[opr]/)[\w.~+/=-]+")


def luhn(digits: str) -> bool:
    """Whether the digits carry a card number's check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the rule's own number
    return total % 10 == 0


def _hide_card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return f"[card …{digits[-4:]}]" if luhn(digits) else match[0]


def redact(text: str) -> str:
    """The same text without card numbers, phones, e-mails and tokens."""
    text = _TOKEN.sub(lambda match: match[1] + "[hidden]", text)
    text = _EMAIL.sub("[e-mail]", text)
    return _PHONE.sub("[phone]", _CARD.sub(_hide_card, text))


def _redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
        elif not isinstance(value, int | float | bool | type(None)):
            event[key] = redact(str(value))
    return event


def _without_what_was_sent(record: logging.LogRecord) -> bool:
    """A request that is no HTTP is logged, but not in the parser's words: they repeat whatever it stumbled over."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info = None
    return True


def set_up_logging(*, level: str = "INFO") -> None:
    """JSON lines on standard error, redacted last, so that nothing slips past; the libraries' own words among them."""
    begin: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    end: list[Processor] = [
        structlog.processors.format_exc_info,
        _redact_event,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*begin, *end],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    plain = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    libraries.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=begin, processors=[plain, *end]))
    libraries.addFilter(_without_what_was_sent)
    logging.basicConfig(level=logging.WARNING, handlers=[libraries], force=True)
