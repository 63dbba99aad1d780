"""A run against a server that does wrong: few readers, one connection, and short waits only where nothing comes."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from dispatch.config.settings import Relay, Security
from dispatch.delivery.loop import Message, Session
from dispatch.delivery.smtp import Timeouts, open_session
from dispatch.ledger.claims import Envelope
from dispatch.ledger.sends import Send
from dispatch.ledger.states import DeliveryState
from support.books import NOW, open_ledger, planned
from support.certificates import certificates
from support.desk import Desk
from support.faults import Case, Fault
from support.smtp_rules import At, Rule
from support.smtp_server import HOST, LARGE, Features, SmtpServer

READERS = ("r0", "r1", "r2", "r3")

SHORT = 0.2
"""Seconds that a silent server is waited for, where it is silent."""

PATIENT = Timeouts()
"""Minutes: who waits for what does not come meets the test's own limit."""

_WAITS = {
    At.CONNECT: "connect",
    At.BANNER: "connect",
    At.DATA: "data",
    At.CONTENT: "block",
    At.DOT: "final",
    At.QUIT: "quit",
}
"""Which of the timeouts counts where; elsewhere it is a command's."""

_FILE = "dispatch.db"
"""Where :func:`open_ledger` keeps a folder's ledger."""

_USER, _PASSWORD = "news", "correct horse"


@dataclass
class FaultyDesk(Desk):
    """``at`` is the connection of the run, counted from 0, that has ``waits`` and goes to ``absent``, if that is set.
    The reader ``large`` gets more than any buffer holds."""

    security: Security = Security.OPPORTUNISTIC
    user: str | None = None
    at: int = 0
    waits: Timeouts = PATIENT
    absent: Relay | None = None
    large: str | None = None
    connects: int = 0

    def connect(self) -> Awaitable[Session]:
        relay, timeouts = Relay(self.security, self.server.host, self.server.port, self.user), PATIENT
        if self.connects == self.at:
            relay, timeouts = self.absent or relay, self.waits
        self.connects += 1
        return open_session(relay, password=lambda: _PASSWORD, timeouts=timeouts, ca_file=certificates().ca_file)

    def build(self, envelope: Envelope) -> Message:  # type: ignore[override]
        message = super().build(envelope)
        is_large = self.large is not None and envelope.address == address(self.large)
        return replace(message, content=message.content + LARGE) if is_large else message

    def states(self, readers: Iterable[str] = READERS) -> dict[str, DeliveryState]:
        return {name: self.state_of(name) for name in readers}

    @property
    def suppressed(self) -> list[str | None]:
        return [one.address for one in self.ledger.people.suppressions()]

    def run_again(self) -> None:
        """What a later run does, when everybody's time has come and the server is well."""
        self.large, self.at = None, -1
        self.now = self.ledger.sends.next_attempt(self.send.id) or NOW
        self.run(connections=1)

    def assert_all_settled(self, after: dict[str, DeliveryState], also_taken: Collection[str] = ()) -> None:
        """After a second run: who was queued or deferred ``after`` the first one is accepted, nobody else was mailed
        again. ``also_taken`` are in doubt though the server has theirs."""
        self.run_again()
        tried_again = {DeliveryState.QUEUED, DeliveryState.DEFERRED}
        final = {name: DeliveryState.ACCEPTED if state in tried_again else state for name, state in after.items()}
        assert self.states(after) == final
        taken = {name for name, state in final.items() if state is DeliveryState.ACCEPTED or name in also_taken}
        assert sorted(self.server.recipients) == sorted(address(name) for name in taken)
        assert self.server.violations == []
        assert self.complaints == []


def address(name: str) -> str:
    return f"{name}@example.org"


@contextmanager
def desk_with(
    rules: Sequence[Rule], *, features: Features | None = None, readers: Sequence[str] = READERS
) -> Iterator[FaultyDesk]:
    with ExitStack() as stack:
        server = stack.enter_context(SmtpServer(features, rules=rules))
        # In memory, where the system has such a folder: what is tried here is no disk.
        memory = Path("/dev/shm")
        folder = Path(stack.enter_context(TemporaryDirectory(dir=memory if memory.is_dir() else None)))
        content, send = _frozen(len(readers))
        (folder / _FILE).write_bytes(content)
        yield FaultyDesk(stack.enter_context(open_ledger(folder)), send, server, folder)


@contextmanager
def desk_for(case: Case, *, tls: bool = False) -> Iterator[FaultyDesk]:
    """A desk whose server does wrong once, as ``case`` says; ``tls``: over STARTTLS."""
    login, tls = case.place is At.AUTH, tls or case.place is At.STARTTLS
    features = Features(
        pipelining=case.pipelining,
        size=None,
        starttls="good" if tls else None,
        auth=(_USER, _PASSWORD) if login else None,
        auth_methods=("PLAIN",),  # with two, a refusal would be followed by the other one
    )
    with desk_with(case.rules(), features=features) as desk, ExitStack() as stack:
        desk.security = Security.STARTTLS if tls else Security.OPPORTUNISTIC
        desk.user = _USER if login else None
        desk.at = case.connection
        if case.fault.silent:
            desk.waits = replace(PATIENT, **{_WAITS.get(case.place, "command"): SHORT})
        if case.place is At.CONNECT:
            desk.absent = stack.enter_context(_nobody(case.fault))
        if case.place is At.CONTENT:
            desk.large = READERS[case.position]
        yield desk


@cache
def _frozen(count: int) -> tuple[bytes, Send]:
    """A ledger's file with an edition planned for so many readers, made once: every case begins with it."""
    with TemporaryDirectory() as folder:
        ledger, send = planned(Path(folder), count)
        ledger.close()
        return (Path(folder) / _FILE).read_bytes(), send


@contextmanager
def _nobody(fault: Fault) -> Iterator[Relay]:
    """An address where a connection is refused, or where nobody takes it up."""
    with ExitStack() as stack:
        door = stack.enter_context(socket.socket())
        door.bind((HOST, 0))
        if fault is Fault.SILENCE:
            door.listen(0)
            for _ in range(2):  # one is taken by the kernel, and whoever comes then waits
                guest = stack.enter_context(socket.socket())
                guest.setblocking(False)
                guest.connect_ex(door.getsockname())
        yield Relay(Security.OPPORTUNISTIC, HOST, door.getsockname()[1])
