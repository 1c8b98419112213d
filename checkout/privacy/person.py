"""A person: the payer or the patient. What may be known of them, and how it is brought to one spelling. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from checkout.ground.errors import Invalid

_SPACES: Final = re.compile(r"\s+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
NAME_LENGTH: Final = 120
# No payer is reached at a number that whoever calls it pays for; a bot would have us write there, and share in it.
_DEAR: Final = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


@dataclass(frozen=True, slots=True)
class Person:
    """Name as written, phone in E.164, e-mail with a lower-case domain. `born`: of a patient who is not the payer."""

    name: str
    phone: str
    email: str
    born: date | None = None

    def as_json(self) -> bytes:
        known = {"name": self.name, "phone": self.phone, "email": self.email}
        if self.born:
            known["born"] = self.born.isoformat()
        return json.dumps(known, ensure_ascii=False).encode()

    @property
    def surname(self) -> str:
        """For search: the first word, lower case, ё as е."""
        return next(iter(words_of(self.name)), "")

    def age(self, day: date) -> int | None:
        """Full years on `day`; None if the birth date is not known."""
        return None if self.born is None else full_years(self.born, day)


def words_of(name: str) -> list[str]:
    """Its words for search, lower case, ё as е: people write first name and surname in either order."""
    return name.lower().replace("ё", "е").split()


def masked(known: Person) -> Person:
    """What may be shown to whoever need not know them: initials, the last four digits, the first letter of the address."""
    box, _, host = known.email.partition("@")
    return Person(
        name=" ".join(f"{word[0]}." for word in known.name.split()),
        phone=f"•••{known.phone[-4:]}" if known.phone else "",
        email=f"{box[:1]}…@{host}" if host else "",
    )


def full_years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def from_json(data: bytes) -> Person:
    known = json.loads(data)
    born = known.pop("born", None)
    return Person(**known, born=date.fromisoformat(born) if born else None)


def person(*, name: str, phone: str, email: str, born: date | None = None, at: str = "") -> Person:
    """Bring what was typed to one spelling. Raises Invalid naming the field below the pointer `at`."""
    return Person(_name(name, f"{at}/name"), telephone(phone, f"{at}/phone"), _email(email, f"{at}/email"), born)


def colleague(*, name: str, email: str) -> Person:
    """One of the staff, who is known by name and e-mail alone. Raises Invalid naming the field."""
    return Person(_name(name, "/name"), "", _email(email, "/email"))


def _name(typed: str, pointer: str) -> str:
    tidy = _SPACES.sub(" ", _CONTROL.sub("", typed)).strip()
    if not tidy or len(tidy) > NAME_LENGTH or not any(letter.isalpha() for letter in tidy):
        raise Invalid("name_unreadable", pointer=pointer)
    return tidy


def telephone(typed: str, pointer: str) -> str:
    """A number as +7 and ten digits, or another country's likewise. Raises Invalid naming the field."""
    try:
        number = phonenumbers.parse(typed, "RU")
    except phonenumbers.NumberParseException as reason:
        raise Invalid("phone_unreadable", pointer=pointer) from reason
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in _DEAR:
        raise Invalid("phone_unreadable", pointer=pointer)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(typed: str, pointer: str) -> str:
    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized
    except EmailNotValidError as reason:
        raise Invalid("email_unreadable", pointer=pointer) from reason
