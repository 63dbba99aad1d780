"""Where a name leads, before anything is asked there."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import TypeAlias

from dispatch.online.answer import Failure

Address: TypeAlias = IPv4Address | IPv6Address

_UNKNOWN = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})

_TRANSLATED = tuple(map(IPv6Network, ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")))
"""Prefixes with an IPv4 address behind them: NAT64 (RFC 6052), and two of RFC 4291 §2.5.5.1 and RFC 2765 §2.1 that are
given up but still known to some systems."""
_NOT_PUBLIC = IPv6Network("64:ff9b:1::/48")
"""For NAT64 within one network (RFC 8215); Python takes it for everybody's before 3.12.4."""


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
        return None if all(self._may_ask(host, address_of(entry[4][0])) for entry in found) else Failure.PRIVATE


def address_of(written: object) -> Address:
    """The address in a socket's name, without the interface that may stand behind it (RFC 4007 §11)."""
    return ipaddress.ip_address(str(written).partition("%")[0])


def is_public(host: str, address: Address) -> bool:
    """Whether an address is everybody's (IANA's special-purpose registries), and so is one that it stands for."""
    if isinstance(address, IPv6Address):
        behind = address.ipv4_mapped or address.sixtofour or _translated(address)
        if behind is not None:
            return is_public(host, behind)
        if address.is_site_local or address in _NOT_PUBLIC:
            return False
    return address.is_global and not address.is_multicast


def _translated(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which a gateway brings what is sent to ``address``; ``None`` where there is no such."""
    within = any(address in network for network in _TRANSLATED)
    return IPv4Address(int(address) & 0xFFFFFFFF) if within else None
