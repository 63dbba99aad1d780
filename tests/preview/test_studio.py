"""What the studio keeps of editions that are composed at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from dispatch.errors import SourceError
from dispatch.preview.desk import NOBODY, Composed, Fields, Reader, Wanted, Watched
from dispatch.preview.events import Hub
from dispatch.preview.studio import Studio

SEED = Wanted(("seeds/a.md",))
_BLANK = cast("Any", None)
_EDITION = Composed(_BLANK, _BLANK, _BLANK, _BLANK, (), str, lambda _: b"", lambda _: "")
OLD, NEW = replace(_EDITION, titles={"said": "old"}), replace(_EDITION, titles={"said": "new"})


class Desk:
    """Composes what it is given, one after the other; a callable is called for it."""

    opened = SEED

    def __init__(self, *makes: Callable[[], Composed]) -> None:
        self._makes = iter(makes)

    def compose(self, wanted: Wanted) -> Composed:
        return next(self._makes)()

    def seeds(self) -> Sequence[str]:
        return SEED.sources

    def lists(self) -> Sequence[str]:
        return ()

    def readers(self, list_name: str, search: str, most: int, stop: Callable[[], bool]) -> Sequence[Reader]:
        return ()

    def reader(self, list_name: str, address: str) -> Fields:
        return NOBODY

    def watched(self) -> Watched:
        return Watched(frozenset(), frozenset())


def test_what_was_begun_first_and_done_last_is_not_the_last_good_edition() -> None:
    release, begun = threading.Event(), threading.Event()

    def slow() -> Composed:
        begun.set()
        release.wait(60)
        return OLD

    def mistaken() -> Composed:
        raise SourceError("There is a mistake.")

    async def save_twice() -> None:
        studio = Studio(Desk(slow, lambda: NEW, mistaken), Hub())
        first = asyncio.create_task(studio.shown(SEED))
        await asyncio.to_thread(begun.wait, 60)
        studio.hub.changed()
        assert (await studio.shown(SEED)).composed is NEW
        release.set()
        assert (await first).composed is NEW
        studio.hub.changed()
        shown = await studio.shown(SEED)
        assert shown.fault is not None
        assert shown.composed is NEW

    asyncio.run(save_twice())
