"""Notices at once when a file that an edition is made of was saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from dispatch.preview.desk import Watched

_STEP = 20
"""Milliseconds of quiet after which a save is over: an editor writes, renames and changes times in one go."""
_LONGEST = 100
"""Milliseconds after which changes are told though more of them come."""


class _Filter(DefaultFilter):
    """All but what editors, version control and we ourselves write on the side."""

    def __call__(self, change: Change, path: str) -> bool:
        return not Path(path).name.startswith(".") and super().__call__(change, path)


async def watch(watched: Callable[[], Watched], changed: Callable[[], None]) -> None:
    """Call ``changed`` after each change in the folders of ``watched``, which may become others; until cancelled."""
    while True:
        what = watched()
        others = asyncio.Event()

        def told(what: Watched = what, others: asyncio.Event = others) -> None:
            changed()
            if watched() != what:
                others.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(what.deep, told, others, recursive=True))
            group.create_task(_watch(what.flat, told, others, recursive=False))
        # What was saved between the two looks was seen by neither.
        changed()


async def _watch(folders: frozenset[Path], told: Callable[[], None], stop: asyncio.Event, *, recursive: bool) -> None:
    if not folders:
        return
    saved = awatch(
        *folders, stop_event=stop, watch_filter=_Filter(), step=_STEP, debounce=_LONGEST, recursive=recursive
    )
    async for _changes in saved:
        told()
