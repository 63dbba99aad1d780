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
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from support.certificates import certificates
from support.smtp_rules import At, Rule, Then

HOST = "127.0.0.1"


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
        # asyncio does this for sockets that it makes itself; without, each second answer to a group waits 40 ms.
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
        self._opened(+1)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError, TimeoutError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)
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
    buffer: bytearray = field(default_factory=bytearray)
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
        data = reply if isinstance(reply, bytes) else _wire(reply)
        for piece in (data[i : i + 1] for i in range(len(data))) if in_pieces else (data,):
            self.writer.write(piece)
            await self.writer.drain()
            if in_pieces:
                await asyncio.sleep(0)

    async def _answer(self, at: At, own: str) -> bool:
        """Answer as a rule says, or ``own``; whether the answer was our own."""
        rule = self.server.rule_for(at, self.recipient)
        if rule is None:
            await self._say(own)
            return True
        if rule.then is Then.HANG and rule.reply is None:
            await self.server.hang()
            await self._say(own)
            return True
        if rule.reply is not None:
            await self._say(rule.reply, rule.in_pieces)
        elif rule.then is Then.GO_ON:
            await self._say(own, rule.in_pieces)
        await self._cut(rule)
        reply = rule.reply.encode() if isinstance(rule.reply, str) else rule.reply
        return reply is None or reply[:1] == own[:1].encode()

    async def _cut(self, rule: Rule) -> None:
        if rule.then is Then.HANG:
            await self.server.hang()
        elif rule.then is Then.CLOSE:
            self.writer.close()
            await self.writer.wait_closed()
            raise _Over
        elif rule.then is Then.RESET:
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
            await self._say(rule.reply or "354 Go on")
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
                await self._say(rule.reply, rule.in_pieces)
            await self._cut(rule)
        while not self.buffer.startswith(b".\r\n") and b"\r\n.\r\n" not in self.buffer:
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
        answered = rule is None or (rule.then is Then.GO_ON) or rule.reply is not None
        refused = rule is not None and rule.reply is not None and rule.reply[:1] not in {"2", b"2"}
        received = Received(self.sender, self.recipient, content, self.mail_parameters, self.rcpt_parameters, answered)
        if not refused and (rule is None or rule.keep):
            self.server.accept(received)
        self._forget()
        if rule is not None and rule.then is Then.HANG and rule.reply is None:
            await self.server.hang()
        elif rule is not None:
            if rule.reply is not None:
                await self._say(rule.reply, rule.in_pieces)
            elif rule.then is Then.GO_ON:
                await self._say("250 2.0.0 Ok: queued", rule.in_pieces)
            await self._cut(rule)
            return
        await self._say("250 2.0.0 Ok: queued")

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


def _wire(reply: str) -> bytes:
    """``"250 a\\nb"`` as a multi-line reply."""
    code, _, text = reply.partition(" ")
    *first, last = text.split("\n")
    return ("".join(f"{code}-{line}\r\n" for line in first) + f"{code} {last}\r\n").encode()


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
