"""Where a name leads, before anything is asked there."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from dispatch.online.answer import Failure

Address: TypeAlias = IPv4Address | IPv6Address

_UNKNOWN = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class Lookup:
    """Looks each name up once. ``may_ask`` says of a host and one of its addresses whether it may be spoken to: a text
    must not make its author's machine call what only that machine can reach. Where a proxy looks names up, not
    ``direct``, only addresses that are written out are judged."""

    def __init__(self, may_ask: Callable[[str, Address], bool], *, direct: bool) -> None:
        self._may_ask, self._direct = may_ask, direct
        self._known: dict[str, asyncio.Task[Failure | None]] = {}

    async def why_not(self, host: str) -> Failure | None:
        """Why ``host`` is not asked; ``None`` where it may be."""
        if host not in self._known:
            self._known[host] = asyncio.create_task(self._look(host))
        # One question that is given up must not take the name from the others.
        return await asyncio.shield(self._known[host])

    async def _look(self, host: str) -> Failure | None:
        try:
            flags = 0 if self._direct else socket.AI_NUMERICHOST
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
        except socket.gaierror as error:
            if not self._direct:
                return None
            return Failure.NO_HOST if error.errno in _UNKNOWN else Failure.NO_LOOKUP
        except (OSError, UnicodeError):
            return Failure.NO_HOST
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        return None if all(self._may_ask(host, each) for each in addresses) else Failure.PRIVATE


def is_public(_host: str, address: Address) -> bool:
    """Whether an address is everybody's (IANA's special-purpose registries)."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_global
