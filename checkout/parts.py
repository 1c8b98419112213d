"""What the long-running processes are made of: rooms of the web, chores of the worker, invariants, work lists and letters.

The one file that knows every part and joins them. It takes the whole of the web along, so a command imports it only when it
serves, works or verifies: the others start in half the time.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from checkout import alarms
from checkout.books import chain, figures_store, match, worklist
from checkout.books.drawers import DRAWERS
from checkout.books.earned import EARNED
from checkout.books.invariants import CORE, FISCAL, REGISTRY
from checkout.notices import letters, remind, send
from checkout.payment import brakes, checking, day_off, printing, unbinding
from checkout.running import Parts
from checkout.web import bank, desk, docs, ops, payer, reports, snippet
from checkout.web.api import busy, catalogue, drawer, messages, orders, payments, takings, till, visits
from checkout.web.once import forget_started
from checkout.worker import Chore, core_chores
from refunds import desk as refund_desk
from refunds import late, run
from refunds import letters as refund_letters
from refunds import panel as refund_panel
from refunds import review_api as refund_review
from refunds import web as refund_web
from refunds import worklist as refund_worklist
from refunds.chargebacks import recognise
from refunds.chargebacks import web as chargebacks_web
from refunds.chargebacks.invariants import CHARGEBACKS
from refunds.chargebacks.worklist import CHARGEBACK_WORK
from refunds.invariants import REFUNDS

INVARIANTS: Final = (*CORE, *FISCAL, *DRAWERS, *REFUNDS, *CHARGEBACKS, *REGISTRY, *EARNED)
WORK: Final = (*worklist.CORE, *refund_worklist.REFUNDS, *CHARGEBACK_WORK)
LETTERS: Final = {**letters.LETTERS, **refund_letters.LETTERS}
PARTS: Final = Parts(
    rooms=(
        orders.routes,
        payments.routes,
        takings.routes,
        visits.routes,
        messages.routes,
        till.routes,
        drawer.routes,
        refund_web.routes,
        chargebacks_web.routes,
        refund_review.routes,
        catalogue.routes,
        busy.routes,
        payer.routes,
        bank.routes,
        ops.routes,
        docs.routes,
        reports.routes,
        snippet.routes,
        refund_desk.routes,  # before the desk's own: among the rooms of money these are the most used
        desk.routes,
    ),
    chores=(
        *core_chores(INVARIANTS),
        Chore("refunds", run.run_due, hinted=True),
        Chore("late_money", late.give_back_due),
        Chore("chargebacks", recognise.recognise_due),
        Chore("chargeback_watch", recognise.watch, every=60.0),
        Chore("days_off", day_off.run_due),
        Chore("receipts", printing.run_due),
        Chore("saved_cards", unbinding.run_due),
        Chore("card_checks", checking.run_due, hinted=True),
        Chore("notices", partial(send.send_due, LETTERS)),
        Chore("reminders", remind.remind_due, every=remind.EVERY),
        Chore("idempotency", forget_started, every=60.0),
        Chore("figures", figures_store.count, every=figures_store.EVERY),
        Chore("registry", match.judge_again, every=60.0),
        Chore("worklist", partial(alarms.watch, WORK), every=alarms.EVERY),
        Chore("brakes", brakes.forget, every=60.0),
        Chore("audit_chain", chain.keep, every=5.0),
        Chore("audit_watch", chain.watch, every=900.0),
    ),
    invariants=INVARIANTS,
    panels=(refund_panel.PANEL,),
    work=WORK,
)
