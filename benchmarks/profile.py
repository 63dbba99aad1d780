"""Where the time of a ``dispatch send`` goes: the functions that took most of it themselves."""

from __future__ import annotations

import cProfile
import os
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import CodeType
from unittest.mock import patch

from benchmarks.measure import CommandFailed, table
from benchmarks.sending import Delivery, arguments, newsletter, offers
from benchmarks.sink import CONNECTIONS, smtp_sink
from dispatch import cli

FUNCTIONS = 25


def report(recipients: int) -> str:
    """The table of functions. The profiler itself costs time: trust the order more than the seconds."""
    delivery = Delivery(recipients, options=["--workers", "1"] if offers("send", "--workers") else [])
    folder = newsletter(delivery)
    profile, said = cProfile.Profile(), StringIO()
    with (
        smtp_sink() as sink,
        chdir(folder),
        patch.dict(os.environ, {"DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{sink.port}"}),
        redirect_stdout(said),
        redirect_stderr(said),
    ):
        process, thread = time.process_time(), time.thread_time()
        code = profile.runcall(cli.run, arguments(delivery))
        process, thread = time.process_time() - process, time.thread_time() - thread
    if code:
        raise CommandFailed(f"dispatch send ended with {code}:\n{said.getvalue()}")
    title = f"{recipients:,} messages, {CONNECTIONS} connections, one process, main thread"
    functions = table(
        [title, "calls a message", "own time a message", "with what it calls"], _rows(profile, recipients)
    )
    return (
        f"{functions}\n\n"
        f"CPU a message, with the profiler's own: {thread / recipients * 1e6:,.0f} µs in the main thread, "
        f"{(process - thread) / recipients * 1e6:,.0f} µs in other threads (the ledger's writer), not in the table."
    )


def _rows(profile: cProfile.Profile, recipients: int) -> list[list[str]]:
    most = sorted(profile.getstats(), key=lambda entry: entry.inlinetime, reverse=True)[:FUNCTIONS]
    return [
        [
            f"`{_name(entry.code)}`",
            f"{entry.callcount / recipients:,.1f}",
            f"{entry.inlinetime / recipients * 1e6:,.1f} µs",
            f"{entry.totaltime / recipients * 1e6:,.1f} µs",
        ]
        for entry in most
    ]


def _name(code: CodeType | str) -> str:
    """``"delivery/loop.py:98 deliver"``; what is built in has a name only."""
    if isinstance(code, str):
        return code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_firstlineno} {code.co_qualname}"
