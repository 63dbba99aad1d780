"""Who a newsletter says it is, as long as that is the starter's made-up identity."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch.config.settings import Newsletter

_NOBODYS = ("example.org", "example.com", "example.net", "example", "invalid", "test", "localhost")
"""Names that nobody can own (RFC 2606)."""
_POSTAL = re.compile(r"\bexample (?:street|city)\b", re.IGNORECASE)


def placeholders(newsletter: Newsletter) -> Iterator[tuple[str, str]]:
    """What of a newsletter's identity is made up: a sentence, and what to do."""
    sender = newsletter.sender.address if newsletter.sender is not None else None
    for key, address in (
        ("address", sender),
        ("reply_to", newsletter.reply_to),
        ("unsubscribe", newsletter.unsubscribe_mailbox),
    ):
        domain = (address or "").rpartition("@")[2].lower()
        if any(f".{domain}".endswith(f".{each}") for each in _NOBODYS):
            said = f"{address} is a placeholder: nobody owns {domain}."
            yield said, f"Set `[sender] {key}` in dispatch.toml to an address of yours."
    if _POSTAL.search(newsletter.postal_address):
        said = f"The postal address is a placeholder: {' '.join(newsletter.postal_address.split())}."
        yield said, "Set `[newsletter] postal_address` in dispatch.toml to yours."
