"""Who may ask the studio: the author's own browser, by an address that nobody can guess, and no other page in it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HARMLESS = frozenset(["GET", "HEAD"])

STUDIO_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""What the studio's own page may load: its own files and nothing else."""

EDITION_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src 'self' data: https: http:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-same-origin",
    ]
)
"""What an edition may load: the pictures that its readers see. No script of its runs."""

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture that is opened by itself (SVG) is no page."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets through what begins with ``/TOKEN/``, is asked of one of ``hosts`` (``127.0.0.1:8000``), and, where it does
    something, comes from the studio's own page.

    A page elsewhere cannot know the token; one that makes its name resolve to 127.0.0.1 (DNS rebinding) is betrayed by
    the Host header, and one that posts blindly by Origin and Sec-Fetch-Site.
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        refused = self._refused(scope, headers)
        if refused is not None:
            await refused(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    kept[name] = value
                kept.setdefault("Content-Security-Policy", STUDIO_POLICY)
            await send(message)

        await self._app(scope, receive, guarded)

    def _refused(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("This address is not the studio's.\n", 403)
        first, _, _ = scope["path"].removeprefix("/").partition("/")
        if not hmac.compare_digest(first.encode(), self._token):
            return PlainTextResponse("There is nothing here; take the address that `dispatch preview` printed.\n", 404)
        own = {f"http://{host}" for host in self._hosts}
        if scope["method"] not in _HARMLESS and headers.get("origin") not in own:
            return PlainTextResponse("Another page asked for this.\n", 403)
        # A person may follow a link to the studio from anywhere; nothing but a person's browser may load parts of it.
        followed = headers.get("sec-fetch-mode") == "navigate" and scope["method"] in _HARMLESS
        if not followed and headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return PlainTextResponse("Another page asked for this.\n", 403)
        return None
