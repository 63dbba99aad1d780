"""Links, by what the web says when it is asked (``dispatch check --online``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from dispatch.errors import Place
from dispatch.online.answer import PERMANENT, Answer, Failure, asked_as, is_askable
from dispatch.preflight.document import path
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof

rules = Rules(Group.LINKS, online=True)

_GONE = frozenset({404, 410})
_MANY_HOPS = 3
UNANSWERED = {
    Failure.NO_LOOKUP: "its name cannot be looked up at the moment",
    Failure.REFUSED: "nothing answers there",
    Failure.SLOW: "it does not answer in time",
    Failure.LOOP: "it redirects in a circle, or more often than is followed",
    Failure.BROKEN: "what answers there is no web server, speaks no https, or breaks off",
}
"""What may be over tomorrow, and may be only for us."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An address where the edition first has it, and its answer."""

    url: str
    answer: Answer
    place: Place | None
    element: str | None = None

    def found(self, message: str) -> Found:
        return Found(message, self.place, self.element)


@rules.rule(
    "link-gone",
    Severity.ERROR,
    "A link leads to a page that is not there",
    why="Every reader who follows it sees an error.",
    mend="Look for the page's new address, or take the link out.",
)
def link_gone(proof: Proof) -> Iterator[Found]:
    """With `--online`: pages whose server answers 404 or 410, also after redirects."""
    for asked in _links(proof):
        if asked.answer.status in _GONE:
            yield asked.found(f"{asked.url} is not there ({_said(asked.answer)}).")


@rules.rule(
    "link-no-host",
    Severity.ERROR,
    "A link leads to a site that does not exist",
    why="The name is misspelt, or its domain has run out; whoever registers it next gets your readers.",
    mend="Mend the name.",
)
def link_no_host(proof: Proof) -> Iterator[Found]:
    """With `--online`: names that the DNS does not know."""
    for asked in _links(proof):
        if asked.answer.failure is Failure.NO_HOST:
            yield asked.found(f"{asked.url}: there is no {urlsplit(asked.answer.final).hostname}.")


@rules.rule(
    "link-certificate",
    Severity.ERROR,
    "A link's site is not to be trusted",
    why="Browsers put a full-page warning before it.",
    mend="Tell the site's owner, or link to another source.",
)
def link_certificate(proof: Proof) -> Iterator[Found]:
    """With `--online`: https sites whose certificate has run out, is another name's, or was given by nobody known."""
    for asked in _links(proof):
        if asked.answer.failure is Failure.ENCRYPTION:
            yield asked.found(f"{asked.url} cannot be trusted: {asked.answer.said or 'its encryption fails'}.")


@rules.rule(
    "link-unanswered",
    Severity.WARNING,
    "A link's site does not answer",
    why="It may be down for an hour or for good.",
    mend="Try it in a browser, and check again before the edition goes.",
)
def link_unanswered(proof: Proof) -> Iterator[Found]:
    """With `--online`: sites that answer with an error of their own (5xx), not in time, not at all, or with redirects
    without an end."""
    for asked in _links(proof):
        if asked.answer.failure in UNANSWERED:
            yield asked.found(f"{asked.url}: {UNANSWERED[asked.answer.failure]}.")
        elif (asked.answer.status or 0) >= 500 and not _is_a_robots(asked.answer):
            yield asked.found(f"{asked.url} answers with an error ({_said(asked.answer)}).")


@rules.rule(
    "link-unchecked",
    Severity.NOTE,
    "A link could not be checked",
    why="Some sites answer people and not programs; this says nothing about the page.",
    mend="Try it in a browser.",
)
def link_unchecked(proof: Proof) -> Iterator[Found]:
    """With `--online`: sites that want a login or refuse programs (401, 403, 429, 999 and the like); addresses in
    private networks, which are not asked; and what the time did not suffice for."""
    for asked in _links(proof):
        answer = asked.answer
        if answer.failure is Failure.PRIVATE:
            yield asked.found(f"{answer.final} lies in a private network and was not asked.")
        elif answer.failure is Failure.NOT_ASKED:
            yield asked.found(f"{asked.url} was not asked: the time was over.")
        elif answer.status and _is_a_robots(answer):
            yield asked.found(f"{asked.url} does not answer programs ({_said(answer)}).")


@rules.rule(
    "link-moved",
    Severity.NOTE,
    "A link's page has moved for good",
    why="The old address works as long as somebody keeps it working.",
    mend="Write the new address.",
)
def link_moved(proof: Proof) -> Iterator[Found]:
    """With `--online`: permanent redirects (301, 308) to a page that is there, other than from http to https."""
    for asked in _links(proof):
        answer = asked.answer
        for_good = bool(answer.hops) and all(hop.status in PERMANENT for hop in answer.hops)
        if answer.is_there and for_good and not _upgrade(answer):
            yield asked.found(f"{asked.url} is now {answer.final}.")


@rules.rule(
    "link-detour",
    Severity.NOTE,
    "A link leads through many redirects",
    why="Each one costs a moment on a phone, can fail, and may count your readers.",
    mend="Link to where it ends.",
)
def link_detour(proof: Proof) -> Iterator[Found]:
    """With `--online`: three redirects or more."""
    for asked in _links(proof):
        if asked.answer.is_there and len(asked.answer.hops) >= _MANY_HOPS:
            yield asked.found(f"{asked.url} leads through {len(asked.answer.hops)} redirects to {asked.answer.final}.")


@rules.rule(
    "link-downgrade",
    Severity.WARNING,
    "A link leads from https to http",
    why="What a reader asks for and gets can be read and changed on the way, though the link promises otherwise.",
    mend="Link to another page, or tell the site's owner.",
)
def link_downgrade(proof: Proof) -> Iterator[Found]:
    """With `--online`: redirects from an https to an http address."""
    for asked in _links(proof):
        stops = [asked.url, *(hop.to for hop in asked.answer.hops)]
        for before, after in pairwise(stops):
            if before.lower().startswith("https:") and after.lower().startswith("http:"):
                yield asked.found(f"{asked.url} leads on to {after}, which is not encrypted.")
                break


@rules.rule(
    "link-https",
    Severity.WARNING,
    "A link is http though https answers",
    why="Browsers warn of http pages, and anyone on the way can read and change them.",
    mend="Write https.",
)
def link_https(proof: Proof) -> Iterator[Found]:
    """With `--online`: http links whose https address answers as well."""
    for asked in _links(proof):
        if asked.answer.secure:
            yield asked.found(f"{asked.url} answers with https as well.")


def _links(proof: Proof) -> list[Asked]:
    written = ((link.target, link.place) for link in proof.links)
    return proof.once("asked links", lambda: list(asked_of(proof, written, "a", "href")))


def asked_of(proof: Proof, written: Iterable[tuple[str, Place | None]], tag: str, attribute: str) -> Iterator[Asked]:
    """Each address that was asked, where an author wrote it first, else at the theme's first element that has it."""
    seen: set[str] = set()
    for target, place in written:
        url = asked_as(target)
        if url in proof.answers and url not in seen:
            seen.add(url)
            yield Asked(url, proof.answers[url], place)
    for element in proof.document.all(tag):
        url = asked_as(element.get(attribute) or "")
        if is_askable(url) and url in proof.answers and url not in seen:
            seen.add(url)
            yield Asked(url, proof.answers[url], None, path(element))


def _is_a_robots(answer: Answer) -> bool:
    """Whether a refusal may be for programs only (999 is LinkedIn's), or a redirect leads nowhere."""
    status = answer.status or 0
    return (300 <= status < 500 and status not in _GONE) or status >= 600


def _said(answer: Answer) -> str:
    return f"{answer.status}" if answer.final == answer.url else f"{answer.status} at {answer.final}"


def _upgrade(answer: Answer) -> bool:
    """Whether the only way it went is to the same address with https."""
    return answer.secure and len(answer.hops) == 1
