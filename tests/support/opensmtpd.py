"""Debian's OpenSMTPD as a throwaway mail exchanger for example.org. It offers no PIPELINING."""

from __future__ import annotations

from pathlib import Path

from support.mail_host import UNKNOWN
from support.unpacked import Unpacked

SETTINGS = """\
listen on 127.0.0.1 port {port} hostname relay.example.net
table everyone {{ "@example.org" = readers }}
action "deliver" maildir "/srv/all" virtual <everyone>
match from any for rcpt-to regex "^{unknown}" reject
match from any for domain example.org action "deliver"
"""


class OpenSmtpd(Unpacked):
    """OpenSMTPD 6."""

    name = "OpenSMTPD"

    def configure(self, root: Path) -> list[str]:
        self.own("var/lib/opensmtpd/empty", "root")
        self.own("var/spool/smtpd", "root", 0o711)
        (root / "etc" / "smtpd.conf").write_text(SETTINGS.format(port=self.port, unknown=UNKNOWN))
        return ["/usr/sbin/smtpd", "-d"]
