"""What may go when: limits, slowed domains, quiet hours, and a person's word. Time is the test's own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import literal, select

from dispatch.config.settings import Limits, QuietHours, Relay, Security, ThrottleSettings, WarmUp
from dispatch.delivery.adaptation import domain_of
from dispatch.delivery.feed import Feed, Reason, Why
from dispatch.delivery.journal import Journal
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.throttle import Policy, Terms, Tokens, quiet_times
from dispatch.ledger.claims import Envelope
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schema import delivery
from dispatch.ledger.sends import Send
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.sync import Person
from dispatch.ledger.throttles import Throttles
from support.books import NOW, ON_SQLITE_ALONE, open_ledger, plan

ZONE = ZoneInfo("UTC")
RELAY = Relay(Security.OPPORTUNISTIC, "mx.example.org", 25)
ACCEPTED = Outcome(Verdict.ACCEPTED, Stage.CONTENT, 250, "", "ok")
LATER = Outcome(Verdict.DEFERRED, Stage.RCPT, 421, "4.7.0", "unusual rate of mail")
GREYLISTED = Outcome(Verdict.DEFERRED, Stage.RCPT, 451, "4.7.1", "Greylisted, please come back")
MAILBOX_FULL = Outcome(Verdict.DEFERRED, Stage.RCPT, 452, "4.2.2", "over quota")


@dataclass
class Desk:
    """One send, and a worker that empties it in no time; only waiting takes time."""

    ledger: Ledger
    send: Send
    now: float = NOW
    begun: list[tuple[float, str]] = field(default_factory=list)
    ended: Reason | None = None

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def work(
        self,
        throttle: ThrottleSettings,
        *,
        answer: Callable[[Envelope], Outcome] = lambda _: ACCEPTED,
        after: Callable[[int], object] = lambda _: None,
        seconds_each: float = 0.0,
        limit: int | None = None,
        zone: ZoneInfo = ZONE,
    ) -> None:
        """One run; ``after`` is told how many envelopes went so far."""
        worker = self.ledger.work.begin("host", 1, now=self.now)

        async def go() -> None:
            feed, journal = self.feed(worker, throttle, limit=limit, zone=zone)
            while await feed.wait():
                while (envelope := feed.take()) is not None:
                    self.begun.append((self.now, envelope.address))
                    feed.count(envelope, answer(envelope))
                    self.now += seconds_each
                    after(len(self.begun))
            await feed.close()
            journal.close()
            self.ended = feed.ended

        asyncio.run(go())
        self.ledger.work.end(worker, now=self.now)

    @property
    def throttles(self) -> Throttles:
        return Throttles(self.ledger.throttles._database, lambda: literal(self.now))

    def feed(
        self,
        worker: int,
        throttle: ThrottleSettings,
        *,
        limit: int | None = None,
        zone: ZoneInfo = ZONE,
        kind: type[Policy] = Policy,
    ) -> tuple[Feed, Journal]:
        """What :meth:`work` works with, for a test that takes one envelope after the other."""
        journal = Journal(self.ledger.work, worker, lambda: self.now)
        policy = kind(
            self.ledger.control,
            self.throttles,
            Terms(throttle, RELAY, zone),
            send_id=self.send.id,
            worker_id=worker,
            clock=lambda: self.now,
        )
        feed = Feed(
            journal,
            self.send.id,
            batch=16,
            limit=limit,
            clock=lambda: self.now,
            sleep=self.sleep,
            stopping=asyncio.Event(),
            policy=policy,
        )
        return feed, journal

    def busiest(self, seconds: float, domain: str | None = None) -> int:
        """The most messages that any window of that length saw."""
        times = [at for at, address in self.begun if domain in (None, domain_of(address))]
        return max(sum(last - seconds < one <= last for one in times) for last in times)

    @property
    def domains(self) -> Counter[str]:
        return Counter(domain_of(address) for _, address in self.begun)


@pytest.fixture
def desk(ledger_url: str) -> Iterator[Callable[[Sequence[str]], Desk]]:
    opened: list[Ledger] = []

    def make(addresses: Sequence[str]) -> Desk:
        ledger = open_ledger(ledger_url)
        opened.append(ledger)
        ledger.sync("daily", [Person(one, one, {}) for one in addresses], digest="0", now=NOW)
        return Desk(ledger, plan(ledger))

    yield make
    for ledger in opened:
        ledger.close()


Make = Callable[[Sequence[str]], Desk]


def readers(count: int, domain: str = "example.org") -> list[str]:
    return [f"r{number}@{domain}" for number in range(count)]


def test_without_limits_everything_goes_at_once(desk: Make) -> None:
    one = desk(readers(100))
    one.work(ThrottleSettings())
    assert len(one.begun) == 100
    assert one.now == NOW
    assert one.ended == Reason(Why.DONE)


def test_a_limit_a_minute_is_kept_in_every_minute_and_all_go(desk: Make) -> None:
    one = desk(readers(45))
    one.work(ThrottleSettings(Limits(per_second=4, per_minute=20)), seconds_each=0.01)
    assert len({address for _, address in one.begun}) == 45
    assert one.busiest(60) <= 20
    assert one.busiest(1) <= 4


def test_what_must_wait_until_tomorrow_ends_the_run_and_says_when(desk: Make) -> None:
    one = desk(readers(12))
    one.work(ThrottleSettings(Limits(per_day=5)))
    assert len(one.begun) == 5
    assert one.ended is not None
    assert (one.ended.why, one.ended.whole) == (Why.LATER, True)
    assert one.ended.at is not None
    assert 86_000 < one.ended.at - NOW < 87_000
    one.now = one.ended.at
    one.work(ThrottleSettings(Limits(per_day=5)))
    assert len(one.begun) == 10


def test_a_limited_domain_holds_up_nobody_else(desk: Make) -> None:
    one = desk([*readers(60, "gmail.com"), *readers(60)])
    one.work(ThrottleSettings(domains={"gmail.com": Limits(per_hour=3)}))
    assert one.domains == {"gmail.com": 3, "example.org": 60}
    assert one.ended is not None
    assert (one.ended.why, one.ended.whole) == (Why.LATER, False)
    counts = one.ledger.sends.counts(one.send.id)
    assert counts[DeliveryState.DEFERRED] == 57, "put off in the ledger, each until its own time"


def test_a_huge_limited_domain_is_put_off_in_the_ledger_instead_of_filling_memory(desk: Make) -> None:
    one = desk([*readers(700, "gmail.com"), "last@example.org"])
    one.work(ThrottleSettings(domains={"gmail.com": Limits(per_day=2)}))
    assert one.domains == {"gmail.com": 2, "example.org": 1}


@ON_SQLITE_ALONE
def test_what_is_put_off_comes_back_at_the_pace_of_its_domain_and_not_all_at_once(desk: Make) -> None:
    one = desk([*readers(1_500, "gmail.com"), "last@example.org"])
    throttle = ThrottleSettings(domains={"gmail.com": Limits(per_minute=60)})
    one.work(throttle, after=lambda _: one.domains["example.org"] and one.ledger.control.pause(one.send.id, now=NOW))
    with one.ledger._database.reading() as connection:
        due = connection.scalars(select(delivery.c.next_at).where(delivery.c.next_at.is_not(None))).all()
    assert len(due) > 1_000
    minutes = Counter((at - NOW) // 60 for at in due)
    assert max(minutes.values()) <= 120, "each would be claimed and put off again and again, before any other reader"


@ON_SQLITE_ALONE
def test_a_domain_that_answers_later_is_slowed_and_others_are_not(desk: Make) -> None:
    one = desk([address for pair in zip(readers(200, "gmail.com"), readers(200), strict=True) for address in pair])
    one.work(
        ThrottleSettings(),
        answer=lambda envelope: LATER if envelope.address.endswith("gmail.com") else ACCEPTED,
        after=lambda count: one.ledger.control.pause(one.send.id, now=one.now) if count == 280 else None,
        seconds_each=1.0,
    )
    assert one.domains["example.org"] == 200, "they all went while the slowed domain waited"
    assert one.domains["gmail.com"] < 85


@pytest.mark.parametrize("outcome", [GREYLISTED, MAILBOX_FULL])
def test_what_is_about_single_readers_slows_no_domain(desk: Make, outcome: Outcome) -> None:
    one = desk(readers(100, "gmail.com"))
    one.work(ThrottleSettings(), answer=lambda _: outcome, seconds_each=0.1)
    assert len(one.begun) == 100
    assert one.now < NOW + 11


@ON_SQLITE_ALONE
def test_a_relay_that_answers_later_for_everybody_is_slowed_as_a_whole(desk: Make) -> None:
    one = desk([f"r{number}@d{number % 40}.example" for number in range(120)])
    one.work(ThrottleSettings(), answer=lambda _: LATER, seconds_each=1.0, limit=120)
    assert one.now > NOW + 300, "a message a second would have taken 120 seconds"


def test_a_slowed_domain_is_free_again_after_calm_answers(desk: Make) -> None:
    one = desk(readers(400, "gmail.com"))
    refused = iter([LATER] * 12)
    one.work(ThrottleSettings(), answer=lambda _: next(refused, ACCEPTED), seconds_each=0.1)
    assert len(one.begun) == 400
    first, last = one.begun[100][0] - one.begun[0][0], one.begun[399][0] - one.begun[300][0]
    assert last < first


def test_nothing_is_begun_in_quiet_hours(desk: Make) -> None:
    one = desk(readers(50))
    zone = ZoneInfo("Europe/Lisbon")
    one.now = datetime(2027, 1, 15, 21, 59, 55, tzinfo=zone).timestamp()
    one.work(ThrottleSettings(quiet_hours=QuietHours(time(22), time(6))), seconds_each=0.5, zone=zone)
    assert len(one.begun) == 10
    assert one.ended == Reason(Why.LATER, datetime(2027, 1, 16, 6, tzinfo=zone).timestamp(), "quiet hours", whole=True)


def test_quiet_hours_are_those_of_the_wall_clock_when_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    begins, ends = quiet_times(QuietHours(time(22), time(6)), datetime(2027, 3, 27, 23, tzinfo=zone).timestamp(), zone)
    assert datetime.fromtimestamp(begins, UTC).hour == 21
    assert ends is not None
    assert datetime.fromtimestamp(ends, UTC).hour == 4


def test_a_warm_up_grows_day_by_day_and_ends(desk: Make) -> None:
    one = desk(readers(100))
    plan = ThrottleSettings(warmup=WarmUp(10, 2.0, 40))
    went = []
    for _ in range(4):
        before = len(one.begun)
        one.work(plan)
        went.append(len(one.begun) - before)
        one.now += 2 * 86_400
    assert went == [10, 20, 40, 100], "nothing is settled here, so all 100 are due each time"


def test_a_pause_is_noticed_within_a_second_though_envelopes_are_at_hand(desk: Make) -> None:
    one = desk(readers(50))

    def pause(count: int) -> None:
        if count == 3:
            one.ledger.control.pause(one.send.id, now=one.now)

    one.work(ThrottleSettings(), after=pause, seconds_each=0.3)
    assert one.ended == Reason(Why.PAUSED)
    assert len(one.begun) <= 7


def test_a_limit_of_the_run_counts_what_went_not_what_was_set_aside(desk: Make) -> None:
    one = desk([*readers(20, "gmail.com"), *readers(20)])
    one.work(ThrottleSettings(domains={"gmail.com": Limits(per_day=1)}), limit=21)
    assert sum(one.domains.values()) <= 21


@ON_SQLITE_ALONE
def test_a_limit_of_the_run_that_is_reached_ends_it_though_messages_were_put_off(desk: Make) -> None:
    one = desk([address for pair in zip(readers(600, "gmail.com"), readers(600), strict=True) for address in pair])
    one.work(ThrottleSettings(domains={"gmail.com": Limits(per_minute=60)}), limit=750)
    assert one.ended == Reason(Why.LIMIT)
    assert len(one.begun) == 750


def test_who_watches_is_told_once_why_nothing_goes_and_waiting_ends_when_the_run_is_to_stop(desk: Make) -> None:
    one = desk(readers(3))
    stopping = asyncio.Event()
    told: list[str] = []

    async def never(_seconds: float) -> None:
        await asyncio.Event().wait()

    async def go() -> bool:
        worker = one.ledger.work.begin("host", 1, now=NOW)
        journal = Journal(one.ledger.work, worker, lambda: NOW)
        terms = Terms(ThrottleSettings(Limits(per_minute=1)), RELAY, ZoneInfo("UTC"))
        throttles = Throttles(one.ledger.throttles._database, lambda: literal(NOW))
        policy = Policy(one.ledger.control, throttles, terms, send_id=one.send.id, worker_id=worker, clock=lambda: NOW)
        feed = Feed(
            journal,
            one.send.id,
            batch=16,
            limit=None,
            clock=lambda: NOW,
            sleep=never,
            stopping=stopping,
            policy=policy,
            waits=told.append,
        )
        assert await feed.wait()
        assert feed.take() is not None
        assert feed.take() is None
        waiting = [asyncio.create_task(feed.wait()) for _ in range(2)]
        asyncio.get_running_loop().call_soon(stopping.set)
        results = await asyncio.gather(*waiting)
        await feed.close()
        journal.close()
        return any(results)

    assert asyncio.run(go()) is False
    assert told == ["the limit of 1 a minute ([throttle])"]


def test_who_comes_back_when_only_slowed_domains_must_wait_goes_in_the_same_run(desk: Make) -> None:
    one = desk(["a@example.org", *readers(2, "gmail.com")])
    worker = one.ledger.work.begin("host", 1, now=NOW)

    async def go() -> None:
        feed, journal = one.feed(worker, ThrottleSettings(domains={"gmail.com": Limits(per_day=1)}))
        taken = [feed.take() for _ in range(2) if await feed.wait()]
        assert not await feed.wait()
        assert feed.ended is not None
        assert feed.ended.why is Why.LATER
        (ours,) = [each for each in taken if each is not None and each.address == "a@example.org"]
        feed.put_back(ours)
        assert await feed.wait()
        assert feed.take() is ours
        await feed.close()
        journal.close()

    asyncio.run(go())


def test_who_comes_back_while_another_domain_is_asked_about_is_not_forgotten(desk: Make) -> None:
    one = desk(["a@yahoo.com", *readers(2, "gmail.com")])
    worker = one.ledger.work.begin("host", 1, now=NOW)
    comes_back: list[Callable[[], None]] = []

    class Interrupted(Policy):
        def domain_tokens(self, domain: str, wanted: int) -> Tokens:
            if comes_back:
                comes_back.pop()()
            return super().domain_tokens(domain, wanted)

    async def go() -> None:
        loop = asyncio.get_running_loop()
        limits = ThrottleSettings(domains={"gmail.com": Limits(per_day=1)})
        feed, journal = one.feed(worker, limits, kind=Interrupted)
        assert await feed.wait()
        taken = [feed.take(), feed.take()]
        (ours,) = [each for each in taken if each is not None and each.address == "a@yahoo.com"]
        one.throttles.slow("domain yahoo.com", 600, "421 slow down")
        one.now += 2  # the next look learns of it

        async def put_back() -> None:
            feed.put_back(ours)

        comes_back.append(lambda: asyncio.run_coroutine_threadsafe(put_back(), loop).result())
        assert await feed.wait()
        assert feed.take() is ours
        await feed.close()
        journal.close()

    asyncio.run(go())


def test_a_clock_that_is_set_back_neither_hides_a_pause_nor_stretches_tokens(desk: Make) -> None:
    one = desk(readers(50))

    def back(count: int) -> None:
        if count == 3:
            one.now -= 3_600
            one.ledger.control.pause(one.send.id, now=one.now)

    one.work(ThrottleSettings(Limits(per_day=40)), after=back)
    assert (len(one.begun), one.ended) == (3, Reason(Why.PAUSED))


def test_a_clock_that_is_set_back_does_not_put_a_limited_domain_off_by_as_much(desk: Make) -> None:
    one = desk(readers(12, "gmail.com"))

    def back(count: int) -> None:
        if count == 8:
            one.now -= 3_600

    one.work(ThrottleSettings(domains={"gmail.com": Limits(per_minute=8)}), after=back)
    assert len(one.begun) == 12, "what must wait for a minute waits for no hour"
