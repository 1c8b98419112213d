"""The catalogue file: what it means, what it refuses and how it says so, and what an import would change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checkout.catalogue import file, notation, price_list
from checkout.catalogue.catalogue import Shift, Span
from checkout.catalogue.changes import Held, faults, plan
from checkout.catalogue.file import Catalogue, CatalogueError, PriceEntry
from checkout.catalogue.seed import FICTIONAL

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WORDS = {"ru": "Имя", "en": "Name"}
SERVICE: dict[str, Any] = {"slug": "visit", "name": WORDS, "minutes": 30, "price": 100_000}
DOCTOR: dict[str, Any] = {"slug": "orlov", "kind": "specialist", "name": "Орлов", "services": ["visit"]}
CLINIC: dict[str, Any] = {
    "slug": "main",
    "merchant": "m",
    "name": WORDS,
    "address": WORDS,
    "zone": "Europe/Moscow",
    "phone": "1",
    "hours": {"mon-fri": "09:00-13:00, 14:00-18:00"},
    "resources": [DOCTOR],
}


def catalogue(
    clinics: Sequence[dict[str, Any]] = (CLINIC,), services: Sequence[dict[str, Any]] = (SERVICE,), **more: Any
) -> Catalogue:
    return Catalogue.model_validate({"clinics": list(clinics), "services": list(services), **more})


def written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
    return path


# Nine lines, each ten times the one before: as hours of a clinic they were to be written out as text.
LAUGHS = (
    "working_days:\n- &l0 [" + "x, " * 10 + "]\n" + "".join(f"- &l{n} [{f'*l{n - 1}, ' * 10}]\n" for n in range(1, 9))
)
CLINIC_AT = "clinics:\n- slug: main\n  hours: {{mon: {hours}}}\n"

# --- hours


walls = st.integers(min_value=0, max_value=95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    edges = sorted(draw(st.sets(walls, min_size=2, max_size=6)))
    return [Span(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=False)]


weeks = st.dictionaries(st.integers(min_value=1, max_value=7), spans(), min_size=1).map(
    lambda days: tuple((day, span) for day in sorted(days) for span in days[day])
)
days = st.dates(min_value=date(2026, 1, 1), max_value=date(2028, 1, 1))


@given(weeks)
def test_a_week_reads_as_it_was_written(week: tuple[tuple[int, Span], ...]) -> None:
    """Ranges of weekdays and breaks lose nothing."""
    assert notation.read_week(notation.write_week(week)) == week


@given(st.lists(st.tuples(weeks, st.none() | days), max_size=3, unique_by=lambda one: one[1]))
def test_shifts_read_as_they_were_written(bounded: list[tuple[Any, date | None]]) -> None:
    """With and without validity."""
    shifts = notation.in_order(Shift(day, span, since, since) for week, since in bounded for day, span in week)
    assert notation.read_shifts(notation.write_shifts(shifts)) == shifts


def test_hours_are_written_as_people_write_them() -> None:
    """Neighbours with the same hours become one range."""
    week = notation.read_week({"mon": "09:00-18:00", "tue-wed": "09:00-18:00", "fri": "14:00-18:00, 09:00-13:00"})
    assert isinstance(week, tuple)
    assert notation.write_week(week) == {"mon-wed": "09:00-18:00", "fri": "09:00-13:00, 14:00-18:00"}


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({"monday": "09:00-18:00"}, "is no weekday"),
        ({"fri-mon": "09:00-18:00"}, "is no weekday"),
        ({"mon-wed": "09:00-18:00", "tue": "10:00-11:00"}, "tue is said twice"),
        ({"mon": "9-18"}, "is no span of hours"),
        ({"mon": "18:00-09:00"}, "must end after they begin"),
        ({"mon": "09:00-24:00"}, "is no span of hours"),
        ({"mon": "09:00-13:00, 12:00-18:00"}, "touch or overlap"),
        ({"mon": "09:00-13:00, 13:00-18:00"}, "touch or overlap"),
    ],
)
def test_hours_that_cannot_be_meant_are_explained(hours: dict[str, str], sentence: str) -> None:
    """In a sentence for whoever wrote them."""
    with pytest.raises(ValueError, match=sentence):
        notation.read_week(hours)


# --- the file


def test_the_fictional_catalogue_is_whole() -> None:
    """It has what the file can say, and refers to nothing that is not there."""
    found = file.load(FICTIONAL)
    assert faults(Held(Catalogue()), found, frozenset({"zdorovie"})) == []
    kinds = {service.kind for service in found.services}
    assert kinds == {"service", "option", "goods"}
    assert {clinic.slug: clinic.keeps_holidays for clinic in found.clinics} == {
        "krasny": True,
        "lenina": True,
        "tverskaya": False,
    }


def test_a_file_reads_as_it_was_written(tmp_path: Path) -> None:
    """The whole fictional network, and everything that it does not show."""
    rich = catalogue(
        [
            {
                **CLINIC,
                "paused": True,
                "exceptions": {date(2026, 12, 31): "09:00-12:00", "2027-01-02": "closed"},
                "resources": [
                    {
                        **DOCTOR,
                        "hours": [{"from": "2026-12-01", "until": "2026-12-31", "mon": "09:00-10:00"}],
                        "exceptions": {"2026-12-08": "closed"},
                    }
                ],
            }
        ],
        [
            {
                **SERVICE,
                "prices": [{"from": "2027-01-01", "price": 110_000}, {"from": "2027-02-01T10:00:00+07:00", "price": 1}],
            }
        ],
        working_days={"2026-12-31": True},
    )
    for found in (file.load(FICTIONAL), rich):
        assert file.load(written(tmp_path / "c.yaml", file.text(found))) == found


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"clinics": [{**CLINIC, "zone": "Moscow"}]}, r"clinics.0 \(main\).zone: 'Moscow' is no time zone"),
        ({"clinics": [{**CLINIC, "hours": {"mo": "1"}}]}, r"clinics.0 \(main\).hours: '1' is no span"),
        (
            {"clinics": [{**CLINIC, "resources": [{**DOCTOR, "kind": "robot"}]}]},
            r"clinics.0 \(main\).resources.0 \(orlov\).kind: Input should be 'specialist' or 'room'",
        ),
        ({"clinics": [{**CLINIC, "hourz": {}}]}, r"clinics.0 \(main\).hourz: Extra inputs"),
        ({"clinics": [{**CLINIC, "map_url": "http://x"}]}, r"map_url"),
        ({"clinics": [{**CLINIC, "exceptions": {"soon": "closed"}}]}, r"exceptions: 'soon' is no date"),
        ({"services": [{**SERVICE, "price": 10.5}]}, r"services.0 \(visit\).price: Input should be a valid integer"),
        ({"services": [{**SERVICE, "minutes": 0}]}, r"services.0 \(visit\): minutes: a service takes time"),
        ({"services": [{**SERVICE, "kind": "goods"}]}, "minutes: goods take no time"),
        ({"services": [{**SERVICE, "deposit_percent": 10, "deposit_fixed": 1}]}, "one deposit rule"),
        ({"services": [{**SERVICE, "vat": "much"}]}, "vat"),
        ({"services": [{**SERVICE, "prices": [{"from": "2027-01-01T10:00:00", "price": 1}]}]}, "with its offset"),
        ({"services": [{**SERVICE, "prices": [{"from": "2027-01-01", "price": 1}] * 2}]}, "from the same day"),
        ("services: [{slug: a, slug: b}]", "the key 'slug' stands twice"),
        ("services: [", "line 1"),
        ("just words", "the file: Input should be a valid dictionary"),
        ("services: &all\n- *all\n", "the aliases stand for too much"),
        (LAUGHS + CLINIC_AT.format(hours="*l8"), "the aliases stand for too much"),
        ("services: [{slug: a, from: 2026-13-45}]", "month must be in"),
        ("services: [{slug: a, price: " + "9" * 5000 + "}]", "the limit"),
        ("[" * 2000, "too many brackets"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: '" + "a" * 10_000_000 + "'", "larger than 10 MB"),
    ],
)
def test_a_wrong_file_names_the_key(tmp_path: Path, document: Any, fault: str) -> None:
    """By its path, with the slug that stands there."""
    with pytest.raises(CatalogueError, match=fault):
        file.load(written(tmp_path / "c.yaml", document))


def test_what_stands_twice_may_be_said_once(tmp_path: Path) -> None:
    """An alias is what other programs write for the same hours at two clinics."""
    hours = {"mon": "09:00-18:00"}
    document = {"clinics": [{**CLINIC, "hours": hours}, {**CLINIC, "slug": "other", "hours": hours}]}
    path = written(tmp_path / "c.yaml", document)
    assert "*id" in path.read_text(encoding="utf-8")
    first, second = file.load(path).clinics
    assert first.hours == second.hours


def test_every_fault_is_named(tmp_path: Path) -> None:
    """Not only the first."""
    document = {"clinics": [{**CLINIC, "zone": "x", "phone": ""}], "services": [{**SERVICE, "price": 0}]}
    with pytest.raises(CatalogueError) as refused:
        file.load(written(tmp_path / "c.yaml", document))
    assert len(str(refused.value).splitlines()) == 3


def test_references_that_lead_nowhere_are_named() -> None:
    """A service that is not there, of the wrong kind, an unknown merchant, a slug that stands twice."""
    option = {**SERVICE, "slug": "extra", "kind": "option"}
    wanted = catalogue(
        [{**CLINIC, "goods": ["visit"], "resources": [{**DOCTOR, "services": ["extra", "nothing"]}]}],
        [{**SERVICE, "options": ["visit"]}, option, option],
    )
    assert faults(Held(Catalogue()), wanted, frozenset({"other"})) == [
        "service extra: stands twice",
        "services.0 (visit).options: 'visit' is of kind service, not option",
        "clinics.0 (main).merchant: the installation file has no merchant 'm'",
        "clinics.0 (main).goods: 'visit' is of kind service, not goods",
        "clinics.0 (main).resources.0 (orlov).services: 'extra' is of kind option, not service",
        "clinics.0 (main).resources.0 (orlov).services: there is no service 'nothing'",
    ]
    known = Held(catalogue([], [{**SERVICE, "slug": "nothing"}]))
    assert not [fault for fault in faults(known, wanted, None) if "nothing" in fault]


# --- what an import would change


def test_a_plan_says_what_changes_and_how() -> None:
    """Added, changed with the fields, unchanged; what the file does not name stays."""
    held = Held(catalogue(services=[SERVICE, {**SERVICE, "slug": "old"}]).at(NOW))
    wanted = catalogue(services=[{**SERVICE, "price": 120_000}, {**SERVICE, "slug": "new"}])
    assert str(plan(held, wanted, NOW)).splitlines() == [
        "~ service visit: price 100000 → 120000",
        "+ service new",
        "1 added, 1 changed, 0 switched off, 2 unchanged",
    ]
    assert str(plan(held, wanted, NOW, prune=True)).splitlines()[-2:] == [
        "- service old",
        "1 added, 1 changed, 1 switched off, 2 unchanged",
    ]


def test_what_was_switched_off_comes_back_when_the_file_names_it() -> None:
    """And is said to."""
    held = Held(catalogue(), frozenset({("service", "visit"), ("service", "gone")}))
    assert [str(change) for change in plan(held, catalogue(), NOW).changes] == ["~ service visit: switched on again"]


def test_dated_records_stay_unless_the_file_is_everything() -> None:
    """A closed day, a planned price and a working day that the file no longer names go only by prune."""
    dated = catalogue(
        [{**CLINIC, "exceptions": {"2026-12-31": "closed"}}],
        [{**SERVICE, "prices": [{"from": "2027-01-01", "price": 110_000}]}],
        working_days={"2026-12-30": False},
    )
    held = Held(dated.at(NOW))
    assert plan(held, catalogue(), NOW).changes == ()
    pruned = plan(held, catalogue(), NOW, prune=True)
    assert [change.key for change in pruned.changes] == [
        ("service", "visit"),
        ("clinic", "main"),
        ("working day", "2026-12-30"),
    ]


def test_what_is_over_changes_nothing() -> None:
    """A file of last year: its exceptions have passed, and its planned price is the price."""
    old = catalogue(
        [{**CLINIC, "exceptions": {"2025-12-31": "closed"}}],
        [{**SERVICE, "prices": [{"from": "2026-01-01", "price": 110_000, "vat": "5"}]}],
        working_days={"2025-12-31": True},
    )
    now = Held(catalogue(services=[{**SERVICE, "price": 110_000, "vat": "5"}]))
    assert plan(now, old, NOW).changes == ()


# --- the price list


def listed(tmp_path: Path, text: str, held: Catalogue) -> Catalogue:
    path = tmp_path / "prices.csv"
    path.write_bytes(text.encode())
    return price_list.read(path)(Held(held))


def test_a_price_list_changes_only_its_columns(tmp_path: Path) -> None:
    """Sums in roubles however a spreadsheet writes them; an empty cell means none; a dated line is a planned price."""
    held = catalogue([], [{**SERVICE, "deposit_percent": 30, "at_clinic": True}])
    text = "\ufeffslug;price_rub;deposit_percent;valid_from\r\nvisit;1 250,50;;\r\nvisit;1300;;2027-01-01\r\n"
    (found,) = listed(tmp_path, text, held).services
    assert (found.price, found.deposit_percent, found.at_clinic, found.minutes) == (125_050, None, True, 30)
    assert [(price.price, price.valid_from.date()) for price in found.prices] == [(130_000, date(2026, 12, 31))]


def test_a_price_list_adds_a_service(tmp_path: Path) -> None:
    """With commas between the cells just as well."""
    text = 'slug,name_ru,name_en,minutes,price_rub,at_clinic,vat\nscan,УЗИ,Scan,30,"1500,00",да,none\n'
    (found,) = listed(tmp_path, text, Catalogue()).services
    assert (found.slug, found.name.ru, found.price, found.at_clinic) == ("scan", "УЗИ", 150_000, True)


def test_a_price_list_reads_as_it_was_written(tmp_path: Path) -> None:
    """Every column of every service; names that a spreadsheet would take for a formula too."""
    odd = {**SERVICE, "slug": "odd", "name": {"ru": "=1+1", "en": "-x"}, "about": {"ru": "'=", "en": ""}}
    services = [*file.load(FICTIONAL).services, *catalogue([], [odd]).services]
    planned = services[0].model_copy(
        update={"prices": (PriceEntry.model_validate({"from": "2027-01-01", "price": 1, "vat": "22"}),)}
    )
    held = Catalogue(services=(planned, *services[1:]))
    assert listed(tmp_path, price_list.text(held), held) == held
    assert listed(tmp_path, price_list.text(held), Catalogue()) == held


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("slug;cost\nvisit;1\n", "line 1: 'cost' is no column"),
        ("price_rub\n1\n", "line 1: the column slug is missing"),
        ("slug;price_rub\nvisit\n", "line 2: 1 cells"),
        ("slug;price_rub\nvisit;много\n", "line 2: price_rub: 'много' is no sum"),
        ("slug;price_rub\nvisit;1,005\n", "line 2: price_rub: '1,005' has more than two places"),
        ("slug;price_rub\nvisit;-5\n", "line 2: price_rub"),
        ("slug;price_rub\nvisit;Infinity\n", "line 2: price_rub: 'Infinity' is no sum"),
        ("slug;price_rub\nvisit;1e999999\n", "line 2: price_rub: '1e999999' is no sum"),
        ("slug;name_ru\nvisit;a\0\n", "it has a zero byte in it"),
        ("slug;price_rub\nvisit;1\n\nvisit;2\n", "line 4: slug: stands twice"),
        ("slug;price_rub\nother;1\n", "line 2: name: Field required"),
        ("slug;minutes\nvisit;half\n", "line 2: minutes: 'half' is no whole number"),
        ("slug;at_clinic\nvisit;maybe\n", "line 2: at_clinic: 'maybe' is neither yes nor no"),
        ("slug;price_rub;valid_from\nother;1;2027-01-01\n", "line 2: slug: a new service needs a line without"),
        ("slug;minutes;valid_from;price_rub\nvisit;5;2027-01-01;1\n", "line 2: minutes: a line with valid_from"),
        ("slug;valid_from;price_rub\nvisit;soon;1\n", "line 2: valid_from: 'soon' is no date"),
        ('slug;price_rub\n"visit;1\n', "line 2: unexpected end of data"),
    ],
)
def test_a_wrong_price_list_names_line_and_column(tmp_path: Path, text: str, fault: str) -> None:
    """And nothing of it is taken."""
    with pytest.raises(CatalogueError, match=fault):
        listed(tmp_path, text, catalogue())


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    path = tmp_path / "prices.csv"
    path.write_bytes("slug;name_ru\nvisit;Приём\n".encode("cp1251"))
    with pytest.raises(CatalogueError, match="save it as CSV UTF-8"):
        price_list.read(path)
