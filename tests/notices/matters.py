"""Something to write about, without a database: an order that stands, of a payer who pays at the clinic."""

from __future__ import annotations

from datetime import datetime, timedelta

from checkout.booking.booking import State as BookingState
from checkout.catalogue.catalogue import Clinic, Kind, Text
from checkout.ground.config import Legal
from checkout.ground.ids import MessageId, OrderId, PersonId
from checkout.notices.letter import Bought, Matter
from checkout.notices.message import Channel
from checkout.payment.order import Facts, Order, Plan
from gateways.money import Money


def matter(start: datetime, zone: str, *, language: str = "ru", now: datetime | None = None) -> Matter:
    """A visit of half an hour at `start`, told of at `now`: two days before unless said otherwise."""
    moment = now or start - timedelta(days=2)
    total = Money(250_000)
    order_id = OrderId.new()
    order = Order(
        id=order_id,
        code=order_id.code,
        merchant="zdorovie",
        clinic_id=1,
        clinic="tverskaya",
        zone=zone,
        payer_id=PersonId.new(),
        patient_id=None,
        plan=Plan.AT_CLINIC,
        language=language,
        total=total,
        asked=Money(0),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        given_at=None,
        hold_until=moment,
        hold_cap=moment,
        decide_by=None,
        cancelled_at=None,
        return_url=None,
        principal="key:site",
        created_at=moment,
    )
    nothing = Money(0)
    visit = frozenset({BookingState.CONFIRMED})
    return Matter(
        channel=Channel.EMAIL,
        since=1,
        subject_id=MessageId.new().uuid,
        order=order,
        facts=Facts(Plan.AT_CLINIC, total, nothing, nothing, nothing, False, visit, frozenset()),
        lines=(Bought(Text("Приём терапевта", "General practitioner visit"), Kind.SERVICE, 1),),
        clinic=Clinic(
            id=1,
            slug="tverskaya",
            merchant="zdorovie",
            name=Text("Клиника", "Clinic"),
            address=Text("Москва, Тверская улица, 7", "7 Tverskaya Street, Moscow"),
            zone=zone,
            phone="+7 495 000-00-03",
            step_minutes=30,
            hours=(),
        ),
        legal=Legal(
            name="ООО «Клиника»",
            address="Москва",
            ogrn="1025400000001",
            inn="5400000001",
            phone="+7 495 000-00-03",
            email="pay@clinic.example",
        ),
        test=False,
        now=moment,
    )
