"""The connections that a question opens: none to where it may not lead, and none left open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from dispatch.online.lookup import Address, address_of

_OPENING, _OPENED = "connection.connect_tcp.started", "connection.connect_tcp.complete"
"""What httpcore2 calls the moments before a connection and after it, when nothing was said yet."""


class Elsewhere(Exception):
    """A name led to an address that may not be asked, though nobody knew when it was looked up."""


@asynccontextmanager
async def guarded(host: str, may_ask: Callable[[str, Address], bool]) -> AsyncIterator[dict[str, Any]]:
    """What a request to ``host`` takes as its extensions. Raises :class:`Elsewhere` before a word is said.

    The DNS is asked once more as a connection is made, and whoever owns a name may answer otherwise then (DNS
    rebinding); a proxy that does the asking may not be there for each name (``NO_PROXY``). What counts is the address
    at the other end, unless that is the proxy.
    """
    opened: list[Any] = []
    whereto = ""

    async def told(event: str, of: dict[str, Any]) -> None:
        nonlocal whereto
        if event == _OPENING:
            whereto = of["host"]
        elif event == _OPENED:
            stream = of["return_value"]
            opened.append(stream)
            end = stream.get_extra_info("server_addr")[0]
            if whereto.strip("[]") == host and not may_ask(host, address_of(end)):
                raise Elsewhere(host)

    try:
        yield {"trace": told}
    except BaseException:
        # Of a connection that is given up amid its TLS handshake, httpcore2 knows nothing any more.
        for stream in opened:
            await stream.aclose()
        raise
