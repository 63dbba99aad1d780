"""Whatever happens to a send, in whatever order: nobody gets it twice, nobody is forgotten, and the counts add up.

Hypothesis makes up histories. Senders (several at once) are killed at a commit or in the middle of a session, frozen,
taken for dead and thawed, drained and dropped; the server refuses, cuts and hangs; readers leave and join; a person
pauses, resumes, cancels and decides about what is in doubt; clocks jump. The senders are real processes, and so is
their ``kill -9``; ledger and server are real too.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dispatch.ledger.states import DeliveryState, EventKind, Stop, SuppressionReason
from support.histories import History, Row, Worker
from support.senders import Nursery
from support.sending import Instant
from support.smtp_rules import At, Rule, Then
from support.smtp_server import Features

MOST_SENDERS = 3

REFUSALS: dict[At, tuple[str, ...]] = {
    At.BANNER: ("421 4.3.2 Not now !close",),
    At.MAIL: ("451 4.3.0 Later", "550 5.7.1 You are not welcome", "421 4.3.2 Going down !close"),
    At.RCPT: ("451 4.7.1 Greylisted", "550 5.1.1 No such user", "452 4.2.2 Full", "421 4.3.2 Going down !close"),
    At.DATA: ("451 4.3.0 Later", "554 5.5.1 No", "421 4.3.2 Going down !close"),
    At.CONTENT: (),
    At.DOT: ("451 4.3.0 Later", "554 5.6.0 Spam", "552 5.2.2 Full", "421 4.3.2 Going down !close"),
}
"""What the server may say at each stage, beside nothing at all."""

CUTS = ("garbage", "!close", "!reset")

FAULT = st.sampled_from([(at, what) for at, refusals in REFUSALS.items() for what in (*refusals, *CUTS)])
ANYONE = st.integers(0, 39)
CONNECTIONS = st.integers(1, 3)

HELD = st.fixed_dictionaries({"held_at": st.sampled_from([At.RCPT, At.DATA, At.CONTENT, At.DOT]), "whose": ANYONE})
FATE = st.one_of(
    st.fixed_dictionaries({"limit": st.sampled_from([1, 3, 5, 9, None]), "resend_unknown": st.booleans()}),
    HELD,
    st.fixed_dictionaries({"instant": st.builds(Instant, st.integers(1, 16), st.booleans())}),
    # Not before a commit, which would keep the ledger locked, nor after the first, which registers the sender.
    st.fixed_dictionaries({"instant": st.builds(Instant, st.integers(2, 16), st.just(True), st.just(signal.SIGSTOP))}),
)
"""How a sender begins, and when it is held by the server, killed, or frozen."""

SIGNALS = ["let_go", "let_go", "drop it", "kill", "freeze", "thaw", "beat", "drain", "drop"]
JUMP = st.sampled_from([1.0, 30.0, 700.0, 4_000.0, 86_400.0, 5 * 86_400.0, -3_600.0])
DECISIONS = ["pause", "go on", "go on", "assume_accepted", "resend", "retry", "join", "leave the list", "leave", "wait"]

NOT_HARMLESS = ("accepted", "killed", "in doubt", "resent", "several senders", "held", "thawed past its lease")
"""What has to happen in every lot of histories, or they try too little."""


class Histories(RuleBasedStateMachine):
    """What may happen next, and what must hold after it."""

    nursery: ClassVar[Nursery]
    seen: ClassVar[Counter[str]] = Counter()
    """What happened in all histories, so that they do not become harmless unnoticed."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.folder = Path(self.closing.enter_context(TemporaryDirectory()))
        self.doubts = 0
        """How many rows the server's faults may have left in doubt."""
        self.done_with: dict[str, int] = {}
        """Readers whose message may not begin any more, and how often they got it before."""

    @initialize(
        readers=st.integers(2, 30),
        pipelining=st.booleans(),
        connections=CONNECTIONS,
        fate=FATE,
        cancelled=st.sampled_from([False, False, True]),
    )
    def plan(self, readers: int, pipelining: bool, connections: int, fate: dict[str, Any], cancelled: bool) -> None:
        self.history = History(self.folder, self.nursery, readers, Features(pipelining=pipelining))
        self.closing.callback(self.history.close)
        self.cancelled = cancelled
        self.begin(connections, **fate)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.end()
        finally:
            # Hypothesis may break a history off before it is planned, and passes over what is raised here then.
            self.closing.close()

    def address(self, whose: int) -> str:
        return f"{self.history.names[whose % len(self.history.names)]}@example.org"

    # -- senders ------------------------------------------------------------------------------------------------
    # Each rule may come at any time, and does nothing where there is nothing to do: which histories are made up must
    # not depend on how fast a sender was.

    @rule(connections=CONNECTIONS, fate=FATE)
    def a_sender_begins(self, connections: int, fate: dict[str, Any]) -> None:
        self.begin(connections, **fate)

    def begin(self, connections: int, held_at: At | None = None, whose: int = 0, **how: Any) -> None:
        if len(self.history.alive) >= MOST_SENDERS:
            return
        waiting = self.waiting() or self.history.admit(3)
        if held_at is not None:
            how["hold"] = Rule(held_at, then=Then.HANG, to=waiting[whose % len(waiting)], times=1)
        stopped = self.stop is not None
        self.seen["several senders"] += bool(self.history.alive)
        worker = self.history.begin(connections, **how)
        assert not (stopped and worker.door.messages), "nobody works on what is stopped"
        self.seen["held"] += worker.door.holding

    def waiting(self) -> list[str]:
        """Whose message may still go."""
        return [address for address, row in self.history.rows().items() if row.state in {"queued", "deferred"}]

    def one(self, which: int, held: dict[str, Any]) -> Worker | None:
        """One of those who are at work; where nobody is, one begins."""
        if not self.history.alive:
            self.begin(2, **held)
        alive = self.history.alive
        return alive[which % len(alive)] if alive else None

    @rule(which=ANYONE, held=HELD, what=st.sampled_from(SIGNALS))
    def a_sender_meets_something(self, which: int, held: dict[str, Any], what: str) -> None:
        worker = self.one(which, held)
        if worker is None or (worker.sender.stopped and what in {"beat", "drain", "drop"}):
            return
        if what == "drop it":
            self.doubts += worker.door.holding
            self.history.let_go(worker, drop=True)
        else:
            getattr(self.history, what)(worker)

    @rule(which=ANYONE, held=HELD, freeze=st.booleans(), resend=st.booleans(), thaw=st.booleans())
    def a_sender_is_taken_for_dead(
        self, which: int, held: dict[str, Any], freeze: bool, resend: bool, thaw: bool
    ) -> None:
        worker = self.one(which, held)
        if worker is None:
            return
        if freeze:
            self.history.freeze(worker)
        self.history.outlive(worker)
        self.begin(1, resend_unknown=resend)
        if thaw and worker.alive:
            self.seen["thawed past its lease"] += worker.sender.stopped
            self.history.let_go(worker)
            self.history.thaw(worker)

    # -- the server, time, people -------------------------------------------------------------------------------

    @rule(fault=FAULT, whose=ANYONE, skip=st.integers(0, 2), times=st.integers(1, 3), keep=st.booleans())
    def server_errs(self, fault: tuple[At, str], whose: int, skip: int, times: int, keep: bool) -> None:
        at, what = fault
        where = f"#{skip}*{times}" if at in {At.BANNER, At.MAIL} else f"*{times}@{self.address(whose)}"
        added = Rule.parse(f"{at}{where}={what}")
        added.keep = keep
        self.doubts += times if what in CUTS or what.endswith("!close") else 0
        self.history.faults.append(added)

    @rule(what=st.sampled_from(DECISIONS), whose=ANYONE, seconds=JUMP)
    def something_is_decided(self, what: str, whose: int, seconds: float) -> None:
        history, address = self.history, self.address(whose)
        ledger, send, now = history.ledger, history.send, history.now
        match what:
            case "wait":
                history.clock.set(now + seconds)
            case "join":
                history.admit(1)
            case "leave":
                ledger.people.suppress(address, address, SuppressionReason.UNSUBSCRIBED, now=now)
                self.is_done_with("queued", "deferred", "suppressed", "bounced", "expired", only=address)
            case "leave the list":
                ledger.people.unsubscribe(address, address, list_name="daily", now=now)
                self.is_done_with("queued", "deferred", "suppressed", "bounced", "expired", only=address)
            case "resend":
                ledger.work.requeue(send.id, DeliveryState.UNKNOWN, EventKind.RESEND, now=now)
            case "retry":
                ledger.people.undo_bounces(send.id, now=now)
                ledger.work.requeue(send.id, DeliveryState.DEFERRED, EventKind.RETRY, now=now)
                ledger.work.requeue(send.id, DeliveryState.BOUNCED, EventKind.RETRY, now=now)
            case "go on":
                ledger.control.resume(send.id, now=now)
                self.begin(2)
            case "pause" | "assume_accepted":
                getattr(ledger.control, what)(send.id, now=now)

    @property
    def stop(self) -> Stop | None:
        return self.history.ledger.control.standing(self.history.send.id)

    def is_done_with(self, *states: str, only: str | None = None) -> None:
        """Nothing may begin to go any more to those in ``states``, unless something may have been on the wire."""
        got = self.history.got()
        for address, row in self.history.rows().items():
            if only in (None, address) and row.state in states and not row.unknown:
                self.done_with.setdefault(address, got[address])

    # -- what must hold -----------------------------------------------------------------------------------------

    @invariant()
    def the_ledger_says_what_happened(self) -> None:
        history = self.history
        got = history.got()
        rows = history.rows()
        later = history.got()
        assert set(rows) == {f"{name}@example.org" for name in history.names}, "nobody is forgotten"
        assert set(later) <= set(rows)
        for address, row in rows.items():
            assert got[address] <= 1 + row.resent, f"{address} got it twice"
            assert row.resent <= row.unknown, "only what was in doubt is sent again"
            if row.state not in {"sending", "accepted", "unknown"}:
                assert got[address] <= row.resent, f"{address} got it and counts as {row.state}"
            if row.state == "accepted" and not row.assumed:
                assert later[address], f"{address} counts as accepted and got nothing"
        for address, before in self.done_with.items():
            assert later[address] == before, f"{address} had gone, and got it"
        doubts = sum(row.unknown for row in rows.values())
        assert doubts <= self.doubts + sum(worker.doubts for worker in history.workers), "no doubt without a reason"
        self.one_row_a_connection(rows)

    def one_row_a_connection(self, rows: dict[str, Row]) -> None:
        on_the_wire = Counter(row.worker for row in rows.values() if row.state == "sending")
        pids = dict(self.history.read("SELECT id, pid FROM worker"))
        connections = {worker.sender.pid: worker.connections for worker in self.history.workers}
        for worker, count in on_the_wire.items():
            assert count <= connections[pids[worker]], "one row a connection is in doubt, never two"

    @invariant()
    def senders_count_what_they_did(self) -> None:
        for worker in self.history.workers:
            states = worker.sender.said.get("states")
            if states is not None:
                messages = len(worker.door.messages)
                accepted, unknown = states.get("accepted", 0), states.get("unknown", 0)
                assert accepted <= messages <= accepted + unknown

    # -- the end ------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Everything is mended, everybody is let go, and a sender takes up what is left: then all must be told."""
        history = self.history
        history.faults.clear()
        if self.cancelled:
            history.ledger.control.cancel(history.send.id, now=history.now)
            self.is_done_with("cancelled", "queued", "deferred")
        while history.alive:  # one that is thawed may be due to be frozen once more
            for worker in history.alive:
                worker.door.let_go()
                history.thaw(worker)
        for _ in range(20):
            history.write("UPDATE worker SET expires_at = 0 WHERE ended_at IS NULL")
            history.ledger.control.resume(history.send.id, now=history.now)
            if self.cancelled:
                history.ledger.control.cancel(history.send.id, now=history.now)
            due = history.ledger.sends.next_attempt(history.send.id)
            history.clock.set(max(history.now, due or 0))
            history.begin(2)
            if {row.state for row in history.rows().values()}.isdisjoint({"queued", "sending", "deferred"}):
                break
        else:
            raise AssertionError(f"left over: {history.rows()}")
        self.the_ledger_says_what_happened()
        self.senders_count_what_they_did()
        self.note()
        assert all(worker.door.violations == [] for worker in history.workers)
        assert history.read("SELECT count(*) FROM worker WHERE ended_at IS NULL") == [(0,)]

    def note(self) -> None:
        self.seen["killed"] += sum(worker.killed for worker in self.history.workers)
        for row in self.history.rows().values():
            self.seen[row.state] += 1
            self.seen["in doubt"] += row.unknown
            self.seen["resent"] += row.resent


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("part", range(4))
def test_in_any_history_everybody_gets_it_once_or_is_told_of(
    nursery: Nursery, pytestconfig: pytest.Config, part: int
) -> None:
    Histories.nursery, Histories.seen = nursery, Counter()
    asked: int | None = pytestconfig.getoption("--histories")
    run_state_machine_as_test(
        seed(part)(Histories) if asked is None else Histories,
        settings=settings(
            max_examples=20 if asked is None else max(1, asked // 4),
            stateful_step_count=30 if asked is None else 50,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    if asked is None:
        harmless = [what for what in NOT_HARMLESS if not Histories.seen[what]]
        assert not harmless, f"these histories try too little; all they saw: {Histories.seen}"
