"""Several relays: the next one takes the mail where one is down, and the first has it again later."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import literal

from dispatch.config.settings import Limits, Relay, RelayLimits, Security, ThrottleSettings
from dispatch.delivery.feed import Why
from dispatch.delivery.loop import Message, Session, Tally
from dispatch.delivery.run import Ended, Order, Surroundings, run_send
from dispatch.delivery.smtp import Timeouts, open_session
from dispatch.delivery.switch import PAUSE, Way
from dispatch.delivery.throttle import Policy, Terms
from dispatch.errors import RelayError
from dispatch.ledger.claims import Envelope
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Counts, Send
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.throttles import Throttles
from support.books import NOW, planned
from support.smtp_server import Features, SmtpServer

GOING_DOWN = "421 4.3.2 Going down !close"


@dataclass
class Post:
    """One send and the servers that it may go through, the preferred one first. Time is the test's."""

    ledger: Ledger
    send: Send
    servers: list[SmtpServer]
    folder: Path
    now: float = NOW
    said: list[str] = field(default_factory=list)
    passes: float = 0
    """Seconds that pass after the twentieth message."""
    waiting_takes_time: bool = False
    before_waiting: Callable[[], object] = lambda: None
    """Called before a wait takes time."""
    when_said: Callable[[], object] = lambda: None
    """Called when the operator was told something."""
    after: Callable[[int], object] = lambda _: None
    """Told after each message how many there were."""
    limits: Mapping[int, RelayLimits] = field(default_factory=dict)
    """What each server takes, by its place."""
    passwords: Mapping[int, str] = field(default_factory=dict)

    def relay(self, number: int) -> Relay:
        user = "me" if number in self.passwords else None
        return Relay(Security.OPPORTUNISTIC, self.servers[number].host, self.servers[number].port, user)

    def name(self, number: int) -> str:
        return str(self.relay(number))

    def run(self, *, connections: int = 3, each: int = 1_000) -> Ended:
        """One run; ``each`` connection carries so many messages."""
        order = Order(self.send.id, connections, self.folder / "workers", messages_per_connection=each)

        async def go() -> Ended:
            surroundings = Surroundings(
                clock=lambda: self.now,
                chance=lambda: 0.0,
                sleep=self._sleep,
                stopping=asyncio.Event(),
                progress=self._progress,
                say=self._say,
            )
            ways = [Way(self.relay(number), partial(self._open, number)) for number in range(len(self.servers))]
            return await run_send(self.ledger.work, order, surroundings, ways=ways, build=_build, policy=self._policy)

        return asyncio.run(go())

    async def _open(self, number: int) -> Session:
        return await open_session(
            self.relay(number),
            password=lambda: self.passwords.get(number),
            timeouts=Timeouts(),
            ca_file=None,
        )

    async def _sleep(self, seconds: float) -> None:
        if seconds > 15:
            await asyncio.Event().wait()  # the heartbeat's: no run here lasts that long
        if self.waiting_takes_time:
            await asyncio.to_thread(self.before_waiting)
            self.now += seconds

    def _say(self, text: str) -> None:
        self.said.append(text)
        self.when_said()

    def _progress(self, tally: Tally) -> None:
        if tally.attempted >= 20 and self.passes > 0:
            # Bit by bit: a run that nobody let work for a minute takes itself for dead.
            self.now += min(self.passes, 10)
            self.passes -= 10
        self.after(tally.attempted)

    def _policy(self, worker: int) -> Policy:
        relays = {f"127.0.0.1:{self.servers[number].port}": taken for number, taken in self.limits.items()}
        return Policy(
            self.ledger.control,
            Throttles(self.ledger.throttles._database, lambda: literal(self.now)),
            Terms(ThrottleSettings(relays=relays), self.relay(0), ZoneInfo("UTC")),
            send_id=self.send.id,
            worker_id=worker,
            clock=lambda: self.now,
        )

    @property
    def counts(self) -> Counts:
        return self.ledger.sends.counts(self.send.id)

    @property
    def taken(self) -> list[int]:
        """How many messages each server took."""
        return [len(server.messages) for server in self.servers]

    def everyone_once(self) -> bool:
        received = Counter(one for server in self.servers for one in server.recipients)
        return received == Counter(f"r{number}@example.org" for number in range(self.counts.total))


def _build(envelope: Envelope) -> Message:
    content = f"Message-ID: <{envelope.message_id}@example.org>\r\nTo: {envelope.address}\r\n\r\nHello\r\n"
    return Message("news@example.org", envelope.address, content.encode())


Posts = Callable[..., Post]


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[Posts]:
    with ExitStack() as stack:

        def make(readers: int, *rules: Iterable[str], features: Mapping[int, Features] | None = None) -> Post:
            """A post with a server for each list of rules."""
            servers = [
                stack.enter_context(SmtpServer((features or {}).get(number), rules=each))
                for number, each in enumerate(rules)
            ]
            ledger, send = planned(tmp_path, readers)
            stack.enter_context(ledger)
            return Post(ledger, send, servers, tmp_path)

        yield make


@pytest.mark.parametrize(
    "rule",
    ["banner=421 4.3.2 Too busy !close", "banner=554 5.3.2 No !close", "banner=!close", "ehlo=451 4.3.0 Not now"],
)
def test_where_the_first_is_down_all_goes_through_the_second_and_one_line_says_so(posts: Posts, rule: str) -> None:
    post = posts(30, [rule], [])
    post.run()
    assert post.taken == [0, 30]
    assert post.everyone_once()
    (said,) = post.said
    assert said.startswith(f"The SMTP server {post.name(0)} does not ")
    assert said.endswith(f". Mail goes through {post.name(1)} now.")
    assert post.servers[0].connections == 1, "one connection proves a relay"


def test_the_reason_is_the_servers_own_words(posts: Posts) -> None:
    post = posts(1, ["banner=421 4.3.2 Too busy today !close"], [])
    post.run()
    assert "421 4.3.2 Too busy today" in post.said[0]


def test_where_two_are_down_the_third_takes_it(posts: Posts) -> None:
    post = posts(10, ["banner=!close"], ["banner=421 4.3.2 Full !close"], [])
    post.run()
    assert post.taken == [0, 0, 10]
    (said,) = post.said
    assert said.index(post.name(0)) < said.index(post.name(1)) < said.index(post.name(2))


def test_one_that_goes_down_in_the_middle_costs_nobody_their_message(posts: Posts) -> None:
    post = posts(40, [f"mail#9={GOING_DOWN}", f"banner#3={GOING_DOWN}"], [])
    post.run()
    assert post.taken == [9, 31]
    assert post.everyone_once()
    assert len(post.said) == 1


def test_one_that_breaks_off_in_the_middle_leaves_only_what_was_on_the_wire_in_doubt(posts: Posts) -> None:
    post = posts(60, ["dot#10=!reset", f"banner#3={GOING_DOWN}"], [])
    post.run()
    doubtful = post.counts[DeliveryState.UNKNOWN]
    assert 1 <= doubtful <= 3, "at most one a connection"
    assert post.taken[0] + post.taken[1] == 60
    assert post.counts[DeliveryState.ACCEPTED] == 60 - doubtful
    assert post.everyone_once()


def test_the_first_has_the_mail_again_once_it_is_back(posts: Posts) -> None:
    post = posts(120, [f"banner*1={GOING_DOWN}"], [])
    post.passes = PAUSE
    post.run()
    assert post.everyone_once()
    assert post.taken[0] > 40
    assert post.taken[1] > 40
    assert post.said[1:] == [f"Mail goes through {post.name(0)} again."]
    assert post.servers[1].commands.count("QUIT") == post.servers[1].connections, "its connections are left politely"


def test_before_its_pause_is_over_nobody_asks_the_first_again(posts: Posts) -> None:
    post = posts(60, [f"banner*1={GOING_DOWN}"], [])
    post.passes = PAUSE - 1
    post.run()
    assert post.taken == [0, 60]
    assert post.servers[0].connections == 1


def test_one_that_stays_down_is_asked_by_one_connection_at_a_time(posts: Posts) -> None:
    post = posts(150, [f"banner={GOING_DOWN}"], [])
    post.passes = 2 * PAUSE + 100
    post.run()
    assert post.taken == [0, 150]
    assert post.servers[0].connections == 3
    assert post.servers[1].connections == 3 + 2, "the others carry on"
    assert len(post.said) == 1, "nothing is new"


def test_a_wrong_password_is_not_tried_again_though_nobody_else_takes_the_mail_for_a_moment(posts: Posts) -> None:
    second = [f"mail#9={GOING_DOWN}", f"banner#3*2={GOING_DOWN}"]
    post = posts(40, [], second, features={0: Features(auth=("me", "right"))})
    post.passwords = {0: "wrong"}
    post.run()
    assert post.taken[0] == 0
    assert post.servers[0].commands.count("AUTH PLAIN") == 1


def test_while_one_connection_waits_for_the_first_the_others_carry_on(posts: Posts) -> None:
    post = posts(120, [f"banner*1={GOING_DOWN}", "banner*1=!hang"], [])
    post.passes = PAUSE

    def release_the_last(count: int) -> None:
        if count >= 115:
            post.servers[0].release()

    post.after = release_the_last
    post.run()
    assert post.everyone_once()
    assert post.servers[1].connections == 3


def test_a_wrong_password_is_tried_once_and_the_next_one_takes_the_mail(posts: Posts) -> None:
    post = posts(60, [], [], features={0: Features(auth=("me", "right"))})
    post.passwords = {0: "wrong"}
    post.passes = PAUSE
    post.run()
    assert post.taken == [0, 60]
    assert post.servers[0].commands.count("AUTH PLAIN") == 1
    assert post.servers[1].connections == 3, "none is left in order to try it"
    assert "did not let us log in: 535" in post.said[0]
    assert "wrong" not in post.said[0].lower().replace("wrong user or password", "")


def test_one_that_takes_only_so_many_connections_is_full_and_not_down(posts: Posts) -> None:
    post = posts(60, ["banner#2=421 4.3.2 Too many connections !close"], [])
    post.run(connections=5)
    assert post.taken == [60, 0]
    assert post.said == []


def test_one_that_hangs_and_lets_nobody_in_is_down_though_connections_to_it_are_open(posts: Posts) -> None:
    post = posts(40, ["rcpt#4=!hang", f"banner#2={GOING_DOWN}"], [])
    first = post.servers[0]

    def both_hang() -> None:
        first.wait_until(lambda: sum(command.startswith("RCPT") for command in first.commands) == 6)

    def release_the_last(count: int) -> None:
        if count >= 36:  # each of two connections has one that hangs, and one whose answer is read with the next
            first.release()

    post.before_waiting = both_hang
    post.after = release_the_last
    post.waiting_takes_time = True
    post.run()
    assert post.everyone_once()
    assert post.taken[1] >= 32
    assert len(post.said) == 1


def test_where_all_are_down_the_error_names_each_and_everyone_stays_queued(posts: Posts) -> None:
    post = posts(10, ["banner=!close"], ["banner=421 4.3.2 Full !close"])
    with pytest.raises(RelayError) as caught:
        post.run()
    for number in (0, 1):
        assert post.name(number) in caught.value.message
    assert "Full" in caught.value.message
    assert post.counts[DeliveryState.QUEUED] == 10
    assert post.said == []


def test_where_all_went_down_for_a_moment_whichever_is_up_first_goes_on(posts: Posts) -> None:
    post = posts(40, [f"mail#9={GOING_DOWN}", f"banner#3={GOING_DOWN}"], [f"banner*2={GOING_DOWN}"])
    post.run()
    assert post.everyone_once()
    assert post.taken == [9, 31]


def test_each_message_is_counted_against_the_relay_that_takes_it(posts: Posts) -> None:
    post = posts(40, [f"mail#4*1={GOING_DOWN}", f"banner#1*1={GOING_DOWN}"], [])
    post.limits = {0: RelayLimits(Limits(per_day=14)), 1: RelayLimits(Limits(per_day=6))}
    ended = post.run(connections=1)
    assert post.taken == [4, 6], "what the first may take says nothing about the second"
    assert ended.reason is not None
    assert (ended.reason.why, ended.reason.whole) == (Why.LATER, True)
    assert f"127.0.0.1:{post.servers[1].port}" in ended.reason.text
    assert ended.reason.at == NOW + PAUSE, "the first may be back long before the second's day is over"
    post.now += PAUSE
    post.run(connections=1)
    # Two tokens of the first's were spent on asking it in vain.
    assert post.taken == [12, 6]


@pytest.mark.parametrize(
    ("rules", "most"),
    [([f"banner={GOING_DOWN}"], 2), ([f"mail#9={GOING_DOWN}", f"banner#4={GOING_DOWN}"], 1)],
    ids=["from the start", "from the middle on"],
)
def test_no_relay_gets_more_connections_than_it_is_to_have(posts: Posts, rules: list[str], most: int) -> None:
    post = posts(80, rules, [])
    post.limits = {1: RelayLimits(connections=most)}
    post.waiting_takes_time = True
    opened: list[int] = []
    post.after = lambda _: opened.append(post.servers[1].open)
    post.run(connections=4)
    # Whom three connections turned away that had carried nothing yet, waits for their next attempt.
    post.now += 3_600
    post.run(connections=4)
    assert post.everyone_once()
    assert max(opened) == most


def test_connections_to_a_relay_that_was_left_are_free_for_other_processes(posts: Posts) -> None:
    post = posts(80, [f"mail#9={GOING_DOWN}", f"banner#3={GOING_DOWN}"], [])
    post.limits = {0: RelayLimits(connections=3)}
    free: list[int] = []

    def look(count: int) -> None:
        if count == 60:
            worker = post.ledger.work.begin("another-host", 1, now=post.now)
            free.append(post._policy(worker).connections(post.relay(0), 3))

    post.after = look
    post.run()
    assert free == [3]


def test_what_a_connection_took_before_it_left_a_server_does_not_go_past_the_limit_of_the_next_one(
    posts: Posts,
) -> None:
    post = posts(8, ["banner#2=421 4.3.2 Going down !close", "quit*1=!hang"], [])
    post.limits = {1: RelayLimits(Limits(per_day=1))}
    post.waiting_takes_time = True
    post.when_said = post.servers[0].release
    post.run(connections=2, each=1)
    assert post.said, "the second one took the mail while a goodbye to the first one was not answered yet"
    assert post.taken == [2, 1]
