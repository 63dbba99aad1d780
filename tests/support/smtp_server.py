"""A mail server for tests: records what it accepts, and does wrong exactly what its rules say.

In a thread of the test's process::

    with SmtpServer(rules=["rcpt@bob@example.org=550 5.1.1 No such user"]) as server:
        ...  # talk to server.host, server.port
    assert server.recipients == ["ann@example.org"]

or as a process of its own, which outlives a client that a test kills::

    python -m support.smtp_server --record ACCEPTED --rule 'dot*1=!close'

It prints its port once it listens. ``ACCEPTED`` has one JSON object a line, written before the server answers 250
(:func:`read_record`).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import fcntl
import json
import os
import signal
import socket
import ssl
import struct
import termios
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from support.certificates import certificates
from support.smtp_rules import At, Rule, Then, wire

HOST = "127.0.0.1"

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing drops what was not sent and resets the connection (RST)."""

LARGE = (b"y" * 898 + b"\r\n") * 27_000
"""A content that all buffers between a client and this server cannot hold: its end has not left while none is read."""

TAKEN = "250 2.0.0 Ok: queued"
"""The answer to a message that was accepted."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the server accepted. ``content`` is without dot-stuffing, with CRLF line ends."""

    sender: str
    recipient: str
    content: bytes
    mail_parameters: str = ""
    rcpt_parameters: str = ""
    answered: bool = True
    """Whether the client was told; not where a rule cut the answer off."""
    connection: int = 0
    """Over which of the server's connections it came, counted from 0."""

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass(frozen=True, slots=True)
class Features:
    """What the server offers. ``auth`` is the only user and password it lets in."""

    pipelining: bool = True
    size: int | None = 10_000_000
    dsn: bool = True
    eightbit: bool = True
    smtputf8: bool = True
    starttls: str | None = None
    """Which of :class:`Certificates` to offer STARTTLS with: ``"good"``, ``"expired"``, …"""
    tls: str | None = None
    """The same, but TLS from the first byte."""
    auth: tuple[str, str] | None = None
    auth_methods: tuple[str, ...] = ("PLAIN", "LOGIN")
    esmtp: bool = True
    """``False``: EHLO is unknown, only HELO works."""

    def keywords(self, encrypted: bool) -> list[str]:
        offers = {
            "PIPELINING": self.pipelining,
            f"SIZE {self.size}": self.size is not None,
            "8BITMIME": self.eightbit,
            "DSN": self.dsn,
            "SMTPUTF8": self.smtputf8,
            "STARTTLS": self.starttls is not None and not encrypted,
            f"AUTH {' '.join(self.auth_methods)}": self.auth is not None,
            "ENHANCEDSTATUSCODES": True,
        }
        return [keyword for keyword, offered in offers.items() if offered]


class SmtpServer:
    """Listens on port 0 of the loopback, in a thread with a loop of its own, while its ``with`` block runs."""

    def __init__(
        self,
        features: Features | None = None,
        *,
        rules: Iterable[Rule | str] = (),
        record: Path | None = None,
        keep_content: bool = True,
        port: int = 0,
    ) -> None:
        self.features = features or Features()
        self.host, self.port = HOST, port
        self.rules = [Rule.parse(rule) if isinstance(rule, str) else rule for rule in rules]
        self.keep_content = keep_content
        self.messages: list[Received] = []
        """Everything accepted (or cut off after its dot), in order."""
        self.commands: list[str] = []
        """Every command line of every session, in order; of AUTH only the method."""
        self.violations: list[str] = []
        """What a client did against the protocol."""
        self.connections = 0
        """Sessions opened so far."""
        self.open = 0
        """Sessions open now."""
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if record else None
        self._changed = threading.Condition()
        self._released = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._run, name="smtp-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()
        if self._record is not None:
            os.close(self._record)

    @property
    def recipients(self) -> list[str]:
        return [message.recipient for message in self.messages]

    def wait_until(self, condition: Callable[[], bool], timeout: float = 30) -> None:
        """Block until ``condition()``, looked at whenever the server has seen something, holds."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(f"the server never saw it; commands: {self.commands[-20:]}")

    def wait_for_command(self, start: str, timeout: float = 30) -> None:
        self.wait_until(lambda: any(command.upper().startswith(start.upper()) for command in self.commands), timeout)

    def release(self) -> None:
        """Let every session that a rule hangs go on."""
        self._loop.call_soon_threadsafe(self._released.set)

    def dismiss(self, goodbye: str = "421 4.4.2 Idle for too long") -> None:
        """Say goodbye to every open session and close it, as servers do to who says nothing for minutes; return when
        all are closed."""

        def say() -> None:
            for writer in self._writers:
                writer.write(wire(goodbye))
                writer.close()

        self._loop.call_soon_threadsafe(say)
        self.wait_until(lambda: self.open == 0)

    def rule_for(self, at: At, recipient: str | None = None) -> Rule | None:
        return next((rule for rule in self.rules if rule.applies(at, recipient)), None)

    def note(self, command: str) -> None:
        with self._changed:
            self.commands.append(command)
            self._changed.notify_all()

    def accept(self, received: Received) -> None:
        """Record a message; durable for other processes before the client is told."""
        if self._record is not None:
            line = {
                "sender": received.sender,
                "recipient": received.recipient,
                "message_id": received.message_id,
                "answered": received.answered,
                "content": received.content.decode("latin-1") if self.keep_content else None,
            }
            os.write(self._record, json.dumps(line).encode() + b"\n")
        with self._changed:
            self.messages.append(received)
            self._changed.notify_all()

    async def hang(self) -> None:
        await self._released.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self.serve())

    async def serve(self) -> None:
        """Serve until stopped."""
        tls = getattr(certificates(), self.features.tls) if self.features.tls else None
        listening = socket.create_server((self.host, self.port), backlog=256)
        # Left to itself the kernel may take tens of megabytes for a session that a rule hangs, and no sender notices.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**18)
        # asyncio does so for sockets of its own making; without it each answer waited 40 ms for the one before it.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = await asyncio.start_server(self._session, sock=listening, ssl=tls, limit=2**22)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.wait_closed()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self._opened(+1)
        try:
            await _Session(self, reader, writer, self.connections - 1).run()
        except (ConnectionError, asyncio.CancelledError, TimeoutError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)
            self._writers.discard(writer)
            self._opened(-1)

    def _opened(self, step: int) -> None:
        with self._changed:
            self.connections += step > 0
            self.open += step
            self._changed.notify_all()


class _Over(ConnectionError):
    """The session ended, by a rule or by QUIT."""


@dataclass(slots=True)
class _Session:
    server: SmtpServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    buffer: bytearray = field(default_factory=bytearray)
    held: bytes = b""
    """An answer that waits for the next one."""
    sender: str | None = None
    mail_parameters: str = ""
    recipient: str | None = None
    rcpt_parameters: str = ""
    greeted: bool = False
    encrypted: bool = False

    async def run(self) -> None:
        self.encrypted = self.server.features.tls is not None
        await self._answer(At.BANNER, "220 test.example ESMTP")
        while True:
            line = await self._line()
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            self.server.note(f"AUTH {rest.split(' ')[0]}" if verb == "AUTH" else line)
            if self.buffer and (not self.server.features.pipelining or verb in {"DATA", "EHLO", "STARTTLS", "QUIT"}):
                self.server.violations.append(f"something came before the answer to {verb}")
            handler = getattr(self, f"_on_{verb.lower()}", None) if verb.isalpha() else None
            await (handler(rest) if handler else self._say("500 5.5.2 Unknown command"))

    async def _line(self) -> str:
        while b"\n" not in self.buffer:
            await self._fill()
        end = self.buffer.index(b"\n") + 1
        line = bytes(self.buffer[:end])
        del self.buffer[:end]
        if not line.endswith(b"\r\n"):
            self.server.violations.append(f"bare LF in a command: {line!r}")
        return line.decode("utf-8", "replace").rstrip("\r\n")

    async def _fill(self) -> None:
        data = await self.reader.read(1 << 18)
        if not data:
            raise _Over
        self.buffer += data

    async def _say(self, reply: str | bytes, in_pieces: bool = False) -> None:
        data = self.held + (reply if isinstance(reply, bytes) else wire(reply))
        self.held = b""
        for piece in (data[i : i + 1] for i in range(len(data))) if in_pieces else (data,):
            self.writer.write(piece)
            await self.writer.drain()
            if in_pieces:
                await asyncio.sleep(0)

    async def _answer(self, at: At, own: str) -> bool:
        """Answer as a rule says, or ``own``; whether the answer was our own, or held it."""
        return await self._obey(self.server.rule_for(at, self.recipient), own)

    async def _obey(self, rule: Rule | None, own: str) -> bool:
        if rule is None:
            await self._say(own)
            return True
        answer = rule.answer(wire(own))
        if rule.then is Then.HOLD:
            self.held += answer or b""
        elif answer is not None:
            await self._say(answer, rule.in_pieces)
        await self._cut(rule)
        if answer is None:  # a silence that was ended
            await self._say(own)
        return answer is None or answer[:1] == own[:1].encode() or wire(own) in answer

    async def _cut(self, rule: Rule) -> None:
        if rule.then is Then.HANG:
            await self.server.hang()
        elif rule.then is Then.CLOSE:
            self.writer.close()
            await self.writer.wait_closed()
            raise _Over
        elif rule.then is Then.RESET:
            connection = self.writer.get_extra_info("socket")
            # A reset drops what the other side's system does not have yet: that would be another fault.
            while struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4)) != (0,):
                await asyncio.sleep(0.001)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.writer.transport.abort()
            raise _Over

    async def _on_ehlo(self, rest: str) -> None:
        features = self.server.features
        if not features.esmtp:
            await self._say("500 5.5.1 EHLO is unknown here")
            return
        self._forget()
        lines = ["test.example", *features.keywords(self.encrypted)]
        self.greeted = await self._answer(At.EHLO, "250 " + "\n".join(lines))

    async def _on_helo(self, rest: str) -> None:
        self.greeted = await self._answer(At.EHLO, "250 test.example")

    async def _on_starttls(self, rest: str) -> None:
        if not self.server.features.starttls or self.encrypted:
            await self._say("503 5.5.1 Not now")
        elif await self._answer(At.STARTTLS, "220 2.0.0 Go ahead"):
            await self.writer.start_tls(getattr(certificates(), self.server.features.starttls))
            self.encrypted, self.greeted = True, False
            self.buffer.clear()

    async def _on_auth(self, rest: str) -> None:
        method, _, initial = rest.partition(" ")
        if method.upper() == "PLAIN":
            response = initial or await self._challenge("")
            given = tuple(base64.b64decode(response).decode().split("\0")[1:])
        else:
            user = initial or await self._challenge("VXNlcm5hbWU6")
            secret = await self._challenge("UGFzc3dvcmQ6")
            given = tuple(base64.b64decode(each).decode() for each in (user, secret))
        right = given == self.server.features.auth
        await self._answer(At.AUTH, "235 2.7.0 Welcome" if right else "535 5.7.8 Wrong user or password")

    async def _challenge(self, text: str) -> str:
        await self._say(f"334 {text}")
        return await self._line()

    async def _on_mail(self, rest: str) -> None:
        sender, parameters = _path(rest)
        if self.sender is not None:
            await self._say("503 5.5.1 Nested MAIL")
        elif await self._answer(At.MAIL, "250 2.1.0 Ok"):
            self.sender, self.mail_parameters = sender, parameters

    async def _on_rcpt(self, rest: str) -> None:
        if self.sender is None:
            await self._say("503 5.5.1 MAIL first")
            return
        self.recipient, self.rcpt_parameters = _path(rest)
        if not await self._answer(At.RCPT, "250 2.1.5 Ok"):
            self.recipient = None

    async def _on_data(self, rest: str) -> None:
        if self.recipient is None:
            # As Postfix does not, and RFC 2920 §3.1 allows: 354 with no valid recipient, ended by a lone dot.
            rule = self.server.rule_for(At.DATA)
            if rule is None or self.sender is None:
                await self._say("554 5.5.1 No valid recipients")
                return
            await self._say(rule.answer(wire("354 Go on")) or b"")
            content = await self._content()
            if content:
                self.server.violations.append("content for no recipient")
            await self._say("554 5.5.1 No valid recipients")
            self._forget()
            return
        if await self._answer(At.DATA, "354 End data with <CR><LF>.<CR><LF>"):
            await self._take(await self._content())
        else:
            self.recipient = self.sender = None

    async def _content(self) -> bytes:
        """The content up to its dot, dot-stuffing undone."""
        rule = self.server.rule_for(At.CONTENT, self.recipient)
        if rule is not None:
            if not self.buffer:
                await self._fill()
            if rule.reply is not None:
                await self._say(rule.answer(wire(TAKEN)) or b"", rule.in_pieces)
            await self._cut(rule)
        searched = 0
        while not self.buffer.startswith(b".\r\n") and self.buffer.find(b"\r\n.\r\n", searched) < 0:
            searched = max(0, len(self.buffer) - 4)
            await self._fill()
        end = -2 if self.buffer.startswith(b".\r\n") else self.buffer.index(b"\r\n.\r\n")
        stuffed = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        self._inspect(stuffed)
        return stuffed[1:].replace(b"\r\n.", b"\r\n") if stuffed[:1] == b"." else stuffed.replace(b"\r\n.", b"\r\n")

    def _inspect(self, content: bytes) -> None:
        if content.count(b"\r") != content.count(b"\r\n") or content.count(b"\n") != content.count(b"\r\n"):
            self.server.violations.append("bare CR or LF in content")
        if any(len(line) > 998 for line in content.split(b"\r\n")):
            self.server.violations.append("a line of over 998 octets")

    async def _take(self, content: bytes) -> None:
        assert self.sender is not None
        assert self.recipient is not None
        rule = self.server.rule_for(At.DOT, self.recipient)
        own = wire(TAKEN)
        answer = rule.answer(own) if rule else own
        refused = answer is not None and answer[:1] in {b"4", b"5"} and own not in answer
        if not refused and (rule is None or rule.keep):
            self.server.accept(
                Received(
                    self.sender,
                    self.recipient,
                    content,
                    self.mail_parameters,
                    self.rcpt_parameters,
                    answered=answer is not None and answer.endswith(b"\n"),
                    connection=self.number,
                )
            )
        self._forget()
        await self._obey(rule, TAKEN)

    def _forget(self) -> None:
        self.sender = self.recipient = None

    async def _on_rset(self, rest: str) -> None:
        self._forget()
        await self._answer(At.RSET, "250 2.0.0 Ok")

    async def _on_noop(self, rest: str) -> None:
        await self._say("250 2.0.0 Ok")

    async def _on_quit(self, rest: str) -> None:
        await self._answer(At.QUIT, "221 2.0.0 Bye")
        raise _Over


def _path(rest: str) -> tuple[str, str]:
    """The address and the parameters of ``FROM:<a@b> SIZE=1``."""
    address, _, parameters = rest.partition(":")[2].lstrip().removeprefix("<").partition(">")
    return address, parameters.strip()


def read_record(path: Path) -> list[dict[str, str]]:
    """What a server process has accepted so far; a line still being written is left out."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rule", action="append", default=[])
    parser.add_argument("--no-content", action="store_true", help="record who got what, without the content")
    parser.add_argument("--no-pipelining", action="store_true")
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server = SmtpServer(
        Features(pipelining=not options.no_pipelining),
        rules=options.rule,
        record=options.record,
        keep_content=not options.no_content,
        port=options.port,
    )
    with server:
        print(server.port, flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
