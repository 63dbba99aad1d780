"""The connections that a question opens: none to where it may not lead, and none left open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from dispatch.online.lookup import Address, address_of

_OPENED = "connection.connect_tcp.complete"
"""What httpcore2 calls the moment at which a connection is there and nothing was said yet."""


class Elsewhere(Exception):
    """A name led to an address that may not be asked, though it had led to another one when it was looked up."""


@asynccontextmanager
async def guarded(url: httpx2.URL, may_connect: Callable[[Address], bool]) -> AsyncIterator[dict[str, Any]]:
    """What a request to ``url`` takes as its extensions. Raises :class:`Elsewhere` before a word is said.

    The DNS is asked once more as a connection is made, and whoever owns a name may answer otherwise then (DNS
    rebinding): the address at the other end is what counts.
    """
    opened: list[Any] = []

    async def told(event: str, of: dict[str, Any]) -> None:
        if event != _OPENED:
            return
        stream = of["return_value"]
        opened.append(stream)
        if not may_connect(address_of(stream.get_extra_info("server_addr")[0])):
            raise Elsewhere(url.host)

    try:
        yield {"trace": told}
    except BaseException:
        # Of a connection that is given up amid its TLS handshake, httpcore2 knows nothing any more.
        for stream in opened:
            await stream.aclose()
        raise
