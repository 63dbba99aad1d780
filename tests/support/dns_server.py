"""A DNS server for tests: answers from a zone that is given as text, over UDP and TCP on a port of the loopback.

::

    with DnsServer("example.org. 300 IN TXT \\"v=spf1 ~all\\"") as dns:
        ...  # ask 127.0.0.1, port dns.port

One line a record, as zone files have them. A name that has records, or lies above one that has, exists; every other
one is NXDOMAIN.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

HOST = "127.0.0.1"
LARGEST = 1232
"""Octets of an answer over UDP; a larger one is truncated, and asked for again over TCP."""
Key = tuple[dns.name.Name, dns.rdatatype.RdataType]


class DnsServer:
    """Serves while its ``with`` block runs. Names in ``refusing`` get SERVFAIL; where ``silent``, nobody gets an
    answer."""

    def __init__(self, zone: str = "", *, refusing: Sequence[str] = (), silent: bool = False) -> None:
        self.host = HOST
        self.records = _parse(zone)
        self.refusing = [dns.name.from_text(name) for name in refusing]
        self.silent = silent
        self.questions: list[str] = []
        """``"_dmarc.example.org TXT"`` and so on, in order."""
        self.over_tcp = 0
        """Questions that came over TCP."""
        self._udp, self._tcp = _listening(self)
        self.port: int = self._udp.server_address[1]
        self._threads = [
            threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True) for each in (self._udp, self._tcp)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    @property
    def address(self) -> str:
        """As ``--resolver`` takes it."""
        return f"{self.host}:{self.port}"

    def answer(self, packet: bytes, largest: int | None = None) -> bytes | None:
        """The answer to a question; cut where it has more than ``largest`` octets."""
        query = dns.message.from_wire(packet)
        (question,) = query.question
        self.questions.append(f"{question.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(question.rdtype)}")
        if self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if question.name in self.refusing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif (found := self.records.get((question.name, question.rdtype))) is not None:
            response.answer.append(found)
        elif not any(name.is_subdomain(question.name) for name, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        wire = response.to_wire()
        if largest is not None and len(wire) > largest:
            response.answer.clear()
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        return wire


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        packet, connection = self.request
        if (answer := _dns(self.server).answer(packet, LARGEST)) is not None:
            connection.sendto(answer, self.client_address)


class _Tcp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        connection: socket.socket = self.request
        (length,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
        server = _dns(self.server)
        server.over_tcp += 1
        answer = server.answer(connection.recv(length, socket.MSG_WAITALL))
        if answer is not None:
            connection.sendall(struct.pack("!H", len(answer)) + answer)


class _Udps(socketserver.UDPServer):
    dns: DnsServer


class _Tcps(socketserver.TCPServer):
    dns: DnsServer


def _dns(server: socketserver.BaseServer) -> DnsServer:
    assert isinstance(server, _Udps | _Tcps)
    return server.dns


def _listening(owner: DnsServer) -> tuple[_Udps, _Tcps]:
    """A UDP and a TCP server on one free port."""
    while True:
        tcp = _Tcps((HOST, 0), _Tcp)
        try:
            udp = _Udps((HOST, tcp.server_address[1]), _Udp)
        except OSError:
            tcp.server_close()
            continue
        tcp.dns = udp.dns = owner
        return udp, tcp


def _parse(zone: str) -> dict[Key, dns.rrset.RRset]:
    records: dict[Key, dns.rrset.RRset] = {}
    for line in filter(None, map(str.strip, zone.splitlines())):
        name, ttl, _, kind, text = line.split(None, 4)
        made = dns.rrset.from_text(dns.name.from_text(name), int(ttl), dns.rdataclass.IN, kind, text)
        key = (made.name, made.rdtype)
        if key in records:
            records[key].add(made[0])
        else:
            records[key] = made
    return records
