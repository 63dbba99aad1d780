"""A TCP proxy that brings every octet later by a fixed time, in either direction, however many there are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class _Late:
    """Octets that may go on at ``due`` on the loop's clock; none at the end of the stream."""

    due: float
    data: bytes


@contextmanager
def delayed(port: int, one_way: float) -> Iterator[int]:
    """A port of this host that leads to ``port``, ``one_way`` seconds away in each direction."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            onward, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_carry(reader, back, one_way), _carry(onward, writer, one_way))

    async def close() -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(accept, "127.0.0.1", 0), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one_way: float) -> None:
    """Take octets as they come, and pass each on ``one_way`` seconds later: the line holds as much as is sent."""
    line: asyncio.Queue[_Late] = asyncio.Queue()
    arriving = asyncio.create_task(_put(reader, line, one_way))
    loop = asyncio.get_running_loop()
    try:
        while (late := await line.get()).data:
            await asyncio.sleep(late.due - loop.time())
            writer.write(late.data)
            await writer.drain()
    finally:
        arriving.cancel()
        writer.close()


async def _put(reader: asyncio.StreamReader, line: asyncio.Queue[_Late], one_way: float) -> None:
    loop = asyncio.get_running_loop()
    data = b"-"
    while data:
        try:
            data = await reader.read(CHUNK)
        except OSError:
            data = b""
        line.put_nowait(_Late(loop.time() + one_way, data))
