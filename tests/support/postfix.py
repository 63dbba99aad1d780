"""Debian's Postfix as a throwaway relay: its own folders, its own port, TLS on, delivering into a Maildir."""

from __future__ import annotations

import mailbox
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme

from support.real_parts import require_program, skip_or_fail

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{ @example.org = all/ }} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_cert_file = {folder}/relay.pem
smtpd_tls_key_file = {folder}/relay.key
smtpd_tls_security_level = encrypt
smtpd_forbid_unauth_pipelining = yes
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Runs while its ``with`` block does. ``ca_file`` is what a client must trust."""

    def __init__(self) -> None:
        self._program = require_program("postfix", "apt-get install postfix")
        if os.geteuid() != 0:
            skip_or_fail("Postfix starts as root only; run the tests as root to include it")
        # Not under pytest's own folder: Postfix's unprivileged daemons could not enter it.
        self.folder = Path(tempfile.mkdtemp(prefix="dispatch-postfix-"))
        self.folder.chmod(0o755)
        self.ca_file = self.folder / "ca.pem"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self) -> Postfix:
        owner = pwd.getpwnam("postfix")
        for name in ("queue", "data", "log", "mail"):
            (self.folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_pem.write_to_path(str(self.folder / "relay.key"))
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(str(self.folder / "relay.pem"), append=True)
        daemons = "/usr/lib/postfix/sbin"
        (self.folder / "main.cf").write_text(
            MAIN_CF.format(folder=self.folder, daemons=daemons, uid=owner.pw_uid, gid=owner.pw_gid)
        )
        (self.folder / "master.cf").write_text(MASTER_CF.format(port=self.port))
        started = self._postfix("start")
        assert started.returncode == 0, started.stdout + started.stderr + self.log()
        return self

    def __exit__(self, *_: object) -> None:
        self._postfix("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What Postfix wrote into its log."""
        file = self.folder / "log" / "maillog"
        return file.read_text() if file.exists() else ""

    def wait_for_mail(self, count: int, seconds: float = 60) -> list[EmailMessage]:
        """The messages in the mailbox, once there are ``count``."""
        tick = threading.Event()
        for _ in range(int(seconds * 20)):
            found = self.mail()
            if len(found) >= count:
                return found
            tick.wait(0.05)
        raise AssertionError(f"{len(self.mail())} of {count} messages came; the log says:\n{self.log()}")

    def mail(self) -> list[EmailMessage]:
        """The messages in the mailbox now."""
        folder = self.folder / "mail" / "all"
        if not folder.exists():
            return []
        box = mailbox.Maildir(folder, create=False)
        return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.iterkeys()]

    def _postfix(self, verb: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, "-c", str(self.folder), verb], capture_output=True, text=True, timeout=60, check=False
        )
