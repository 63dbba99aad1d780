"""Serves the studio on this machine, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

from dispatch.errors import DispatchError
from dispatch.preview.app import application
from dispatch.preview.desk import Desk
from dispatch.preview.events import Hub
from dispatch.preview.studio import Studio
from dispatch.preview.watching import watch

HOST = "127.0.0.1"
_STOPS = (signal.SIGINT, signal.SIGTERM)


class _Server(uvicorn.Server):
    """Leaves signals to us: a studio that is stopped has done all it was asked for."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(desk: Desk, *, token: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the studio on ``port`` (0: a free one) of this machine, and call ``ready`` with its address.

    Returns after SIGINT or SIGTERM. Raises :class:`~dispatch.errors.DispatchError` where the port is taken.
    """
    with _listening(port) as listening:
        asyncio.run(_serve(desk, listening, token, ready))


def _listening(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise DispatchError(
            f"Port {port} of this machine is not free.", hint="Leave --port out, and a free one is taken."
        ) from error
    listening.listen()
    return listening


async def _serve(desk: Desk, listening: socket.socket, token: str, ready: Callable[[str], None]) -> None:
    hub = Hub()
    studio = Studio(desk, hub)
    port: int = listening.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            application(studio, token=token, port=port),
            lifespan="off",
            ws="none",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )

    def stop() -> None:
        server.should_exit = True
        studio.close()

    loop = asyncio.get_running_loop()
    for number in _STOPS:
        loop.add_signal_handler(number, stop)
    watching = asyncio.create_task(watch(desk.watched, hub.changed))
    # The first look need not wait for all the imports.
    first = asyncio.create_task(studio.shown(desk.opened))
    ready(f"http://{HOST}:{port}/{token}/")
    try:
        await server.serve(sockets=[listening])
    finally:
        watching.cancel()
        await asyncio.gather(watching, first, return_exceptions=True)
