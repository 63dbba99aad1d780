"""A web server on this machine whose every answer a test has chosen."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Reply:
    """``head`` is what HEAD gets instead of ``status``; ``wait`` is called before anything is said; ``stream`` says so
    many octets after the body, as fast as they are taken."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    head: int | None = None
    wait: Callable[[], object] = lambda: None
    stream: int = 0


@dataclass
class Asked:
    method: str
    path: str
    agent: str


class WebServer:
    """Answers by ``replies``, by path, else with the files of ``folder``, else 404. With ``tls`` it speaks HTTP and
    HTTPS on its one port."""

    def __init__(
        self, replies: Mapping[str, Reply], tls: ssl.SSLContext | None = None, folder: Path | None = None
    ) -> None:
        self.replies, self.folder = dict(replies), folder
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.streamed = 0
        self._at_once = 0
        self._counting = threading.Condition()
        self._server = _Server(self, tls)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> WebServer:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str, scheme: str = "http", host: str = "localhost") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self, method: str) -> list[str]:
        return [each.path for each in self.asked if each.method == method]

    def wait_for(self, number: int) -> None:
        """Wait until so many questions have been here at once; from then on, nobody waits."""
        with self._counting:
            self._counting.wait_for(lambda: self.most_at_once >= number, timeout=60)

    def answer(self, request: _Handler) -> None:
        with self._counting:
            self.asked.append(Asked(request.command, request.path, request.headers.get("User-Agent", "")))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self._counting.notify_all()
        try:
            self._answer(request, self.replies.get(request.path) or self._file(request.path))
        finally:
            with self._counting:
                self._at_once -= 1

    def _file(self, path: str) -> Reply:
        file = self.folder / path.removeprefix("/") if self.folder is not None else None
        if file is None or not file.is_file():
            return Reply(404)
        return Reply(body=file.read_bytes(), headers={"Content-Type": guess_type(path)[0] or "text/plain"})

    def _answer(self, request: _Handler, reply: Reply) -> None:
        reply.wait()
        is_head = request.command == "HEAD"
        request.send_response_only(reply.head if is_head and reply.head is not None else reply.status)
        headers = {"Content-Length": str(len(reply.body) + reply.stream), "Connection": "close", **reply.headers}
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        if is_head:
            return
        request.wfile.write(reply.body)
        for _ in range(reply.stream // 65_536):
            request.wfile.write(bytes(65_536))
            self.streamed += 65_536


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, web: WebServer, tls: ssl.SSLContext | None) -> None:
        self.web, self._tls = web, tls
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is None or request.recv(1, socket.MSG_PEEK) != b"\x16":
            super().finish_request(request, client_address)
            return
        with self._tls.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or trusts no certificate, is what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.web.answer(self)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing: :attr:`WebServer.asked` has it all."""
