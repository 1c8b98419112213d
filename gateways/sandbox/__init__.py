"""A rehearsal bank that speaks the RBS protocol in both its dialects. It shares no code with our client.

A development tool for loopback: its control interface moves the clock and breaks answers for anyone who asks.
Never expose it.
"""

from gateways.sandbox import instant
from gateways.sandbox.bank import Bank
from gateways.sandbox.callbacks import Delivery
from gateways.sandbox.cards import ACS_CODES, TEST_CARDS, CardEntry, TestCard
from gateways.sandbox.clock import Clock
from gateways.sandbox.dispatch import dispatch
from gateways.sandbox.events import BindingEvent, Event
from gateways.sandbox.faults import Fault, Rule, Scope
from gateways.sandbox.holding import complete
from gateways.sandbox.journal import Effect, Journal, Kind, Totals
from gateways.sandbox.merchants import (
    ActionCodeType,
    ContentType,
    Dialect,
    ErrorCodeType,
    Merchant,
    Quirks,
    Signing,
    Verb,
)
from gateways.sandbox.orders import Order, Status
from gateways.sandbox.paying import Outcome, Step, cancel, confirm, pay
from gateways.sandbox.server import make_app, serve, start
from gateways.sandbox.wire import Reply, WireRequest

__all__ = [
    "ACS_CODES",
    "TEST_CARDS",
    "ActionCodeType",
    "Bank",
    "BindingEvent",
    "CardEntry",
    "Clock",
    "ContentType",
    "Delivery",
    "Dialect",
    "Effect",
    "ErrorCodeType",
    "Event",
    "Fault",
    "Journal",
    "Kind",
    "Merchant",
    "Order",
    "Outcome",
    "Quirks",
    "Reply",
    "Rule",
    "Scope",
    "Signing",
    "Status",
    "Step",
    "TestCard",
    "Totals",
    "Verb",
    "WireRequest",
    "cancel",
    "complete",
    "confirm",
    "dispatch",
    "instant",
    "make_app",
    "pay",
    "serve",
    "start",
]
