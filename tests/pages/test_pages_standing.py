"""How an order stands, over every combination of facts: no face says more about money than is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkout.booking.booking import State as Booking
from checkout.ground.config import Limits
from checkout.ground.ids import OrderId, PaymentId, PersonId
from checkout.payment.order import Facts, Order, Plan
from checkout.payment.payment import LIVE, Belief, State
from checkout.payment.store import Payment
from checkout.web.payer.standing import OVER, WAITING, Face, standing
from checkout.web.words import WORDS
from gateways.money import Money

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TOTAL = Money(250_000)
NOBODY_PAID = {
    Face.TO_PAY,
    Face.HELD,
    Face.SILENT,
    Face.DECLINED,
    Face.NOT_TAKEN,
    Face.LAPSED,
    Face.VOIDED,
    Face.EXPIRED,
}
MONEY = {Face.LATE, Face.CALLED_OFF, Face.REFUNDING, Face.REFUNDED}


def _order(plan: Plan, minutes: int, *, cancelled: bool, decide: bool) -> Order:
    made = NOW - timedelta(minutes=minutes)
    return Order(
        id=OrderId.new(),
        code="ABCDEFGH",
        merchant="zdorovie",
        clinic_id=1,
        clinic="tverskaya",
        zone="Europe/Moscow",
        payer_id=PersonId.new(),
        patient_id=None,
        plan=plan,
        language="ru",
        total=TOTAL,
        asked=TOTAL if plan is Plan.FULL else Money(75_000 if plan is Plan.DEPOSIT else 0),
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, minutes=30),
        given_at=None,
        hold_until=made + timedelta(minutes=15),
        hold_cap=made + timedelta(minutes=60),
        decide_by=NOW + timedelta(days=1) if decide else None,
        cancelled_at=NOW if cancelled else None,
        return_url=None,
        principal="payer",
        created_at=made,
    )


def _payment(order: Order, state: State, *, card: bool, known: bool, paged: bool) -> Payment:
    return Payment(
        id=PaymentId.new(),
        order_id=order.id,
        payer_id=order.payer_id,
        data_key=None,
        method="card" if card else "cash",
        merchant="zdorovie",
        belief=Belief(state, TOTAL, Money(0), Money(0), 0, missed=False, session_ends_at=NOW),
        captured=TOTAL if state is State.CAPTURED else Money(0),
        charged_back=Money(0),
        reference="bank-1" if known or paged else None,
        form_url="http://bank.test/pay" if paged else None,
        token=1,
        fact_digest=None,
        captured_at=None,
        action_code=None,
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Order, Facts, list[Payment]]:
    """Whatever the tables can hold, and some that they cannot."""
    paid = draw(st.sampled_from([0, 75_000, 250_000, 500_000]))
    refunded = draw(st.integers(0, paid))
    reserved = draw(st.integers(0, paid - refunded))
    cancelled = draw(st.booleans())
    order = _order(
        draw(st.sampled_from(Plan)), draw(st.integers(0, 120)), cancelled=cancelled, decide=draw(st.booleans())
    )
    states = draw(st.lists(st.sampled_from(State), max_size=3))
    payments = [
        _payment(
            order,
            state,
            card=state is not State.CAPTURED or draw(st.booleans()),
            known=draw(st.booleans()),
            paged=draw(st.booleans()),
        )
        for state in states
    ]
    facts = Facts(
        plan=order.plan,
        total=TOTAL,
        paid=Money(paid),
        refunded=Money(refunded),
        reserved=Money(reserved),
        cancelled=cancelled,
        bookings=frozenset(draw(st.sets(st.sampled_from(Booking), min_size=1, max_size=2))),
        payments=frozenset(states),
    )
    return order, facts, payments


@given(situations())
def test_no_face_says_more_than_is_known(situation: tuple[Order, Facts, list[Payment]]) -> None:
    """It says that nothing was taken only where nothing was, money only where there is some, doubt wherever there is doubt."""
    order, facts, payments = situation
    found = standing(order, facts, payments, NOW, Limits())
    if found.face in NOBODY_PAID:
        assert not facts.paid
        assert State.REVIEW not in facts.payments
    if found.face in MONEY:
        assert facts.paid
    if found.face in (Face.BOOKED, Face.SETTLED):
        assert facts.paid or Booking.CONFIRMED in facts.bookings
    if State.REVIEW in facts.payments:
        assert found.face is Face.CHECKING


@given(situations())
def test_a_button_never_starts_a_second_payment_beside_an_open_one(
    situation: tuple[Order, Facts, list[Payment]],
) -> None:
    """Only where something is due, the bank is not still busy with it, and the time is ours."""
    order, facts, payments = situation
    found = standing(order, facts, payments, NOW, Limits())
    newest = payments[-1] if payments else None
    if found.charge is not None:
        assert 0 < found.charge.amount <= facts.due.amount
        assert not facts.cancelled
        assert State.REVIEW not in facts.payments
        assert newest is None or newest.state not in LIVE or newest.form_url is None
        if Booking.HELD in facts.bookings:
            assert order.hold_cap - NOW >= timedelta(minutes=8)
    if found.at_bank:
        assert newest is not None
        assert newest.state is State.PENDING


@given(situations())
def test_every_situation_has_words(situation: tuple[Order, Facts, list[Payment]]) -> None:
    """A heading, a sentence and a shape for whatever comes; a face waits for the bank or is over, never both."""
    order, facts, payments = situation
    found = standing(order, facts, payments, NOW, Limits())
    assert {f"{found.face}_title", f"{found.face}_text"} <= WORDS.keys()
    assert found.note is None or found.note in WORDS
    assert found.mark
    assert not WAITING & OVER
