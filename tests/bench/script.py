"""From an overheard lifecycle to a pgbench script: the same statements, in the same transactions, over rows of its own.

Two recordings are laid over each other. A value that is the same in both is written as it is. One that differs names
something of this one lifecycle, and becomes an expression over pgbench's `:n`, the number of the replay, so that the
same rows are found, inserted and updated as by our code:

    uuid, short bytes, texts      unique by `:n`; uuids grow with it, as ULIDs do, which spares the indexes
    moments on a whole minute     the visit's times: 72 minutes apart, as crowded as the load generator makes them
    days                          the visit's
    other moments                 as far from now as they were when they were recorded
    sealed payloads               the recorded ones: nothing looks into them

From the worker's claim on everything speaks of the claimed row, which may be another client's: what it returned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tests.bench.record import Recording, Statement, Transaction

_PLACE: Final = re.compile(r"\$(\d+)")
_CODE: Final = re.compile(r"[2-9A-HJ-NP-Z]{8}")
_NAME_AFTER_COLON: Final = re.compile(r":(?=[A-Za-z_\u0080-\uffff])")  # what pgbench takes for a variable
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_KEY: Final = 32  # bytes: anything longer is sealed
_SHORTEST_NAME: Final = 20  # characters of what is looked for inside other texts
_SLOTS: Final = 12_000

HEAD: Final = rf"""\set i :i + 1
\set n :first + :i * :clients + :client_id
\set slot :n / {_SLOTS} * {_SLOTS} + :n * 7919 % {_SLOTS}
\set p_token 0"""
_N: Final = ":n::bigint"
_START: Final = "timestamptz '2100-01-01 00:00Z' + :slot::float8 * interval '72 minutes'"
_CLAIM: Final = "SKIP LOCKED"
_FACT: Final = "INSERT INTO gateway_fact"


class CannotReplay(Exception):
    """The two recordings do not fit each other, or a value differs that has no rule."""


@dataclass(slots=True)
class _Names:
    """The expressions, by the recorded text that they stand for."""

    recording: Recording
    known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen = self.recording
        for moment in (seen.starts_at, seen.ends_at):
            self.known[moment.isoformat()] = f"({self.visit(moment)})::text"
        for printed in (str(seen.order), str(seen.payment)):
            self.text(printed)

    def visit(self, moment: datetime) -> str:
        """A time that hangs on the visit's start."""
        return f"{_START} + interval '{round((moment - self.recording.starts_at).total_seconds())} seconds'"

    def day(self, value: date) -> str:
        """A day that hangs on the visit's."""
        return f"({_START})::date + {(value - self.recording.starts_at.date()).days}"

    def uuid(self, value: UUID) -> str:
        made = f"('f' || lpad(to_hex({_N}), 15, '0') || '{len(self.known):016x}')::uuid"
        return self.known.setdefault(str(value), made)

    def bytes(self, value: bytes) -> str:
        made = f"substr(sha256(convert_to({_N} || ' {len(self.known)}', 'UTF8')), 1, {len(value)})"
        return self.known.setdefault(value.hex(), made)

    def text(self, value: str) -> str:
        """A name of its own, unless it holds uuids or names that are known: then those are replaced within it."""
        if not _UUID.fullmatch(value):
            for inside in _UUID.findall(value):
                self.uuid(UUID(inside))
        pieces = self._split(value)
        if len(pieces) > 1:
            return f"concat({', '.join(pieces)})"
        if _CODE.fullmatch(value):
            return self.known.setdefault(value, f"translate(lpad(to_hex({_N}), 8, '0'), '01abcdef', 'GHABCDEF')")
        return self.known.setdefault(value, f"lpad({_N} || ' {len(self.known)}', {len(value)}, '-')")

    def claimed(self) -> None:
        """From now on the row that the claim returned is spoken of."""
        seen = self.recording
        self.known |= {
            str(seen.order.uuid): ":p_order_id::uuid",
            str(seen.payment.uuid): ":p_id::uuid",
            str(seen.payer): ":p_payer_id::uuid",
            seen.reference: ":p_reference::text",
        }

    def _split(self, value: str) -> list[str]:
        found = [name for name in self.known if len(name) >= _SHORTEST_NAME and name in value]
        if not found:
            return [literal(value)]
        parts = re.split("(" + "|".join(map(re.escape, found)) + ")", value)
        return [self.known[part] if part in found else literal(part) for part in parts if part]


def pgbench_script(first: Recording, second: Recording) -> str:
    """The script. Raises CannotReplay."""
    if len(first.transactions) != len(second.transactions):
        raise CannotReplay("the two lifecycles had different numbers of transactions")
    names = _Names(first)
    lines = [HEAD]
    for one, other in zip(first.transactions, second.transactions, strict=True):
        lines += ["BEGIN;", *_statements(names, one, other), "COMMIT;"]
        if any(_CLAIM in statement.text for statement in one.statements):
            # Another client may have taken the only due row an instant ago: then somebody settles ours as well.
            lines.append(r"\if :p_token > 0")
            names.claimed()
    return "\n".join([*lines, r"\endif", ""])


def _statements(names: _Names, one: Transaction, other: Transaction) -> list[str]:
    if [statement.text for statement in one.statements] != [statement.text for statement in other.statements]:
        raise CannotReplay("the two lifecycles sent different statements")
    return [_statement(names, one.began, a, b) for a, b in zip(one.statements, other.statements, strict=True)]


def _statement(names: _Names, began: float, one: Statement, other: Statement) -> str:
    values = [_value(names, began, a, b) for a, b in zip(one.values, other.values, strict=True)]
    text = _PLACE.sub(lambda match: values[int(match[1]) - 1], " ".join(one.text.split()))
    if _CLAIM in one.text:
        return text + r" \aset p_"
    return text + (r" \gset f_" if _FACT in one.text else ";")


def _value(names: _Names, began: float, one: Any, other: Any) -> str:
    """What stands for a value, by what it was in the two recordings."""
    if one == other:
        return literal(one)
    match one:
        case UUID():
            return names.uuid(one)
        case bytes():
            return names.bytes(one) if len(one) <= _LONGEST_KEY else literal(one)
        case datetime():
            return f"({_moment(names, began, one)})"
        case date():
            return f"({names.day(one)})"
        case str():
            return names.text(one)
        case list():
            return f"ARRAY[{', '.join(_value(names, began, a, b) for a, b in zip(one, other, strict=True))}]"
        case int():
            return ":f_id"  # the only number that differs: the fact's, which its insert returned
        case _:
            raise CannotReplay(f"no rule for a differing {type(one).__name__}")


def _moment(names: _Names, began: float, value: datetime) -> str:
    if value.second or value.microsecond:
        return f"now() + interval '{round(value.timestamp() - began)} seconds'"
    return names.visit(value)


def literal(value: Any) -> str:
    """A value in SQL, spelled so that pgbench sees no variable in it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case list():
            return f"ARRAY[{', '.join(map(literal, value))}]"
        case UUID():
            return f"'{value}'::uuid"
        case datetime():
            return f"'{value.isoformat()}'::timestamptz"
        case date():
            return f"date '{value.isoformat()}'"
        case str():
            escaped = value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
            return "E'" + _NAME_AFTER_COLON.sub(r"\\x3a", escaped) + "'"
        case _:
            raise CannotReplay(f"no way to write a {type(value).__name__}")
