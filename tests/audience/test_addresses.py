"""Addresses as lists hold them: what is mailed, who is the same person, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audience.addresses import BadAddress, parse_address


@pytest.mark.parametrize(
    ("raw", "mailed", "key"),
    [
        ("reader@example.org", "reader@example.org", "reader@example.org"),
        ("  First.Last@Example.ORG \t", "First.Last@Example.ORG", "first.last@example.org"),
        ("\ufeffreader@example.org\u200b", "reader@example.org", "reader@example.org"),
        ("\u00a0reader@example.org\u00a0", "reader@example.org", "reader@example.org"),
        ("<reader@example.org>", "reader@example.org", "reader@example.org"),
        ("Jane Doe <jane@example.org>", "jane@example.org", "jane@example.org"),
        ('"Doe, Jane <x>" <jane@example.org>', "jane@example.org", "jane@example.org"),
        ("MAILTO:jane@example.org?subject=Hello", "jane@example.org", "jane@example.org"),
        ("mailto:jane%2Bnews@example.org", "jane+news@example.org", "jane+news@example.org"),
        ("o'brien+tag@example.org", "o'brien+tag@example.org", "o'brien+tag@example.org"),
        ("zoe@Bücher.example", "zoe@xn--bcher-kva.example", "zoe@xn--bcher-kva.example"),
        ("zoe@XN--BCHER-KVA.example", "zoe@xn--bcher-kva.example", "zoe@xn--bcher-kva.example"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah", "a@xn--r8jz45g.xn--zckzah"),
        ("root@localhost", "root@localhost", "root@localhost"),
        ('"a b"@example.org', '"a b"@example.org', '"a b"@example.org'),
        ('"a..b"@example.org', '"a..b"@example.org', '"a..b"@example.org'),
        ('"a@b"@example.org', '"a@b"@example.org', '"a@b"@example.org'),
        ('"Jane"@example.org', '"Jane"@example.org', "jane@example.org"),
        (r'"a\b"@example.org', r'"a\b"@example.org', "ab@example.org"),
    ],
)
def test_what_is_mailed_and_who_it_is(raw: str, mailed: str, key: str) -> None:
    address = parse_address(raw)
    assert (address.address, address.key, address.smtputf8) == (mailed, key, False)


def test_a_local_part_outside_ascii_needs_smtputf8_and_is_one_person_in_any_normal_form() -> None:
    composed, decomposed = parse_address("André@example.org"), parse_address("andre\u0301@EXAMPLE.org")
    assert composed.smtputf8
    assert decomposed.smtputf8
    assert composed.key == decomposed.key == "andré@example.org"
    assert decomposed.address == "andre\u0301@EXAMPLE.org", "mailed as written"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "blank"),
        (" \u200b ", "blank"),
        ("reader", "no @"),
        ("@example.org", "before the @"),
        ("reader@", "after the @"),
        ("a..b@example.org", "dot"),
        (".a@example.org", "dot"),
        ("a.@example.org", "dot"),
        ("a b@example.org", "a space"),
        ("a\u200bb@example.org", "U+200B"),
        ('"a\u202eb"@example.org', "U+202E"),
        ('""@example.org', "nothing"),
        ('"a@example.org', "quotes"),
        ("a@example.org, b@example.org", "more than one"),
        ("<a@example.org>, <b@example.org>", "more than one"),
        ("a@example.org; B <b@example.org>", "more than one"),
        ("a@b@example.org", "more than one"),
        ("a@example", "no ending"),
        ("a@例え", "no ending"),
        ("a@1.2.3.4", "ends in"),
        ("a@[192.0.2.1]", "IP address"),
        ("a@example..org", "dot"),
        ("a@example.org.", "dot"),
        ("a@-example.org", "-example"),
        ("a@exa_mple.org", "exa_mple"),
        ("a@exam ple.org", "a space"),
        ("a@xn--zzzzzz.example", "no valid domain"),
        ("x" * 65 + "@example.org", "64 octets"),
        ("é" * 33 + "@example.org", "64 octets"),
        ("a@" + "x" * 64 + ".org", "63 characters"),
        ("a@" + ".".join(["x" * 60] * 5) + ".org", "254 octets"),
        ("a" * 100_000 + "@example.org", "254 octets"),
        ("a@example.org\r\nBcc: b@example.org", "U+000D"),
        ("a\x00@example.org", "U+0000"),
        ("mailto:a%0d%0aBcc:x@example.org", "U+000D"),
    ],
)
def test_what_cannot_be_mailed_says_why(raw: str, reason: str) -> None:
    with pytest.raises(BadAddress) as caught:
        parse_address(raw)
    assert reason in caught.value.reason
    assert len(str(caught.value)) < 300


@given(st.text(max_size=40) | st.from_regex(r"[\w.\"+ -]{1,20}@[\w.-]{1,20}\.[a-z]{1,5}", fullmatch=True))
def test_whatever_is_accepted_is_safe_on_the_wire_and_stays_itself(raw: str) -> None:
    try:
        address = parse_address(raw)
    except BadAddress:
        return
    assert address.address.isprintable()
    assert len(address.address.encode()) <= 254
    assert address.address.isascii() or address.smtputf8
    assert parse_address(address.address) == address
    assert parse_address(address.key).key == address.key
