"""A saved file is noticed, whatever befalls the watching."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Awaitable, Callable
from pathlib import Path

from dispatch.preview.desk import Watched
from dispatch.preview.watching import watch

PATIENCE = 60


def seen(watched: Callable[[], Watched], act: Callable[[asyncio.Queue[None]], Awaitable[None]]) -> None:
    """Watch, and ``act``; the queue has an entry for each change that was told."""

    async def both() -> None:
        told: asyncio.Queue[None] = asyncio.Queue()
        watching = asyncio.create_task(watch(watched, lambda: told.put_nowait(None)))
        try:
            await asyncio.wait_for(act(told), PATIENCE)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(both())


async def save_until_told(path: Path, told: asyncio.Queue[None]) -> None:
    """Save until it was noticed: from when on a folder is watched, nobody says."""
    while not told.empty():
        told.get_nowait()
    for number in range(PATIENCE * 2):
        path.write_text(str(number))
        try:
            await asyncio.wait_for(told.get(), 1)
        except TimeoutError:
            continue
        return
    raise AssertionError("nobody noticed")


def test_a_folder_that_was_just_taken_away_ends_nothing(tmp_path: Path) -> None:
    looks = iter([Watched(frozenset([tmp_path / "gone"]), frozenset([tmp_path]))])
    there = Watched(frozenset(), frozenset([tmp_path]))

    async def act(told: asyncio.Queue[None]) -> None:
        await told.get()
        await save_until_told(tmp_path / "a.md", told)

    seen(lambda: next(looks, there), act)


def test_where_the_system_watches_nothing_more_saves_are_noticed_all_the_same(tmp_path: Path) -> None:
    there = Watched(frozenset(), frozenset([tmp_path]))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def act(told: asyncio.Queue[None]) -> None:
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))  # no further file can be opened, nor a watch
        try:
            await told.get()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        await save_until_told(tmp_path / "a.md", told)

    seen(lambda: there, act)
