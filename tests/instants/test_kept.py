"""From the list of free times to the reminder: a clinic in every zone, and nobody tells another hour than the order's.

Russian clinics at the turn of a year; clinics whose clocks are changed between booking and visit; days that are one date
at the bank and another at the clinic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from checkout.catalogue.calendar import add_working_days
from checkout.ground.ids import PaymentId
from checkout.inbox import Mail
from checkout.notices import remind
from checkout.payment.order import Order
from checkout.payment.settle import settle
from refunds.run import run_due as run_refunds
from tests.instants import reading
from tests.notices.offices import Provider
from tests.pages.visitor import Seen, Visitor, home, same_site
from tests.world import World
from tests.zones import CHANGING, CITIES, RUSSIAN, changes, midnight, slug

VISIT, WITH_GOODS = "consultation", "consultation,insoles*2"
LENGTH: Final = timedelta(minutes=30)
_TIMES: Final = re.compile(r'<li><a href="([^"]*[?&;]at=([^"&]+)[^"]*)">(\d\d:\d\d)</a></li>')
_CODE: Final = re.compile(r'<p class="big">(\w+)</p>')


@dataclass(slots=True)
class Booked:
    """A payer's visit, as they and the clinic find it."""

    zone: str
    language: str
    home: str
    code: str
    id: str


def payer(world: World, language: str) -> Visitor:
    """A browser of somebody new."""
    return Visitor(world, {"Accept-Language": language, **same_site(world)})


async def offered(visitor: Visitor, zone: str, language: str, on: date, lines: str) -> dict[datetime, str]:
    """The free times of a day, each with its link: every one is what the clinic's clock says, as the page says it."""
    page = await visitor.get(f"/book?service={lines}&clinic={slug(zone)}&day={on}&lang={language}")
    found = {}
    for href, at, clock in _TIMES.findall(page.html.replace("%3A", ":")):
        found[datetime.fromisoformat(at)] = href.replace("&amp;", "&")
        assert reading.wall(on, clock, zone) == datetime.fromisoformat(at), (zone, clock)
    hint = re.findall(r"UTC([+−]\d+(?::\d\d)?)", page.text)
    assert hint == list(dict.fromkeys(offset(at, zone) for at in found)), zone
    return found


def offset(at: datetime, zone: str) -> str:
    """UTC+7 is +7; Lord Howe Island's summer is +11, its winter +10:30."""
    minutes = int(at.astimezone(ZoneInfo(zone)).utcoffset().total_seconds()) // 60  # type: ignore[union-attr]  # aware
    hours, rest = divmod(abs(minutes), 60)
    return f"{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


async def book(world: World, zone: str, language: str, on: date, *, wanted: datetime, lines: str, plan: str) -> Booked:
    """Through the pages, as a payer does; the form says the hour that was pressed."""
    visitor = payer(world, language)
    form = await visitor.get((await offered(visitor, zone, language, on, lines))[wanted])
    assert form.status == 200
    assert {(mark.at, mark.zone) for mark in reading.Marks(form.html).found} == {(wanted, zone)}
    assert reading.whole(form.text, language) == [(wanted, zone)]
    sent = await visitor.send(form, plan=plan)
    assert sent.status == 303, sent.text
    home = sent.location.removesuffix("/bank")
    (code,) = _CODE.findall((await visitor.get(home)).html)
    _, rows = await world.api("GET", f"/v1/orders?code={code}", "office")
    (row,) = rows["data"]
    assert (row["starts_at"], row["zone"]) == (f"{wanted:%Y-%m-%dT%H:%M:%SZ}", zone)
    return Booked(zone, language, home, code, row["id"])


async def agree(world: World, booked: Booked, at: datetime, *, entry: bool = True) -> None:
    """The order's page in both languages, the API, and the calendar entry of a visit that stands."""
    answer = await clinic_sees(world, booked)
    assert datetime.fromisoformat(answer["starts_at"]) == at
    assert datetime.fromisoformat(answer["ends_at"]) == at + LENGTH
    assert answer["zone"] == booked.zone
    for language in ("ru", "en"):
        page = await payer(world, language).get(f"{booked.home}?lang={language}")
        (visit,) = [mark for mark in reading.Marks(page.html).found if not mark.until]
        assert (visit.at, visit.zone) == (at, booked.zone)
        assert reading.whole(visit.text, language) == [(at, booked.zone)]
        same_days(page, answer, booked.zone, language)
    if entry:
        async with world.http.get(f"{world.url}{booked.home}/visit.ics") as file:
            assert reading.entry(await file.read()) == (at, at + LENGTH)


def same_days(page: Seen, answer: Any, zone: str, language: str) -> None:
    """Delivery and both return windows, once there is money: the page's dates are the API's instants at the clinic."""
    for window in answer["return_windows"] if answer["paid"]["amount"] else ():
        days = {local(window["until"], zone), local(window["base_at"], zone)}
        assert days <= set(reading.dated(page.text, language))
        assert local(answer["deliver_by"], zone) in reading.dated(page.text, language)


def local(instant: str, zone: str) -> date:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()


async def clinic_sees(world: World, booked: Booked) -> Any:
    status, answer = await world.api("GET", f"/v1/orders/{booked.id}", "office")
    assert status == 200
    return answer


async def pay(world: World, booked: Booked) -> None:
    """Before: the end of the hold on the page is the API's. Then the card, and the visit stands."""
    answer = await clinic_sees(world, booked)
    ends = datetime.fromisoformat(answer["hold_until"])
    page = await payer(world, booked.language).get(booked.home)
    (until,) = [mark for mark in reading.Marks(page.html).found if mark.until]
    assert (until.at, until.until, until.zone) == (ends, ends, booked.zone)
    payment = PaymentId.parse(answer["payments"][-1]["id"])
    await world.pay_at_bank(payment)
    await settle(world.service, payment)


async def move(world: World, booked: Booked, at: datetime) -> None:
    """The page that asks names the new hour; the button moves."""
    visitor = payer(world, booked.language)
    page = await visitor.get(f"{booked.home}/move?at={at:%Y-%m-%dT%H:%MZ}")
    assert (at, booked.zone) in reading.whole(page.text, booked.language)
    assert (await visitor.post(f"{booked.home}/move", page.values)).status == 303


async def told(world: World, provider: Provider, booked: Booked, at: datetime) -> None:
    """The newest letter of the order, its entry, and the text message: all of this hour."""
    mail = [one for one in await world.letters() if booked.code in one.subject][-1]
    assert reading.whole(mail.text, booked.language) == [(at, booked.zone)]
    _entry_agrees(mail, at)
    texts = [one["text"] for one in provider.asked if booked.code in one["text"]]
    if texts:
        assert reading.brief(texts[-1], booked.zone, booked.language, after=await world.now()) == at


def _entry_agrees(mail: Mail, at: datetime) -> None:
    if "напоминание" not in mail.subject and "reminder" not in mail.subject:
        (file,) = mail.attachments
        assert reading.entry(file.content) == (at, at + LENGTH)


async def until(world: World, moment: datetime) -> None:
    step = (moment - await world.now()).total_seconds()
    if step > 0:
        await world.advance(seconds=step)


async def test_a_new_year_in_every_russian_zone(network: World, provider: Provider) -> None:
    """Booked for the last half hour of the year, moved to the first of the next: two dates, two years, eleven clocks."""
    year = (await network.now() + timedelta(days=5)).year
    await until(network, datetime(year, 12, 20, 9, tzinfo=UTC))
    found: dict[datetime, Booked] = {}
    for number, zone in enumerate(RUSSIAN):
        turn, language = midnight(date(year + 1, 1, 1), zone), ("ru", "en")[number % 2]
        last = date(year, 12, 31)
        found[turn] = await book(
            network, zone, language, last, wanted=turn - timedelta(hours=1), lines=VISIT, plan="at_clinic"
        )
    await network.advance(minutes=3)  # whoever books is not written to at once
    for turn, booked in found.items():
        await told(network, provider, booked, turn - timedelta(hours=1))
        await move(network, booked, turn)
        await agree(network, booked, turn)
        await told(network, provider, booked, turn)
    await until(network, datetime(year, 12, 31, 7, 30, tzinfo=UTC))  # between breakfast and bedtime in all of Russia
    assert await remind.remind_due(network.service) == len(RUSSIAN)
    for turn, booked in found.items():
        await told(network, provider, booked, turn)


@pytest.mark.parametrize("zone", CHANGING)
async def test_the_clocks_change_between_booking_and_visit(network: World, provider: Provider, zone: str) -> None:
    """Booked and paid months ahead for the hour before the change, moved to the hour after it, reminded of it."""
    now, tz = await network.now(), ZoneInfo(zone)
    change = changes(zone, now + timedelta(days=3), now + timedelta(days=195))[0]
    language = ("ru", "en")[list(CHANGING).index(zone) % 2]
    days = {(change + timedelta(hours=by)).astimezone(tz).date() for by in (-1, 0, 1)}
    times = [at for day in days for at in await offered(payer(network, language), zone, language, day, VISIT)]
    before, after = max(at for at in times if at < change), min(at for at in times if at >= change)
    assert offset(before, zone) != offset(after, zone)
    on = before.astimezone(tz).date()
    booked = await book(network, zone, language, on, wanted=before, lines=WITH_GOODS, plan="full")
    await agree(network, booked, before, entry=False)
    await pay(network, booked)
    await agree(network, booked, before)
    await told(network, provider, booked, before)
    await move(network, booked, after)
    await agree(network, booked, after)
    await told(network, provider, booked, after)
    await until(network, after - timedelta(hours=12))
    assert await remind.remind_due(network.service) == 1
    await told(network, provider, booked, after)


async def test_a_deadline_to_pay_is_the_same_for_payer_guest_and_letter(network: World) -> None:
    """A held time in every zone: until when, on the payer's page, on the page of whoever pays for them, in the letter."""
    orders = [
        await network.order(clinic=slug(zone), language=("ru", "en")[number % 2]) for number, zone in enumerate(CITIES)
    ]
    for order in orders:
        zone, language, ends = order.zone, order.language, order.hold_until.replace(microsecond=0)
        page = await payer(network, language).get(home(network, order))
        (until,) = [mark for mark in reading.Marks(page.html).found if mark.until]
        assert (until.at, until.until, until.zone) == (ends, ends, zone)
        _, answer = await network.api("GET", f"/v1/orders/{order.id}", "site")
        assert datetime.fromisoformat(answer["hold_until"]) == ends
        guest = await payer(network, language).get(answer["pay_link"].removeprefix(network.url))
        (mark,) = reading.Marks(guest.html).found
        assert (mark.at, mark.zone) == (ends, zone)
        assert reading.whole(mark.text, language) == [(ends.replace(second=0), zone)]
    await network.advance(minutes=3)
    letters = await network.letters()
    for order in orders:
        (letter,) = [letter for letter in letters if order.code in letter.subject]
        instants = {order.starts_at, order.hold_until.replace(second=0, microsecond=0)}
        assert set(reading.whole(letter.text, order.language)) == {(at, order.zone) for at in instants}


# When it is another day at the bank than at the clinic: (zone, the hour in UTC).
APART: Final = [("Asia/Kamchatka", 13), ("Europe/Kaliningrad", 21.5), ("America/New_York", 2)]


@pytest.mark.parametrize(("zone", "hour"), APART)
async def test_a_refund_has_the_same_days_on_page_letter_and_api(network: World, zone: str, hour: float) -> None:
    """What was done is dated by the clinic's calendar, what is promised counts from the bank's day; and all agree."""
    day = (await network.now()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    await until(network, day + timedelta(hours=hour))
    order, _ = await network.paid(clinic=slug(zone), lines=(("consultation", 1), ("insoles", 1)))
    await network.letters()
    now = await network.now()
    at_bank, at_clinic = (now.astimezone(ZoneInfo(one)).date() for one in ("Europe/Moscow", zone))
    assert at_bank != at_clinic
    promised = {add_working_days(at_bank, count, {}) for count in (5, 30)}
    visitor = payer(network, "ru")
    page = await visitor.get(f"{home(network, order)}/cancel")
    assert promised <= set(reading.dated(page.text, "ru"))
    wish = {"amount": {"amount": 1000, "currency": "RUB"}, "reason": "the doctor was ill"}
    _, asked = await network.api("POST", f"/v1/orders/{order.id}/refunds", "finance", wish)
    assert date.fromisoformat(asked["answer_due"]) == at_clinic + timedelta(days=10)
    assert date.fromisoformat(asked["answer_due"]) in reading.dated((await network.letters())[-1].text, "ru")
    assert date.fromisoformat(asked["answer_due"]) in await page_dates(network, order)
    await network.api("POST", f"/v1/refunds/{asked['id']}/approve", "finance-2", {})
    assert (await network.letters())[-1].subject.endswith("возврат запланирован")
    said = set(reading.dated((await network.letters())[-1].text, "ru"))
    assert said == promised | {local(asked["scheduled_for"], zone)}
    await run_refunds(network.service)
    assert (await network.letters())[-1].subject.endswith("банк принял возврат")
    assert set(reading.dated((await network.letters())[-1].text, "ru")) == promised
    _, refund = await network.api("GET", f"/v1/refunds/{asked['id']}", "finance")
    assert {date.fromisoformat(refund[name]) for name in ("expected_from", "expected_by")} == promised
    done = {local(refund[name], zone) for name in ("requested_at", "scheduled_for", "done_at")}
    assert done == {at_clinic}
    window = {local(refund[name], zone) for name in ("return_until", "return_base")}
    assert promised | done | window <= await page_dates(network, order)


async def page_dates(world: World, order: Order) -> set[date]:
    """Every date on the order's page."""
    return set(reading.dated((await payer(world, "ru").get(home(world, order))).text, "ru"))
