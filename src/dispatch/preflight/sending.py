"""Whether mailbox providers would let the edition in, as far as the settings decide it."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.identity import placeholders
from dispatch.preflight.proof import Proof

rules = Rules(Group.SENDING)

_FREE = frozenset(
    {
        "aol.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com",
        "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "web.de", "yahoo.com",
        "yandex.ru",
    }
)  # fmt: skip


@rules.rule(
    "from-missing",
    Severity.ERROR,
    "There is no sender",
    why="Nothing can be sent without one.",
    mend="Set `[sender] address` in dispatch.toml.",
)
def from_missing(proof: Proof) -> Iterator[Found]:
    """`[sender]` in the settings, or the list's own."""
    if proof.newsletter.sender is None:
        yield Found("There is no sender.")


@rules.rule(
    "sender-placeholder",
    Severity.WARNING,
    "The sample's made-up identity goes out",
    why="Nobody gets the answers and the requests to unsubscribe, and the footer names a house that does not exist.",
    mend="Put your own addresses into dispatch.toml.",
)
def sender_placeholder(proof: Proof) -> Iterator[Found]:
    """Addresses of domains that nobody can own (example.org and the like, RFC 2606) as sender, for replies and for
    requests to unsubscribe; and the postal address that `dispatch init` writes."""
    yield from (Found(said, hint=mend) for said, mend in placeholders(proof.newsletter))


@rules.rule(
    "list-unknown",
    Severity.WARNING,
    "The text asks for a list that does not exist",
    why="A send that names no other list would be refused.",
    mend="Correct `list` in the front matter, or make the list.",
)
def list_unknown(proof: Proof) -> Iterator[Found]:
    """`list` in the front matter against the files of the lists' folder."""
    if proof.unknown_list is not None:
        yield proof.unknown_list


@rules.rule(
    "from-free",
    Severity.WARNING,
    "The sender is a mailbox at a free provider",
    why="Those domains publish a DMARC policy that makes others refuse mail which they did not send themselves.",
    mend="Send from a domain of your own.",
)
def from_free(proof: Proof) -> Iterator[Found]:
    """From addresses at gmail.com, yahoo.com, outlook.com and the like."""
    domain = _sender_domain(proof)
    if domain in _FREE:
        yield Found(f"Mail from {domain} is refused, unless {domain}'s own server sends it.")


@rules.rule(
    "way-out-missing",
    Severity.ERROR,
    "Readers have no way out",
    why="The law asks for it, and Gmail and Yahoo refuse bulk mail without it.",
    mend="Set `[sender] unsubscribe` to a mailbox, or `[newsletter] base_url` to a site that takes it.",
)
def way_out_missing(proof: Proof) -> Iterator[Found]:
    """A mailbox or a page that takes unsubscriptions: it makes the List-Unsubscribe header (RFC 2369)."""
    if proof.newsletter.way_out is None and proof.newsletter.base_url is None:
        yield Found("Neither a mailbox nor a page takes unsubscriptions.")


@rules.rule(
    "one-click-missing",
    Severity.NOTE,
    "Unsubscribing takes more than one click",
    why="From 5,000 messages a day on Gmail and Yahoo ask for one-click unsubscription (RFC 8058).",
    mend="Set `[newsletter] base_url` to an https site that takes it.",
)
def one_click_missing(proof: Proof) -> Iterator[Found]:
    """`base_url` with https, which makes the List-Unsubscribe-Post header."""
    url = proof.newsletter.base_url
    if proof.newsletter.way_out is not None and not (url or "").startswith("https://"):
        yield Found("Readers unsubscribe by mail only.")


@rules.rule(
    "postal-address-missing",
    Severity.WARNING,
    "The footer has no postal address",
    why="The United States (CAN-SPAM) and Canada (CASL) ask commercial mail for one, and Germany for an imprint.",
    mend="Set `[newsletter] postal_address`.",
)
def postal_address_missing(proof: Proof) -> Iterator[Found]:
    """`postal_address` in the settings."""
    if not proof.newsletter.postal_address.strip():
        yield Found("The footer has no postal address.")


@rules.rule(
    "dkim-none",
    Severity.NOTE,
    "No key of yours signs the mail",
    why="Gmail, Yahoo and Microsoft ask bulk mail for a DKIM signature of the sender's domain.",
    mend="If your relay does not sign as your domain: `dispatch dkim keygen`. `dispatch doctor --online` sees more.",
)
def dkim_none(proof: Proof) -> Iterator[Found]:
    """`[[dkim]]` in the settings: a relay may sign all the same, and only a message that arrived shows it."""
    if proof.signing is not None and not proof.signing.domains and proof.signing.trouble is None:
        yield Found("No key of yours signs the mail.")


@rules.rule(
    "dkim-unusable",
    Severity.ERROR,
    "The mail cannot be signed as the settings say",
    why="Mail that was meant to be signed does not go unsigned.",
    mend="Mend `[[dkim]]`, or make a key: `dispatch dkim keygen`.",
)
def dkim_unusable(proof: Proof) -> Iterator[Found]:
    """Keys that are missing, readable by others, too short or no keys; and keys of which none is of the sender's domain
    or of one above or below it, so that DMARC would not count them."""
    if proof.signing is not None and proof.signing.trouble is not None:
        yield proof.signing.trouble


@rules.rule(
    "return-path-stranger",
    Severity.WARNING,
    "Undeliverable mail comes back to another organisation's domain",
    why="SPF speaks for the return path; DMARC counts it only where it is of the sender's organisation.",
    mend="Set `[sender] bounce_domain` to a domain below the sender's.",
)
def return_path_stranger(proof: Proof) -> Iterator[Found]:
    """`bounce_domain` against the sender's domain: relaxed alignment (RFC 9989 §4.4), by the Public Suffix List."""
    home = _sender_domain(proof)
    bounces = proof.newsletter.bounce_domain
    if home and bounces and proof.related is not None and not proof.related(bounces, home):
        signed = proof.signing is not None and bool(proof.signing.domains)
        after = "" if signed else ", and no key of yours does"
        yield Found(f"{bounces} does not speak for {home}{after}.")


def _sender_domain(proof: Proof) -> str:
    sender = proof.newsletter.sender
    return sender.address.rpartition("@")[2].lower() if sender else ""
