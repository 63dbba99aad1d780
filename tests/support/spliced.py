"""Editions of every kind to splice into, values of every kind to splice, and the messages that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import strategies as st

from dispatch.message.dkim import DkimKey
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


def template(rendered: Rendered, headers: HeaderFields = FIELDS, keys: Sequence[DkimKey] = ()) -> MessageTemplate:
    return MessageTemplate.compile(RenderedEdition({(): rendered}), headers, keys)


def build(
    rendered: Rendered,
    fields: Mapping[str, str] | None = None,
    headers: HeaderFields = FIELDS,
    address: str = "ann@example.org",
) -> bytes:
    return template(rendered, headers).build(Recipient(address, fields or {}, "0a1b2c", TOKEN), DATE)


def read(wire: bytes) -> EmailMessage:
    return message_from_bytes(unstuff(wire), policy=policy.default)
