"""The session against a real socket: the order of the wire, and the stage of each failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dispatch.config.settings import Relay, Security
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.smtp import Session, Timeouts, open_session
from support.certificates import certificates
from support.smtp_rules import At, Rule, Then
from support.smtp_server import LARGE, Features, SmtpServer

SENDER = "news@example.org"
CONTENT = b"Subject: Hello\r\n\r\n..dotted\r\nHello\r\n"
SHORT = 0.5
IMPATIENT = {
    "mail": Timeouts(command=SHORT),
    "rcpt": Timeouts(command=SHORT),
    "data": Timeouts(data=SHORT),
    "content": Timeouts(block=SHORT),
    "dot": Timeouts(final=SHORT),
}
"""For servers that never answer: short only where they don't, so that a slow machine fails nothing else."""

both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "one by one"])


@asynccontextmanager
async def session_with(
    server: SmtpServer, timeouts: Timeouts | None = None, security: Security = Security.OPPORTUNISTIC
) -> AsyncIterator[Session]:
    relay = Relay(security, server.host, server.port)
    ca_file = certificates().ca_file
    session = await open_session(relay, password=lambda: None, timeouts=timeouts or Timeouts(), ca_file=ca_file)
    try:
        yield session
    finally:
        session.abort()


async def send(session: Session, recipient: str, content: bytes = CONTENT) -> Outcome:
    refused = await session.begin(SENDER, recipient, size=len(content))
    return refused or await session.finish(content)


def outcomes(server: SmtpServer, *recipients: str, timeouts: Timeouts | None = None) -> list[Outcome]:
    """The outcome of a message to each of ``recipients`` over one connection, as long as it lives."""

    async def talk() -> list[Outcome]:
        said: list[Outcome] = []
        async with session_with(server, timeouts) as session:
            for recipient in recipients:
                said.append(await send(session, recipient))
                if said[-1].session_lost:
                    break
        return said

    with server:
        return asyncio.run(talk())


async def two(session: Session, content: bytes = CONTENT) -> tuple[Outcome, Outcome | None]:
    """The answers to one message's content and to the next one's envelope."""
    size = len(content)
    assert await session.begin(SENDER, "ann@example.org", size=size) is None
    return await session.go_on(content, SENDER, "bob@example.org", size=size, smtputf8=False, envelope_id=None)


def test_a_group_is_written_at_once_and_content_only_after_354() -> None:
    server = SmtpServer()
    said = outcomes(server, "ann@example.org", "bob@example.org")
    assert [outcome.verdict for outcome in said] == [Verdict.ACCEPTED] * 2
    assert (said[0].code, said[0].enhanced, said[0].stage) == (250, "2.0.0", Stage.CONTENT)
    assert server.recipients == ["ann@example.org", "bob@example.org"]
    assert server.messages[0].content == b"Subject: Hello\r\n\r\n.dotted\r\nHello\r\n"
    assert server.violations == []


def test_nothing_is_pipelined_where_it_is_not_offered() -> None:
    server = SmtpServer(Features(pipelining=False), rules=["rcpt*1=550 5.1.1 No"])
    assert [outcome.verdict for outcome in outcomes(server, "a@example.org", "b@example.org")] == [
        Verdict.BOUNCED,
        Verdict.ACCEPTED,
    ]
    assert server.violations == []
    assert [command.split()[0] for command in server.commands] == [
        "EHLO",
        "MAIL",
        "RCPT",
        "RSET",
        "MAIL",
        "RCPT",
        "DATA",
    ]


def test_parameters_go_where_they_are_offered() -> None:
    server = SmtpServer()

    async def talk() -> None:
        async with session_with(server) as session:
            offers = session.offers
            assert (offers.size_limit, offers.dsn, offers.pipelining) == (10_000_000, True, True)
            assert await session.begin(SENDER, "ann+x@example.org", size=33, envelope_id="E+1 é") is None
            await session.finish(CONTENT)

    with server:
        asyncio.run(talk())
    (got,) = server.messages
    assert got.mail_parameters == "RET=HDRS ENVID=E+2B1+20+C3+A9 SIZE=33"
    assert got.rcpt_parameters == "NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann+2Bx@example.org"


@pytest.mark.parametrize("esmtp", [True, False])
def test_a_server_that_offers_nothing_gets_plain_commands(esmtp: bool) -> None:
    plain = Features(pipelining=False, size=None, dsn=False, eightbit=False, smtputf8=False, esmtp=esmtp)
    server = SmtpServer(plain)
    outcomes(server, "ann@example.org")
    (got,) = server.messages
    assert (got.mail_parameters, got.rcpt_parameters) == ("", "")


@both_ways
@pytest.mark.parametrize(
    ("rule", "verdict", "stage", "code"),
    [
        ("mail*1=451 4.3.0 Later", Verdict.DEFERRED, Stage.MAIL, 451),
        ("mail*1=550 5.1.0 Not you", Verdict.POLICY, Stage.MAIL, 550),
        ("rcpt*1=451 4.2.0 Later", Verdict.DEFERRED, Stage.RCPT, 451),
        ("rcpt*1=550 5.1.1 No such user", Verdict.BOUNCED, Stage.RCPT, 550),
        ("data*1=451 4.3.0 Later", Verdict.DEFERRED, Stage.DATA, 451),
        ("data*1=554 5.7.1 Not you", Verdict.POLICY, Stage.DATA, 554),
        ("dot*1=451 4.3.0 Later", Verdict.DEFERRED, Stage.CONTENT, 451),
        ("dot*1=554 Spam\nreally", Verdict.BOUNCED, Stage.CONTENT, 554),
    ],
)
def test_a_refusal_is_the_one_readers_and_the_next_is_served(
    rule: str, verdict: Verdict, stage: Stage, code: int, pipelining: bool
) -> None:
    server = SmtpServer(Features(pipelining=pipelining), rules=[rule])
    first, second = outcomes(server, "ann@example.org", "bob@example.org")
    assert (first.verdict, first.stage, first.code) == (verdict, stage, code)
    assert second.verdict is Verdict.ACCEPTED
    assert server.recipients == ["bob@example.org"]
    assert server.connections == 1
    assert server.violations == []


@both_ways
@pytest.mark.parametrize(
    "fault", ["421 4.3.2 Going down !close", "!close", "!reset", "HTTP/1.1 400 Bad Request", "!hang"]
)
@pytest.mark.parametrize(
    ("at", "stage"), [("mail", Stage.MAIL), ("rcpt", Stage.RCPT), ("data", Stage.DATA), ("dot", Stage.CONTENT)]
)
def test_a_fault_before_the_dot_defers_and_after_it_is_unknown(
    at: str, stage: Stage, fault: str, pipelining: bool
) -> None:
    rule = Rule.parse(f"{at}={fault}")
    if fault.startswith("HTTP"):
        rule.reply = fault.encode() + b"\r\n"
    server = SmtpServer(Features(pipelining=pipelining), rules=[rule])
    (outcome,) = outcomes(server, "ann@example.org", timeouts=IMPATIENT[at] if fault == "!hang" else None)
    known = stage is not Stage.CONTENT or fault.startswith("421")
    assert outcome.verdict is (Verdict.DEFERRED if known else Verdict.UNKNOWN)
    assert outcome.session_lost
    assert outcome.stage is stage
    assert outcome.text


@pytest.mark.parametrize("fault", ["!close", "!reset"])
def test_a_connection_lost_inside_the_content_is_unknown(fault: str) -> None:
    server = SmtpServer(rules=[f"content={fault}"])
    (outcome,) = outcomes(server, "ann@example.org")
    assert (outcome.verdict, outcome.stage, outcome.session_lost) == (Verdict.UNKNOWN, Stage.CONTENT, True)


@pytest.mark.parametrize("security", [Security.OPPORTUNISTIC, Security.STARTTLS])
@pytest.mark.parametrize("then", [Then.HANG, Then.CLOSE, Then.RESET])
@pytest.mark.parametrize(
    ("answer", "verdict"), [(b"552 5.3.4 Too big\r\n", Verdict.POLICY), (b"250 2.0.0 Ok already\r\n", Verdict.UNKNOWN)]
)
def test_an_answer_inside_the_content_may_refuse_it_and_never_accepts_it(
    answer: bytes, verdict: Verdict, then: Then, security: Security
) -> None:
    starttls = "good" if security is Security.STARTTLS else None
    server = SmtpServer(Features(size=None, starttls=starttls), rules=[Rule(At.CONTENT, answer, then)])

    async def talk() -> tuple[Outcome, Outcome | None]:
        async with session_with(server, security=security) as session:
            return await two(session, LARGE)

    with server:
        outcome, opened = asyncio.run(talk())
    if not (outcome.verdict is Verdict.UNKNOWN and starttls and then is not Then.HANG):
        # Under TLS the end of the connection may overtake the answer: what is left is doubt, never an acceptance.
        assert (outcome.verdict, outcome.code) == (verdict, int(answer[:3]))
    assert outcome.session_lost
    assert opened is not None
    assert server.messages == []


def test_a_refusal_inside_the_content_counts_whatever_comes_behind_it() -> None:
    rule = Rule(At.CONTENT, b"552 5.3.4 Too big\r\nand good riddance\r\n", Then.HANG)
    server = SmtpServer(Features(size=None), rules=[rule])

    async def talk() -> tuple[Outcome, Outcome | None]:
        async with session_with(server) as session:
            return await two(session, LARGE)

    with server:
        outcome, _ = asyncio.run(talk())
    assert (outcome.verdict, outcome.code, outcome.session_lost) == (Verdict.POLICY, 552, True)


def test_content_never_goes_to_a_server_that_answers_too_much() -> None:
    server = SmtpServer(rules=[Rule(At.DATA, b"354 Go on\r\n250 2.0.0 Ok\r\n")])
    (outcome,) = outcomes(server, "ann@example.org")
    assert (outcome.verdict, outcome.stage, outcome.session_lost) == (Verdict.DEFERRED, Stage.DATA, True)
    assert server.messages == []


@pytest.mark.parametrize("security", [Security.OPPORTUNISTIC, Security.STARTTLS])
def test_a_large_content_arrives_whole_and_the_next_envelope_behind_it(security: Security) -> None:
    server = SmtpServer(Features(size=None, starttls="good" if security is Security.STARTTLS else None))

    async def talk() -> tuple[Outcome, Outcome | None]:
        async with session_with(server, security=security) as session:
            return await two(session, LARGE)

    with server:
        outcome, refused = asyncio.run(talk())
    assert (outcome.verdict, refused) == (Verdict.ACCEPTED, None)
    assert server.messages[0].content == LARGE


@pytest.mark.parametrize("security", [Security.OPPORTUNISTIC, Security.STARTTLS])
def test_a_server_that_takes_no_more_of_the_content_is_given_up(security: Security) -> None:
    starttls = "good" if security is Security.STARTTLS else None
    server = SmtpServer(Features(size=None, starttls=starttls), rules=["content=!hang"])

    async def talk() -> Outcome:
        async with session_with(server, IMPATIENT["content"], security) as session:
            return await send(session, "ann@example.org", LARGE)

    with server:
        outcome = asyncio.run(talk())
    assert (outcome.verdict, outcome.session_lost) == (Verdict.UNKNOWN, True)
    assert "took nothing" in outcome.text


@both_ways
@pytest.mark.parametrize("at", ["mail", "rcpt", "data", "dot", "rset"])
def test_answers_in_single_bytes_are_answers(at: str, pipelining: bool) -> None:
    server = SmtpServer(Features(pipelining=pipelining), rules=["rcpt*1=451 4.2.0 Later", Rule(At(at), in_pieces=True)])
    first, second = outcomes(server, "ann@example.org", "bob@example.org")
    assert (first.verdict, second.verdict) == (Verdict.DEFERRED, Verdict.ACCEPTED)


def test_354_after_a_refused_recipient_is_ended_with_a_lone_dot() -> None:
    server = SmtpServer(rules=["rcpt*1=550 5.1.1 No such user", "data*1=354 Go on"])
    first, second = outcomes(server, "ann@example.org", "bob@example.org")
    assert (first.verdict, first.stage, first.session_lost) == (Verdict.BOUNCED, Stage.RCPT, False)
    assert second.verdict is Verdict.ACCEPTED
    assert server.recipients == ["bob@example.org"]
    assert server.violations == []


def test_a_dot_never_follows_a_recipient_that_was_accepted_for_a_refused_sender() -> None:
    answers = b"550 5.7.1 Not you\r\n250 2.1.5 Ok\r\n354 Go on\r\n"
    server = SmtpServer(rules=[Rule(At.MAIL, answers)])
    (outcome,) = outcomes(server, "ann@example.org")
    assert (outcome.verdict, outcome.stage, outcome.session_lost) == (Verdict.POLICY, Stage.MAIL, True)
    assert server.messages == []


@pytest.mark.parametrize(
    ("extra", "verdict"),
    [
        (b"250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n", Verdict.ACCEPTED),
        (b"250 2.0.0 Ok\r\n421 4.3.2 Enough\r\n", Verdict.ACCEPTED),
        (b"250 2.0.0 Hello?\r\n451 4.3.0 Later\r\n", Verdict.UNKNOWN),
        (b"451 4.3.0 Later\r\n250 2.0.0 Ok\r\n", Verdict.UNKNOWN),
    ],
)
def test_two_answers_to_one_dot_end_the_session(extra: bytes, verdict: Verdict) -> None:
    (outcome,) = outcomes(SmtpServer(rules=[Rule(At.DOT, extra)]), "ann@example.org", "bob@example.org")
    assert (outcome.verdict, outcome.session_lost) == (verdict, True)


@both_ways
def test_an_answer_too_many_is_never_taken_for_a_later_one(pipelining: bool) -> None:
    rule = Rule(At.MAIL, b"250 2.1.0 Ok\r\n250 2.1.0 Ok, really\r\n")
    server = SmtpServer(Features(pipelining=pipelining), rules=[rule])
    (outcome,) = outcomes(server, "ann@example.org")
    assert (outcome.verdict, outcome.session_lost) == (Verdict.DEFERRED, True)
    assert server.messages == []


@both_ways
@pytest.mark.parametrize(
    ("at", "answers"),
    [
        (At.RCPT, b"550 5.1.1 No such user\r\n250 2.1.5 Ok\r\n"),
        (At.DATA, b"550 5.1.1 No such user\r\n354 Go on\r\n"),
    ],
)
def test_a_refusal_that_is_contradicted_counts_against_nobody(at: At, answers: bytes, pipelining: bool) -> None:
    server = SmtpServer(Features(pipelining=pipelining), rules=[Rule(at, answers)])
    (outcome,) = outcomes(server, "ann@example.org")
    assert (outcome.verdict, outcome.session_lost) == (Verdict.DEFERRED, True)
    assert server.messages == []


def test_an_answer_that_comes_before_its_question_is_none() -> None:
    server = SmtpServer(Features(pipelining=False), rules=[Rule(At.RCPT, b"250 2.1.5 Ok\r\n354 Go on\r\n")])
    (outcome,) = outcomes(server, "ann@example.org")
    assert (outcome.verdict, outcome.stage, outcome.session_lost) == (Verdict.DEFERRED, Stage.RCPT, True)
    assert not any(command.startswith("DATA") for command in server.commands)
    assert server.violations == []


def test_a_goodbye_between_messages_is_what_the_next_one_hears() -> None:
    server = SmtpServer(rules=[Rule(At.DOT, b"250 2.0.0 Ok\r\n", Then.HANG), "mail#1=421 4.3.2 Enough !close"])

    async def talk() -> Outcome:
        async with session_with(server) as session:
            await send(session, "ann@example.org")
            server.release()
            return await send(session, "bob@example.org")

    with server:
        outcome = asyncio.run(talk())
    assert (outcome.verdict, outcome.code, outcome.text) == (Verdict.DEFERRED, 421, "Enough")
    assert outcome.session_lost


def test_what_cannot_be_sent_is_refused_without_a_word_to_the_server() -> None:
    server = SmtpServer(Features(smtputf8=False, size=1000))

    async def talk() -> list[Outcome | None]:
        async with session_with(server) as session:
            return [
                await session.begin(SENDER, "jörg@example.org", size=10),
                await session.begin(SENDER, "ann@example.org", size=10, smtputf8=True),
                await session.begin(SENDER, "ann@example.org", size=1001),
                await session.begin(SENDER, "ann@example.org>\r\nRCPT TO:<eve@example.org", size=10),
                await session.begin(SENDER, "no address", size=10),
                await session.begin("a b@example.org", "ann@example.org", size=10),
            ]

    with server:
        refusals = asyncio.run(talk())
    assert [(each.verdict, each.enhanced, each.code) for each in refusals if each] == [
        (Verdict.BOUNCED, "5.6.7", 0),
        (Verdict.BOUNCED, "5.6.7", 0),
        (Verdict.POLICY, "5.3.4", 0),
        (Verdict.BOUNCED, "5.1.3", 0),
        (Verdict.BOUNCED, "5.1.3", 0),
        (Verdict.POLICY, "5.1.7", 0),
    ]
    assert [command.split()[0] for command in server.commands] == ["EHLO"]


def test_addresses_of_every_alphabet_reach_a_server_that_takes_them() -> None:
    server = SmtpServer()
    said = outcomes(server, "jörg@bücher.example", "ann@bücher.example")
    assert [outcome.verdict for outcome in said] == [Verdict.ACCEPTED] * 2
    assert server.recipients == ["jörg@xn--bcher-kva.example", "ann@xn--bcher-kva.example"]
    assert "BODY=8BITMIME SMTPUTF8" in server.messages[0].mail_parameters
    assert "SMTPUTF8" not in server.messages[1].mail_parameters


@pytest.mark.parametrize("stage", ["begin", "finish"])
def test_a_cancelled_call_leaves_no_session_that_could_mismatch_answers(stage: str) -> None:
    server = SmtpServer(rules=["rcpt=!hang" if stage == "begin" else "dot=!hang"])

    async def talk() -> Outcome | None:
        async with session_with(server) as session:
            task = asyncio.create_task(send(session, "ann@example.org"))
            await asyncio.to_thread(
                server.wait_until, lambda: bool(server.messages) or any("RCPT" in each for each in server.commands)
            )
            if stage == "finish":
                await asyncio.to_thread(server.wait_until, lambda: bool(server.messages))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert session.lost
            server.release()
            return await session.begin(SENDER, "bob@example.org", size=1)

    with server:
        outcome = asyncio.run(talk())
    assert outcome is not None
    assert (outcome.verdict, outcome.session_lost) == (Verdict.DEFERRED, True)


def test_leaving_is_polite_and_waits_for_nobody() -> None:
    server = SmtpServer(rules=["quit#1=!hang"])

    async def talk() -> None:
        for _ in range(2):
            async with session_with(server, Timeouts(quit=0.2)) as session:
                await session.quit()

    with server:
        asyncio.run(talk())
        server.wait_until(lambda: server.commands.count("QUIT") == 2)


def test_a_transaction_that_was_refused_can_be_forgotten_at_once() -> None:
    server = SmtpServer(rules=["rcpt*1=450 4.2.0 Later"])

    async def talk() -> None:
        async with session_with(server) as session:
            await send(session, "ann@example.org")
            await session.reset()
            assert (await send(session, "bob@example.org")).verdict is Verdict.ACCEPTED
            assert session.messages == 1

    with server:
        asyncio.run(talk())
    assert server.commands.count("RSET") == 1


@both_ways
@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("quit=221 2.0.0 Bye", Verdict.ACCEPTED, None),
        ("dot*1=451 4.3.0 Later", Verdict.DEFERRED, None),
        ("rcpt@bob@example.org=550 5.1.1 No such user", Verdict.ACCEPTED, Verdict.BOUNCED),
        ("mail#1=!close", Verdict.ACCEPTED, Verdict.DEFERRED),
        ("dot*1=!close", Verdict.UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_each_answer_to_a_content_and_the_envelope_behind_it_is_its_own(
    rule: str, first: Verdict, second: Verdict | None, pipelining: bool
) -> None:
    server = SmtpServer(Features(pipelining=pipelining), rules=[rule])

    async def talk() -> tuple[Outcome, Outcome | None]:
        async with session_with(server) as session:
            said = await two(session)
            if said[1] is None:
                assert (await session.finish(CONTENT)).verdict is Verdict.ACCEPTED
            return said

    with server:
        outcome, opened = asyncio.run(talk())
    assert outcome.verdict is first
    assert (opened and opened.verdict) is second
    assert server.recipients.count("bob@example.org") == (second is None)
    assert server.violations == []


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (b"250 2.0.0 Hello?\r\n554 5.6.0 No\r\n", Verdict.UNKNOWN),
        (b"451 4.3.0 Later\r\n250 2.0.0 Ok\r\n", Verdict.UNKNOWN),
        (b"250 2.0.0 Ok\r\n250 2.0.0 By the way\r\n", Verdict.ACCEPTED),
        (b"", Verdict.UNKNOWN),
    ],
)
def test_answers_of_a_group_that_do_not_add_up_leave_in_doubt_what_they_leave_open_and_the_next_reader_unmailed(
    answers: bytes, verdict: Verdict
) -> None:
    server = SmtpServer(rules=[Rule(At.DOT, answers)])

    async def talk() -> tuple[Outcome, Outcome | None]:
        async with session_with(server) as session:
            return await two(session)

    with server:
        outcome, opened = asyncio.run(talk())
    assert outcome.verdict is verdict
    assert opened is not None
    assert (opened.verdict, opened.session_lost) == (Verdict.DEFERRED, True)
    assert "bob@example.org" not in server.recipients


def test_a_goodbye_behind_a_content_leaves_what_was_accepted_accepted() -> None:
    """As Exim does after its thousandth message: it answers the rest of the group too."""
    answers = b"421 4.3.2 Too many messages\r\n503 5.5.1 No sender\r\n503 5.5.1 No recipients\r\n"
    server = SmtpServer(rules=[Rule(At.MAIL, answers, Then.CLOSE, skip=1)])

    async def talk() -> tuple[Outcome, Outcome | None]:
        async with session_with(server) as session:
            return await two(session)

    with server:
        outcome, opened = asyncio.run(talk())
    assert outcome.verdict is Verdict.ACCEPTED
    assert opened is not None
    assert (opened.code, opened.session_lost) == (421, True)
