"""What the studio tells the pages that show it, as server-sent events (WHATWG HTML §9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

_PULSE = 15.0
"""Seconds after which a silent connection says that it lives."""


class Hub:
    """Counts the changes, and tells everyone who listens. For one event loop."""

    def __init__(self) -> None:
        self.generation = 1
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._closed = False

    def changed(self) -> None:
        """Something that an edition is made of changed."""
        self.generation += 1
        self._say(self._event())

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self._closed = True
        self._say(None)

    async def stream(self) -> AsyncIterator[str]:
        """Events for one page, beginning with where things stand."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield self._event()
            while not self._closed:
                try:
                    said = await asyncio.wait_for(queue.get(), _PULSE)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if said is None:
                    return
                yield said
        finally:
            self._listeners.discard(queue)

    def _say(self, text: str | None) -> None:
        for queue in self._listeners:
            queue.put_nowait(text)

    def _event(self) -> str:
        return f"retry: 500\nevent: changed\ndata: {json.dumps({'generation': self.generation})}\n\n"
