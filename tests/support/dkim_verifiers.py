"""Three programs that check DKIM signatures, none of them ours: dkimpy, Debian's OpenDKIM, and npm's mailauth.

Each is a function from a message and the DNS records (name → text) to whether each of its signatures is good, in the
order in which they stand. None asks a name server.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import dkim

from support.real_parts import require_program, skip_or_fail

ROOT = Path(__file__).resolve().parent.parent.parent
MAILAUTH = ROOT / ".verifiers" / "mailauth" / "node_modules" / "mailauth" / "bin" / "mailauth.js"

Verifier = Callable[[bytes, Mapping[str, str]], list[bool]]


def dkimpy(message: bytes, records: Mapping[str, str]) -> list[bool]:
    def lookup(name: bytes, timeout: int = 0) -> bytes:
        return records.get(name.decode().rstrip("."), "").encode()

    def good(index: int) -> bool:
        try:
            return bool(dkim.DKIM(message).verify(idx=index, dnsfunc=lookup))
        except dkim.DKIMException:
            return False

    head = message.partition(b"\r\n\r\n")[0]
    return [good(index) for index in range(len(re.findall(rb"(?mi)^DKIM-Signature:", head)))]


def opendkim(message: bytes, records: Mapping[str, str]) -> list[bool]:
    program = require_program("opendkim", "apt-get install opendkim")
    with TemporaryDirectory(prefix="dispatch-opendkim-") as name:
        folder = Path(name)
        (folder / "message.eml").write_bytes(message)
        (folder / "keys").write_text("".join(f"{where} {record}\n" for where, record in records.items()))
        user = "UserID root\n" if os.geteuid() == 0 else ""
        (folder / "opendkim.conf").write_text(f"Mode v\nTestPublicKeys {folder}/keys\n{user}")
        said = _run(program, "-x", str(folder / "opendkim.conf"), "-t", str(folder / "message.eml"), "-vvv")
    return [verdict == "pass" for verdict in re.findall(r"\bdkim=(\w+)", said)]


def mailauth(message: bytes, records: Mapping[str, str]) -> list[bool]:
    node = require_program("node", "apt-get install nodejs npm")
    if not MAILAUTH.is_file():
        skip_or_fail("mailauth is not installed here; bring it with: scripts/install-mailauth")
    with TemporaryDirectory(prefix="dispatch-mailauth-") as name:
        folder = Path(name)
        (folder / "message.eml").write_bytes(message)
        (folder / "dns.json").write_text(json.dumps({where: {"TXT": [[text]]} for where, text in records.items()}))
        # An SPF check is made, too, and without a client it would look for one: everything stays on this machine.
        surroundings = ("--client-ip", "127.0.0.1", "--helo", "localhost", "--sender", "news@example.org")
        cache = ("--dns-cache", str(folder / "dns.json"))
        said = _run(node, str(MAILAUTH), "report", *cache, *surroundings, str(folder / "message.eml"))
    return [each["status"]["result"] == "pass" for each in json.loads(said)["dkim"]["results"]]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, f"{command[0]} ended with {done.returncode}: {done.stderr}"
    return done.stdout
