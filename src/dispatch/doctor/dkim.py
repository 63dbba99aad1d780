"""DKIM (RFC 6376 §3.6.1): whether what is published is what signs."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping

from dispatch.doctor.dns import Dns
from dispatch.doctor.domains import OwnKey, Sending
from dispatch.doctor.finding import Finding, Record, Section
from dispatch.preflight.finding import Severity


def examine(dns: Dns, sending: Sending) -> Iterator[Finding]:
    """Each key's record: there, one, ours, and in force."""
    if not sending.keys:
        yield Finding(
            "dkim-unsigned",
            Section.DKIM,
            Severity.NOTE,
            f"No key of yours signs the mail of {sending.domain}; most relays sign themselves.",
            "Send yourself a test and look for dkim=pass in its Authentication-Results. If it is not there: "
            "dispatch dkim keygen",
        )
    for key in sending.keys:
        yield _examine(dns.texts(key.name), key)


def _examine(records: list[str], key: OwnKey) -> Finding:
    if not records:
        return _bad("dkim-missing", f"There is no record {key.name}, so receivers take your mail as unsigned.", key)
    if len(records) > 1:
        return _bad("dkim-several", f"{key.name} has {len(records)} records, and receivers may read either.", key)
    published = tags(records[0])
    if reason := _unusable(records[0], published):
        return _bad("dkim-broken", f"Receivers cannot use the record {key.name}: {reason}.", key)
    if not published["p"]:
        return _bad("dkim-revoked", f"The record {key.name} says that its key is revoked (p= is empty).", key)
    if _octets(published["p"]) != _octets(tags("".join(key.strings))["p"]):
        return _bad("dkim-other-key", f"The key at {key.name} is not the one that signs: each signature fails.", key)
    if "y" in published.get("t", "").split(":"):
        said = f"The record {key.name} says that its key is being tried (t=y): receivers take your mail as unsigned."
        return _bad("dkim-testing", said, key, Severity.WARNING)
    return Finding("dkim", Section.DKIM, None, f"{key.name} holds the key that signs.")


def tags(record: str) -> Mapping[str, str]:
    """A record's tags (RFC 6376 §3.2), white space taken out of their values."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip(): "".join(value.split()) for name, sign, value in pairs if sign}


def _unusable(record: str, published: Mapping[str, str]) -> str | None:
    if "v" in published and (published["v"] != "DKIM1" or not record.lstrip().startswith("v")):
        return "it does not begin with v=DKIM1"
    if "p" not in published:
        return "it has no key (p=)"
    if published["p"] and _octets(published["p"]) is None:
        return "its key is not Base64"
    if "sha256" not in published.get("h", "sha256").split(":"):
        return "it refuses SHA-256 (h=)"
    if not {"*", "email"} & set(published.get("s", "*").split(":")):
        return "it is not for mail (s=)"
    return None


def _octets(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return None


def _bad(check: str, message: str, key: OwnKey, severity: Severity = Severity.ERROR) -> Finding:
    mend = "Publish this, and nothing else at that name:"
    return Finding(check, Section.DKIM, severity, message, mend, Record(key.name, "TXT", key.strings))
