"""Replies: however they are cut into packets, and what each means for the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.delivery.outcome import Stage, Verdict
from dispatch.delivery.replies import MAX_REPLY, MAX_TEXT, NotAReply, Reply, ReplyReader, classify

texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30)
replies = st.builds(
    Reply,
    st.builds(lambda a, b, c: a * 100 + b * 10 + c, st.integers(2, 5), st.integers(0, 5), st.integers(0, 9)),
    st.lists(texts, min_size=1, max_size=4).map(tuple),
)


def wire(reply: Reply, end: str) -> bytes:
    *first, last = reply.lines
    return "".join([*(f"{reply.code}-{line}{end}" for line in first), f"{reply.code} {last}{end}"]).encode()


@given(st.lists(replies, max_size=4), st.data(), st.sampled_from(["\r\n", "\n"]))
def test_replies_are_read_back_however_they_are_cut(sent: list[Reply], data: st.DataObject, end: str) -> None:
    stream = b"".join(wire(reply, end) for reply in sent)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=10)))
    reader = ReplyReader()
    got: list[Reply] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += reader.feed(stream[start:stop])
    assert got == sent


@given(st.binary(max_size=300))
def test_no_garbage_breaks_the_reader(data: bytes) -> None:
    reader = ReplyReader()
    try:
        got = list(reader.feed(data))
    except NotAReply:
        return
    assert all(200 <= reply.code <= 559 for reply in got)


@given(replies, st.sampled_from(Stage))
def test_every_refusal_becomes_a_printable_outcome_on_one_line(reply: Reply, stage: Stage) -> None:
    outcome = classify(reply, stage)
    assert outcome.text.isprintable()
    assert len(outcome.text) <= MAX_TEXT
    assert outcome.code == reply.code


def test_good_replies_before_garbage_are_not_lost() -> None:
    replies = iter(ReplyReader().feed(b"250 Ok\r\nHTTP/1.1 400 Bad Request\r\n"))
    assert next(replies) == Reply(250, ("Ok",))
    with pytest.raises(NotAReply, match="HTTP"):
        next(replies)


@pytest.mark.parametrize(
    "garbage",
    [b"\r\n", b"25\r\n", b"250Ok\r\n", b"999 Ok\r\n", b"250-a\r\n550 b\r\n", b"2" * (MAX_REPLY + 1)],
    ids=["empty", "short", "no space", "no such code", "two codes", "endless"],
)
def test_garbage_is_told_from_a_reply(garbage: bytes) -> None:
    with pytest.raises(NotAReply):
        list(ReplyReader().feed(garbage))


@pytest.mark.parametrize(
    ("code", "text", "enhanced", "said"),
    [
        (550, "5.1.1 No such user", "5.1.1", "No such user"),
        (550, "No such user", "", "No such user"),
        (450, "5.1.1 odd", "", "5.1.1 odd"),  # RFC 2034: the classes must agree
        (250, "2.0.0", "2.0.0", ""),
        (550, "5.1.10", "5.1.10", ""),
        (550, "5.1.1000 odd", "", "5.1.1000 odd"),
    ],
)
def test_the_enhanced_code_is_told_from_the_text(code: int, text: str, enhanced: str, said: str) -> None:
    reply = Reply(code, (text,))
    assert (reply.enhanced, reply.text) == (enhanced, said)


def test_a_reply_of_several_lines_is_said_on_one() -> None:
    reply = Reply(550, ("5.7.1 Refused,", "5.7.1 see\x07\thttps://example.org"))
    assert reply.text == "Refused, see https://example.org"


@pytest.mark.parametrize(
    ("reply", "stage", "verdict"),
    [
        ("450 4.2.0 Greylisted", Stage.RCPT, Verdict.DEFERRED),
        ("421 4.3.2 Going down", Stage.RCPT, Verdict.DEFERRED),
        ("550 5.1.1 No such user", Stage.RCPT, Verdict.BOUNCED),
        ("550 No such user", Stage.RCPT, Verdict.BOUNCED),
        ("501 5.1.3 Bad address", Stage.RCPT, Verdict.BOUNCED),
        ("552 5.2.2 Mailbox full", Stage.RCPT, Verdict.BOUNCED),
        ("550 5.4.1 Recipient address rejected: Access denied", Stage.RCPT, Verdict.BOUNCED),
        ("556 5.1.10 Null MX", Stage.RCPT, Verdict.BOUNCED),
        ("550 5.6.7 No SMTPUTF8 there", Stage.RCPT, Verdict.BOUNCED),
        ("554 Refused", Stage.CONTENT, Verdict.BOUNCED),
        ("552 5.2.3 Too long for this mailbox", Stage.CONTENT, Verdict.BOUNCED),
        ("550 5.1.1 Sender unknown", Stage.MAIL, Verdict.POLICY),
        ("550 5.1.8 Sender's domain not found", Stage.RCPT, Verdict.POLICY),
        ("553 5.1.7 Sender's address is malformed", Stage.RCPT, Verdict.POLICY),
        ("550 5.7.1 Blocked", Stage.RCPT, Verdict.POLICY),
        ("550 5.7.26 Unauthenticated", Stage.CONTENT, Verdict.POLICY),
        ("530 Authentication required", Stage.RCPT, Verdict.POLICY),
        ("552 5.3.4 Message too big", Stage.CONTENT, Verdict.POLICY),
        ("554 5.6.0 Malformed message", Stage.CONTENT, Verdict.POLICY),
        ("503 5.5.1 MAIL first", Stage.RCPT, Verdict.POLICY),
        ("555 Parameter unknown", Stage.RCPT, Verdict.POLICY),
        ("354 Go on", Stage.RCPT, Verdict.DEFERRED),
        ("354 Go on", Stage.CONTENT, Verdict.UNKNOWN),
    ],
)
def test_only_what_speaks_of_the_reader_counts_against_the_reader(reply: str, stage: Stage, verdict: Verdict) -> None:
    code, _, text = reply.partition(" ")
    assert classify(Reply(int(code), (text,)), stage).verdict is verdict


@pytest.mark.parametrize(
    ("reply", "stage", "dead"),
    [
        ("550 5.1.1 x", Stage.RCPT, True),
        ("550 5.1.6 x", Stage.RCPT, True),
        ("550 5.1.10 x", Stage.RCPT, True),
        ("550 5.2.1 x", Stage.RCPT, True),
        ("550 5.1.1 x", Stage.CONTENT, False),
        ("550 5.1.2 x", Stage.RCPT, False),
        ("550 5.2.2 x", Stage.RCPT, False),
        ("550 x", Stage.RCPT, False),
        ("450 4.1.1 x", Stage.RCPT, False),
    ],
)
def test_only_a_dead_address_is_suppressed(reply: str, stage: Stage, dead: bool) -> None:
    code, _, text = reply.partition(" ")
    assert classify(Reply(int(code), (text,)), stage).suppresses is dead
