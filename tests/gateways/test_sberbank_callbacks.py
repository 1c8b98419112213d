"""Callbacks: every published and computed signature, and every way to bend one."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.gateway import CallbackRequest, Forged, Notice
from gateways.sberbank.callbacks import Keys, canonical, read
from tests.gateways.callback_vectors import (
    H6,
    H6_CHECKSUM,
    H9_QUERY,
    ILLUSTRATIVE,
    ORDER,
    S_STAR,
    VECTORS,
    get,
    pairs,
)
from tests.gateways.samples import SECRET, bank


def form(body: bytes) -> CallbackRequest:
    return CallbackRequest("POST", (), "application/x-www-form-urlencoded; charset=UTF-8", body)


def posted(body: object) -> CallbackRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return CallbackRequest("POST", (), "application/json", data)


def keys(*secrets: str, own: tuple[str, ...] = ()) -> Keys:
    return Keys(secrets=tuple(secret.encode() for secret in secrets), own_params=frozenset(own))


def signed(params: list[tuple[str, str]]) -> CallbackRequest:
    """A callback signed with SECRET, by the one vector-tested way to sign."""
    return get(params, hmac.new(SECRET.encode(), canonical(dict(params)), hashlib.sha256).hexdigest())


# Symmetric signatures


@pytest.mark.parametrize("name", VECTORS)
def test_each_vector_verifies(name: str) -> None:
    """Every vector verifies, with its checksum in upper or lower case."""
    secret, text, checksum = VECTORS[name]
    for spelt in (checksum, checksum.lower()):
        assert read(get(pairs(text), spelt), keys(secret)).signed


@pytest.mark.parametrize("name", VECTORS)
def test_each_vector_fails_when_anything_is_changed(name: str) -> None:
    """A wrong key, a changed or missing parameter, an added one or a changed digit of the sum: forged."""
    secret, text, checksum = VECTORS[name]
    params = pairs(text)
    other_digit = ("0" if checksum[0] != "0" else "1") + checksum[1:]
    bent = [
        (get(params, checksum), keys(secret + "x")),
        (get(params, other_digit), keys(secret)),
        (get(params, checksum[:-2]), keys(secret)),
        (get(params, checksum + " "), keys(secret)),
        (get(params, ""), keys(secret)),
        (get(params), keys(secret)),
        (get([*params, ("extra", "1")], checksum), keys(secret)),
        (get(params[:-1], checksum), keys(secret)),
        *(
            (get([*params[:i], (n, v + "0"), *params[i + 1 :]], checksum), keys(secret))
            for i, (n, v) in enumerate(params)
        ),
    ]
    for request, wrong in bent:
        with pytest.raises(Forged):
            read(request, wrong)


def test_the_canonical_text_is_sorted_by_bytes_and_leaves_two_names_out() -> None:
    """Upper case sorts first, empty values stay, and only the signature's own two names are left out."""
    params = {"b": "2", "Zeta": "z", "a": "", "checksum": "FF", "sign_alias": "SHA-256 with RSA", "signature": "s"}
    assert canonical(params) == b"Zeta;z;a;;b;2;signature;s;"


def test_h8_comes_with_a_sign_alias() -> None:
    """The alias of the key is no part of what is signed (H8)."""
    secret, text, checksum = VECTORS["H8"]
    assert read(get([*pairs(text), ("sign_alias", "SHA-256 with RSA")], checksum), keys(secret)).succeeded


def test_h9_as_a_query_and_as_a_form() -> None:
    """The documented query of H9 verifies: decoded values, a plus that is no space, an empty value; as a form too."""
    expected = Notice(ORDER, "Заказ-7", "refunded", succeeded=True, signed=True)
    query = tuple(parse_qsl(H9_QUERY, keep_blank_values=True))
    assert read(CallbackRequest("GET", query, "", b""), keys(SECRET)) == expected
    assert read(form(H9_QUERY.encode()), keys(SECRET)) == expected


@pytest.mark.parametrize("secret", [*sorted({vector[0] for vector in VECTORS.values()}), ""])
def test_the_illustrative_sum_of_the_documents_verifies_with_no_key(secret: str) -> None:
    """The sum printed beside S* in the documents belongs to nothing and must not be accepted."""
    with pytest.raises(Forged):
        read(get(pairs(S_STAR), ILLUSTRATIVE), keys(secret))


def test_the_documents_dollar_sample_is_refused() -> None:
    """The published sample with a dollar sign glues amount to status; its sum verifies, its shape does not."""
    checksum = "14E0D9722D43BE67BFF111F53570BB5BCCFEED8AD15D72A48D51D4E949DAF988"
    params = [("status", "1$amount=123456"), *pairs(S_STAR)[1:-1]]
    assert hmac.new(b"test", canonical(dict(params)), hashlib.sha256).hexdigest().upper() == checksum
    with pytest.raises(Forged):
        read(get(params, checksum), keys("test"))


def test_the_previous_key_is_accepted_in_rotation_only() -> None:
    """While the key is being changed, both keys are accepted; afterwards only the new one."""
    both, _ = bank(callback_secret="the-new-one", callback_secret_previous=SECRET)
    after, _ = bank(callback_secret="the-new-one")
    request = get(pairs(H6), H6_CHECKSUM)
    assert both.read_callback(request).signed
    with pytest.raises(Forged):
        after.read_callback(request)


def test_our_own_parameters_may_be_signed_or_not() -> None:
    """Parameters of our own address are left out first; if the bank did sign them, that verifies too."""
    ours = ("gateway", "main")
    assert read(get([ours, *pairs(H6)], H6_CHECKSUM), keys(SECRET, own=("gateway",))).signed
    assert read(signed([ours, *pairs(H6)]), keys(SECRET, own=("gateway",))).signed
    with pytest.raises(Forged):
        read(get([ours, *pairs(H6)], H6_CHECKSUM), keys(SECRET))


# Ambiguity: one signed text, several readings


@pytest.mark.parametrize(
    "params",
    [
        [("mdOrder", f"{ORDER};operation;approved"), ("orderNumber", "A-1001"), ("status", "1")],
        [("mdOrder", ORDER), ("operation", "approved;orderNumber;A-1001"), ("status", "1")],
        [("mdOrder", ORDER), ("operation", "approved"), ("orderNumber", "A-1001;status;1")],
        [("mdOrder", ORDER), ("operation;approved;orderNumber", "A-1001"), ("status", "1")],
        [(f"mdOrder;{ORDER};operation;approved;orderNumber;A-1001;status", "1")],
    ],
)
def test_another_reading_of_a_signed_text_is_forged(params: list[tuple[str, str]]) -> None:
    """H6's text can be cut into parameters in other ways with the same signature: all of them are refused."""
    assert canonical(dict(params)).decode() == H6
    with pytest.raises(Forged):
        read(get(params, H6_CHECKSUM), keys(SECRET))


def test_a_semicolon_is_fine_where_we_do_not_look() -> None:
    """A semicolon in a value that we do not use, such as a description, is nothing bad."""
    assert read(signed([*pairs(H6), ("orderDescription", "приём; анализы")]), keys(SECRET)).number == "A-1001"


# Shape


@pytest.mark.parametrize(
    "request_",
    [
        get([]),
        get([("status", "1"), ("operation", "deposited")]),
        get([("mdOrder", ORDER), ("mdOrder", ORDER)]),
        get([("mdOrder", ORDER), ("x", "1"), ("x", "2")]),
        get([("mdOrder", ORDER), *((f"p{i}", "") for i in range(64))]),
        get([("mdOrder", ORDER), ("x" * 65, "1")]),
        get([("mdOrder", ORDER), ("", "1")]),
        get([("mdOrder", ORDER), ("имя", "1")]),
        get([("mdOrder", ORDER), ("x", "1" * 1025)]),
        get([("mdOrder", ORDER), ("x", "a\x00b")]),
        get([("mdOrder", ORDER), ("x", "a\nb")]),
        get([("mdOrder", ORDER), ("x", "\ud800")]),
        get([("mdOrder", ORDER + "0")]),
        get([("mdOrder", "../../etc")]),
        get([("mdOrder", ORDER), ("orderNumber", "1" * 37)]),
        get([("mdOrder", ORDER), ("status", "2")]),
        get([("mdOrder", ORDER), ("status", "11")]),
        get([("mdOrder", ORDER), ("status", "١")]),
        get([("mdOrder", ORDER), ("operation", "deposited 1")]),
        form(b""),
        form(b"mdOrder"),
        form(b"mdOrder=1&mdOrder=1"),
        form(b"mdOrder=1&x=%ff"),
        form(b"mdOrder=1&x=\xff"),
        form(b"mdOrder=1&" + b"&".join(b"p%d=" % i for i in range(64))),
        form(b"mdOrder=1&x=" + b"1" * 65_536),
        posted(b""),
        posted([]),
        posted({}),
        posted(b'{"mdOrder":"1","mdOrder":"1"}'),
        posted(b'{"mdOrder":"1","x":NaN}'),
        posted(b'{"mdOrder":"1","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        posted({"mdOrder": True}),
        posted({"mdOrder": ["1"]}),
        posted({"mdOrder": "1", "status": 1.0, "operation": "d;x"}),
    ],
)
def test_a_callback_of_a_wrong_shape_is_forged(request_: CallbackRequest) -> None:
    """Duplicates, strange names, too much of anything, control characters, unreadable bodies: refused, unsigned too."""
    with pytest.raises(Forged):
        read(request_, Keys())


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8), st.binary(max_size=200))
def test_nothing_but_forged_ever_comes_out(query: list[tuple[str, str]], body: bytes) -> None:
    """Whatever is sent, the answer is a notice or Forged, and a notice without a signature never passes with a key."""
    for request in (CallbackRequest("GET", tuple(query), "", b""), form(body), posted(body)):
        with pytest.raises(Forged):
            read(request, keys(SECRET))


def test_without_a_key_a_callback_is_only_marked_as_unsigned() -> None:
    """The new dialect signs nothing: its JSON is read, and marked so that nobody believes it more than it deserves."""
    gateway, _ = bank(kind="sberbank", callback_secret=None)
    body = {
        "mdOrder": ORDER,
        "orderNumber": "A-1001",
        "operation": "deposited",
        "status": 1,
        "additionalParams": {"a": 1},
    }
    assert gateway.read_callback(posted(body)) == Notice(ORDER, "A-1001", "deposited", succeeded=True, signed=False)
    assert not gateway.capabilities.signed_callbacks


def test_with_a_key_an_unsigned_callback_is_forged() -> None:
    """Once a key is configured, an unsigned callback is refused in every shape."""
    for request in (get(pairs(H6)), form(urlencode(pairs(H6)).encode()), posted(dict(pairs(H6)))):
        with pytest.raises(Forged):
            read(request, keys(SECRET))


def test_json_may_be_signed_too() -> None:
    """A signature over the JSON's plain parameters is accepted, numbers standing as their digits."""
    body = dict(pairs(H6)) | {"status": 1, "checksum": H6_CHECKSUM}
    assert read(posted(body), keys(SECRET)).signed


def test_a_binding_event_is_about_no_order() -> None:
    """A saved card's event is genuine but names no order: what it says is that this card pays no more."""
    secret, text, checksum = VECTORS["H10"]
    assert read(get(pairs(text), checksum), keys(secret)) == Notice(
        None,
        None,
        None,
        succeeded=None,
        signed=True,
        binding="37e2a02e-9f7b-4335-9e45-7a6a1ec2c95a",
        client="1",
        switched_off=True,
    )


def test_empty_values_are_absent() -> None:
    """An empty known parameter says as much as a missing one."""
    request = get([("mdOrder", ORDER), ("orderNumber", ""), ("operation", ""), ("status", "")])
    assert read(request, Keys()) == Notice(ORDER, None, None, succeeded=None, signed=False)


def test_another_merchants_callback_is_forged() -> None:
    """A genuine callback that names another merchant is none of ours, if we are told who we are."""
    ours, _ = bank(merchant_login="shop")
    assert ours.read_callback(signed([*pairs(H6), ("merchantLogin", "shop")])).signed
    assert ours.read_callback(signed(pairs(H6))).signed
    with pytest.raises(Forged):
        ours.read_callback(signed([*pairs(H6), ("merchantLogin", "neighbour")]))


def test_keys_do_not_print_their_secrets() -> None:
    """Printing the keys by mistake shows none."""
    assert SECRET not in repr(keys(SECRET))
