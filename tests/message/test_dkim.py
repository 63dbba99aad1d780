"""Signatures as three other programs check them: good when the message arrives as it went, and only then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.message.dkim import Algorithm, DkimKey
from dispatch.message.dkim_keys import BadKey, aligned, new_key, read_key, record, record_name, strings
from dispatch.message.template import HeaderFields, Recipient, unstuff
from dispatch.render.slots import Rendered, Slot, SlotContext
from support.dkim_verifiers import Verifier, dkimpy, mailauth, opendkim
from support.spliced import DATE, FIELDS, TOKEN, editions, template, values

DOMAIN = "example.org"
EDITION = Rendered(
    html=("<p>Dear ", Slot("name", SlotContext.HTML, "reader"), "</p>\n.dot  and   spaces\n", "<p>\u00e9" * 60, "</p>"),
    text=("Dear ", Slot("name", SlotContext.TEXT, "reader"), ",\n\n.dot \n\ttab  two\n", "word " * 40),
    subject=("For ", Slot("name", SlotContext.HEADER, "you")),
)
NAMES = {"name": ". Ann   O'Hara\u2009= 100 %"}


@dataclass(frozen=True)
class Keys:
    """Keys that sign, and the records in the DNS that go with them."""

    sign: tuple[DkimKey, ...]
    records: Mapping[str, str]


@cache
def keys(*algorithms: Algorithm) -> Keys:
    sign, records = [], {}
    for algorithm in algorithms:
        pem, selector = new_key(algorithm), algorithm.value.partition("-")[0]
        sign.append(read_key(pem, DOMAIN, selector))
        records[record_name(DOMAIN, selector)] = record(pem)
    return Keys(tuple(sign), records)


def signed(
    using: Keys,
    rendered: Rendered = EDITION,
    fields: Mapping[str, str] = NAMES,
    headers: HeaderFields = FIELDS,
    address: str = "ann@example.org",
) -> bytes:
    """The message as it arrives."""
    compiled = template(rendered, headers, using.sign)
    return unstuff(compiled.build(Recipient(address, fields, "0a1b2c", TOKEN), DATE))


EACH = pytest.mark.parametrize("verify", [dkimpy, opendkim, mailauth])
RSA, ED25519 = (Algorithm.RSA,), (Algorithm.ED25519,)
BOTH = (*RSA, *ED25519)


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(message: bytes) -> bytes:
        assert old in message
        return message.replace(old, new, 1)

    return change


def before(field: bytes) -> Callable[[bytes], bytes]:
    return lambda message: field + b"\r\n" + message


def after(field: bytes) -> Callable[[bytes], bytes]:
    return swapped(b"\r\nMIME-Version:", b"\r\n" + field + b"\r\nMIME-Version:")


@EACH
@pytest.mark.parametrize("algorithms", [RSA, ED25519, BOTH])
def test_a_signature_is_good(verify: Verifier, algorithms: tuple[Algorithm, ...]) -> None:
    using = keys(*algorithms)
    assert verify(signed(using), using.records) == [True] * len(algorithms)


@EACH
@pytest.mark.parametrize(
    "relayed",
    [
        before(b"Received: from a by b; Mon, 23 Nov 2026 07:30:01 +0000"),
        before(b"Authentication-Results: b; dkim=pass"),
        swapped(b",\r\n <mailto:", b", <mailto:"),
        swapped(b"\r\nSubject: ", b"\r\nsubject:   "),
        lambda message: message + b"\r\n\r\n",
    ],
    ids=["received", "results", "refolded", "respaced", "empty-lines"],
)
def test_what_relays_may_do_breaks_no_signature(verify: Verifier, relayed: Callable[[bytes], bytes]) -> None:
    using = keys(*BOTH)
    assert verify(relayed(signed(using)), using.records) == [True, True]


CHANGES = {
    "unsubscribe-link": swapped(b"<https://news.example.org/u/", b"<https://news.example.net/u/"),
    "unsubscribe-mailbox": swapped(b"<mailto:leave@", b"<mailto:eve@"),
    "unsubscribe-gone": swapped(b"List-Unsubscribe: ", b"X-List-Unsubscribe: "),
    "unsubscribe-added-before": before(b"List-Unsubscribe: <https://example.net/u/>"),
    "unsubscribe-added-after": after(b"List-Unsubscribe: <https://example.net/u/>"),
    "post": swapped(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
    "post-gone": swapped(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
    "post-added": before(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
    "body": swapped(b"  two", b"  three"),  # which no signature can hold by chance
    "body-added": lambda message: message + b"and more\r\n",
    "from-changed": swapped(b"From: Wire Desk", b"From: Fire Desk"),
    "from-added-before": before(b"From: Eve <eve@example.net>"),
    "from-added-after": after(b"From: Eve <eve@example.net>"),
    "subject": swapped(b"\r\nSubject: ", b"\r\nSubject: Urgent "),
    "subject-added": before(b"Subject: Urgent"),
    "to": swapped(b"\r\nTo: ann@", b"\r\nTo: eve@"),
    "date": swapped(b"\r\nDate: Mon, 23", b"\r\nDate: Mon, 30"),
    "message-id": swapped(b"<0a1b2c@", b"<ffffff@"),
    "reply-to": swapped(b"\r\nReply-To: <desk@", b"\r\nReply-To: <eve@"),
    "content-type": swapped(b"multipart/alternative", b"multipart/mixed"),
    "list-id": swapped(b"<daily.example.org>", b"<daily.example.net>"),
    "feedback-id": swapped(b"\r\nFeedback-ID: ", b"\r\nFeedback-ID: x"),
}


@EACH
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_a_message_breaks_every_signature(verify: Verifier, change: Callable[[bytes], bytes]) -> None:
    using = keys(*BOTH)
    assert not any(verify(change(signed(using)), using.records))


@EACH
def test_another_key_in_the_dns_is_not_ours(verify: Verifier) -> None:
    using, other = (
        keys(*BOTH),
        {record_name(DOMAIN, key.selector): record(new_key(key.algorithm)) for key in keys(*BOTH).sign},
    )
    assert not any(verify(signed(using), other))


@given(editions, st.fixed_dictionaries({"name": values, "city": values}))
@settings(deadline=None)
def test_whatever_is_spliced_is_signed_as_it_is_sent(rendered: Rendered, fields: Mapping[str, str]) -> None:
    using = keys(*ED25519)
    message = signed(using, rendered, fields)
    assert dkimpy(message, using.records) == [True]
    body = message.partition(b"\r\n\r\n")[2]
    assert not re.search(rb"[ \t]\r\n", body)
    assert not body.endswith(b"\r\n\r\n")
    assert max(map(len, message.split(b"\r\n"))) <= 78


@given(
    values,
    st.sampled_from(["ann@example.org", '"a   b"@example.org', "zo\u00eb@example.org", f"{'a' * 80}@example.org"]),
)
@settings(deadline=None)
def test_header_fields_of_any_content_are_signed_as_they_are_sent(name: str, address: str) -> None:
    using = keys(*ED25519)
    headers = replace(FIELDS, sender_name=name, list_id=f"{name} <daily.example.org>", subject_prefix="[TEST] ")
    assert dkimpy(signed(using, headers=headers, address=address), using.records) == [True]


@pytest.mark.parametrize(
    "headers",
    [
        replace(FIELDS, base_url=None, unsubscribe_mailbox=None),
        replace(FIELDS, base_url=None),
        replace(FIELDS, reply_to=None, feedback_id=None, language=None),
    ],
    ids=["no-way-out", "mail-only", "bare"],
)
def test_what_a_message_does_not_have_is_not_claimed(headers: HeaderFields) -> None:
    using = keys(*ED25519)
    message = signed(using, headers=headers)
    assert dkimpy(message, using.records) == [True]
    named, present = claimed(message), {name.lower() for name in re.findall(r"(?m)^([A-Za-z-]+):", head(message))}
    assert set(named) == present - {"dkim-signature"}


def test_every_field_is_named_once_more_than_it_is_there() -> None:
    named = claimed(signed(keys(*RSA)))
    assert {"from", "list-unsubscribe", "list-unsubscribe-post"} <= set(named)
    assert {named.count(name) for name in named} == {2}


def test_a_signature_says_when_it_was_made_and_covers_the_whole_body() -> None:
    said = head(signed(keys(*RSA))).partition("\r\nFrom:")[0]
    assert f" t={int(DATE.timestamp())};" in said
    assert not re.search(r"\bl=", said)
    assert max(map(len, said.split("\r\n"))) <= 78


def head(message: bytes) -> str:
    return message.partition(b"\r\n\r\n")[0].decode()


def claimed(message: bytes) -> list[str]:
    """The names in h=, in lower case."""
    found = re.search(r"\bh=([^;]*);", head(message))
    assert found is not None
    return ["".join(name.split()).lower() for name in found[1].split(":")]


def test_a_record_s_strings_fit_the_dns() -> None:
    text = record(new_key(Algorithm.RSA))
    parts = strings(text)
    assert "".join(parts) == text
    assert max(map(len, parts)) <= 255


def test_a_key_never_shows_itself() -> None:
    assert "sign" not in repr(keys(*RSA).sign[0])


@pytest.mark.parametrize(
    ("pem", "why"),
    [
        (b"", "no private key"),
        (b"\xff\x00secret", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n", "no private key"),
        (b"-----BEGIN PUBLIC KEY-----\nsecret\n-----END PUBLIC KEY-----\n", "public key"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(pem: bytes, why: str) -> None:
    with pytest.raises(BadKey, match=why) as refused:
        read_key(pem, DOMAIN, "s")
    assert "secret" not in str(refused.value)


def pem(key: PrivateKeyTypes, passphrase: bytes = b"") -> bytes:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (pem(generate_private_key(65537, 1024)), "1024 bits"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor Ed25519"),
        (pem(generate_private_key(65537, 2048), b"secret"), "passphrase"),
    ],
    ids=["weak", "other", "locked"],
)
def test_a_key_that_receivers_would_not_take_is_refused(key: bytes, why: str) -> None:
    with pytest.raises(BadKey, match=why):
        read_key(key, DOMAIN, "s")


@pytest.mark.parametrize(
    ("domain", "sender", "speaks"),
    [
        ("example.org", "example.org", True),
        ("Example.org", "example.ORG", True),
        ("example.org", "news.example.org", True),
        ("mail.example.org", "example.org", True),
        ("example.net", "example.org", False),
        ("ample.org", "example.org", False),
        ("org", "example.org", False),
    ],
)
def test_a_domain_speaks_for_its_own_senders(domain: str, sender: str, speaks: bool) -> None:
    assert aligned(domain, sender) is speaks
