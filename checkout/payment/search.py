"""Find an order by what somebody says at the desk or on the telephone: code, phone, its last four digits, e-mail, name.

Exact only: persons are found by blind indexes, and nothing is guessed. First which orders, then what is shown of them: the
second statement is the same for each way, and is planned once.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import phonenumbers

from checkout.ground.crypto import Vault
from checkout.ground.db import Tx, one, rows, sql
from checkout.ground.ids import CODE_ALPHABET, CODE_LENGTH, OrderId
from checkout.payment.listing import Listed
from checkout.payment.orders import FACTS_COLUMNS, facts_of, order
from checkout.privacy.person import words_of

MOST: Final = 50
TAIL: Final = 4  # digits
_CODE: Final = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")
# A scanner presses keys: under a Russian layout they come out as these letters.
_SCANNED: Final = str.maketrans("ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", "QWERTYUIOPASDFGHJKLZXCVBNM")


class By(StrEnum):
    """What was typed."""

    CODE = "code"
    TAIL = "tail"
    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, in the spelling that the index knows; of a name each word."""

    by: By
    values: tuple[str, ...]


# Whose orders may be seen.
_SEEN: Final = "(CAST(:clinics AS int[]) IS NULL OR o.clinic_id = ANY(CAST(:clinics AS int[])))"
# What somebody is found by: the kind of blind index, and how `person` is asked; a name must hold every word that was typed.
_FOUND_BY: Final = {
    By.TAIL: ("phone-tail", "phone_tail_index = (CAST(:found AS bytea[]))[1]"),
    By.PHONE: ("phone", "phone_index = (CAST(:found AS bytea[]))[1]"),
    By.EMAIL: ("email", "email_index = (CAST(:found AS bytea[]))[1]"),
    By.NAME: ("name", "name_index @> CAST(:found AS bytea[])"),
}
_BY_PERSON: Final = {
    by: sql(f"""
WITH who AS (SELECT id FROM person WHERE {found} AND erased_at IS NULL)
SELECT o.id FROM orders o JOIN who ON who.id = o.payer_id WHERE {_SEEN}
 UNION
SELECT o.id FROM orders o JOIN who ON who.id = o.patient_id WHERE {_SEEN}
 ORDER BY id DESC LIMIT :limit""")  # noqa: S608 - constants of this file
    for by, (_, found) in _FOUND_BY.items()
}
# One word may be the name of thousands. A person is kept for one order, so the newest people have the newest orders; those
# come by an index for each place that a word has in a name, and nobody looks at the rest.
PLACES: Final = 4  # of a name that are searched for one word alone
_OF_PERSON: Final = f"""
SELECT o.id FROM orders o WHERE o.payer_id = p.id AND {_SEEN}
UNION ALL SELECT o.id FROM orders o WHERE o.patient_id = p.id AND {_SEEN}"""  # noqa: S608 - as above
_AT_PLACE: Final = f"""
(SELECT theirs.id FROM person p, LATERAL ({_OF_PERSON}) theirs
  WHERE p.name_index[{{place}}] = (CAST(:found AS bytea[]))[1] AND p.erased_at IS NULL ORDER BY p.id DESC LIMIT :limit)"""  # noqa: S608 - as above
_BY_WORD: Final = sql(
    " UNION ".join(_AT_PLACE.format(place=1 + place) for place in range(PLACES)) + " ORDER BY id DESC LIMIT :limit"
)
_SHOWN = sql(f"""
SELECT o.*, c.slug AS clinic, c.zone, {FACTS_COLUMNS} FROM orders o JOIN clinic c ON c.id = o.clinic_id
 WHERE o.id = ANY(CAST(:ids AS uuid[])) ORDER BY o.id DESC""")  # noqa: S608 - as above
_BY_CODE = sql("""
SELECT id FROM orders
 WHERE code = :code AND (CAST(:clinics AS int[]) IS NULL OR clinic_id = ANY(CAST(:clinics AS int[])))""")


def code_in(typed: str) -> str | None:
    """The code that was read out or scanned, whatever the layout; None for what cannot be one."""
    text = typed.strip().upper()
    for code in (text.replace(" ", "").replace("-", ""), text.translate(_SCANNED)):
        if _CODE.fullmatch(code):
            return code
    return None


def wanted(typed: str) -> Wanted | None:
    """What somebody means by it; None for nothing that can be looked for."""
    text, code = typed.strip(), code_in(typed)
    if code is not None:
        return Wanted(By.CODE, (code,))
    if "@" in text:
        return Wanted(By.EMAIL, (text.lower(),))
    digits = re.sub(r"\D", "", text)
    if digits and not any(letter.isalpha() for letter in text):
        return Wanted(By.TAIL, (digits,)) if len(digits) == TAIL else _phone(text)
    words = tuple(words_of(text))
    return Wanted(By.NAME, words) if words else None


def _phone(text: str) -> Wanted | None:
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    return Wanted(By.PHONE, (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),))


async def by_code(tx: Tx, code: str, clinics: Collection[int] | None) -> OrderId | None:
    """The order of this code, at one of these clinics; None: everywhere."""
    row = await one(tx, _BY_CODE, code=code, clinics=None if clinics is None else list(clinics))
    return OrderId(row.id) if row else None


async def by_person(tx: Tx, vault: Vault, what: Wanted, clinics: Collection[int] | None) -> list[Listed]:
    """Orders that this person pays for or comes to, newest first; one more than `MOST` says that there are more."""
    kind, _ = _FOUND_BY[what.by]
    one_word = what.by is By.NAME and len(what.values) == 1
    found = await rows(
        tx,
        _BY_WORD if one_word else _BY_PERSON[what.by],
        found=[vault.blind(kind, value) for value in what.values],
        clinics=None if clinics is None else list(clinics),
        limit=MOST + 1,
    )
    shown = await rows(tx, _SHOWN, ids=[row.id for row in found]) if found else []
    return [Listed(order(row), facts_of(row)) for row in shown]
