"""A session that speaks the envelope itself, so that the stage of each failure is known.

One message goes as two steps, with the ledger's commit between them (DELIVERY: order of commits)::

    session = await open_session(relay, …)
    refused = await session.begin(sender, recipient, size=len(content))
    outcome = refused or await session.finish(content)

What may be written before an answer is RFC 2920's: MAIL, RCPT and DATA as one group where PIPELINING is offered,
one by one elsewhere; never content before the 354.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from dispatch.delivery.offers import Envelope, Offers
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.replies import Reply, acceptance, classify, printable
from dispatch.delivery.wire import Lost, Wire


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait at each stage; the defaults are RFC 5321 §4.5.3.2's."""

    connect: float = 300.0
    """To connect and be greeted."""
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    """How long the server may take nothing of the content."""
    final: float = 600.0
    """For the answer to the final dot: giving up earlier makes duplicates (RFC 5321 §4.5.3.2.6)."""
    quit: float = 5.0

    @classmethod
    def capped(cls, seconds: float) -> Timeouts:
        """No wait over ``seconds``, but the final one."""
        return cls(*(min(seconds, wait) for wait in (300.0, 300.0, 120.0, 180.0)))


@dataclass(frozen=True, slots=True)
class Secured:
    """A connection's TLS. ``version`` is such as ``TLSv1.3``."""

    version: str
    expires: float | None
    """When the server's certificate ends, in seconds since the Unix epoch; ``None`` where it was not verified."""


class Session:
    """One connection, logged in. Not for concurrent use.

    After an outcome with ``session_lost`` (and after a cancelled call) only :meth:`abort` is of use.
    """

    def __init__(
        self,
        wire: Wire,
        extensions: Mapping[str, str],
        timeouts: Timeouts,
        *,
        secured: Secured | None = None,
        on_this_machine: bool = False,
    ) -> None:
        """``extensions`` maps what EHLO offered, in lower case, to its parameters."""
        self.secured = secured
        self.on_this_machine = on_this_machine
        """Whether nothing of it leaves the machine (loopback)."""
        self._wire = wire
        self._timeouts = timeouts
        self._open_transaction = False
        self._shifted = False
        """An answer came that is another question's; then the session is over."""
        self.offers = Offers(extensions)
        self.messages = 0
        """Contents sent so far."""
        self.answered: Outcome | None = None
        """What became of the content of the latest :meth:`go_on`, as soon as that is known: also where the call is
        cancelled while the next envelope waits for its answers."""

    @property
    def lost(self) -> bool:
        """Whether the connection is known to be gone (asked between messages)."""
        return self._wire.lost

    @property
    def ended(self) -> bool:
        """Whether the server went, or said something that nobody asked for (421: idle for too long), since the last
        message: another one would only learn that."""
        return self._wire.lost or self._wire.surplus is not None

    async def begin(
        self, sender: str, recipient: str, *, size: int, smtputf8: bool = False, envelope_id: str | None = None
    ) -> Outcome | None:
        """Open a transaction. ``None``: the recipient is accepted and the content may go.

        ``size`` is the content's octets; ``smtputf8`` says that its headers are not ASCII; ``envelope_id`` comes back
        in delivery reports (RFC 3461 §4.4). A refusal that needs no question (size, SMTPUTF8, an impossible address)
        is returned without a byte sent.
        """
        envelope = self.offers.envelope(sender, recipient, size, smtputf8, envelope_id)
        if isinstance(envelope, Outcome):
            return envelope
        try:
            return await self._begin(envelope)
        except BaseException:
            self.abort()  # an answer is under way that nobody will read
            raise

    async def finish(self, content: bytes) -> Outcome:
        """Send ``content`` (dot-stuffed, ending in CRLF) with the final dot, and wait for the answer.

        Once its write began, no answer means :attr:`Verdict.UNKNOWN` (RFC 1047).
        """
        stray = self._stray(Stage.DATA)
        if stray is not None:
            return stray
        try:
            self._wire.write(content + b".\r\n")
        except Lost as lost:
            return _gone(Verdict.DEFERRED, Stage.DATA, lost)
        self.messages += 1
        self._open_transaction = False
        try:
            return await self._final()
        except BaseException:
            self.abort()
            raise

    async def go_on(
        self, content: bytes, sender: str, recipient: str, *, size: int, smtputf8: bool, envelope_id: str | None
    ) -> tuple[Outcome, Outcome | None]:
        """:meth:`finish` and the next :meth:`begin`, in one write where PIPELINING is offered: one round trip for both.

        Returns what became of ``content``, and what :meth:`begin` says of the next envelope. Where the first outcome
        lost the session, the second is lost with it and says nothing about its recipient.
        """
        self.answered = None
        following = self.offers.envelope(sender, recipient, size, smtputf8, envelope_id)
        if isinstance(following, Outcome) or not self.offers.pipelining:
            outcome = self.answered = await self.finish(content)
            if outcome.session_lost:
                return outcome, outcome
            return outcome, following if isinstance(following, Outcome) else await self._begin(following)
        stray = self._stray(Stage.DATA)
        if stray is not None:
            return stray, stray
        group = following.mail + following.rcpt + b"DATA\r\n"
        try:
            # RFC 2920 §3.1: "the actual transfer of message content is explicitly allowed to be the first".
            self._wire.write(content + b".\r\n" + group)
        except Lost as lost:
            gone = _gone(Verdict.DEFERRED, Stage.DATA, lost)
            return gone, gone
        self.messages += 1
        self._open_transaction = True
        try:
            return await self._both(len(group))
        except BaseException:
            self.abort()
            raise

    async def _both(self, behind: int) -> tuple[Outcome, Outcome | None]:
        """The answer to a dot and those to the envelope behind it, which is ``behind`` octets long."""
        accepted = await self._as_hoped()
        if accepted is not None:
            return accepted, None
        outcome = self.answered = await self._final(behind)
        if outcome.session_lost:
            return outcome, outcome
        refused = await self._read_group()
        if self._shifted and refused is not None and not _agree(outcome, refused):
            text = f"followed by answers that match nothing: {outcome.code} {outcome.text}"
            return self._drop(replace(outcome, verdict=Verdict.UNKNOWN, text=printable(text))), refused
        return outcome, refused

    async def _as_hoped(self) -> Outcome | None:
        """The acceptance, where all four answers are those hoped for and came together, as they nearly always do."""
        wire = self._wire
        if wire.unsent:
            return None
        with suppress(Lost):
            await wire.answered(self._timeouts.final)
        came = wire.came
        if len(came) != 4 or came[3].code != 354 or not (came[0].positive and came[1].positive and came[2].positive):
            return None
        dot = came[0]
        came.clear()
        return acceptance(dot)

    async def reset(self) -> None:
        """Forget the open transaction, if any; a server that does not loses the session."""
        if self._open_transaction and await self._command(b"RSET\r\n", Stage.MAIL) is not None:
            self.abort()
        self._open_transaction = False

    async def quit(self) -> None:
        """Say goodbye and close; a server that does not answer is not waited for long."""
        try:
            self._wire.write(b"QUIT\r\n")
            await self._wire.reply(self._timeouts.quit)
        except Lost:
            pass
        finally:
            await self._wire.close(self._timeouts.quit)

    def abort(self) -> None:
        """Drop the connection. The only way out after :meth:`begin` said ``None``, if the content may not go."""
        self._wire.abort()

    async def _begin(self, envelope: Envelope) -> Outcome | None:
        stray = self._stray(Stage.MAIL)
        if stray is not None:
            return stray
        if self.offers.pipelining:
            return await self._begin_as_group(envelope)
        return await self._begin_one_by_one(envelope)

    async def _begin_one_by_one(self, envelope: Envelope) -> Outcome | None:
        await self.reset()
        outcome = await self._command(envelope.mail, Stage.MAIL)
        if outcome is not None:
            return outcome
        self._open_transaction = True
        outcome = await self._command(envelope.rcpt, Stage.RCPT)
        if outcome is not None:
            return outcome
        return await self._command(b"DATA\r\n", Stage.DATA)

    async def _begin_as_group(self, envelope: Envelope) -> Outcome | None:
        # After a refused envelope some servers still hold the sender and would answer "nested MAIL".
        again = self._open_transaction
        self._open_transaction = True
        try:
            self._wire.write((b"RSET\r\n" if again else b"") + envelope.mail + envelope.rcpt + b"DATA\r\n")
        except Lost as lost:
            return _gone(Verdict.DEFERRED, Stage.MAIL, lost)
        if again:
            refused = await self._answer(Stage.MAIL)
            if refused is not None:
                return self._drop(replace(refused, verdict=Verdict.DEFERRED))
        return await self._read_group()

    async def _read_group(self) -> Outcome | None:
        """The answers to MAIL, RCPT and DATA; the first refusal is the outcome, whatever follows it."""
        mail = await self._answer(Stage.MAIL)
        if mail is not None and mail.session_lost:
            return self._drop(mail)
        rcpt = await self._answer(Stage.RCPT)
        refused = mail or rcpt
        if rcpt is not None and rcpt.session_lost:
            return self._drop(refused or rcpt)
        data = await self._last_answer(Stage.DATA)
        if self._shifted and refused is not None:
            refused = replace(refused, verdict=Verdict.DEFERRED)  # nobody can tell whom the refusal was for
        if refused is None:
            return self._drop(data) if data is not None and data.session_lost else data
        if data is None and rcpt is None:
            # The server refused the sender, took the recipient, and waits for content: a lone dot would deliver
            # an empty message.
            return self._drop(refused)
        if data is None:
            return await self._lone_dot(refused)
        return self._drop(refused) if data.session_lost else refused

    async def _lone_dot(self, refused: Outcome) -> Outcome:
        """End the content that DATA's 354 asks for though every RCPT failed (RFC 2920 §3.1)."""
        try:
            self._wire.write(b".\r\n")
            answer = await self._wire.reply(self._timeouts.final)
        except Lost:
            return self._drop(refused)
        return self._drop(refused) if answer.closing else refused

    async def _command(self, command: bytes, stage: Stage) -> Outcome | None:
        try:
            self._wire.write(command)
        except Lost as lost:
            return _gone(Verdict.DEFERRED, stage, lost)
        outcome = await self._last_answer(stage)
        return self._drop(outcome) if outcome is not None and outcome.session_lost else outcome

    async def _last_answer(self, stage: Stage) -> Outcome | None:
        """The answer behind which nothing is due. With more behind it, one cannot tell which of them is the answer."""
        outcome = await self._answer(stage)
        surplus = self._wire.surplus
        if surplus is None or surplus.closing or (outcome is not None and outcome.session_lost):
            return outcome
        if stage is not Stage.DATA or outcome is not None:  # a 354 is DATA's and nothing else's
            self._shifted = True
        return self._stray(stage)

    async def _answer(self, stage: Stage) -> Outcome | None:
        """``None`` where the next reply is the one hoped for at ``stage``."""
        try:
            reply = await self._wire.reply(self._timeouts.data if stage is Stage.DATA else self._timeouts.command)
        except Lost as lost:
            return _gone(Verdict.DEFERRED, stage, lost)
        hoped = reply.code == 354 if stage is Stage.DATA else reply.positive
        if hoped:
            return None
        self._shifted = self._shifted or reply.code < 400
        return classify(reply, stage)

    async def _final(self, behind: int = 0) -> Outcome:
        """The answer to the dot, behind which ``behind`` octets of the next envelope were written."""
        try:
            await self._wire.drain(self._timeouts.block)
            reply = await self._wire.reply(self._timeouts.final)
        except Lost as lost:
            return _gone(Verdict.UNKNOWN, Stage.CONTENT, lost)
        early = self._wire.unsent_when_answered > behind
        # Before the end a server may refuse; it cannot have accepted.
        if reply.positive if early else not behind and self._contradicted(reply):
            text = f"answered before the end, or twice: {reply.code} {reply.text}"
            return self._drop(Outcome(Verdict.UNKNOWN, Stage.CONTENT, reply.code, reply.enhanced, printable(text)))
        outcome = acceptance(reply) if reply.positive else classify(reply, Stage.CONTENT)
        spent = not behind and (self._wire.surplus is not None or self._wire.lost)
        return self._drop(outcome) if early or spent or outcome.session_lost else outcome

    def _contradicted(self, reply: Reply) -> bool:
        """Whether the opposite came along with ``reply``: one cannot tell which of them answers the dot."""
        surplus = self._wire.surplus
        return surplus is not None and surplus.positive is not reply.positive and not surplus.closing

    def _stray(self, stage: Stage) -> Outcome | None:
        """What came though nothing was asked: a goodbye (421), or answers that no longer match their questions."""
        surplus = self._wire.surplus
        if surplus is None:
            return None
        if surplus.code >= 400:
            return self._drop(Outcome(Verdict.DEFERRED, stage, surplus.code, surplus.enhanced, surplus.text))
        text = f"an answer to nothing: {surplus.code} {surplus.text}"
        return self._drop(Outcome(Verdict.DEFERRED, stage, surplus.code, surplus.enhanced, printable(text)))

    def _drop(self, outcome: Outcome) -> Outcome:
        """``outcome``, with the connection closed after it."""
        self.abort()
        return replace(outcome, session_lost=True)


def _agree(outcome: Outcome, refused: Outcome) -> bool:
    """Whether it is certain what a dot was answered, though an answer too many came, or one too few.

    ``refused`` is the first refusal of the envelope behind it. With one too many, either the first or the second
    answer is the dot's.
    """
    if refused.stage is not Stage.DATA and refused.code < 400:
        return False  # one too few
    return (outcome.verdict is Verdict.ACCEPTED) is (refused.stage is not Stage.MAIL)


def _gone(verdict: Verdict, stage: Stage, lost: Lost) -> Outcome:
    return Outcome(verdict, stage, text=printable(str(lost)), session_lost=True)
