"""Opening a session with a relay: aiosmtplib connects, negotiates TLS and logs in; then :class:`Session` takes over.

Every failure becomes a :class:`SessionFailed` with the stage it happened at and what a person can do about it. No
message, cause or context of one holds a password.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import cast

import aiosmtplib

from dispatch.config.settings import Relay, Security
from dispatch.delivery.advice import advise
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.replies import Reply, classify, printable
from dispatch.delivery.session import Secured, Session, Timeouts
from dispatch.delivery.wire import Wire
from dispatch.errors import RelayError

__all__ = ["Session", "SessionFailed", "Timeouts", "open_session"]


class SessionFailed(RelayError):
    """No session could be had; ``outcome`` says at which stage and whether trying later may help."""

    def __init__(self, relay: Relay, outcome: Outcome) -> None:
        message, hint = advise(relay, outcome)
        super().__init__(message, hint=hint)
        self.outcome = outcome


async def open_session(
    relay: Relay,
    *,
    password: Callable[[], str | None],
    timeouts: Timeouts,
    ca_file: Path | None,
    local_hostname: str | None = None,
) -> Session:
    """A session with ``relay``, ready for its first message; raises :class:`SessionFailed`.

    ``password`` is asked only where ``relay.user`` logs in and the connection may carry it. ``ca_file`` (PEM) is
    trusted instead of the system's certificates. ``local_hostname`` is what EHLO says (default: this host's name, or
    its address where the name is not qualified: RFC 5321 §4.1.4).
    """
    opening = _Opening(relay, password, timeouts, ca_file, local_hostname)
    try:
        session = await opening.run()
    except _TlsBroke:
        # RFC 7435: encryption that cannot be had must not stop mail that would have gone without it.
        session = await opening.run(encrypt=False)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        # Python 3.11's wait_for, in aiosmtplib, returns what comes in the moment of a cancellation, and forgets that: a
        # worker that lost its lease would go on.
        session.abort()
        raise asyncio.CancelledError
    return session


_GOODBYE = aiosmtplib.SMTPStatus.domain_unavailable
"""421: the server closes (RFC 5321 §3.8), so that whatever else is said to it would fail for no reason of its own."""


class _TlsBroke(Exception):
    """STARTTLS was offered and its handshake failed, where plain text is allowed too."""


class _Opening:
    def __init__(
        self,
        relay: Relay,
        password: Callable[[], str | None],
        timeouts: Timeouts,
        ca_file: Path | None,
        local_hostname: str | None,
    ) -> None:
        self.relay = relay
        self.password = password
        self.timeouts = timeouts
        self.ca_file = ca_file
        self.local_hostname = local_hostname

    async def run(self, encrypt: bool = True) -> Session:
        client = await self._connect()
        try:
            await self._greet(client)
            if self.relay.security is not Security.TLS and encrypt:
                await self._encrypt(client)
            if self.relay.user is not None:
                await self._log_in(client, self.relay.user)
            return self._take_over(client)
        except BaseException:
            client.close()
            raise

    async def _connect(self) -> aiosmtplib.SMTP:
        implicit = self.relay.security is Security.TLS
        client = aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            local_hostname="localhost",  # set once our own address is known
            use_tls=implicit,
            start_tls=False,
            tls_context=self._tls_context() if implicit else None,
            timeout=self.timeouts.connect,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:
            raise self._refused(Stage.BANNER, error) from None
        except aiosmtplib.SMTPException as error:
            raise self._unreachable(error) from None
        except (ValueError, OverflowError):  # what resolving raises for "a..b" and for port 70000
            raise self._failed(Stage.CONNECT, "that is no host and port", Verdict.POLICY) from None
        client.timeout = self.timeouts.command
        return client

    def _unreachable(self, error: aiosmtplib.SMTPException) -> SessionFailed:
        cause = error.__cause__
        if isinstance(cause, ssl.SSLError):
            return self._bad_tls(cause)
        if isinstance(cause, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPTimeoutError):
            quiet = isinstance(cause, aiosmtplib.SMTPTimeoutError)
            return self._failed(Stage.BANNER, "no greeting in time" if quiet else "it hung up before its greeting")
        if isinstance(error, aiosmtplib.SMTPTimeoutError):
            return self._failed(Stage.CONNECT, f"no connection within {self.timeouts.connect:g} s")
        return self._failed(Stage.CONNECT, _plain(cause or error))

    async def _greet(self, client: aiosmtplib.SMTP) -> None:
        client.local_hostname = self.local_hostname or _own_name(client)
        try:
            try:
                await client.ehlo()
            except aiosmtplib.SMTPHeloError:
                if not client.is_connected:
                    raise
                await client.helo()
        except aiosmtplib.SMTPResponseException as error:
            raise self._refused(Stage.EHLO, error) from None
        except aiosmtplib.SMTPException as error:
            raise self._failed(Stage.EHLO, _plain(error)) from None

    async def _encrypt(self, client: aiosmtplib.SMTP) -> None:
        required = self.relay.security is Security.STARTTLS
        if not client.supports_extension("starttls"):
            if required:
                raise self._failed(Stage.STARTTLS, "the server does not offer STARTTLS", Verdict.POLICY)
            return
        try:
            await client.starttls(tls_context=self._tls_context())
        except aiosmtplib.SMTPResponseException as error:
            if required or error.code == _GOODBYE:
                raise self._refused(Stage.STARTTLS, error) from None
            return  # it offered, and will not now: go on as if it had not
        except (ssl.SSLError, OSError, aiosmtplib.SMTPException) as error:
            if not required:
                raise _TlsBroke from None
            if isinstance(error, ssl.SSLError):
                raise self._bad_tls(error) from None
            raise self._failed(Stage.STARTTLS, _plain(error)) from None
        await self._greet(client)

    async def _log_in(self, client: aiosmtplib.SMTP, user: str) -> None:
        if not _may_carry_password(client):
            raise self._failed(
                Stage.AUTH, "the connection is not encrypted, so the password was not sent", Verdict.POLICY
            )
        password = await asyncio.to_thread(self.password)
        if password is None:
            raise self._failed(Stage.AUTH, f"there is no password for {user}", Verdict.POLICY)
        try:
            await _log_in_somehow(client, user.encode(), password.encode())
        except aiosmtplib.SMTPResponseException as error:
            raise self._refused(Stage.AUTH, error, secrets=_forms(user, password)) from None
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError) as error:
            raise self._failed(Stage.AUTH, _plain(error)) from None
        except (aiosmtplib.SMTPException, ValueError):
            raise self._failed(Stage.AUTH, "the server offers no way to log in that we know", Verdict.POLICY) from None

    def _take_over(self, client: aiosmtplib.SMTP) -> Session:
        if client.transport is None or client.transport.is_closing():
            raise self._failed(Stage.EHLO, "it hung up after its greeting")
        wire = Wire()
        wire.attach(cast("asyncio.Transport", client.transport))
        extensions = dict(client.esmtp_extensions)
        return Session(
            wire, extensions, self.timeouts, secured=_secured(client), on_this_machine=_on_this_machine(client)
        )

    def _tls_context(self) -> ssl.SSLContext:
        try:
            return _tls_context(self.ca_file, self.relay.security is not Security.OPPORTUNISTIC)
        except OSError as error:
            text = f"cannot use the certificates in {self.ca_file}: {error.strerror or error}"
            raise self._failed(Stage.STARTTLS, text, Verdict.POLICY) from None

    def _bad_tls(self, error: ssl.SSLError) -> SessionFailed:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._failed(Stage.STARTTLS, f"its certificate: {error.verify_message}", Verdict.POLICY)
        return self._failed(Stage.STARTTLS, f"no TLS: {error.reason or error}")

    def _refused(
        self, stage: Stage, error: aiosmtplib.SMTPResponseException, *, secrets: tuple[str, ...] = ()
    ) -> SessionFailed:
        text = error.message
        for secret in filter(None, secrets):
            text = text.replace(secret, "…")
        if not 400 <= error.code <= 599:
            return self._failed(stage, f"it answered something that is not SMTP: {text}")
        outcome = classify(Reply(error.code, tuple(text.split("\n"))), stage)
        return SessionFailed(self.relay, replace(outcome, session_lost=True))

    def _failed(self, stage: Stage, text: str, verdict: Verdict = Verdict.DEFERRED) -> SessionFailed:
        return SessionFailed(self.relay, Outcome(verdict, stage, text=printable(text), session_lost=True))


@lru_cache(maxsize=8)
def _tls_context(ca_file: Path | None, verified: bool) -> ssl.SSLContext:
    """One context for all connections: reading the system's certificates takes tens of milliseconds."""
    context = ssl.create_default_context(cafile=ca_file)
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _own_name(client: aiosmtplib.SMTP) -> str:
    """What EHLO says of us: the host's name where it is a domain, else our address as a literal."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    own = str(client.get_transport_info("sockname")[0]).partition("%")[0]
    return f"[IPv6:{own}]" if ":" in own else f"[{own}]"


async def _log_in_somehow(client: aiosmtplib.SMTP, user: bytes, password: bytes) -> None:
    """Log in by the first method that works, as ``client.login`` does; but not by another one after a goodbye."""
    methods = client.supported_auth_methods if client.supports_extension("auth") else []
    refused: aiosmtplib.SMTPException = aiosmtplib.SMTPException("no method in common")
    for name in methods:
        try:
            await getattr(client, f"auth_{name.replace('-', '')}")(user, password)
            return
        except aiosmtplib.SMTPAuthenticationError as error:
            refused = error
            if error.code == _GOODBYE:
                break
    raise refused


def _may_carry_password(client: aiosmtplib.SMTP) -> bool:
    """Whether nobody but the server can read what is sent: TLS, or a peer on this machine."""
    return client.get_transport_info("sslcontext") is not None or _on_this_machine(client)


def _on_this_machine(client: aiosmtplib.SMTP) -> bool:
    peer = str(client.get_transport_info("peername")[0]).partition("%")[0]
    return ipaddress.ip_address(peer).is_loopback


def _secured(client: aiosmtplib.SMTP) -> Secured | None:
    connection = client.get_transport_info("ssl_object")
    if connection is None:
        return None
    ends = (connection.getpeercert() or {}).get("notAfter")  # empty where nobody verified it
    return Secured(connection.version(), ssl.cert_time_to_seconds(ends) if ends else None)


def _forms(user: str, password: str) -> tuple[str, ...]:
    """The password as it is, and as AUTH PLAIN and LOGIN write it: a server may echo any of them."""
    plain = f"\0{user}\0{password}".encode()
    return (password, *(base64.b64encode(each).decode() for each in (password.encode(), plain)))


def _plain(error: BaseException) -> str:
    """What went wrong, in the operating system's own words where it has some."""
    if isinstance(error, OSError):
        if isinstance(error, socket.gaierror) and error.strerror:
            return error.strerror
        # asyncio writes "Connect call failed", and for a host of several addresses one text with all their numbers.
        number = error.errno or next((int(found) for found in re.findall(r"\[Errno (\d+)\]", str(error))), None)
        if number:
            return os.strerror(number)
    return str(error) or type(error).__name__
