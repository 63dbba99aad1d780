"""A spliced message, read back by the standard library: nothing lost, nothing added, no line too long."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.message.template import HeaderFields, MessageTemplate, Recipient, unstuff
from dispatch.render.slots import Pieces, Rendered, RenderedEdition, Slot, SlotContext

DATE = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
FIELDS = HeaderFields(
    sender_name="Wire Desk",
    sender_address="news@example.org",
    reply_to="desk@example.org",
    list_id="The Wire <daily.example.org>",
    language="en",
    unsubscribe_mailbox="leave@example.org",
    base_url="https://news.example.org",
    feedback_id="canada-china:daily:newsletter:example-org",
    message_id_domain="example.org",
)
TOKEN = "AbC-_123"
EVERY_FIELD = [
    "From",
    "Reply-To",
    "To",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "Subject",
    "List-Id",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Precedence",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]

NAUGHTY = [
    "",
    " ",
    "\r\nBcc: eve@example.net",
    "a\r\n\r\n<html>",
    "\n.\n",
    ".",
    "..",
    ". leading",
    "=",
    "=3D=\n",
    "=?utf-8?q?=0D=0ABcc:_eve?=",
    "x" * 10_000,
    "é" * 10_000,
    "👩🏽‍🚀" * 40,
    "مرحبا \u202eabc",
    "\ud800 lone",
    "\x00\x07\x0b\x0c\x85\u2028\u2029",
    "--=_boundary--",
    '"><script>&amp;',
    "a" * 75 + ".",
    "a" * 76,
    " trailing ",
    "{{ x }} {% y %}",
]

values = st.one_of(
    st.sampled_from(NAUGHTY),
    st.text(max_size=200),
    st.text("=. \r\n\tab-_?<>&\"'é", max_size=200),
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text("=. \n\tab-", max_size=400),
    st.sampled_from([each for each in NAUGHTY if each.isprintable()]),
)
NAMES = ("name", "city", "@unsubscribe_url")


def pieces_of(*contexts: SlotContext, names: tuple[str, ...] = NAMES) -> st.SearchStrategy[Pieces]:
    slots = st.builds(
        Slot, st.sampled_from(names), st.sampled_from(contexts), st.sampled_from(["", "friend", ".", "é="])
    )
    return st.lists(st.one_of(texts, slots), max_size=7).map(tuple)


editions = st.builds(
    Rendered,
    pieces_of(SlotContext.HTML, SlotContext.ATTRIBUTE, SlotContext.URL),
    pieces_of(SlotContext.TEXT),
    pieces_of(SlotContext.HEADER, names=NAMES[:2]),
)


def template(rendered: Rendered, headers: HeaderFields = FIELDS) -> MessageTemplate:
    return MessageTemplate.compile(RenderedEdition({(): rendered}), headers)


def build(
    rendered: Rendered,
    fields: Mapping[str, str] | None = None,
    headers: HeaderFields = FIELDS,
    address: str = "ann@example.org",
) -> bytes:
    return template(rendered, headers).build(Recipient(address, fields or {}, "0a1b2c", TOKEN), DATE)


def read(wire: bytes) -> EmailMessage:
    return message_from_bytes(unstuff(wire), policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def clean(value: str) -> str:
    """What a value is once it can neither end a line nor break UTF-8."""
    kept = ("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in value)
    return "".join(" " if ord(each) < 32 or 127 <= ord(each) < 160 or each in "\u2028\u2029" else each for each in kept)


def expected(pieces: Pieces, fields: Mapping[str, str]) -> str:
    """The text that a reader must get, each value as its context wants it, with its last line ended."""
    joined = ""
    for piece in pieces:
        if isinstance(piece, str):
            joined += piece
            continue
        own = piece.field == "@unsubscribe_url"
        value = clean(f"https://news.example.org/u/{TOKEN}" if own else fields.get(piece.field, ""))
        value = value if value.strip() else piece.default
        if piece.context is SlotContext.URL and not own:
            value = quote(value, safe="")
        elif piece.context is not SlotContext.TEXT:
            value = html.escape(value, quote=piece.context is not SlotContext.HTML)
        joined += value
    joined = joined.replace("\r\n", "\n").replace("\r", "\n")
    return joined if joined.endswith("\n") else joined + "\n"


def header_text(pieces: Pieces, fields: Mapping[str, str]) -> str:
    return "".join(
        clean(piece)
        if isinstance(piece, str)
        else (value if (value := clean(fields.get(piece.field, ""))).strip() else piece.default)
        for piece in pieces
    )


def assert_good_wire(wire: bytes) -> None:
    assert wire.endswith(b"\r\n")
    assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")
    assert b"\r\n.\r\n" not in wire
    plain = unstuff(wire)
    assert all(line.startswith(b"..") for line in wire.split(b"\r\n") if line.startswith(b"."))
    assert plain.isascii()
    assert max(map(len, plain.split(b"\r\n"))) <= 76


@given(editions, st.fixed_dictionaries({"name": values, "city": values}))
@example(
    Rendered((Slot("name", SlotContext.HTML),), (Slot("name", SlotContext.TEXT),), (Slot("name", SlotContext.HEADER),)),
    {"name": "\r\n.\r\nBcc: eve@example.net\r\n\r\n--=_", "city": ""},
)
def test_whatever_is_spliced_reads_back_exactly(rendered: Rendered, fields: Mapping[str, str]) -> None:
    wire = build(rendered, fields)
    assert_good_wire(wire)
    message = read(wire)
    assert message.keys() == EVERY_FIELD
    assert [each.get_content_type() for each in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(each.defects for each in message.walk())
    assert part(message, "plain") == expected(rendered.text, fields)
    assert part(message, "html") == expected(rendered.html, fields)
    subject = header_text(rendered.subject, fields)
    assert str(message["Subject"]) == subject


@given(values, values, st.sampled_from(["", "[TEST] "]))
def test_a_sender_of_any_name_is_one_sender(name: str, list_name: str, prefix: str) -> None:
    headers = replace(FIELDS, sender_name=name, list_id=f"{list_name} <daily.example.org>", subject_prefix=prefix)
    wire = build(Rendered(("h",), ("t",), ("Hello",)), headers=headers)
    assert_good_wire(wire)
    message = read(wire)
    assert message.keys() == EVERY_FIELD
    # By the older API: up to Python 3.13 the newer one puts spaces between the encoded words of a long name.
    older = message_from_bytes(unstuff(wire), policy=policy.compat32)
    display, address = parseaddr(older["From"].replace("\r\n", ""))
    assert (str(make_header(decode_header(display))), address) == (" ".join(clean(name).split()), "news@example.org")
    assert str(message["List-Id"]).endswith("<daily.example.org>")
    assert message["Subject"] == f"{prefix}Hello"
