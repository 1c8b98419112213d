"""Passwords of the staff: argon2id, at most two at once, never on the event loop. Source: decisions.md 33, reliability.md §8.

A hash takes about 40 ms and 19 MiB: more at once would starve whoever is paying.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from checkout.ground.errors import Invalid

SHORTEST: Final = 15
LONGEST: Final = 128
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_AT_ONCE: Final = ThreadPoolExecutor(2, thread_name_prefix="password")
# Of somebody who is not there, of 32 random bytes that nobody kept: a wrong address takes as long as a wrong password.
NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$XY4KMxWjAQStvbLHaRG3fA$BV8v8qh2j74wUItL8MrFbMIVJnV2SlKJH5V2qAce1Yk"
# A person who must think of fifteen letters may think of these first.
_WALKS: Final = ("1234567890", "0987654321", "qwertyuiop", "йцукенгшщз", "password", "пароль", "abcdefghij", "clinic")


def check(password: str, *, name: str, email: str) -> None:
    """Whether it may be chosen. Long beats odd: no rule asks for digits or signs. Raises Invalid naming the field."""
    if len(password) < SHORTEST:
        raise Invalid("password_short", pointer="/password", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise Invalid("password_long", pointer="/password", longest=LONGEST)
    if _easy(password.lower(), [*name.lower().split(), email.lower().partition("@")[0]]):
        raise Invalid("password_easy", pointer="/password")


def _easy(password: str, known: list[str]) -> bool:
    """Few different letters, or hardly more than a walk over the keys or what everybody knows of its owner."""
    rest = password
    for word in (*_WALKS, *(part for part in known if len(part) > 3)):  # noqa: PLR2004 - shorter ones are in every word
        rest = rest.replace(word, "")
    return len(set(password)) < 6 or len(rest) < SHORTEST // 2  # noqa: PLR2004 - "aaaaabbbbbccccc"


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_AT_ONCE, _HASHER.hash, password)


async def fits(password: str, kept: str | None) -> bool:
    """Whether it is the one; takes as long where nobody is."""
    return await asyncio.get_running_loop().run_in_executor(_AT_ONCE, _fits, password, kept)


def _fits(password: str, kept: str | None) -> bool:
    try:
        _HASHER.verify(kept or NOBODY, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether it was made with other figures than today's: hashed anew at the next sign-in."""
    return _HASHER.check_needs_rehash(kept)
