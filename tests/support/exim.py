"""Debian's Exim as a throwaway mail exchanger for example.org."""

from __future__ import annotations

import re
from pathlib import Path

from support.mail_host import UNKNOWN
from support.unpacked import Unpacked

SETTINGS = """\
primary_hostname = relay.example.net
domainlist local_domains = example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
dsn_advertise_hosts = *
pipelining_advertise_hosts = {pipelining}
smtp_enforce_sync = true
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = {messages}
keep_environment =
log_selector = +pipelining
acl_smtp_rcpt = check_recipient
acl_smtp_data = accept_all

begin acl
check_recipient:
  require message = relay not permitted
          domains = +local_domains
  require verify = recipient
  accept
accept_all:
  accept

begin routers
readers:
  driver = accept
  domains = +local_domains
  condition = ${{if !match{{$local_part}}{{^{unknown}}}}}
  cannot_route_message = Unknown user
  transport = box

begin transports
box:
  driver = appendfile
  directory = /srv/all
  maildir_format
  envelope_to_add
  return_path_add
  user = readers
"""


class Exim(Unpacked):
    """Exim 4. ``pipelining``: it offers RFC 2920's groups. After ``messages`` on one connection it says 421."""

    name = "Exim"

    def __init__(self, *, pipelining: bool = True, messages: int = 1000) -> None:
        super().__init__()
        self.pipelining = pipelining
        self._messages = messages

    def grouped(self) -> list[bool]:
        """For each message, whether its sender's commands came in groups.

        The log has ``L`` where they did, and a minus behind it where they did not although Exim offered it.
        """
        received = re.findall(r" <= .* P=\S+(?: (L\S*))?", self.log())
        return [bool(flag) and not flag.endswith("-") for flag in received]

    def configure(self, root: Path) -> list[str]:
        for path in ("var/spool/exim4", "var/log/exim4", "run/exim4"):
            self.own(path, "Debian-exim")
        self.own("etc/exim4", "root")
        settings = SETTINGS.format(
            port=self.port,
            pipelining="*" if self.pipelining else "",
            messages=self._messages,
            unknown=UNKNOWN,
        )
        (root / "etc" / "exim4" / "exim4.conf").write_text(settings)
        return ["/usr/sbin/exim4", "-bdf"]

    def log(self) -> str:
        files = sorted((self._root / "var" / "log" / "exim4").glob("*log"))
        return super().log() + "".join(file.read_text(errors="replace") for file in files)
