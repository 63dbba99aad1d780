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

_PAUSE = 0.5
"""Seconds after which what could not be watched is tried again."""


class _Filter(DefaultFilter):
    """All but what editors, version control and we ourselves write on the side."""

    def __call__(self, change: Change, path: str) -> bool:
        return not Path(path).name.startswith(".") and super().__call__(change, path)


async def watch(watched: Callable[[], Watched], changed: Callable[[], None]) -> None:
    """Call ``changed`` after each change in the folders of ``watched``, which may become others; until cancelled.

    Where the system watches nothing more, as others took all that it gives, the files are looked at again and again.
    """
    polling = False
    while True:
        try:
            await _watch_all(watched, changed, polling=polling)
        except* FileNotFoundError:
            await asyncio.sleep(_PAUSE)  # a folder was taken away just now: the next look finds which there are
        except* (OSError, RuntimeError):  # which one, watchfiles decides by what the system said
            polling = True
            await asyncio.sleep(_PAUSE)
        # What was saved between the two looks was seen by neither.
        changed()


async def _watch_all(watched: Callable[[], Watched], changed: Callable[[], None], *, polling: bool) -> None:
    """Watch until the folders are others."""
    what = watched()
    others = asyncio.Event()

    def told() -> None:
        changed()
        if watched() != what:
            others.set()

    async with asyncio.TaskGroup() as group:
        for folders, recursive in ((what.deep, True), (what.flat, False)):
            group.create_task(_watch(folders, told, others, recursive=recursive, polling=polling))


async def _watch(
    folders: frozenset[Path], told: Callable[[], None], stop: asyncio.Event, *, recursive: bool, polling: bool
) -> None:
    if not folders:
        return
    saved = awatch(
        *folders,
        stop_event=stop,
        watch_filter=_Filter(),
        step=_STEP,
        debounce=_LONGEST,
        recursive=recursive,
        force_polling=polling or None,  # None: as WATCHFILES_FORCE_POLLING says
    )
    async for _changes in saved:
        told()
