"""Return paths: a genuine one names its message, however its case was folded; no other says anything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audience.addresses import parse_address
from dispatch.audience.links import Purpose, SigningKey, sign
from dispatch.audience.returnpath import EDITION, LENGTH, SUBSCRIBER, Returned, return_path, verify

KEY = SigningKey(1, b"s" * 32)
OTHER = SigningKey(2, b"t" * 32)
DOMAIN = "bounces.example.org"
ids = st.binary(min_size=SUBSCRIBER, max_size=SUBSCRIBER)
signing_keys = st.builds(SigningKey, st.integers(0, 65535), st.binary(min_size=16, max_size=80))


def local_part(key: SigningKey, edition: bytes, subscriber: bytes) -> str:
    return return_path(key, edition, DOMAIN)(subscriber).partition("@")[0]


@given(signing_keys, ids, ids)
def test_a_genuine_return_path_names_edition_and_subscriber(key: SigningKey, edition: bytes, subscriber: bytes) -> None:
    path = return_path(key, edition, DOMAIN)(subscriber)
    local, _, domain = path.partition("@")
    assert domain == DOMAIN
    assert re.fullmatch(r"[a-z0-9-]{1,64}", local)
    assert parse_address(path).address == path
    for folded in (local, local.upper(), local.title(), local.swapcase()):
        assert verify(folded, [OTHER, key]) == Returned(edition[:EDITION], subscriber)


@given(signing_keys, ids, ids, st.data())
def test_a_return_path_that_was_touched_says_nothing(
    key: SigningKey, edition: bytes, subscriber: bytes, data: st.DataObject
) -> None:
    local = local_part(key, edition, subscriber)
    at = data.draw(st.integers(0, LENGTH - 1))
    other = data.draw(st.sampled_from("0123456789abcdefghi-_.").filter(lambda each: each != local[at]))
    touched = f"{local[:at]}{other}{local[at + 1 :]}"
    assert verify(touched, [key]) is None
    assert verify(local[:at], [key]) is None
    assert verify(f"{local}{other}", [key]) is None


@given(st.text(max_size=80))
def test_what_is_made_up_says_nothing(made_up: str) -> None:
    assert verify(made_up, [KEY, OTHER]) is None


@pytest.mark.parametrize("made_up", [" " * LENGTH, "\u0660" * LENGTH, "0 " * (LENGTH // 2), "", "a" * LENGTH])
def test_what_looks_like_one_says_nothing(made_up: str) -> None:
    assert verify(made_up, [KEY, OTHER]) is None


def test_a_retired_key_still_verifies_and_an_unknown_one_does_not() -> None:
    local = local_part(KEY, b"e" * 16, b"s" * 16)
    assert verify(local, [OTHER, KEY]) is not None
    assert verify(local, [OTHER]) is None
    assert verify(local, [SigningKey(1, b"u" * 32)]) is None


def test_keys_whose_numbers_look_alike_are_both_tried() -> None:
    twin = SigningKey(KEY.id + 256, b"x" * 32)
    assert verify(local_part(KEY, b"e" * 16, b"s" * 16), [twin, KEY]) is not None


def test_a_link_s_token_made_with_the_same_key_is_no_return_path() -> None:
    said = bytes((KEY.id,)) + b"e" * EDITION + b"s" * SUBSCRIBER
    tag = sign(KEY, Purpose.UNSUBSCRIBE, (said,)).encode()[-8:]
    assert verify((said + tag).hex(), [KEY]) is None


def test_neither_address_nor_row_number_stands_in_a_return_path() -> None:
    assert local_part(KEY, b"e" * 16, b"s" * 16) != local_part(KEY, b"e" * 16, b"r" * 16)
    assert local_part(KEY, b"e" * 16, b"s" * 16) != local_part(KEY, b"f" * 16, b"s" * 16)


@pytest.mark.parametrize(("edition", "subscriber"), [(b"short", b"s" * 16), (b"e" * 16, b"short")])
def test_an_id_that_is_cut_short_is_refused(edition: bytes, subscriber: bytes) -> None:
    with pytest.raises(ValueError, match="public id"):
        return_path(KEY, edition, DOMAIN)(subscriber)
