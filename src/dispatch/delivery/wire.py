"""The bytes of an SMTP session after login: writes, and each reply in the order of its command.

aiosmtplib's own protocol allows one command at a time and raises the same error before and after the final dot;
this one allows RFC 2920 groups, and says what had been written when a connection went.
"""

from __future__ import annotations

import asyncio
from collections import deque

from dispatch.delivery.replies import NotAReply, Reply, ReplyReader

PIECE = 64 * 1024
"""Under TLS so many octets are handed to the connection at once: what it was handed nobody can count any more, what was
kept back is known not to have gone."""


class Lost(Exception):
    """The connection is gone or of no more use; the message says how."""


class Wire(asyncio.Protocol):
    """Made for a transport that is already connected: call :meth:`attach` in place of ``connection_made``."""

    def __init__(self) -> None:
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._lost: str | None = None
        self._over = False
        self._paused = False
        self._transport: asyncio.Transport
        # Kept: in Python 3.11 to ask for it is a system call.
        self._loop = asyncio.get_running_loop()
        self._encrypted = False
        self._kept_back = memoryview(b"")
        self._turn: asyncio.TimerHandle | None = None
        """When the next piece is handed on."""
        self.unsent_when_answered = 0
        """Octets that the operating system had not taken yet when the oldest reply in hand came."""

    def attach(self, transport: asyncio.Transport) -> None:
        """Take ``transport`` over from the protocol that logged in."""
        self._transport = transport
        transport.set_protocol(self)
        self._encrypted = transport.get_extra_info("sslcontext") is not None
        if transport.is_closing():
            self._over = True
            self._lose("the server closed the connection")

    @property
    def lost(self) -> bool:
        """Whether nothing can be written any more; replies that came before may still be read."""
        return self._lost is not None

    @property
    def came(self) -> deque[Reply]:
        """The replies that came and were not read yet."""
        return self._replies

    @property
    def surplus(self) -> Reply | None:
        """The first reply that came and was not read yet."""
        return self._replies[0] if self._replies else None

    @property
    def unsent(self) -> int:
        """Octets that the operating system has not taken yet."""
        return 0 if self.lost else len(self._kept_back) + self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Hand ``data`` to the connection. Raises :class:`Lost` only when none of it can have gone."""
        if self._lost is not None:
            raise Lost(self._lost)
        if not self._encrypted or len(data) <= PIECE:
            self._transport.write(data)
            return
        self._kept_back = memoryview(data)
        self._hand_on()

    def _hand_on(self) -> None:
        """One piece at a turn, so that an answer is seen before a write that would fail."""
        self._turn = None
        if self._paused or self._lost is not None:
            return
        piece, self._kept_back = self._kept_back[:PIECE], self._kept_back[PIECE:]
        self._transport.write(piece)
        if self._kept_back:
            self._turn = self._loop.call_later(0, self._hand_on)
        else:
            self._stir()

    async def drain(self, timeout: float) -> None:
        """Wait until what was written has gone or a reply has come.

        ``timeout`` seconds may pass without progress (RFC 5321 §4.5.3.2.5); then, or when the connection goes,
        raises :class:`Lost`.
        """
        while (self._paused or self._kept_back) and not self._replies:
            if self._lost is not None:
                raise Lost(self._lost)
            before = self.unsent
            try:
                await self._wake(self._loop.time() + timeout)
            except TimeoutError:
                if self.unsent >= before:
                    self._lose(f"the server took nothing for {timeout:g} s")

    async def reply(self, timeout: float) -> Reply:
        """The next reply, at most ``timeout`` seconds from now. Raises :class:`Lost`."""
        if not self._replies:
            await self.answered(timeout)
        return self._replies.popleft()

    async def answered(self, timeout: float) -> None:
        """Wait for a reply, which stays to be read, at most ``timeout`` seconds. Raises :class:`Lost`."""
        deadline = self._loop.time() + timeout
        while not self._replies:
            if self._lost is not None:
                raise Lost(self._lost)
            try:
                await self._wake(deadline)
            except TimeoutError:
                self._lose(f"no answer for {timeout:g} s")

    async def close(self, timeout: float) -> None:
        """Close in good order (TLS says goodbye too), after ``timeout`` seconds without."""
        self._lost = self._lost or "this side closed the connection"
        self._transport.close()
        deadline = self._loop.time() + timeout
        try:
            while not self._over:
                await self._wake(deadline)
        except TimeoutError:
            self._transport.abort()

    def abort(self) -> None:
        """Close at once; what was not written is dropped."""
        self._lost = self._lost or "this side closed the connection"
        self._transport.abort()

    async def _wake(self, deadline: float) -> None:
        """Wait for anything to happen; raises :class:`TimeoutError` at ``deadline`` on the loop's clock."""
        waiter = self._waiter = self._loop.create_future()
        self._deadline = deadline
        if self._alarm is None or self._alarm.when() > deadline:
            self._set_alarm()
        try:
            await waiter
        finally:
            self._waiter = None

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        """One alarm serves many waits: it rings for the earliest, and is set anew where a later one is on."""
        self._alarm = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._deadline:
            self._set_alarm()
        else:
            self._waiter.set_exception(TimeoutError())

    def _stir(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = why
            self._transport.abort()
        self._stir()

    def data_received(self, data: bytes) -> None:
        if not self._replies:
            self.unsent_when_answered = self.unsent
        try:
            for reply in self._reader.feed(data):
                self._replies.append(reply)
        except NotAReply as error:
            self._lose(f"the server answered something that is not SMTP: {error}")
        self._stir()

    def eof_received(self) -> None:
        self._lose("the server closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._lost is None:
            self._lost = f"the connection broke: {exc}" if exc else "the server closed the connection"
        self._stir()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._kept_back and self._turn is None:
            self._hand_on()
        self._stir()
