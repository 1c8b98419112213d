"""The form with contacts: what was sent, what is wrong with it, and the wish it makes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from checkout.ground.config import Consent
from checkout.ground.errors import Invalid, Refusal
from checkout.payment.order import Plan
from checkout.payment.place import OF_AGE, Wish
from checkout.privacy.person import Person, full_years, person
from checkout.web.payer.choice import Choice, chosen
from checkout.web.texts import explain
from checkout.web.words import LANGUAGES, say

CONSENT: Final = "consent-"
READ: Final = "read-"  # the version of the text beside the box
RELATIONS: Final = ("parent", "guardian", "trustee")
_TEXTS: Final = (
    *("ticket", "shown", "name", "phone", "email", "plan", "method", "save_card"),
    *("patient", "born_day", "born_month", "born_year", "relation"),
)
# What stands in for a faulty field while the others are looked at: `person` stops at the first fault.
_SOUND: Final = {"name": "А", "phone": "+79120000000", "email": "a@example.com"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right: the field's id on the page, and the words."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The form as it was typed. `shown`: the price in kopecks that the payer saw; `switch`: another language, please.

    `read`: the version of each text that stood beside its box.
    """

    choice: Choice
    ticket: str = ""
    shown: str = ""
    switch: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    patient: str = ""
    born_day: str = ""
    born_month: str = ""
    born_year: str = ""
    relation: str = ""
    plan: str = ""
    method: str = ""
    save_card: str = ""
    consents: frozenset[str] = frozenset()
    read: Mapping[str, str] = field(default_factory=dict)

    def agreed(self, text: Consent) -> bool:
        """Whether it is ticked, and was read as it is in force."""
        return text.kind in self.consents and self.read.get(text.kind) == text.version

    @property
    def for_another(self) -> bool:
        """Whether somebody else is named as the patient, be it by half: what was typed is not passed over."""
        return any(part.strip() for part in (self.patient, self.born_day, self.born_month, self.born_year))


def sent(fields: Mapping[str, str], language: str) -> Sent:
    """The form behind its fields; those we do not know are passed over."""
    switch = fields.get("switch", "")
    asked = next((tongue for tongue in (switch, fields.get("lang", "")) if tongue in LANGUAGES), language)
    return Sent(
        choice=chosen(fields, asked),
        switch=switch,
        consents=frozenset(name.removeprefix(CONSENT) for name in fields if name.startswith(CONSENT)),
        read={name.removeprefix(READ): version for name, version in fields.items() if name.startswith(READ)},
        **{name: fields.get(name, "") for name in _TEXTS},
    )


def understood(form: Sent, texts: Sequence[Consent], address: str | None) -> tuple[Wish | None, list[Fault]]:
    """The wish, or everything that is wrong, in the order of the page.

    `texts`: those in force. `address`: the payer's IP address.
    """
    language = form.choice.language
    payer, faults = _person({"name": form.name, "phone": form.phone, "email": form.email}, language)
    patient, patient_faults = _patient(form, language)
    known = {text.kind for text in texts}
    faults += patient_faults
    if form.plan not in list(Plan):
        faults.append(Fault("plan", explain(Invalid("plan_not_offered"), language)))
    faults += [
        Fault(CONSENT + text.kind, say(language, "consent_missing", title=title_of(text, language)))
        for text in texts
        if text.required and text.kind not in form.consents
    ]
    if faults or payer is None or form.choice.at is None:
        return None, faults
    wish = Wish(
        clinic=form.choice.clinic,
        lines=form.choice.lines,
        starts_at=form.choice.at,
        payer=payer,
        patient=patient,
        plan=Plan(form.plan),
        consents=tuple(sorted(form.consents & known)),
        language=language,
        relation=form.relation if patient and form.relation in RELATIONS else None,
        address=address,
        specialist=form.choice.who or None,
        read=form.read,
    )
    return wish, []


def reading_anew(kinds: Collection[str], texts: Sequence[Consent], language: str) -> tuple[Fault, ...]:
    """Of `consent_changed`: said beside the box of each text that reads otherwise by now. `texts`: those in force."""
    return tuple(
        Fault(CONSENT + text.kind, say(language, "consent_anew", title=title_of(text, language)))
        for text in texts
        if text.kind in kinds
    )


def title_of(text: Consent, language: str) -> str:
    return text.title_en if language == "en" else text.title_ru


def _person(typed: dict[str, str], language: str) -> tuple[Person | None, list[Fault]]:
    """The person, or every fault of the fields at once."""
    faults: list[Fault] = []
    while True:
        try:
            found = person(name=typed["name"], phone=typed["phone"], email=typed["email"])
        except Refusal as refusal:
            field = (refusal.pointer or "/name").removeprefix("/")
            faults.append(Fault(field, explain(refusal, language)))
            typed = {**typed, field: _SOUND[field]}
        else:
            return (None if faults else found), faults


def _patient(form: Sent, language: str) -> tuple[Person | None, list[Fault]]:
    """Somebody else who comes to the visit, reached through the payer."""
    if not form.for_another:
        return None, []
    contacts = {name: getattr(form, name) or _SOUND[name] for name in ("phone", "email")}
    found, wrong = _person({"name": form.patient, **contacts}, language)
    faults = [Fault("patient", say(language, "patient_missing")) for fault in wrong if fault.field == "name"]
    born = _born(form)
    if born is None:
        faults.append(Fault("born", explain(Invalid("born_unreadable"), language)))
    elif form.choice.at and _a_child(born, form.choice.at) and form.relation not in RELATIONS:
        faults.append(Fault("relation", explain(Invalid("guardian_needed"), language)))
    return (replace(found, born=born) if found else None), faults


def _born(form: Sent) -> date | None:
    try:
        return date(int(form.born_year), int(form.born_month), int(form.born_day))
    except (ValueError, OverflowError):
        return None


def _a_child(born: date, at: datetime) -> bool:
    """Whether under age wherever the clinic is; on the very birthday its own clock decides, when the order is placed."""
    return 0 <= full_years(born, (at + timedelta(days=1)).date()) < OF_AGE
