"""Malformed answers: ways to spoil the true ones of `tests.gateways.truths`.

Everything is drawn from a seed, so the same number is the same corpus.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from gateways.gateway import Response
from tests.gateways.true_bank import SUM, Truth

LARGEST: Final = 262_144  # bytes: what the transport lets through


@dataclass(frozen=True, slots=True)
class Mutant:
    """A spoilt answer. `places` is how many of its values were changed; 0 where the whole of it was spoilt."""

    truth: Truth
    way: str
    response: Response
    places: int = 0


def mutants(truth: Truth, count: int, seed: str, stranger: Truth) -> Iterator[Mutant]:
    """So many spoilt answers in place of the true one; each way of spoiling comes at least every few dozen."""
    dice = random.Random(f"{seed}/{truth.kind}/{truth.name}")  # noqa: S311 - a corpus must be the same in every run
    ways = [*_WHOLE, *_INSIDE, *(_SINGLE * 4), *([_values] * 4), *([_bytes] * 4)]
    for index in range(count):
        way = ways[index % len(ways)]
        places = 1 if way in _SINGLE else 0
        yield Mutant(truth, way.__name__.strip("_"), way(truth, dice, stranger), places)


Way = Callable[[Truth, random.Random, Truth], Response]

NASTY: Final[list[Any]] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        99,
        19_900,
        19_901,
        19_899,
        1_990_000,
        10**12,
        10**30,
        -19_900,
    ),
    *(0.5, 19900.0, 1.99e4, 1e308, -0.0),
    *(
        "",
        " ",
        "0",
        "2",
        "00",
        "19900",
        "19900.00",
        "19 900",
        "1.99e4",
        "-0",
        "+2",
        "０",
        "２",
        "643",
        "810",
        "840",
        "RUB",
    ),
    *(
        "Ω" * 2_000,
        "\ud800",
        "\x00",
        "\u202e0",
        "null",
        "true",
        "'; DROP TABLE--",
        "<script>alert(1)</script>",
        "{{7*7}}",
    ),
    *("pay_another", "70906e55-7114-41d6-8332-4609dc6590f4", "https://evil.example/", "javascript:alert(1)"),
    *([], {}, [[]], [{}], {"a": {"b": []}}, [0] * 500, {"value": 19_900}, [19_900]),
]


_SUMS: Final = ("amount", "approvedAmount", "depositedAmount", "refundedAmount")


def _said(truth: Truth) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(truth.response.body)
    return found


def _answer(body: bytes, truth: Truth, status: int | None = None, content_type: str | None = None) -> Response:
    """This body, and for the rest as it truly was."""
    said = truth.response
    kind = said.content_type if content_type is None else content_type
    return Response(said.status if status is None else status, kind, body[:LARGEST])


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _places(inner, (*path, key))


def _swap(said: dict[str, Any], dice: random.Random) -> None:
    """One value in another's place, or gone, or another value of the same answer."""
    places = list(_places(said))
    if not places:
        return
    *way, last = dice.choice(places)
    parent: Any = said
    for step in way:
        parent = parent[step]
    draw = dice.random()
    if draw < 0.2:
        del parent[last]
    elif draw < 0.35 and isinstance(parent[last], int):
        parent[last] = parent[last] + dice.choice([-100, -1, 1, 100])
    else:
        parent[last] = deepcopy(dice.choice(NASTY))


def _one_value(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    said = _said(truth)
    _swap(said, dice)
    return _answer(_json(said, dice), truth)


def _status(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """Another status over the same sums: what was paid is declined, what was declined is paid."""
    said = _said(truth)
    if "orderStatus" in said:
        said["orderStatus"] = dice.choice([number for number in range(10) if number != said["orderStatus"]])
    return _answer(_json(said, dice), truth)


def _sum(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """One of the sums is another, by a kopeck, a rouble, or altogether."""
    said = _said(truth)
    blocks = [block for block in (said, said.get("paymentAmountInfo", {})) if any(name in block for name in _SUMS)]
    if blocks:
        block = dice.choice(blocks)
        name = dice.choice([name for name in _SUMS if name in block])
        block[name] = dice.choice([block[name] + 1, block[name] - 1, block[name] + 100, 0, SUM.amount, 2 * SUM.amount])
    return _answer(_json(said, dice), truth)


def _values(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    said = _said(truth)
    for _ in range(dice.randint(2, 4)):
        _swap(said, dice)
    return _answer(_json(said, dice), truth)


def _bytes(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    return _answer(scrambled(truth.response.body, dice), truth)


def scrambled(said: bytes, dice: random.Random) -> bytes:
    """Bytes changed, cut out, doubled or cut off."""
    body = bytearray(said)
    for _ in range(dice.randint(1, 4)):
        start = dice.randrange(len(body) or 1)
        piece = body[start : start + dice.randint(1, 30)]
        match dice.randrange(4):
            case 0:
                body[start : start + 1] = bytes([dice.randrange(256)])
            case 1:
                del body[start : start + len(piece)]
            case 2:
                body[start:start] = piece
            case _:
                del body[start + 1 :]
    return bytes(body)


def _json(said: dict[str, Any], dice: random.Random) -> bytes:
    return json.dumps(said, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _doubled_name(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """A name twice, with two values: which of them counts is a matter of taste, and money is none."""
    name, value = dice.choice(list(_said(truth).items()))
    other = dice.choice([value, 0, 2, 6, "0", 19_900, {}])
    return _answer(b"{" + json.dumps({name: other}).encode()[1:-1] + b"," + truth.response.body[1:], truth)


def _deep(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """Brackets that a parser would follow to the end of its stack."""
    opened, closed = dice.choice([(b"[", b"]"), (b'{"a":', b"}")])
    depth = dice.choice([50, 1_000, 20_000])
    nested = opened * depth + b"0" + closed * depth
    return _answer(b'{"deep":' + nested + b"," + truth.response.body[1:], truth)


def _huge_number(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """Digits without an end in place of a number, or in a name nobody has heard of."""
    digits = dice.choice([b"9" * 5_000, b"1" + b"0" * 100_000, b"1e400", b"-1e400", b"0." + b"0" * 4_000 + b"1"])
    name = dice.choice([b"amount", b"orderStatus", b"date", b"actionCode", b"unheardOf"])
    said = {key: value for key, value in _said(truth).items() if key != name.decode()}
    return _answer(b'{"' + name + b'":' + digits + b"," + json.dumps(said).encode()[1:], truth)


def _not_a_number(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    name = dice.choice(["amount", "orderStatus", "depositedAmount", "unheardOf"])
    said = _said(truth) | {name: dice.choice([float("nan"), float("inf"), float("-inf")])}
    return _answer(json.dumps(said).encode(), truth)


def _other_encoding(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """The same text in another alphabet, or with a mark in front."""
    text = truth.response.body.decode()
    encoded = [
        *(text.encode(name, "replace") for name in ("utf-16", "utf-32", "cp1251", "koi8-r", "cp866", "utf-7")),
        *(text.encode("utf-8-sig"), b"\xff\xfe" + text.encode(), text.encode() + b"\x80"),
    ]
    return _answer(dice.choice(encoded), truth)


def _other_type(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """The true answer under another name: clients do not look at it, and neither may it hurt."""
    types = ["text/html", "image/png", "", "application/xml; charset=utf-16", "application/json;" + "x" * 9_000]
    return _answer(truth.response.body, truth, content_type=dice.choice(types))


def _other_status(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """The true answer, but HTTP says otherwise."""
    return _answer(
        truth.response.body, truth, dice.choice([201, 204, 206, 301, 302, 400, 401, 403, 404, 412, 429, 451])
    )


def _broken_server(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    return _answer(page, truth, dice.choice([500, 502, 503, 504]), "text/html")


def _no_json(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """Bodies that are nothing of the kind."""
    bodies = [
        *(b"", b" ", b"null", b"0", b'"0"', b"[]", b"{", b"}", b"{}", b"true", b"\x00", b"\xef\xbb\xbf", b"undefined"),
        *(b"<!doctype html><h1>Login</h1>", b"errorCode=0&errorMessage=ok", b"a" * 200_000, b"[" * 200_000),
        b"[" + truth.response.body + b"]",
        truth.response.body + truth.response.body,
        truth.response.body + b" trailing",
        b")]}',\n" + truth.response.body,
        b"/* */" + truth.response.body,
        truth.response.body[: dice.randrange(len(truth.response.body))],
    ]
    return _answer(dice.choice(bodies), truth)


def _crowd(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """Thousands of names, or one value of a hundred kilobytes."""
    crowd = {f"n{index}": index for index in range(10_000)} if dice.random() < 0.5 else {"errorMessage": "я" * 60_000}
    return _answer(json.dumps(crowd | _said(truth), ensure_ascii=False).encode(), truth)


def _other_case(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """Names that differ by capitals are other names."""
    change = dice.choice([str.upper, str.lower, str.title])
    return _answer(json.dumps({change(name): value for name, value in _said(truth).items()}).encode(), truth)


def _sums_swapped(truth: Truth, dice: random.Random, _stranger: Truth) -> Response:
    """The three sums change places."""
    said = _said(truth)
    sums = said.get("paymentAmountInfo", {})
    names = [name for name in sums if name.endswith("Amount")]
    values = [sums[name] for name in names]
    dice.shuffle(values)
    said["paymentAmountInfo"] = sums | dict(zip(names, values, strict=True))
    return _answer(json.dumps(said).encode(), truth)


def _strangers(_truth: Truth, _dice: random.Random, stranger: Truth) -> Response:
    """A true and whole answer about somebody else's order, which is paid."""
    return stranger.response


_WHOLE: Final[list[Way]] = [_other_type, _other_status, _broken_server, _no_json, _no_json, _strangers]
_INSIDE: Final[list[Way]] = [
    *(_doubled_name, _doubled_name, _deep, _huge_number, _not_a_number, _other_encoding, _crowd, _other_case),
    _sums_swapped,
]
_SINGLE: Final[list[Way]] = [_one_value, _one_value, _status, _sum]
