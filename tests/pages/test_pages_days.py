"""The step that chooses a day and a time: what is free, where more of it is, and on whose clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.pages.visitor import Visitor
from tests.world import World


async def test_the_steps_lead_from_the_first_page_to_the_form(visitor: Visitor) -> None:
    """Each form's own fields, sent as a browser would, lead to the next step."""
    page = await visitor.get("/")
    page = await visitor.get(f"{page.actions[0]}?service=consultation&lang={page.values['lang']}")
    page = await visitor.get(f"{page.actions[0]}?service={page.values['service']}&clinic=krasny")
    assert "Шаг 2 из 3" in page.text
    day = page.fields["day"][2]
    page = await visitor.get(f"/book?service=consultation&clinic=krasny&since={page.values['since']}&day={day}")
    assert page.values["day"] == day
    assert "Новосибирск, UTC+7" in page.text
    page = await visitor.get(next(link for link in page.links if "at=" in link and day[-2:] in link))
    assert (page.heading, page.actions) == ("Контакты и оплата", ["/book"])


async def test_a_day_is_offered_with_the_number_of_its_free_times(visitor: Visitor, world: World) -> None:
    """Seven days with something free; the count is the number of times that the day then lists."""
    page = await visitor.get("/book?service=consultation&clinic=tverskaya")
    assert len(page.fields["day"]) == 7
    first = page.values["day"]
    times = {link for link in page.links if "at=" in link}
    assert f"свободно: {len(times)}" in page.text
    assert first >= (await world.now()).date().isoformat()


async def test_later_days_can_be_reached_and_left_again(visitor: Visitor) -> None:
    """The list goes on where it ended, up to the booking horizon, and leads back to its beginning."""
    page = await visitor.get("/book?service=consultation&clinic=tverskaya")
    later = next(link for link in page.links if "since=" in link)
    following = await visitor.get(later)
    assert following.fields["day"][0] > page.fields["day"][-1]
    assert "Ближайшие дни" in following.text


async def test_a_full_day_leads_to_the_next_ones(visitor: Visitor, world: World) -> None:
    """A link to a day on which the clinic is closed shows the days after it, and says why."""
    sunday = (await world.now()).date()
    while sunday.isoweekday() != 7:
        sunday += timedelta(days=1)
    page = await visitor.get(f"/book?service=consultation&clinic=krasny&day={sunday}")
    assert "На этот день свободного времени нет" in page.text
    assert page.values["day"] > sunday.isoformat()


async def test_far_away_days_say_that_nothing_is_free(visitor: Visitor) -> None:
    """Beyond the horizon there is no list, but a way on: the first days, another clinic, the telephone."""
    page = await visitor.get("/book?service=consultation&clinic=krasny&since=2099-01-01")
    assert page.status == 200
    assert "Свободного времени пока нет" in page.text
    assert "Другая клиника" in page.text


async def test_times_are_on_the_clinics_clock_and_say_so(visitor: Visitor) -> None:
    """Novosibirsk opens at eight on its own clock, wherever the payer is."""
    form = await visitor.form(clinic="krasny")
    at = datetime.fromisoformat(form.values["at"]).astimezone(UTC)
    assert f"{(at + timedelta(hours=7)):%H:%M} (Новосибирск, UTC+7)" in form.text
