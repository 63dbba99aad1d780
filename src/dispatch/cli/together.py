"""One send by this process and those that it starts, as one run: one progress, one answer to signals, one end."""

from __future__ import annotations

import asyncio
import math
import random
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dispatch.cli.crew import Crew, Events
from dispatch.cli.part import Part, Share
from dispatch.cli.progress import Progress
from dispatch.cli.reports import Assignment
from dispatch.cli.wording import many
from dispatch.cli.workspace import seconds
from dispatch.delivery.feed import Reason, Why
from dispatch.delivery.loop import Tally
from dispatch.delivery.run import Ended, Surroundings
from dispatch.errors import DispatchError, LedgerError

_TELLING = (Why.CANCELLED, Why.PAUSED, Why.TRIPPED, Why.LATER, Why.LIMIT, Why.DONE)
"""Where processes ended for different reasons, the first of these says why not everything went."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: a share by ``part`` in this process, and what is assigned to others.

    ``reap`` ends the workers that died and says how many messages are in doubt for it; it may block for long.
    """

    part: Part
    share: Share
    assigned: Sequence[Assignment]
    reap: Callable[[], int]


class Together:
    """A run of one or more processes, this one among them."""

    def __init__(self, work: Work, total: int) -> None:
        self._work = work
        self.progress = Progress(total, seconds, lambda tally: _sum([*self._tallies(), tally]))
        self.stopped_by: signal.Signals | None = None
        self._dropped = False
        self._draining = asyncio.Event()
        self._crew = Crew(Events(lambda: self.progress(self._mine), self._say, self._drain, self._bury))
        self._doing: asyncio.Task[Ended | DispatchError]
        self._mine = Tally()
        """How far this process's part is that is being done."""
        self._over: list[Tally] = []
        """How far its parts came that are over, however they ended."""
        self._done: list[Ended] = []
        """How its parts ended that were done."""
        self._failed: list[DispatchError] = []
        self._said = ""

    @property
    def is_vague(self) -> bool:
        """Whether a process died: nobody can say for sure how much it did."""
        return self._crew.died > 0

    async def run(self) -> Ended:
        """Work until done; the first Ctrl-C or SIGTERM finishes what is on the wire, a second one drops it.

        A process that dies is told of, and what it had in hand is done by the others. Raises what all failed for,
        :class:`~dispatch.errors.LedgerError` where one did, and :class:`asyncio.CancelledError` after a second signal.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal, number)
        mine = _joined(self._work.share, self._crew.start(self._work.assigned))
        await self._take_part(mine)
        await self._crew.finished()
        if mine.limit is None and self._is_left_behind():
            await self._take_part(replace(_joined(self._work.share, self._work.assigned), resend_unknown=False))
        if self._dropped:
            raise asyncio.CancelledError
        self._weigh([*self._failed, *self._crew.errors])
        return self._ended()

    def _on_signal(self, number: signal.Signals) -> None:
        if self.stopped_by is None:
            self.stopped_by = number
            self._drain()
            self.progress.say("\nFinishing what is on the wire … (again: drop it; those readers become unknown)")
        elif not self._dropped:
            self._dropped = True
            self._crew.drop()
            self._doing.cancel()
        else:
            self._crew.kill()

    # -- this process -------------------------------------------------------------------------------------------

    async def _take_part(self, share: Share) -> None:
        self._doing = asyncio.create_task(self._do(share))
        await asyncio.wait({self._doing})
        self._over.append(self._mine)
        self._mine = Tally()
        if self._doing.cancelled():
            return
        match self._doing.result():
            case Ended() as ended:
                self._done.append(ended)
            case error:
                self._failed.append(error)

    async def _do(self, share: Share) -> Ended | DispatchError:
        surroundings = Surroundings(seconds, random.random, asyncio.sleep, self._draining, self._note, self._say)
        try:
            ended = await self._work.part.do(share, surroundings)
        except DispatchError as error:
            return error
        except BaseException:
            self._crew.drain()
            raise
        if ended.halted is not None:
            self._drain()
        return ended

    def _note(self, tally: Tally) -> None:
        self._mine = tally
        self.progress(tally)

    # -- the others ---------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Let everybody finish what is on the wire and stop: a person wants it, or the messages fail."""
        self._draining.set()
        self._crew.drain()

    def _say(self, text: str) -> None:
        """Say it once, though each process finds it out."""
        if text != self._said:
            self._said = text
            self.progress.say(text)

    async def _bury(self, pid: int, how: str) -> None:
        in_doubt = 0
        # A ledger that cannot be written now is a matter for whoever sends; the next run finds the dead too.
        with suppress(LedgerError):
            in_doubt = await asyncio.to_thread(self._work.reap)
        said = [f"Process {pid}, which shared the work, {how}."]
        if in_doubt:
            said.append(f"{many(in_doubt, 'message')} that it was sending may have arrived, nobody can know.")
        if self._work.share.limit is None and not self._draining.is_set():
            said.append("The others do the rest of its part.")
        self._say(" ".join(said))

    def _is_left_behind(self) -> bool:
        """Whether a process broke off, so that there may be more to do, and nobody wants this one to stop."""
        ended = self._done[-1].reason if self._done else None
        broke_off = self._crew.died or self._crew.errors or any(other.reason is None for other in self._crew.ended)
        is_at_end = ended is not None and (ended.why is Why.DONE or (ended.why is Why.LATER and not ended.whole))
        return bool(broke_off) and is_at_end and not self._draining.is_set()

    # -- the end ------------------------------------------------------------------------------------------------

    def _weigh(self, errors: Sequence[DispatchError]) -> None:
        """Raise what is an error of the whole; say what only some could not go on for."""
        for error in errors:
            if isinstance(error, LedgerError) or not (self._done or self._crew.ended):
                raise error
        for said in dict.fromkeys(map(str, errors)):
            self._say(f"One of {1 + len(self._work.assigned)} processes gave up: {said}")

    def _tallies(self) -> list[Tally]:
        """How far all came, but for this process's present part."""
        return [*self._over, *self._crew.tallies]

    def _ended(self) -> Ended:
        ends = [*self._done, *self._crew.ended]
        return Ended(
            _sum(self._tallies()),
            sum(ended.found_unknown for ended in ends),
            sum(ended.expired for ended in ends),
            next((ended.halted for ended in ends if ended.halted is not None), None),
            min((ended.reason for ended in ends if ended.reason is not None), key=_tells_most, default=None),
        )


def _tells_most(reason: Reason) -> tuple[int, bool, float]:
    at = reason.at if reason.at is not None else math.inf
    return _TELLING.index(reason.why), not reason.whole, at


def _sum(tallies: Sequence[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.states += tally.states
        whole.refused += tally.refused
    return whole


def _joined(share: Share, assigned: Sequence[Assignment]) -> Share:
    """A share, with what was assigned to others."""
    shares = [share, *(assignment.share for assignment in assigned)]
    limit = None if share.limit is None else sum(each.limit or 0 for each in shares)
    return replace(share, connections=sum(each.connections for each in shares), limit=limit)
