"""What the pages of the studio show: editions composed once for each change, and the last good one where one fails."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from dispatch.errors import DispatchError, Place, Refused
from dispatch.preview.desk import NOBODY, Composed, Desk, Fields, Reader, Wanted
from dispatch.preview.events import Hub

T = TypeVar("T")

_KEPT = 8
"""Editions that are kept: those that were looked at last."""
_LONGEST = 200
"""Characters of a line that stand beside a fault."""
MOST_READERS = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an edition cannot be composed at the moment, as a person can mend it. ``excerpt`` has the lines around the
    place, with their numbers."""

    message: str
    file: str | None = None
    line: int | None = None
    hint: str | None = None
    excerpt: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, error: DispatchError | OSError) -> Fault:
        if isinstance(error, OSError):
            return cls(f"{error.strerror or error}", error.filename)
        place = error.place
        if place is None:
            return cls(error.message, hint=error.hint)
        return cls(error.message, place.file, place.line, error.hint, _excerpt(place))


def _excerpt(place: Place) -> tuple[tuple[int, str], ...]:
    """The line of a place with its neighbours; nothing where it cannot be read."""
    if place.line is None:
        return ()
    try:
        lines = Path(place.file).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    numbered = list(enumerate((line[:_LONGEST] for line in lines), 1))
    return tuple(numbered[max(0, place.line - 3) : place.line + 2])


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition as it is shown: ``composed`` is the last good one, ``fault`` what is wrong since; ``seconds`` is how
    long it took."""

    composed: Composed | None
    fault: Fault | None
    seconds: float


class Studio:
    """For one event loop; what takes long is done in threads."""

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self.desk = desk
        self.hub = hub
        self._good: OrderedDict[Wanted, tuple[int, Composed]] = OrderedDict()
        self._making: dict[Wanted, tuple[int, asyncio.Task[Shown]]] = {}
        self._searches: set[threading.Event] = set()
        self._waiting: set[asyncio.Future[Any]] = set()

    async def shown(self, wanted: Wanted) -> Shown:
        """The edition as it stands; composed once, however many ask for it."""
        generation = self.hub.generation
        known = self._making.get(wanted)
        if known is None or known[0] != generation:
            known = generation, asyncio.create_task(self._compose(wanted, generation))
            self._making[wanted] = known
            while len(self._making) > _KEPT:
                del self._making[next(iter(self._making))]
        return await asyncio.shield(known[1])

    async def _compose(self, wanted: Wanted, generation: int) -> Shown:
        began = monotonic()
        fault = None
        try:
            self._keep(wanted, generation, await self._aside(lambda: self.desk.compose(wanted)))
        except (DispatchError, OSError) as error:
            fault = Fault.of(error)
        good = self._good.get(wanted)
        if good:
            self._good.move_to_end(wanted)
        return Shown(good[1] if good else None, fault, monotonic() - began)

    def _keep(self, wanted: Wanted, generation: int, composed: Composed) -> None:
        """Keep it as the last good one, unless one that was begun after it was done before."""
        if wanted not in self._good or self._good[wanted][0] <= generation:
            self._good[wanted] = generation, composed
        while len(self._good) > _KEPT:
            self._good.popitem(last=False)

    async def search(self, list_name: str, search: str, stop: threading.Event) -> Sequence[Reader] | Fault:
        """The first readers of a list whose address contains ``search``; fewer once ``stop`` is set."""
        self._searches.add(stop)
        try:
            return await self.attempt(lambda: self.desk.readers(list_name, search, MOST_READERS, stop.is_set))
        finally:
            self._searches.discard(stop)

    def close(self) -> None:
        """End what waits or runs for its pages."""
        for stop in self._searches:
            stop.set()
        self.hub.close()
        for each in [waiting for waiting in self._waiting if not waiting.done()]:
            each.set_exception(Refused("The studio was ended meanwhile."))

    async def reader(self, wanted: Wanted, address: str) -> Fields:
        """A reader's fields; nobody's without a list or an address, or where the list cannot be read any more."""
        list_name = wanted.list_name
        if list_name is None or not address:
            return NOBODY
        found = await self.attempt(lambda: self.desk.reader(list_name, address))
        return NOBODY if isinstance(found, Fault) else found

    async def attempt(self, work: Callable[[], T]) -> T | Fault:
        """What ``work`` gives, done in a thread; or why it cannot be done."""
        try:
            return await self._aside(work)
        except (DispatchError, OSError) as error:
            return Fault.of(error)

    async def _aside(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, done in a thread for which nobody waits at the end: a mail server may be silent for a
        minute, and Ctrl-C ends the studio at once."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            try:
                say = partial(done.set_result, work())
            except Exception as error:  # noqa: BLE001  # whoever waits gets it
                say = partial(done.set_exception, error)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(lambda: None if done.done() else say())

        threading.Thread(target=run, name="studio", daemon=True).start()
        self._waiting.add(done)
        try:
            return await done
        finally:
            self._waiting.discard(done)
