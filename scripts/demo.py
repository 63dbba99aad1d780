"""``make demo``: from a seed to the readers' inboxes, on this machine alone.

A fresh newsletter in ``.demo/`` with a ledger of its own, a real SMTP server on a free port that keeps each message as
a file, and the commands that anyone would type. Nothing of it is left running.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
NEWSLETTER = DEMO / "newsletter"
INBOX = DEMO / "inbox"
SEED = "seeds/canada-china.txt"


@dataclass
class Inbox:
    """Takes every message and writes it to a file of its own (aiosmtpd calls this)."""

    folder: Path
    files: list[Path] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        reader = re.sub(r"[^\w.+-]", "-", envelope.rcpt_tos[0].replace("@", "-at-"))
        path = self.folder / f"{len(self.files) + 1:03}-{reader}.eml"
        path.write_bytes(envelope.content)
        self.files.append(path)
        return "250 2.0.0 Taken"


async def main() -> int:
    """Run the demonstration; the first command that fails ends it with that command's exit code."""
    shutil.rmtree(DEMO, ignore_errors=True)
    INBOX.mkdir(parents=True)
    inbox = Inbox(INBOX)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="demo.invalid", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    try:
        failed = await _commands(f"smtp://127.0.0.1:{port}")
    finally:
        server.close()
        await server.wait_closed()
    if failed:
        return failed
    _summary(inbox)
    return 0


async def _commands(url: str) -> int:
    """What a person would type; the exit code of the first that failed, or 0."""
    steps = [
        ("A newsletter to start from", ["init", str(NEWSLETTER.relative_to(ROOT))], ROOT),
        ("The seed becomes an edition", ["compose", SEED], NEWSLETTER),
        ("The edition goes to the sample list, over SMTP", ["send", SEED, "--list", "sample", "--yes"], NEWSLETTER),
        ("Where every message stands", ["status"], NEWSLETTER),
    ]
    for title, arguments, folder in steps:
        print(f"\n{_bold(title)}\n$ {' '.join(['dispatch', *arguments])}", flush=True)
        if code := await _dispatch(arguments, folder, url):
            print(f"\nThe demo stopped: that command ended with {code}.", file=sys.stderr)
            return code
    return 0


async def _dispatch(arguments: list[str], folder: Path, url: str) -> int:
    """Run ``dispatch`` on our own terminal, so that it shows its progress as it does to anyone."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DISPATCH_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dispatch",
        *arguments,
        cwd=folder,
        env=own | {"DISPATCH_SMTP_URL": url},
        stdin=subprocess.DEVNULL,
    )
    return await process.wait()


def _summary(inbox: Inbox) -> None:
    (preview,) = NEWSLETTER.glob("out/*/edition.html")
    print(f"\n{_bold('Look at it')}")
    for what, path in {
        "the edition": preview,
        "its text": preview.with_name("edition.txt"),
        "a message as it arrived": inbox.files[0],
        f"all {len(inbox.files)} messages": INBOX,
        "the ledger": NEWSLETTER / ".dispatch",
    }.items():
        print(f"  {what:<24} {path.relative_to(ROOT)}")
    print("\nNothing is left running. `make demo` starts afresh; `make clean` removes it.")


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
