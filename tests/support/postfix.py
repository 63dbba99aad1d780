"""Debian's Postfix as a throwaway relay: its own folders and ports, TLS with good and bad certificates, a Maildir."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from support.certificates import certificates
from support.mail_host import UNKNOWN, MailHost, free_ports
from support.real_parts import require_program

UNDELIVERABLE = "late"
"""Local parts that begin with this are taken, and their mail comes back in a delivery report."""

_CERTIFICATES = ("good", "expired", "wrong_name", "self_signed")

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
virtual_mailbox_maps = regexp:{folder}/readers
transport_maps = regexp:{folder}/transports
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_security_level = may
smtpd_forbid_unauth_pipelining = yes
smtpd_forbid_bare_newline = yes
smtpd_forbid_bare_newline_exclusions =
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

MASTER_CF = """\
{listeners}pickup    unix  n - n 60 1 pickup
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
undeliverable unix - n n - - pipe user=nobody argv=/bin/false
"""

LISTENER = "127.0.0.1:{port} inet n - n - - smtpd -o smtpd_tls_chain_files={chain} -o smtpd_tls_wrappermode={wrapped}\n"


class Postfix(MailHost):
    """``port`` is the relay's as it should be; :meth:`url` has others. ``ca_file`` is what a client must trust."""

    name = "Postfix"

    def __init__(self) -> None:
        self._program = require_program("postfix", "apt-get install postfix")
        super().__init__()
        self.ca_file = certificates().ca_file
        kinds = [(scheme, name) for scheme in ("smtp+starttls", "smtps") for name in _CERTIFICATES]
        self._ports = dict(zip(kinds, free_ports(len(kinds)), strict=True))
        self.port = self._ports["smtp+starttls", "good"]

    def url(self, scheme: str, certificate: str = "good") -> str:
        """Where to find the server with this certificate; ``scheme`` is one of ``smtp.url``'s."""
        return f"{scheme}://localhost:{self._ports['smtps' if scheme == 'smtps' else 'smtp+starttls', certificate]}"

    @property
    def box(self) -> Path:
        return self.folder / "mail" / "all"

    def log(self) -> str:
        file = self.folder / "log" / "maillog"
        return file.read_text() if file.exists() else ""

    def start(self) -> None:
        owner = pwd.getpwnam("postfix")
        for name in ("queue", "data", "log", "mail"):
            (self.folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        daemons = "/usr/lib/postfix/sbin"
        (self.folder / "readers").write_text(f"if !/^{UNKNOWN}/\n/@example\\.org$/ all/\nendif\n")
        (self.folder / "transports").write_text(f"/^{UNDELIVERABLE}/ undeliverable:\n")
        (self.folder / "main.cf").write_text(
            MAIN_CF.format(folder=self.folder, daemons=daemons, uid=owner.pw_uid, gid=owner.pw_gid)
        )
        listeners = "".join(
            LISTENER.format(
                port=port, chain=certificates().chain_file(name), wrapped="yes" if scheme == "smtps" else "no"
            )
            for (scheme, name), port in self._ports.items()
        )
        (self.folder / "master.cf").write_text(MASTER_CF.format(listeners=listeners))
        started = self._postfix("start")
        assert started.returncode == 0, started.stdout + started.stderr + self.log()

    def stop(self) -> None:
        if (self.folder / "master.cf").exists():
            self._postfix("stop")

    def _postfix(self, verb: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, "-c", str(self.folder), verb], capture_output=True, text=True, timeout=60, check=False
        )
