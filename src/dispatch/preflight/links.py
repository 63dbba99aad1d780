"""Links: that they lead somewhere, say where, and are the reader's to follow."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml.html import HtmlElement

from dispatch.edition.model import MarkKind
from dispatch.errors import Place
from dispatch.online.answer import asked_as
from dispatch.preflight.document import name, path, words
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.manuscript import Link
from dispatch.preflight.proof import Proof
from dispatch.preflight.wording import EMPTY_LINK_WORDS

rules = Rules(Group.LINKS)

_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hs(?:enc|mi)|vero_id|oly_\w+_id", re.IGNORECASE
)
_BARE = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|info|eu|ca|uk|de|fr|gov|edu)\b(?![\w@-])(?:/\S*)?", re.IGNORECASE
)
_PRIVATE_NAMES = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".invalid", ".example")
_MAILBOX = re.compile(r"[^@\s]+@(?:[^@\s.]+\.)+[^@\s.]+")
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_MOST = 80
"""Characters of an address that a finding shows; a "data:" may hold a whole picture."""


@rules.rule(
    "link-broken",
    Severity.ERROR,
    "A link cannot work",
    why="Readers who follow it see an error; or they have nothing to follow, for of a link whose address no mail may "
    "hold only the words go out.",
    mend="Copy the whole address anew from the browser's address bar, with its https://.",
)
def link_broken(proof: Proof) -> Iterator[Found]:
    """Addresses that are no URL: no host or an impossible one, white space, a doubled or mistyped scheme, a mailto: to
    nobody, a password; paths and page anchors, which lead nowhere in a mail; schemes other than http, https, mailto and
    tel."""
    for link in proof.links:
        if problem := _problem(link.target):
            yield Found(f"{link.target!r} {problem}.", link.place)
    for address, place in proof.dropped:
        yield Found(f"{_shown(address)} {_problem(address) or 'is no whole address'}.", place)


@rules.rule(
    "link-private",
    Severity.ERROR,
    "A link leads into a private network",
    why="It works on the desk where it was written, and nowhere else.",
    mend="Link to the page's public address.",
)
def link_private(proof: Proof) -> Iterator[Found]:
    """Links to localhost, to private addresses (RFC 1918, RFC 4193) and to names that no public DNS has (RFC 6761)."""
    for link in proof.links:
        host = _host(link.target)
        if host and _is_private(host):
            yield Found(f"{link.target} leads to {host}, which readers cannot reach.", link.place)


@rules.rule(
    "link-http",
    Severity.NOTE,
    "A link is not encrypted",
    why="Browsers warn of http pages, and anyone on the way can read and change them.",
    mend="Write https where the site answers it; `dispatch check --online` tries.",
)
def link_http(proof: Proof) -> Iterator[Found]:
    """Links with the scheme http; where `--online` has found that https answers, `link-https` says so instead."""
    for link in proof.links:
        answer = proof.answers.get(asked_as(link.target))
        known = answer is not None and answer.secure
        unreachable = _problem(link.target) or _is_private(_host(link.target) or "")
        if link.target.lower().startswith("http://") and not known and not unreachable:
            yield Found(f"{link.target} is http.", link.place)


@rules.rule(
    "link-text",
    Severity.WARNING,
    "A link's words do not say where it leads",
    why="Screen readers list links without their sentences: “here”, “here”, “more” is no table of contents.",
    mend="Link the words that name the thing, such as “the committee's report”.",
)
def link_text(proof: Proof) -> Iterator[Found]:
    """Links whose whole text is “click here”, “read more” and the like, in several languages."""
    for link in proof.links:
        if link.words.casefold().strip(" .…»›→>!:") in EMPTY_LINK_WORDS:
            yield Found(f"A link's words are “{link.words}”.", link.place)


@rules.rule(
    "link-same-words",
    Severity.NOTE,
    "The same words link to different pages",
    why="Whoever hears the links without their sentences cannot tell them apart.",
    mend="Name the difference in the links' words.",
)
def link_same_words(proof: Proof) -> Iterator[Found]:
    """Two links with the same words and different addresses."""
    targets: dict[str, dict[str, Place | None]] = defaultdict(dict)
    for link in proof.links:
        if link.words:
            targets[link.words.casefold()].setdefault(link.target, link.place)
    for said, places in targets.items():
        if len(places) > 1:
            yield Found(f"“{said}” links to {len(places)} different pages.", list(places.values())[1])


@rules.rule(
    "link-same-page",
    Severity.NOTE,
    "Different words link to the same page",
    why="Whoever follows both finds out that the second one was for nothing.",
    mend="Link the page once, where it is first needed, or by the same words.",
)
def link_same_page(proof: Proof) -> Iterator[Found]:
    """Two links with the same address and different words. Images that are links do not count."""
    said: dict[str, dict[str, Link]] = defaultdict(dict)
    for link in proof.links:
        if link.words and link.target.startswith(("http://", "https://")):
            said[link.target].setdefault(link.words.casefold(), link)
    for target, links in said.items():
        if len(links) > 1:
            words = "” and “".join(link.words for link in links.values())
            yield Found(f"“{words}” link to {target}.", list(links.values())[1].place)


@rules.rule(
    "link-unlinked",
    Severity.NOTE,
    "An address is not a link",
    why="Some mail programs make a link of it and some do not; on a phone it cannot be copied easily.",
    mend="Link the words that name the page: `[the committee](https://example.org)`.",
)
def link_unlinked(proof: Proof) -> Iterator[Found]:
    """Bare domains in running text that no link covers."""
    for stretch in proof.stretches:
        covered = [(mark.start, mark.end) for mark in stretch.text.marks if mark.kind in (MarkKind.LINK, MarkKind.CODE)]
        for found in _BARE.finditer(stretch.text.text):
            if not any(start <= found.start() < end for start, end in covered):
                yield Found(f"“{found[0].rstrip('.,;')}” is not a link.", stretch.place)


@rules.rule(
    "link-tracking",
    Severity.NOTE,
    "A link carries someone else's tracking",
    why="It was copied from a mail, an ad or a social network, and tells them who of your readers followed it.",
    mend="Cut the address at the first `utm_`, `fbclid` or the like.",
)
def link_tracking(proof: Proof) -> Iterator[Found]:
    """Links with the parameters that Google, Meta, Microsoft, Mailchimp and others add."""
    for link in proof.links:
        try:
            found = [key for key, _ in parse_qsl(urlsplit(link.target).query) if _TRACKING.fullmatch(key)]
        except ValueError:
            continue
        if found:
            yield Found(f"{link.target} carries {', '.join(sorted(set(found)))}.", link.place)


@rules.rule(
    "link-empty",
    Severity.ERROR,
    "A link has no words",
    why="A screen reader has nothing to say for it but its address, and there may be nothing to click.",
    mend="Give it words, or its image an alternative text.",
)
def link_empty(proof: Proof) -> Iterator[Found]:
    """Links in the page without text, `aria-label` or the alternative of an image."""
    for link in _anchors(proof):
        if not words(link) and not (link.get("aria-label") or link.get("title")):
            yield Found(f"A link to {link.get('href')} has no words.", element=path(link))


@rules.rule(
    "link-target",
    Severity.ERROR,
    "A link within the page leads nowhere",
    why="Readers tap it and nothing happens.",
    mend="Mend the theme: every `#name` needs an element with that id.",
)
def link_target(proof: Proof) -> Iterator[Found]:
    """Links to `#name` in the page where no element has that id or name."""
    ids = {each.get("id") or each.get("name") for each in proof.document.root.iter() if isinstance(each.tag, str)}
    for link in _anchors(proof):
        target = link.get("href") or ""
        if len(target) > 1 and target.startswith("#") and target[1:] not in ids:
            yield Found(f"{name(link)} leads to {target}, which is not there.", element=path(link))


def _anchors(proof: Proof) -> Iterator[HtmlElement]:
    return (each for each in proof.document.all("a") if each.get("href"))


def _problem(target: str) -> str | None:
    """Why a URL cannot work."""
    if re.search(r"\s", target.strip()):
        return "has a space in it"
    if re.match(r"https?:/{0,2}(?:https?:|[^/]*$)", target, re.I) and not re.match(r"https?://[^/:]", target, re.I):
        return "is no whole address"
    try:
        parts = urlsplit(target)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme in {"http", "https"}:
        if re.match(r"https?$", host or "", re.I):
            return "has its scheme twice"
        if parts.username is not None:
            return "shows a user's name or password to every reader"
        if not host or ("." not in host and ":" not in host and host != "localhost"):
            return "names no site"
        if ".." in host or host.startswith("."):
            return "has a dot too many in its host"
    if parts.scheme == "mailto" and not all(map(_MAILBOX.fullmatch, unquote(parts.path).split(","))):
        return "names no mailbox"
    if parts.scheme not in _SCHEMES:
        return f"begins with {parts.scheme}:, which mail programs do not open" if parts.scheme else None
    return None


def _shown(address: str) -> str:
    """An address as a finding names it: cut where it is long, and something where it is nothing."""
    return repr(f"{address[:_MOST]}…" if len(address) > _MOST else address) if address else "A link"


def _host(target: str) -> str | None:
    try:
        parts = urlsplit(target)
        return parts.hostname if parts.scheme in {"http", "https"} else None
    except ValueError:
        return None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or f".{host}".endswith(_PRIVATE_NAMES)
