"""The studio's addresses. All of them lie below ``/TOKEN/``, which :mod:`dispatch.preview.guard` sees to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from dispatch.preview import answers
from dispatch.preview.desk import MOST_LOOKED_OVER, Composed, Wanted
from dispatch.preview.guard import EDITION_POLICY, PICTURE_POLICY, Guard
from dispatch.preview.pictures import media_type
from dispatch.preview.studio import MOST_READERS, Fault, Studio
from dispatch.preview.views import Scheme, Styles, View

STATIC = Path(__file__).resolve().parent / "static"
_MOST_ASKED = 10_000
"""Octets of a request's body; an address needs far fewer."""


def application(studio: Studio, *, token: str, port: int) -> ASGIApp:
    """The studio behind its guard."""
    pages = _Pages(studio)
    routes = [
        Route("/", pages.index),
        Route("/frame", pages.frame),
        Route("/events", pages.events),
        Route("/newsroom", pages.newsroom),
        Route("/edition", pages.edition),
        Route("/page", pages.page),
        Route("/findings", pages.findings),
        Route("/message", pages.message),
        Route("/readers", pages.readers),
        Route("/picture/{name}", pages.picture),
        Route("/test", pages.send_test, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(routes=[Route(f"/{token}", _to_index), Mount(f"/{token}", routes=routes)])
    return Guard(app, token=token, hosts=(f"127.0.0.1:{port}", f"localhost:{port}"))


async def _to_index(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 307)


class _Pages:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def index(self, _request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def frame(self, _request: Request) -> Response:
        """The empty document into which the page is put; its policy is that of editions."""
        return HTMLResponse(
            '<!doctype html><html lang="und"><head><title>Edition</title></head><body></body></html>',
            headers={"Content-Security-Policy": EDITION_POLICY},
        )

    async def events(self, _request: Request) -> Response:
        return StreamingResponse(self._studio.hub.stream(), media_type="text/event-stream")

    async def newsroom(self, _request: Request) -> Response:
        desk = self._studio.desk
        answer = await self._studio.attempt(lambda: {"seeds": list(desk.seeds()), "lists": list(desk.lists())})
        if isinstance(answer, Fault):
            return JSONResponse(answers.fault(answer))
        opened = {"opened": list(desk.opened.sources), "list": desk.opened.list_name}
        return JSONResponse({**answer, **opened, "most": MOST_LOOKED_OVER})

    async def edition(self, request: Request) -> Response:
        wanted = _wanted(request)
        shown = await self._studio.shown(wanted)
        fields = await self._studio.reader(wanted, request.query_params.get("reader", ""))
        return JSONResponse(answers.edition(shown, fields))

    async def page(self, request: Request) -> Response:
        wanted = _wanted(request)
        view = _view(request)
        composed = (await self._studio.shown(wanted)).composed
        if composed is None:
            return Response(status_code=204)
        fields = await self._studio.reader(wanted, request.query_params.get("reader", ""))
        headers = {"Content-Security-Policy": EDITION_POLICY}
        return HTMLResponse(answers.page(composed, fields, view, _query(wanted)), headers=headers)

    async def findings(self, request: Request) -> Response:
        composed = await self._composed(_wanted(request))
        found = await self._studio.attempt(composed.findings)
        if isinstance(found, Fault):
            return JSONResponse(answers.fault(found))
        return Response(found, media_type="application/json")

    async def message(self, request: Request) -> Response:
        wanted = _wanted(request)
        composed = await self._composed(wanted)
        fields = await self._studio.reader(wanted, request.query_params.get("reader", ""))
        return await self._answer(lambda: composed.message(fields), answers.message)

    async def readers(self, request: Request) -> Response:
        asked = request.query_params
        async with _until_gone(request) as gone:
            found = await self._studio.search(asked.get("list", ""), asked.get("search", ""), gone)
        if isinstance(found, Fault):
            return JSONResponse(answers.fault(found))
        return JSONResponse({"readers": answers.people(found), "most": MOST_READERS})

    async def picture(self, request: Request) -> Response:
        """A local picture that the edition refers to, and no other file."""
        composed = await self._composed(_wanted(request))
        name = request.path_params["name"]
        picture = composed.pictures.get(name)
        if picture is None:
            raise HTTPException(404)
        headers = {"Content-Security-Policy": PICTURE_POLICY}
        return Response(picture.content, media_type=media_type(name), headers=headers)

    async def send_test(self, request: Request) -> Response:
        if request.headers.get("content-type") != "application/json":
            raise HTTPException(415)
        address = _address(await request.body())
        shown = await self._studio.shown(_wanted(request))
        composed = shown.composed
        if shown.fault is not None or composed is None:
            # The last good edition is not the one that its author sees in the editor.
            return JSONResponse(answers.fault(shown.fault) if shown.fault else {})
        return await self._answer(lambda: composed.send_test(address), lambda reply: {"reply": reply})

    async def _composed(self, wanted: Wanted) -> Composed:
        shown = await self._studio.shown(wanted)
        if shown.composed is None:
            raise HTTPException(409, "This edition was never composed without a fault.")
        return shown.composed

    async def _answer(self, work: Callable[[], Any], as_data: Callable[[Any], dict[str, Any]]) -> Response:
        done = await self._studio.attempt(work)
        return JSONResponse(answers.fault(done) if isinstance(done, Fault) else as_data(done))


@asynccontextmanager
async def _until_gone(request: Request) -> AsyncIterator[threading.Event]:
    """An event that is set when whoever asked waits no more: a long search is given up as more is typed."""
    gone = threading.Event()

    async def listen() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    listening = asyncio.create_task(listen())
    try:
        yield gone
    finally:
        listening.cancel()


def _wanted(request: Request) -> Wanted:
    asked = request.query_params
    return Wanted(tuple(asked.getlist("source")), asked.get("list") or None)


def _query(wanted: Wanted) -> str:
    """What :func:`_wanted` reads."""
    named = [("source", source) for source in wanted.sources]
    return urlencode([*named, *([("list", wanted.list_name)] if wanted.list_name else [])])


def _view(request: Request) -> View:
    asked = request.query_params
    try:
        return View(
            Scheme(asked.get("scheme", "light")), Styles(asked.get("styles", "all")), asked.get("images") != "off"
        )
    except ValueError as error:
        raise HTTPException(400, str(error)) from None


def _address(body: bytes) -> str:
    try:
        said = json.loads(body) if len(body) <= _MOST_ASKED else None
    except ValueError:
        said = None
    address = said.get("address") if isinstance(said, dict) else None
    if not isinstance(address, str):
        raise HTTPException(400)
    return address
