"""A rehearsal bank that speaks the RBS protocol in both its dialects. It shares no code with our client.

A development tool for loopback: its control interface moves the clock and breaks answers for anyone who asks.
Never expose it.
"""

from gateways.sandbox.bank import Bank
from gateways.sandbox.callbacks import Delivery
from gateways.sandbox.cards import ACS_CODES, TEST_CARDS, CardEntry, TestCard
from gateways.sandbox.clock import Clock
from gateways.sandbox.dispatch import dispatch
from gateways.sandbox.faults import Fault, Rule, Scope
from gateways.sandbox.holding import complete
from gateways.sandbox.journal import Effect, Journal, Kind, Totals
from gateways.sandbox.merchants import Dialect, Merchant, Quirks
from gateways.sandbox.orders import Order, Status
from gateways.sandbox.paying import Outcome, Step, cancel, confirm, pay
from gateways.sandbox.server import make_app, serve, start
from gateways.sandbox.wire import Reply, WireRequest

__all__ = [
    "ACS_CODES",
    "TEST_CARDS",
    "Bank",
    "CardEntry",
    "Clock",
    "Delivery",
    "Dialect",
    "Effect",
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
    "Status",
    "Step",
    "TestCard",
    "Totals",
    "WireRequest",
    "cancel",
    "complete",
    "confirm",
    "dispatch",
    "make_app",
    "pay",
    "serve",
    "start",
]
