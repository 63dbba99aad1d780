"""Asks addresses on the web whether they answer."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from dispatch.online.answer import Answer, Failure, Hop, Question
from dispatch.online.connections import Elsewhere, guarded
from dispatch.online.lookup import Address, Lookup, is_public

_HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,15}")
_REFUSALS = frozenset({400, 401, 403, 404, 405, 406, 410, 500, 501, 502, 503})
"""What servers say to HEAD though GET would do; 429 is no such thing, and asking again makes it worse."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How to ask: how many at once, how long, and of whom. Seconds are of one request, and of all together."""

    user_agent: str
    together: int = 16
    per_host: int = 2
    seconds: float = 10.0
    seconds_in_all: float = 90.0
    most_hops: int = 8
    head: int = 65_536
    direct: bool = True
    """``False`` where a proxy does the asking, and looks the names up."""
    may_ask: Callable[[str, Address], bool] = is_public
    verify: ssl.SSLContext | None = None
    """What decides on certificates; ``None``: the system's."""


async def ask_all(
    questions: Sequence[Question], terms: Terms, answered: Callable[[int], None] = lambda _number: None
) -> Mapping[str, Answer]:
    """The answers by their address. ``answered`` is told how many there are, each time there is one more."""
    client = httpx2.AsyncClient(
        headers={"User-Agent": terms.user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
        verify=terms.verify or ssl.create_default_context(),
        timeout=None,  # each request has a limit of its own, as a whole
        limits=httpx2.Limits(max_connections=terms.together),
    )
    async with client:
        asker = _Asker(client, terms)
        tasks = {one.url: asyncio.create_task(asker.ask(one)) for one in questions}
        for task in tasks.values():
            task.add_done_callback(lambda _: answered(sum(each.done() for each in tasks.values())))
        if tasks:
            _, late = await asyncio.wait(tasks.values(), timeout=terms.seconds_in_all)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
    return {
        url: Answer(url, failure=Failure.NOT_ASKED) if task.cancelled() else task.result()
        for url, task in tasks.items()
    }


class _Asker:
    def __init__(self, client: httpx2.AsyncClient, terms: Terms) -> None:
        self._client, self._terms = client, terms
        self._lookup = Lookup(terms.may_ask, direct=terms.direct)
        self._room = asyncio.Semaphore(terms.together)
        self._at_host: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(terms.per_host))

    async def ask(self, question: Question) -> Answer:
        answer = await self._follow(question)
        if question.picture or not answer.is_there or not answer.url.lower().startswith("http://"):
            return answer
        there = f"https://{answer.url[len('http://') :]}"
        if answer.hops and answer.hops[0].to == there:
            return replace(answer, secure=True)
        return replace(answer, secure=(await self._follow(Question(there))).is_there)

    async def _follow(self, question: Question) -> Answer:
        """Ask, and go where redirects lead."""
        answer = Answer(question.url)
        seen: set[str] = set()
        try:
            url = httpx2.URL(question.url)
            while True:
                if str(url) in seen or len(answer.hops) > self._terms.most_hops:
                    return replace(answer, failure=Failure.LOOP)
                seen.add(str(url))
                found = await self._one(url, question)
                if isinstance(found, Failure):
                    return replace(answer, failure=found)
                whereto = found.next_request
                if whereto is None:
                    return _with_response(answer, found)
                url = whereto.url
                answer = replace(answer, hops=(*answer.hops, Hop(found.status_code, str(url))))
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError, TimeoutError) as error:
            failure, said = _why(error)
            return replace(answer, failure=failure, said=said)

    async def _one(self, url: httpx2.URL, question: Question) -> httpx2.Response | Failure:
        host = url.raw_host.decode("ascii").strip("[]")
        if url.scheme not in ("http", "https") or not _HOST.fullmatch(host):
            return Failure.BROKEN
        # By host first: who waits for a slow site must not keep others from theirs.
        async with self._at_host[host], self._room:
            async with asyncio.timeout(self._terms.seconds):
                if (why_not := await self._lookup.why_not(host)) is not None:
                    return why_not
            try:
                return await self._asked(url, host, question)
            except Elsewhere:
                return Failure.PRIVATE

    async def _asked(self, url: httpx2.URL, host: str, question: Question) -> httpx2.Response:
        if not question.picture:
            async with asyncio.timeout(self._terms.seconds), guarded(host, self._terms.may_ask) as extensions:
                response = await self._client.head(url, extensions=extensions)
            if response.status_code not in _REFUSALS:
                return response
        async with asyncio.timeout(self._terms.seconds), guarded(host, self._terms.may_ask) as extensions:
            return await self._get(url, self._terms.head if question.picture else 0, extensions)

    async def _get(self, url: httpx2.URL, octets: int, extensions: dict[str, Any]) -> httpx2.Response:
        """GET, and of the body no more than about ``octets``; they are in the extension ``head``."""
        async with self._client.stream("GET", url, extensions=extensions) as response:
            head = b""
            if octets and response.is_success:
                with suppress(httpx2.DecodingError):
                    async for part in response.aiter_bytes():
                        head += part
                        if len(head) >= octets:
                            break
            response.extensions["head"] = head
            return response


def _with_response(answer: Answer, response: httpx2.Response) -> Answer:
    length = response.headers.get("content-length", "")
    head: bytes = response.extensions.get("head", b"")
    return replace(
        answer,
        status=response.status_code,
        kind=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        octets=int(length) if _LENGTH.fullmatch(length) else None,
        head=head,
    )


def _why(error: BaseException) -> tuple[Failure, str]:
    """What went wrong, from an error and what stands behind it."""
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return Failure.SLOW, ""  # first: amid a handshake, what stands behind it is TLS waiting for more
    chain = [error]
    while (behind := chain[-1].__cause__ or chain[-1].__context__) is not None and behind not in chain:
        chain.append(behind)
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return Failure.ENCRYPTION, each.verify_message.rstrip(".")
        if isinstance(each, ssl.SSLError):
            return Failure.BROKEN, ""
    if isinstance(error, httpx2.ConnectError):
        return Failure.REFUSED, ""
    return Failure.BROKEN, ""
