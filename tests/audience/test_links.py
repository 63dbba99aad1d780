"""Signed links: genuine ones say what was signed, all others say nothing."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audience.links import BadToken, Purpose, SigningKey, sign, verify

KEY = SigningKey(1, b"s" * 32)
OTHER = SigningKey(2, b"t" * 32)
IDS = (bytes(range(16)), bytes(range(16, 32)))
TOKEN = sign(KEY, Purpose.UNSUBSCRIBE, IDS)


@given(
    st.integers(0, 65535),
    st.sampled_from(Purpose),
    st.lists(st.binary(max_size=40), max_size=4),
    st.binary(min_size=16, max_size=64),
)
def test_what_was_signed_is_what_is_verified(number: int, purpose: Purpose, ids: list[bytes], secret: bytes) -> None:
    key = SigningKey(number, secret)
    token = sign(key, purpose, ids)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    found = verify(token, {number: key})
    assert (found.purpose, found.ids, found.key_id) == (purpose, tuple(ids), number)


@given(st.integers(0, len(TOKEN) * 8 - 1))
def test_no_changed_token_verifies(bit: int) -> None:
    changed = bytearray(TOKEN.encode())
    changed[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(BadToken):
        verify(changed.decode("latin-1"), {1: KEY})


@given(st.one_of(st.text(max_size=100), st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_nothing_made_up_verifies_or_breaks(token: str) -> None:
    with pytest.raises(BadToken):
        verify(token, {1: KEY, 2: OTHER})


@pytest.mark.parametrize("length", range(len(TOKEN)))
def test_no_token_cut_short_verifies(length: int) -> None:
    with pytest.raises(BadToken):
        verify(TOKEN[:length], {1: KEY})


@pytest.mark.parametrize("token", [TOKEN + "A", TOKEN + "=", " " + TOKEN, TOKEN + "\n", "A" * 5000, "é"])
def test_one_token_has_one_spelling(token: str) -> None:
    with pytest.raises(BadToken):
        verify(token, {1: KEY})


def test_a_retired_key_still_verifies_and_an_unknown_one_does_not() -> None:
    assert verify(TOKEN, {2: OTHER, 1: KEY}).ids == IDS
    with pytest.raises(BadToken):
        verify(TOKEN, {2: OTHER})
    with pytest.raises(BadToken):
        verify(TOKEN, {1: SigningKey(1, b"u" * 32)})


def test_a_token_of_another_version_is_not_read_as_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr("dispatch.audience.links.VERSION", 2)
        token = sign(KEY, Purpose.UNSUBSCRIBE, IDS)
    with pytest.raises(BadToken):
        verify(token, {1: KEY})


def test_ids_cannot_be_shifted_into_each_other_or_into_another_purpose() -> None:
    tokens = {sign(KEY, purpose, ids) for purpose in Purpose for ids in ([b"ab", b"c"], [b"a", b"bc"], [b"abc"])}
    assert len(tokens) == 9


def test_a_token_is_short_and_says_nothing() -> None:
    assert len(TOKEN) < 80
    assert b"ann" not in base64.urlsafe_b64decode(sign(KEY, Purpose.UNSUBSCRIBE, [b"\x01" * 16]) + "==")


@pytest.mark.parametrize(("number", "secret"), [(-1, b"s" * 32), (65536, b"s" * 32), (1, b"short")])
def test_a_weak_key_is_no_key(number: int, secret: bytes) -> None:
    with pytest.raises(ValueError, match="signing key"):
        SigningKey(number, secret)


def test_a_key_never_shows_its_secret() -> None:
    assert "sss" not in repr(KEY)
