"""Who is alive: a heartbeat in the ledger, a lock on this host, and what the dead leave behind."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dispatch.ledger.faults import afterwards
from dispatch.ledger.work import Work, WorkerRow

NOBODY = 0
"""No worker's id: for who looks after workers and is none."""


def reap(work: Work, locks: Path, worker_id: int, *, now: float) -> int:
    """End the workers that died: their ``sending`` rows become ``unknown``, their other claims are free again.

    A worker of this host is dead when its lock is free (the kernel frees it with the process, however it died). One
    whose lock is not to be seen from here (another host; one of the same name; a folder that was wiped) is dead when
    its heartbeat has run out by the database's clock. Returns how many rows became unknown.
    """
    unknown = 0
    for other in work.others(worker_id):
        if not _alive(other, locks):
            unknown += work.end(other.id, now=now)
            _lock_file(locks, other.id, other.pid).unlink(missing_ok=True)
    return unknown


def living(work: Work, locks: Path) -> list[int]:
    """The workers that are alive, by the same signs."""
    locks.mkdir(parents=True, exist_ok=True)
    return [worker.id for worker in work.others(NOBODY) if _alive(worker, locks)]


@contextmanager
def registered(work: Work, locks: Path, clock: Callable[[], float]) -> Iterator[int]:
    """Register this process as a worker, and hold its lock; the id is its claim on rows.

    On leaving, what it had claimed is free again. The lock goes last: nobody may take us for dead before that.
    """
    locks.mkdir(parents=True, exist_ok=True)
    # Registered under a lock that reap() takes too: between the row and its lock file we would look dead.
    with _held(locks / "registry.lock"):
        worker_id = work.begin(socket.gethostname(), os.getpid(), now=clock())
        lock_file = _lock_file(locks, worker_id, os.getpid())
        lock = _open_lock(lock_file)

    def leave() -> None:
        work.end(worker_id, now=clock())
        lock_file.unlink(missing_ok=True)

    # Where the ledger cannot be told, the lock that nobody holds tells the next one on this host.
    with lock, afterwards(leave):
        yield worker_id


def _alive(worker: WorkerRow, locks: Path) -> bool:
    locked = _locked(_lock_file(locks, worker.id, worker.pid)) if worker.host == socket.gethostname() else None
    return locked if locked is not None else not worker.expired


def _lock_file(locks: Path, worker_id: int, pid: int) -> Path:
    # With the process, as another ledger's workers, whose ids begin at 1 too, may lock here.
    return locks / f"{worker_id}-{pid}.lock"


def _open_lock(path: Path) -> IO[str]:
    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


@contextmanager
def _held(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _locked(path: Path) -> bool | None:
    """Whether a living process holds the lock; ``None`` where there is no such lock.

    Asked under the registry's lock, so that nobody is half registered.
    """
    with _held(path.parent / "registry.lock"):
        try:
            with path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return True
        return False
