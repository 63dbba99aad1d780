"""A spliced message, read back by the standard library: nothing lost, nothing added, no line too long."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.message.template import HeaderFields, MessageTemplate, Recipient, unstuff
from dispatch.render.slots import Pieces, Rendered, RenderedEdition, Slot, SlotContext
from support.spliced import DATE, FIELDS, TOKEN, build, editions, read, template, values

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
    return joined if ends_its_line(pieces) else joined + "\n"


def ends_its_line(pieces: Pieces) -> bool:
    """Whether the edition itself, not a value, ends the last line."""
    last = next((piece for piece in reversed(pieces) if piece), "")
    return isinstance(last, str) and last.endswith(("\r", "\n"))


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


def simple(headers: HeaderFields = FIELDS, address: str = "ann@example.org") -> EmailMessage:
    link = Slot("@unsubscribe_url", SlotContext.ATTRIBUTE)
    words = Slot("@unsubscribe_url", SlotContext.TEXT)
    return read(
        build(Rendered(('<a href="', link, '">Leave</a>'), (words,), ("Hi",)), headers=headers, address=address)
    )


def raw_field(message: EmailMessage, name: str) -> str:
    """A field's value as it stands, unfolded."""
    return str(next(value for key, value in message.raw_items() if key == name)).replace("\r\n", "")


def test_the_fields_that_mailbox_providers_ask_for() -> None:
    message = simple()
    assert message["To"] == "ann@example.org"
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == "<0a1b2c@example.org>"
    assert message["Reply-To"].addresses[0].addr_spec == "desk@example.org"
    assert message["List-Id"] == "The Wire <daily.example.org>"
    assert raw_field(message, "List-Unsubscribe") == (
        f"<https://news.example.org/u/{TOKEN}>, <mailto:leave@example.org?subject=unsubscribe%20{TOKEN}>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Feedback-ID"] == "canada-china:daily:newsletter:example-org"
    assert message["Precedence"] == "bulk"
    assert message["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("base_url", "mailbox", "header", "post", "link"),
    [
        ("https://n.example/x", None, "<https://n.example/x/u/T>", True, "https://n.example/x/u/T"),
        ("https://bücher.example:8443/é/", None, "<https://xn--bcher-kva.example:8443/%C3%A9/u/T>", True, None),
        (
            "http://localhost:8000",
            "out@example.org",
            "<http://localhost:8000/u/T>, <mailto:out@example.org?subject=unsubscribe%20T>",
            False,
            "http://localhost:8000/u/T",
        ),
        (
            None,
            "out&in+x@bücher.example",
            "<mailto:out%26in+x@xn--bcher-kva.example?subject=unsubscribe%20T>",
            False,
            "mailto:out%26in+x@xn--bcher-kva.example?subject=unsubscribe%20T",
        ),
        (None, None, None, False, ""),
    ],
)
def test_every_way_out_stands_in_header_and_body(
    base_url: str | None, mailbox: str | None, header: str | None, post: bool, link: str | None
) -> None:
    headers = replace(FIELDS, base_url=base_url, unsubscribe_mailbox=mailbox)
    rendered = Rendered(
        ('<a href="', Slot("@unsubscribe_url", SlotContext.ATTRIBUTE), '">x</a>'),
        (Slot("@unsubscribe_url", SlotContext.TEXT),),
        ("Hi",),
    )
    message = read(template(rendered, headers).build(Recipient("ann@example.org", {}, "id", "T"), DATE))
    assert ("List-Unsubscribe" in message) is (header is not None)
    if header is not None:
        assert raw_field(message, "List-Unsubscribe") == header
    assert ("List-Unsubscribe-Post" in message) is post
    if link is not None:
        assert part(message, "plain") == f"{link}\n"
        assert part(message, "html") == f'<a href="{html.escape(link)}">x</a>\n'


def test_what_is_not_set_is_left_out() -> None:
    bare = replace(FIELDS, sender_name="", reply_to=None, language=None, feedback_id=None, base_url=None)
    message = simple(bare)
    for name in ("Reply-To", "Content-Language", "Feedback-ID", "List-Unsubscribe-Post"):
        assert name not in message
    assert message["From"].addresses[0].addr_spec == "news@example.org"


@pytest.mark.parametrize(
    ("list_id", "label"),
    [
        ("The Wire <daily.bücher.example>", "daily.xn--bcher-kva.example"),
        ("süd <süd.example.org>", "xn--sd-xka.example.org"),
        ("odd <my list!.example.org>", "my-list.example.org"),
        ("<plain.example.org>", "plain.example.org"),
    ],
)
def test_a_list_is_known_by_an_identifier_in_ascii(list_id: str, label: str) -> None:
    assert str(simple(replace(FIELDS, list_id=list_id))["List-Id"]).endswith(f"<{label}>")


def test_a_domain_of_any_alphabet_is_an_a_label_and_a_local_part_asks_for_smtputf8() -> None:
    headers = replace(FIELDS, sender_address="news@bücher.example", message_id_domain="")
    compiled = template(Rendered(("h",), ("t",), ("Hi",)), headers)
    message = simple(headers, "ann@bücher.example")
    assert message["From"].addresses[0].addr_spec == "news@xn--bcher-kva.example"
    assert message["To"] == "ann@xn--bcher-kva.example"
    assert message["Message-ID"] == "<0a1b2c@xn--bcher-kva.example>"
    assert not compiled.needs_smtputf8("ann@bücher.example")
    assert compiled.needs_smtputf8("jörg@example.org")
    assert simple(headers, "jörg@bücher.example")["To"] == "jörg@xn--bcher-kva.example"
    assert template(Rendered((), (), ()), replace(FIELDS, sender_address="jörg@example.org")).needs_smtputf8(
        "a@b.example"
    )


@pytest.mark.parametrize(
    "address", ["", "ann", "ann@", "@example.org", "a b@example.org", "a@example.org>\r\nBcc: <e@example.net", "a@b c"]
)
def test_an_address_that_is_more_than_one_address_is_no_recipient(address: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        simple(address=address)


def test_a_message_id_that_could_break_out_of_its_field_is_refused() -> None:
    compiled = template(Rendered(("h",), ("t",), ("Hi",)))
    with pytest.raises(ValueError, match="Message-ID"):
        compiled.build(Recipient("ann@example.org", {}, "x>\r\nBcc: e@example.net", TOKEN), DATE)


def test_a_reader_gets_their_variant() -> None:
    def variant(word: str) -> Rendered:
        return Rendered((f"<p>{word}</p>\n",), (f"{word}\n",), (word, " for ", Slot("name", SlotContext.HEADER, "you")))

    rendered = RenderedEdition({("pro",): variant("Pro"), ("",): variant("Free")}, ("plan",), {"plan": ("pro",)})
    compiled = MessageTemplate.compile(rendered, FIELDS)
    for fields, word, name in [
        ({"plan": "pro", "name": "Ann"}, "Pro", "Ann"),
        ({"plan": "other", "name": " "}, "Free", "you"),
        ({}, "Free", "you"),
    ]:
        message = read(compiled.build(Recipient("ann@example.org", fields, "id", TOKEN), DATE))
        assert part(message, "plain") == f"{word}\n"
        assert part(message, "html") == f"<p>{word}</p>\n"
        assert message["Subject"] == f"{word} for {name}"


def test_the_same_edition_and_reader_give_the_same_bytes() -> None:
    rendered = Rendered(("<p>", Slot("name", SlotContext.HTML), "</p>"), ("t",), ("Hi",))
    assert build(rendered, {"name": "Ann"}) == build(rendered, {"name": "Ann"})
    assert build(rendered, {"name": "Ann"}) != build(replace(rendered, text=("u",)), {"name": "Ann"})


def test_an_ordinary_subject_stays_readable_in_the_raw_message() -> None:
    wire = build(Rendered((), (), ("Canada-China: Minimal Thaw, Persistent Frost",)))
    assert b"\r\nSubject: Canada-China: Minimal Thaw, Persistent Frost\r\n" in wire


def test_a_slot_that_nobody_fills_is_an_error_of_the_theme() -> None:
    with pytest.raises(ValueError, match="@archive_url"):
        template(Rendered((Slot("@archive_url", SlotContext.TEXT),), (), ()))


@pytest.mark.parametrize(
    "subject",
    [" lead", "trail ", "a  b", f"a{' ' * 200}b", "one " * 60 + "end", "x" * 300, "é" * 300, "=?utf-8?q?x?= y", "a =?"],
)
def test_a_subject_of_any_spacing_and_length_reads_back_exactly(subject: str) -> None:
    wire = build(Rendered((), (), (subject,)))
    assert_good_wire(wire)
    assert str(read(wire)["Subject"]) == subject
    head = wire.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(line.strip() for line in head)  # a line of mere spaces may end the header for some readers
